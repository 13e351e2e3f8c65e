//! The macros of `flags-runtime`. This file only calls the expansion, which runs without a compiler too, in tests.

mod args;
mod attribute;
mod expand;
mod flag_errors;
mod generate;
mod host;
mod load;
mod locate;
mod manifest;
#[cfg(feature = "test-util")]
mod matrix;
mod names;
mod report;
mod respan;
#[cfg(test)]
mod snapshots;

use host::Host;
use proc_macro::{Span, TokenStream};

/// Turns flags.yaml into constants that the compiler knows.
///
/// ```
/// use flags_runtime::Context;
///
/// flags_runtime::flags!(
///     inline = r#"
/// flags:
///   community.forums: { state: gradual, rollout: 25, description: Community discussion forums }
/// "#
/// );
///
/// fn main() {
///     let ctx = Context::new("user-123");
///     if Flags::COMMUNITY_FORUMS.enabled(&ctx) {
///         println!("welcome to the forums");
///     }
/// }
/// ```
///
/// Call it once, in a module of its own; everything appears in that module. A program usually writes
/// `flags_runtime::flags!("flags.yaml");` in `src/flags.rs` and `use crate::flags::Flags;` elsewhere.
///
/// # Which document
///
/// | form | document |
/// |---|---|
/// | `flags!("config/flags.yaml")` | that file, relative to the directory of `Cargo.toml` |
/// | `flags!()` | the first that there is, below |
/// | `flags!(inline = r#"…"#)` | that text: for examples and tests |
///
/// `flags!()` looks at the environment variable `FLAGS_FILE` (absolute, or relative to the directory of
/// `Cargo.toml`), then at `file` of `[package.metadata.flags]` in `Cargo.toml`, then for `flags.yaml` beside
/// `Cargo.toml`, then for the one at the workspace's root. What one of the first two names has to be there.
/// The path in the call has one advantage: flags that nobody reads are named (see below).
///
/// With `pub` in front, as in `flags!(pub "flags.yaml")`, everything is `pub` instead of `pub(crate)`, and other
/// crates use the flags, with `#[feature_flag]` too. They need `flags-runtime` among their dependencies.
///
/// The overlays that the document's `environments` name are read, checked and embedded with it.
///
/// # What is generated
///
/// `Flags`, with a constant for each flag: the key in upper case, each separator an underscore. Its documentation
/// is what the document says of the flag.
///
/// | in the document | constant | asked with |
/// |---|---|---|
/// | neither `variants` nor `type` | `Flag<bool>` | `.enabled(&ctx)` |
/// | `mutability: fixed` | `FixedFlag<true>` or `FixedFlag<false>` | `.enabled(&ctx)`, known when compiled |
/// | `variants` | `Flag<CheckoutButton>`, an enum | `.variant(&ctx)`; `.value(&ctx)` where variants have values |
/// | `type: integer` | `Flag<i64>` | `.get(&ctx)` |
/// | `type: float` | `Flag<f64>` | `.get(&ctx)` |
/// | `type: boolean` | `Flag<bool>` | `.get(&ctx)`, `.enabled(&ctx)` |
/// | `type: duration` | `Flag<Duration>` | `.get(&ctx)` |
/// | `type: string` | `Flag<String>` | `.get(&ctx)`, a `ValueRef<String>` |
/// | `type: object` | `Flag<Banner>`, a struct | `.get(&ctx)`, a `ValueRef<Banner>` |
///
/// `Flags::engine()` is the engine that answers: overrides, listings and explanations are its business.
///
/// ## Variants and values
///
/// The enum has the flag's name in camel case; it has `ALL`, `as_str`, `Display` and `FromStr`. A `match` without
/// a wildcard stops compiling when the document gains a variant. Values of variants that are maps become a struct,
/// the enum's name and `Value`; maps within are structs too. A field that is `null` somewhere is an `Option`.
///
/// ```
/// use flags_runtime::Context;
///
/// flags_runtime::flags!(
///     inline = r#"
/// flags:
///   checkout.button:
///     state: on
///     variants:
///       control: { weight: 50, value: { color: blue, badge: null } }
///       treatment: { weight: 50, value: { color: green, badge: { text: New } } }
///   page_size: { type: integer, value: 20 }
/// "#
/// );
///
/// fn main() {
///     let ctx = Context::new("user-123");
///     let label = match Flags::CHECKOUT_BUTTON.variant(&ctx) {
///         CheckoutButton::Control => "Buy",
///         CheckoutButton::Treatment => "Purchase",
///     };
///     let look = Flags::CHECKOUT_BUTTON.value(&ctx);
///     let badge: Option<&str> = look.badge.as_ref().map(|badge| badge.text.as_str());
///     println!("{label} in {}, {badge:?}", look.color);
///     let size: i64 = Flags::PAGE_SIZE.get(&ctx);
///     assert_eq!(size, 20);
/// }
/// ```
///
/// ## The context
///
/// Where the document declares its `context:`, `Flags::context(user)` makes a `FlagsContext` with a method for each
/// attribute; declared `values` are an enum. It dereferences to a `Context`, so that it is taken wherever one is. A
/// `Context` becomes one with `FlagsContext::from`.
///
/// An attribute that is `required` is an argument of `Flags::context`, and the flags are asked with a `FlagsContext`
/// and nothing less: no one can forget the tenant that a rollout goes by. A `Context` becomes one with
/// `FlagsContext::try_from`.
///
/// ```
/// use flags_runtime::Context;
///
/// flags_runtime::flags!(
///     inline = r#"
/// context:
///   tenant_id: { type: string, required: true }
///   plan: { type: string, values: [free, premium] }
///   age: integer
/// flags:
///   reports: { state: gradual, rollout: { percentage: 100, by: tenant_id } }
/// "#
/// );
///
/// fn main() {
///     let ctx = Flags::context("user-123", "tenant-7").plan(Plan::Premium).age(25);
///     assert!(Flags::REPORTS.enabled(&ctx));
///     assert!(FlagsContext::try_from(Context::new("user-123")).is_err());
/// }
/// ```
///
/// ## Fixed flags
///
/// A flag of `mutability: fixed` is a literal: the branch that is not taken is not in the binary of a release build.
/// Nothing overrides it, and no test forces it.
///
/// ```
/// use flags_runtime::Context;
///
/// flags_runtime::flags!(inline = "flags: { telemetry: { state: off, mutability: fixed } }");
///
/// fn main() {
///     if Flags::TELEMETRY.enabled(&Context::anonymous()) {
///         println!("this text is in no release build");
///     }
/// }
/// ```
///
/// ## Events
///
/// The events that an experiment declares are an enum, the flag's name and `Event`; `Flag::track` takes it, and `track!`
/// takes their names.
///
/// ```
/// use flags_runtime::{Context, track};
///
/// flags_runtime::flags!(
///     inline = r#"
/// flags:
///   new_feature:
///     state: on
///     variants: [control, variant_a]
///     experiment: { control: control, events: [widget_view, widget_click] }
/// "#
/// );
///
/// fn main() {
///     let ctx = Context::new("user-123");
///     Flags::NEW_FEATURE.track(&ctx, NewFeatureEvent::WidgetClick, [("widget", 7)]);
///     track!(Flags::NEW_FEATURE, &ctx, "widget_click", "widget" => 7);
/// }
/// ```
///
/// # Mistakes
///
/// Every mistake of the document is a compile error at the call, with its own line, column and help; all of them
/// are reported in one build, twenty at most. What is allowed but probably a mistake is a warning. `Flags` and each
/// constant whose name could be read are generated all the same, so that one mistake is one error.
///
/// ```compile_fail
/// flags_runtime::flags!(inline = "flags: { new-ui: { state: gradual, rolout: 25 } }");
/// # fn main() {}
/// ```
///
/// ```text
/// error: a flag has no key `rolout`
///         --> flags.yaml:3:29
///          |
///        3 |   new-ui: { state: gradual, rolout: 25 }
///          |                             ^^^^^^
///          |
///          = help: did you mean `rollout`?
/// ```
///
/// # Expired flags
///
/// A flag past its `expires` is deprecated: each use warns. The date is compared with the day of the build, or with
/// `SOURCE_DATE_EPOCH` where that is set.
///
/// A flag of `pub(crate)` that nobody reads is reported by the lint `dead_code`, by name, when the path stands in the
/// call; without a path rustc has no position to report it at.
///
/// # Rebuilding
///
/// The crate is compiled again when the document changes, or one of its overlays, or, for `flags!()`, `FLAGS_FILE`
/// or a manifest that named the file. rust-analyzer shows the former constants after a change of the document alone,
/// until the file with the call is touched; `cargo check` is never behind.
#[proc_macro]
pub fn flags(arguments: TokenStream) -> TokenStream {
    let call = Span::call_site();
    let host = Host::current(call.local_file(), (call.line(), call.column()));
    expand::expand(arguments.into(), &host).into()
}

/// Runs a function only when a flag is on.
///
/// ```
/// use flags_runtime::{Context, feature_flag};
///
/// flags_runtime::flags!(inline = "flags: { experimental.ai_signals: off }");
///
/// #[feature_flag("experimental.ai_signals")]
/// fn ai_signals(market: &str, ctx: &Context) -> Option<u32> {
///     Some(market.len() as u32)
/// }
///
/// # fn main() {
/// assert_eq!(ai_signals("wheat", &Context::new("user-123")), None);
/// # }
/// ```
///
/// The flag's key comes first, as it stands in the document. `Flags` has to be in scope where the attribute stands:
/// `use crate::flags::Flags;`. A key that does not exist is a compile error that names the nearest one.
///
/// It can be put on functions, methods, `async` functions, methods of `#[async_trait]` and handlers of web frameworks. The
/// signature stays as it is; the check becomes the first thing that the body does. In an `async` function, and in one
/// that returns `Box::pin(async …)`, that is when the future is first polled.
///
/// # `ctx`: the context
///
/// Without it, the flag is asked with the one parameter whose type is `Context`, `FlagsContext` or a reference to one of
/// them. Elsewhere an expression says where the context is; the parameters are in scope.
///
/// ```
/// # use flags_runtime::{Context, feature_flag};
/// # flags_runtime::flags!(inline = "flags: { new-ui: on }");
/// struct Request {
///     context: Context,
/// }
///
/// impl Request {
///     #[feature_flag("new-ui", ctx = self.context)]
///     fn page(&self) -> Option<&str> {
///         Some("the new page")
///     }
/// }
/// # fn main() {
/// # assert!(Request { context: Context::anonymous() }.page().is_some());
/// # }
/// ```
///
/// `ctx = flags_runtime::current()` asks with the ambient context, set by `flags_runtime::scope` or, for futures, by
/// `flags_runtime::InScope`. It is never used unless named.
///
/// ```
/// use flags_runtime::{Context, current, feature_flag, scope};
///
/// flags_runtime::flags!(inline = "flags: { audit: { state: targeted, users: [ann] } }");
///
/// #[feature_flag("audit", ctx = current())]
/// fn audit(action: &str) -> Option<String> {
///     Some(format!("{action} was noted"))
/// }
///
/// # fn main() {
/// assert_eq!(scope(Context::new("ann"), || audit("login")).as_deref(), Some("login was noted"));
/// assert_eq!(audit("login"), None);
/// # }
/// ```
///
/// # `else`, `default`: what is returned when the function does not run
///
/// Without either, the return type says it by the trait `WhenDisabled`: nothing for `()`, `None` for an `Option`, for a
/// `Result<_, E>` an error made from `FlagDisabled` where `E: From<FlagDisabled>`; types of your own can implement it.
/// `default` returns `Default::default()`. `else` gives an expression with the parameters in scope; in an `async`
/// function it may wait.
///
/// ```
/// # use flags_runtime::{Context, FlagDisabled, feature_flag};
/// # flags_runtime::flags!(inline = "flags: { new-search: off }");
/// #[feature_flag("new-search", else = old_search(query))]
/// fn search(query: &str, ctx: &Context) -> Vec<String> {
///     vec![format!("new result for {query}")]
/// }
///
/// fn old_search(query: &str) -> Vec<String> {
///     vec![format!("old result for {query}")]
/// }
///
/// #[feature_flag("new-search", default)]
/// fn count(ctx: &Context) -> usize {
///     3
/// }
///
/// #[feature_flag("new-search")]
/// fn index(ctx: &Context) -> Result<usize, FlagDisabled> {
///     Ok(3)
/// }
/// # fn main() {
/// let ctx = Context::anonymous();
/// assert_eq!(search("rust", &ctx), ["old result for rust"]);
/// assert_eq!(count(&ctx), 0);
/// assert_eq!(index(&ctx).unwrap_err().to_string(), "the flag `new-search` is off");
/// # }
/// ```
///
/// A function that returns `impl Trait` needs `else`: nothing is known of its type.
///
/// # `variant`: one of several
///
/// A flag with variants is neither on nor off; the function runs for the contexts that get this one.
///
/// ```
/// # use flags_runtime::{Context, feature_flag};
/// # flags_runtime::flags!(inline = "flags: { checkout: { state: off, variants: [control, treatment] } }");
/// #[feature_flag("checkout", variant = "treatment", else = "Buy")]
/// fn label(ctx: &Context) -> &'static str {
///     "Purchase"
/// }
/// # fn main() {
/// # assert_eq!(label(&Context::anonymous()), "Buy");
/// # }
/// ```
///
/// # `negate`: when the flag is off
///
/// The function runs when it otherwise would not: when the flag is off, or the variant another one.
///
/// ```
/// # use flags_runtime::{Context, feature_flag};
/// # flags_runtime::flags!(inline = "flags: { new-ui: off }");
/// #[feature_flag("new-ui", negate)]
/// fn notice(ctx: &Context) -> Option<&'static str> {
///     Some("something new is coming")
/// }
/// # fn main() {
/// # assert!(notice(&Context::anonymous()).is_some());
/// # }
/// ```
///
/// # `flags`: another name or module
///
/// The path of the generated `Flags`, where it is not in scope under that name: `flags = crate::flags::Flags`, or
/// `flags = Toggles` after `use crate::flags::Flags as Toggles;`.
///
/// ```
/// mod flags {
///     flags_runtime::flags!(inline = "flags: { new-ui: off }");
/// }
///
/// #[flags_runtime::feature_flag("new-ui", flags = crate::flags::Flags)]
/// fn page(ctx: &flags_runtime::Context) -> Option<&'static str> {
///     Some("the new page")
/// }
///
/// # fn main() {
/// assert_eq!(page(&flags_runtime::Context::anonymous()), None);
/// # }
/// ```
///
/// # Several at once
///
/// Arguments combine, and all mistakes among them are reported in one build.
///
/// ```
/// # use flags_runtime::{Context, feature_flag};
/// # flags_runtime::flags!(inline = "flags: { checkout: { state: on, variants: [control, treatment], users: { control: [ann] } } }");
/// struct Cart {
///     owner: Context,
///     total: u32,
/// }
///
/// impl Cart {
///     #[feature_flag("checkout", variant = "control", negate, ctx = self.owner, else = self.total + 5)]
///     fn to_pay(&self) -> u32 {
///         self.total
///     }
/// }
/// # fn main() {
/// assert_eq!(Cart { owner: Context::new("ann"), total: 20 }.to_pay(), 25);
/// # }
/// ```
///
/// # Limits
///
/// A `const fn` cannot ask a flag, and a trait's method without a body has nothing to gate. Where `Flags` is not in
/// scope the compiler says that it cannot find the macro `Flags`: it is the macro beside the type, and one `use`
/// brings both.
#[proc_macro_attribute]
pub fn feature_flag(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(arguments.into(), &item.into()).into()
}

/// Runs a test for every combination of the named flags' states: on and off of a switch, every
/// variant of a flag that has some. When there are more than 16 combinations, it runs enough of
/// them that each state of a flag meets each state of every other flag.
///
/// It stands above `#[test]`, or above what makes a test of an `async fn`. All combinations run; the
/// test fails when one does, and names each that did:
///
/// ```text
/// 1 of 4 combinations failed:
///   `new-ui` = on, `checkout` = off: assertion failed: total == 12
/// ```
///
/// The states are forced for the test alone, so tests may run at the same time. `flags = path::Flags`
/// says where the flags are when `Flags` is not in scope.
#[cfg(feature = "test-util")]
#[proc_macro_attribute]
pub fn flag_matrix(arguments: TokenStream, item: TokenStream) -> TokenStream {
    matrix::expand(arguments.into(), &item.into()).into()
}

#[doc(hidden)]
#[proc_macro]
pub fn __flag_error(tokens: TokenStream) -> TokenStream {
    flag_errors::expand(tokens.into()).into()
}
