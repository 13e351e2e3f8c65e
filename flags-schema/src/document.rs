//! The document: what a person wrote, every value with its position, names not yet resolved.
//!
//! No evaluation and no checks here.

use crate::{
    Condition, ExclusionLayer, Experiment, FileId, LayerRange, Millis, Percent, Position, Requirement,
    Spanned, Timestamp, Value,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Everything in a flags.yaml and its overlays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Names of the files it was read from, as given; [`FileId`] indexes them. The base file is first.
    pub files: Vec<String>,
    /// `settings`.
    pub settings: Settings,
    /// `environments`; empty when none is declared.
    pub environments: Vec<Environment>,
    /// `context`: the declared attributes. `None` when the key is absent: any attribute may be used.
    pub context: Option<Vec<Attribute>>,
    /// `segments`.
    pub segments: Vec<Segment>,
    /// `layers`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<ExclusionLayer>,
    /// `flags`, in the order written.
    pub flags: Vec<Flag>,
    /// The overlays that were read, in the order of their environments.
    pub overlays: Vec<Overlay>,
    /// The files that end with YAML's end marker `...`, by which a file that was cut off is recognised.
    pub ended: Vec<FileId>,
}

/// `settings`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Prefix of environment-variable overrides.
    pub env_prefix: Option<Spanned<String>>,
    /// Percentage of a `gradual` flag that gives none.
    pub default_rollout: Option<Spanned<Percent>>,
    /// Lifecycle keys that every flag must carry.
    pub require: Vec<Spanned<String>>,
    /// Whether evaluations are counted; counted when absent.
    pub metrics: Option<Spanned<bool>>,
    /// Whether a program reports settings that it ignores; by default it does.
    pub problems: Option<Spanned<ProblemReporting>>,
}

impl Settings {
    /// The prefix when `env_prefix` is absent.
    pub const DEFAULT_PREFIX: &'static str = "FEATURE_";

    /// The prefix of environment-variable overrides.
    #[must_use]
    pub fn env_prefix(&self) -> &str {
        self.env_prefix.as_ref().map_or(Self::DEFAULT_PREFIX, |p| p.as_str())
    }
}

/// Whether a program that starts tells of settings that it ignores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProblemReporting {
    /// In its log, or else on standard error.
    #[default]
    Told,
    /// Only when it is asked.
    Silent,
}

impl ProblemReporting {
    /// Every one.
    pub const ALL: &'static [Self] = &[Self::Told, Self::Silent];

    /// Its name in flags.yaml.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Silent => "silent",
        }
    }
}

/// A declared environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Its name.
    pub name: Spanned<String>,
    /// The overlay's file, relative to the base file.
    pub overlay: Option<Spanned<String>>,
    /// Whether it applies when nothing else is said.
    pub default: bool,
}

/// A declared attribute of the context.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name; dots are part of it.
    pub name: Spanned<String>,
    /// Its type.
    pub kind: Spanned<AttributeType>,
    /// The only values it may have, when given.
    pub values: Vec<Spanned<String>>,
    /// Whether every context has one.
    pub required: bool,
    /// Whether it must not leave the process in clear.
    pub private: bool,
}

/// Type of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AttributeType {
    /// One value.
    One(ScalarType),
    /// A list: `[string]`.
    List(ScalarType),
}

/// Type of one value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ScalarType {
    /// Text.
    String,
    /// A whole number, 64 bits.
    Integer,
    /// A number, 64-bit floating point.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A moment: RFC 3339, a plain date, or epoch milliseconds.
    Timestamp,
    /// A semantic version.
    Version,
    /// An IPv4 or IPv6 address.
    Address,
}

impl ScalarType {
    /// Every type.
    pub const ALL: &'static [Self] = &[
        Self::String,
        Self::Integer,
        Self::Number,
        Self::Boolean,
        Self::Timestamp,
        Self::Version,
        Self::Address,
    ];

    /// Its name in flags.yaml.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Timestamp => "timestamp",
            Self::Version => "version",
            Self::Address => "address",
        }
    }
}

impl fmt::Display for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(scalar) => f.write_str(scalar.as_str()),
            Self::List(scalar) => write!(f, "[{}]", scalar.as_str()),
        }
    }
}

/// A named set of contexts: users listed, or those for whom the condition holds and whom the rollout lets in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Its name.
    pub name: Spanned<String>,
    /// Members by targeting key.
    pub users: Vec<Spanned<String>>,
    /// Members by condition.
    pub when: Option<Spanned<Condition>>,
    /// How many of those for whom the condition holds, or of all, are members.
    pub rollout: Option<Spanned<Rollout>>,
    /// Who is never a member, by targeting key, whatever else is said.
    pub exclude: Vec<Spanned<String>>,
}

impl Segment {
    /// What decides together with the key who is let in by its rollout: the salt that it gives, or its name.
    #[must_use]
    pub fn salt(&self) -> &str {
        let own = self.rollout.as_ref().and_then(|rollout| rollout.salt.as_ref());
        own.unwrap_or(&self.name).as_str()
    }
}

/// A flag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    /// Its key.
    pub key: Spanned<String>,
    /// What it is for.
    pub description: Option<Spanned<String>>,
    /// Who answers for it.
    pub owner: Option<Spanned<String>>,
    /// Free labels.
    pub tags: Vec<Spanned<String>>,
    /// A ticket in some tracker.
    pub ticket: Option<Spanned<String>>,
    /// Anything else, for people.
    pub metadata: Vec<(Spanned<String>, Spanned<Value>)>,
    /// What it is for.
    pub kind: Spanned<FlagCategory>,
    /// The day (00:00Z) past which its uses warn.
    pub expires: Option<Spanned<Timestamp>>,
    /// What may change it.
    pub mutability: Spanned<Mutability>,
    /// Whether an environment variable may override it.
    pub env_override: bool,
    /// `type`: set for a flag that is a typed value, not a switch.
    pub value_type: Option<Spanned<ValueType>>,
    /// Whether `type: json` stands beside `variants`: their values have any shape.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub json_variants: bool,
    /// The variants, in the order declared; empty for a switch and for a typed value.
    pub variants: Vec<Variant>,
    /// Where it applies, and what it changes there.
    pub environments: Environments,
    /// The experiment it carries.
    pub experiment: Option<Experiment>,
    /// The range of a layer that it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<LayerRange>,
    /// What may change while a program runs.
    pub answer: Answer,
}

impl Flag {
    /// A flag with nothing but a key; everything else has its default, at the position of the key.
    pub(crate) fn named(key: Spanned<String>) -> Self {
        let position = key.position;
        Self {
            key,
            description: None,
            owner: None,
            tags: Vec::new(),
            ticket: None,
            metadata: Vec::new(),
            kind: Spanned::new(FlagCategory::default(), position),
            expires: None,
            mutability: Spanned::new(Mutability::default(), position),
            env_override: true,
            value_type: None,
            json_variants: false,
            variants: Vec::new(),
            environments: Environments::All,
            experiment: None,
            layer: None,
            answer: Answer {
                state: Spanned::new(FlagState::Off, position),
                rollout: None,
                users: Users::Nobody,
                rules: Vec::new(),
                requires: Vec::new(),
                excludes: Vec::new(),
                off: None,
                value: None,
            },
        }
    }
}

/// What a flag answers with: the part of it that overlays, environments and reloads may change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// `state`. A typed value without one is on.
    pub state: Spanned<FlagState>,
    /// `rollout` of state `gradual`.
    pub rollout: Option<Spanned<Rollout>>,
    /// Users named individually.
    pub users: Users,
    /// The rules in the order written; [`Rule::priority`] is applied when they are resolved.
    pub rules: Vec<Rule>,
    /// Flags that must be on for the same context.
    pub requires: Vec<Requirement>,
    /// Flags that must not be on for the same context.
    pub excludes: Vec<Requirement>,
    /// What is served when the flag is off: a variant's name, or a literal of a typed value.
    pub off: Option<Spanned<Value>>,
    /// `value` of a typed value.
    pub value: Option<Spanned<Value>>,
}

/// Keys of an [`Answer`] that an environment or an overlay sets; `None` leaves what was there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Patch {
    /// Replaces the state.
    pub state: Option<Spanned<FlagState>>,
    /// Replaces the rollout.
    pub rollout: Option<Spanned<Rollout>>,
    /// Replaces the users.
    pub users: Option<Spanned<Users>>,
    /// Replaces the rules, all of them.
    pub rules: Option<Spanned<Vec<Rule>>>,
    /// Replaces the requirements.
    pub requires: Option<Spanned<Vec<Requirement>>>,
    /// Replaces the exclusions.
    pub excludes: Option<Spanned<Vec<Requirement>>>,
    /// Replaces what is served when off.
    pub off: Option<Spanned<Value>>,
    /// Replaces the value.
    pub value: Option<Spanned<Value>>,
    /// Weights and values to replace in variants of these names.
    pub variants: Vec<Variant>,
}

/// What a flag is for: `kind` in flags.yaml. Not to be confused with [`FlagKind`](crate::FlagKind), what it answers with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FlagCategory {
    /// Releases a change; short-lived.
    #[default]
    Release,
    /// Compares variants.
    Experiment,
    /// Operates a system: a kill switch.
    Ops,
    /// Grants something to some.
    Permission,
}

impl FlagCategory {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Release, Self::Experiment, Self::Ops, Self::Permission];

    /// Its name in flags.yaml.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Experiment => "experiment",
            Self::Ops => "ops",
            Self::Permission => "permission",
        }
    }
}

/// What may change a flag's answer; in order, the later the less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Mutability {
    /// Anything, at any time.
    #[default]
    Live,
    /// Nothing once the process has started.
    Startup,
    /// Nothing: it is a literal in the binary.
    Fixed,
}

impl Mutability {
    /// Every mutability.
    pub const ALL: &'static [Self] = &[Self::Live, Self::Startup, Self::Fixed];

    /// Its name in flags.yaml.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Startup => "startup",
            Self::Fixed => "fixed",
        }
    }
}

/// `state`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FlagState {
    /// On for everybody.
    On,
    /// Off for everybody.
    Off,
    /// On for a percentage.
    Gradual,
    /// On for the users and rules only.
    Targeted,
    /// On for the members of a segment.
    Segment(String),
}

impl FlagState {
    /// Those that are words of the format; any other word is the name of a segment.
    pub const WORDS: &'static [Self] = &[Self::On, Self::Off, Self::Gradual, Self::Targeted];

    /// The words for messages: `` `on`, `off`, `gradual`, `targeted` ``.
    pub(crate) fn listed() -> String {
        let words = Self::WORDS.iter().map(|state| format!("`{}`", state.as_str()));
        words.collect::<Vec<_>>().join(", ")
    }

    /// Whether a text is one of [`FlagState::WORDS`].
    #[must_use]
    pub fn is_word(text: &str) -> bool {
        Self::WORDS.iter().any(|state| state.as_str() == text)
    }

    /// Its name in flags.yaml.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Gradual => "gradual",
            Self::Targeted => "targeted",
            Self::Segment(name) => name,
        }
    }
}

/// Type of a flag that is a typed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ValueType {
    /// `true` or `false`.
    Boolean,
    /// Text.
    String,
    /// A whole number, 64 bits.
    Integer,
    /// A number, 64-bit floating point.
    Float,
    /// A length of time: `30s`, `1h30m`.
    Duration,
    /// An object, whose fields are known.
    Object,
    /// Anything: the values of one flag may have different shapes.
    Json,
}

impl ValueType {
    /// Every type.
    pub const ALL: &'static [Self] =
        &[Self::Boolean, Self::String, Self::Integer, Self::Float, Self::Duration, Self::Object, Self::Json];

    /// Whether a map is one of its values.
    #[must_use]
    pub const fn has_maps(self) -> bool {
        match self {
            Self::Object | Self::Json => true,
            Self::Boolean | Self::String | Self::Integer | Self::Float | Self::Duration => false,
        }
    }

    /// Its name in flags.yaml.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::String => "string",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Duration => "duration",
            Self::Object => "object",
            Self::Json => "json",
        }
    }
}

/// One of a flag's variants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// Its name.
    pub name: Spanned<String>,
    /// Its share. Either every variant of a flag has one and they sum to 100, or none has and the
    /// shares are equal.
    pub weight: Option<Spanned<Percent>>,
    /// Its value.
    pub value: Option<Spanned<Value>>,
}

/// A share of contexts, chosen by their bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// How many.
    pub amount: Amount,
    /// The attribute that is bucketed; the user when absent.
    pub by: Option<Spanned<String>>,
    /// Replaces the flag's key (and the rule's name) in the bucket.
    pub salt: Option<Spanned<String>>,
}

/// How many contexts a rollout lets in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Amount {
    /// Always the same percentage.
    Fixed(Spanned<Percent>),
    /// A percentage that moves with time.
    Ramp(Ramp),
}

/// A percentage that moves from one figure to another, from a moment on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ramp {
    /// The percentage before and at the start; 0 when absent.
    pub from: Spanned<Percent>,
    /// The percentage it arrives at; 100 when absent.
    pub to: Spanned<Percent>,
    /// When it starts.
    pub start: Spanned<Timestamp>,
    /// How it moves.
    pub pace: Pace,
}

/// How a ramp moves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Pace {
    /// By `step` at the end of each `every`.
    Steps {
        /// Percentage points of one step.
        step: Spanned<Percent>,
        /// Time between steps.
        every: Spanned<Millis>,
    },
    /// In a straight line until `end`.
    Straight {
        /// When it arrives.
        end: Spanned<Timestamp>,
    },
}

/// `users` of a flag.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Users {
    /// None.
    #[default]
    Nobody,
    /// They get `on` (of a flag with variants: what it serves when on).
    On(Vec<Spanned<String>>),
    /// Each list gets its variant.
    Variants(Vec<(Spanned<String>, Vec<Spanned<String>>)>),
}

/// A rule: the first whose window, condition and rollout all hold serves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Where it begins.
    pub position: Position,
    /// Its name in explanations and metrics.
    pub name: Option<Spanned<String>>,
    /// Its condition; always true when absent.
    pub when: Option<Spanned<Condition>>,
    /// Its share; who misses it goes on to the next rule.
    pub rollout: Option<Spanned<Rollout>>,
    /// What it serves; `on` (or the flag's own split, or its value) when absent.
    pub serve: Option<Spanned<Serve>>,
    /// Higher is asked first; 0 when absent.
    pub priority: Option<Spanned<i64>>,
    /// Not before this moment.
    pub starts: Option<Spanned<Timestamp>>,
    /// Not from this moment on.
    pub ends: Option<Spanned<Timestamp>>,
}

/// What a rule serves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Serve {
    /// One thing: a variant's name or `on`/`off` as a string, or a literal of a typed value.
    Value(Value),
    /// Variants by share.
    Split(Vec<(Spanned<String>, Spanned<Percent>)>),
}

/// `environments` of a flag.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Environments {
    /// The same everywhere.
    #[default]
    All,
    /// On in these only; `DISABLED` elsewhere.
    Only(Vec<Spanned<String>>),
    /// Everywhere, changed in these.
    Each(Vec<(Spanned<String>, Patch)>),
}

/// An overlay: answers to change in one environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overlay {
    /// The environment that names it.
    pub environment: String,
    /// Its file.
    pub file: FileId,
    /// Settings to replace.
    pub settings: Settings,
    /// Segments to replace, whole.
    pub segments: Vec<Segment>,
    /// Answers to change, by flag.
    pub flags: Vec<(Spanned<String>, Patch)>,
}
