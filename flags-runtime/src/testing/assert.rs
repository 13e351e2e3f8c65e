//! Assertions about flags, whose messages say why the flag answered what it did.

use crate::context::AsContext;
use crate::flag::Flag;
use crate::value::FlagType;
use crate::variant::Variant;

/// A variant, or its name.
pub trait VariantName {
    /// The name.
    fn variant_name(&self) -> &str;
}

impl<V: Variant> VariantName for V {
    fn variant_name(&self) -> &str {
        V::NAMES.get(self.index()).copied().unwrap_or_default()
    }
}

impl VariantName for &str {
    fn variant_name(&self) -> &str {
        self
    }
}

/// Fails the test unless the context gets that variant, and says why it does not.
///
/// ```
/// use flags_runtime::{Context, assert_variant};
///
/// flags_runtime::flags!(inline = "flags: { button: { state: off, variants: [control, green] } }");
///
/// let ctx = Context::new("ann");
/// assert_variant!(Flags::BUTTON, &ctx, Button::Control);
/// assert_variant!(Flags::BUTTON, &ctx, "control");
/// ```
#[macro_export]
macro_rules! assert_variant {
    ($flag:expr, $ctx:expr, $variant:expr $(,)?) => {
        $crate::testing::assert_variant(&$flag, $ctx, &$variant)
    };
}

/// Fails the test unless the flag is on for the context, and says why it is not.
///
/// ```
/// use flags_runtime::{Context, assert_enabled};
///
/// flags_runtime::flags!(inline = "flags: { new-ui: on }");
///
/// assert_enabled!(Flags::NEW_UI, &Context::new("ann"));
/// ```
#[macro_export]
macro_rules! assert_enabled {
    ($flag:expr, $ctx:expr $(,)?) => {
        $crate::testing::assert_switch(&$flag, $ctx, true)
    };
}

/// Fails the test unless the flag is off for the context, and says why it is not.
///
/// ```
/// use flags_runtime::{Context, assert_disabled};
///
/// flags_runtime::flags!(inline = "flags: { new-ui: off }");
///
/// assert_disabled!(Flags::NEW_UI, &Context::new("ann"));
/// ```
#[macro_export]
macro_rules! assert_disabled {
    ($flag:expr, $ctx:expr $(,)?) => {
        $crate::testing::assert_switch(&$flag, $ctx, false)
    };
}

/// [`assert_variant!`](crate::assert_variant).
///
/// # Panics
/// When the context gets another variant.
#[track_caller]
pub fn assert_variant<T: FlagType, C: AsContext>(flag: &Flag<T, C>, ctx: &C, expected: &impl VariantName) {
    let evaluation = flag.evaluate(ctx);
    let (found, expected) = (evaluation.variant().unwrap_or("a value"), expected.variant_name());
    assert!(
        found == expected,
        "expected the variant `{expected}` of `{}`, found `{found}`\n{}",
        evaluation.key(),
        why(flag, ctx)
    );
}

/// [`assert_enabled!`](crate::assert_enabled) and [`assert_disabled!`](crate::assert_disabled).
///
/// # Panics
/// When the flag is not as expected.
#[track_caller]
pub fn assert_switch<C: AsContext>(flag: &Flag<bool, C>, ctx: &C, expected: bool) {
    let word = if expected { "on" } else { "off" };
    assert!(flag.enabled(ctx) == expected, "expected `{}` to be {word}\n{}", flag.key(), why(flag, ctx));
}

fn why<T, C: AsContext>(flag: &Flag<T, C>, ctx: &C) -> String {
    format!("{}for {}", flag.explain(ctx), flag.engine().shown(ctx.as_context()))
}
