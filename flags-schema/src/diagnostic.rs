//! What is wrong with a document, and where.

use crate::Position;
use crate::printable::{one_line, shorten_names};
use serde::{Serialize, Serializer};
use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Legal, but surely not meant.
    Warning,
    /// The document cannot be used.
    Error,
}

impl Severity {
    /// `warning` or `error`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! codes {
    ($($name:ident $key:literal $severity:ident $doc:literal,)*) => {
        /// Which mistake it is. The names are stable: tools may rely on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $doc] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its stable name: `unknown-flag`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $key),* }
            }

            /// How bad it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),* }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$name => $doc),* }
            }
        }
    };
}

codes! {
    // The file.
    Unreadable "unreadable-file" Error "A file cannot be read, or is not UTF-8.",
    TooLarge "too-large" Error "The files are larger than 16 MiB together, or have more than 256 environments.",
    TooDeep "too-deep" Error "A file is nested deeper than 64 levels.",
    Syntax "syntax" Error "A file is not YAML.",
    SeveralDocuments "several-documents" Error "A file holds more than one YAML document.",
    MergeKey "merge-key" Error "A `<<` merge key, which this format does not have.",
    UnsupportedVersion "unsupported-version" Error "A `version` of the format that is not known.",
    // Keys and types.
    UnknownKey "unknown-key" Error "A key that does not exist there.",
    DuplicateKey "duplicate-key" Error "A key written twice.",
    MissingKey "missing-key" Error "A key that must be there is not.",
    WrongType "wrong-type" Error "A value of another type than its key takes.",
    UnknownValue "unknown-value" Error "A word that is none of those its key takes.",
    EmptyList "empty-list" Error "An empty `any`, `all`, list of elements or list of networks.",
    BadName "bad-name" Error "A name with characters that names do not have.",
    // Names.
    UnknownFlag "unknown-flag" Error "A flag that does not exist.",
    UnknownSegment "unknown-segment" Error "A segment, or state, that does not exist.",
    UnknownLayer "unknown-layer" Error "A layer that does not exist.",
    UnknownVariant "unknown-variant" Error "A variant that the flag does not have.",
    UnknownEvent "unknown-event" Error "An event that the experiment does not declare.",
    UnknownMetric "unknown-metric" Error "A metric that the experiment does not declare.",
    UnknownAttribute "unknown-attribute" Error "An attribute that `context` does not declare.",
    UnknownEnvironment "unknown-environment" Error "An environment that is not declared.",
    UnknownOperator "unknown-operator" Error "An operator that does not exist.",
    NameCollision "name-collision" Error "Two names that become one constant, type or environment variable.",
    ReservedName "reserved-name" Error "A name that the generated code needs for itself.",
    // Values.
    PercentageRange "percentage-range" Error "A percentage outside 0 to 100.",
    PercentagePrecision "percentage-precision" Error "A percentage finer than 0.001.",
    BadRegex "bad-regex" Error "A regular expression that does not compile.",
    BadVersion "bad-version" Error "A version that does not parse.",
    BadRequirement "bad-requirement" Error "A version requirement that does not parse.",
    BadTimestamp "bad-timestamp" Error "A date or timestamp that does not parse.",
    BadDuration "bad-duration" Error "A duration that does not parse.",
    BadAddress "bad-address" Error "An address or network that does not parse.",
    Expression "expression" Error "An expression that does not parse.",
    // Flags.
    MissingRollout "missing-rollout" Error "A `gradual` flag without a rollout.",
    WeightsSum "weights-sum" Error "Weights that do not sum to 100.",
    MissingWeight "missing-weight" Error "Some variants have a weight and others none.",
    WeightOrValue "weight-or-value" Error "Numbers of variants that may be meant as weights or as values.",
    ValueShape "value-shape" Error "Values of variants whose shapes differ.",
    ValueType "value-type" Error "A value of another type than the flag's.",
    FixedState "fixed-state" Error "A `fixed` flag whose answer is not a plain on or off.",
    Cycle "cycle" Error "Flags, or segments, that depend on themselves.",
    Contradiction "contradiction" Error "A flag that requires what it excludes, or a segment that excludes whom it names.",
    RampOrder "ramp-order" Error "A ramp that ends before it starts, or never moves.",
    LayerRange "layer-range" Error "A range of a layer that holds nobody, or what another flag holds.",
    WindowOrder "window-order" Error "A window that ends before it starts.",
    RequiredKey "required-key" Error "A key that `settings.require` demands and a flag lacks.",
    SeveralDefaults "several-defaults" Error "More than one default environment.",
    // Conditions.
    OperatorType "operator-type" Error "An operator that the attribute's type does not have.",
    OperandType "operand-type" Error "An operand of another type than the attribute, or than the operator takes.",
    OperandValue "operand-value" Error "An operand that the attribute's declared `values` do not have.",
    // Overlays and contracts.
    OverlayContract "overlay-contract" Error "An overlay that changes the contract.",
    ContractChanged "contract-changed" Error "A document that does not match what the program was compiled for.",
    CutOff "cut-off" Error "A file without the `...` at its end that the one in force has.",
    // Warnings.
    Unreachable "unreachable-rule" Warning "A rule that can never be reached.",
    NeverServed "never-served" Warning "A rule or variant that can never be served.",
    NoEffect "no-effect" Warning "A key that changes nothing in the flag's state.",
    OptionalBucket "optional-bucket" Warning "A rollout by an attribute that contexts may lack.",
    EmptyOperand "empty-operand" Warning "An `in` or `nin` over an empty list.",
    SmallPercentage "small-percentage" Warning "A rollout of less than one percent that may be meant as a share of 1.",
    NeverMet "never-met" Warning "A requirement on a flag that is off in every environment.",
    LeftOut "left-out" Warning "A reloaded document without flags that the one before had.",
    Expired "expired" Warning "A flag past its `expires` date.",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing that is wrong.
///
/// Messages are lower case, with backticks around names and no full stop; `help` is one action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Which mistake it is.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// Where; `None` when it is no position in a file.
    pub position: Option<Position>,
    /// What to do next.
    pub help: Option<String>,
    /// Other positions that have to do with it.
    pub related: Vec<Related>,
}

/// Another position that has to do with a [`Diagnostic`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Related {
    /// Where.
    pub position: Position,
    /// What is there.
    pub message: String,
}

impl Diagnostic {
    /// A diagnostic of `code`, with its severity. Names in backticks that are longer than people read
    /// are cut, and control characters escaped.
    #[must_use]
    pub fn new(code: Code, position: impl Into<Option<Position>>, message: impl Into<String>) -> Self {
        Self {
            severity: code.severity(),
            code,
            message: one_line(shorten_names(message.into())),
            position: position.into(),
            help: None,
            related: Vec::new(),
        }
    }

    /// Adds a help: what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(one_line(help.into()));
        self
    }

    /// Adds a help with the nearest of the known names, if one is near.
    #[must_use]
    pub fn nearest<'a>(self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        if let Some(found) = crate::suggest::nearest(name, known) {
            return self.help(format!("did you mean `{found}`?"));
        }
        self
    }

    /// Adds a position that the message is also about.
    #[must_use]
    pub fn related(mut self, position: Position, message: impl Into<String>) -> Self {
        self.related.push(Related { position, message: one_line(shorten_names(message.into())) });
        self
    }
}

/// Collects diagnostics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Whether one of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }

    /// In the order of their positions; those without a position first.
    pub fn sort(&mut self) {
        self.0.sort_by_key(|d| d.position);
    }

    /// All of them, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.0
    }

    /// All of them, by value.
    #[must_use]
    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.0
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, iter: I) {
        self.0.extend(iter);
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
