//! Events: what happened to a context, and what it was worth.

use super::{Event, Experiment};
use crate::context::{AsContext, AttributeValue, Context};
use crate::engine::Engine;
use crate::flag::Flag;
use crate::observe::ActiveObserver;
use crate::recording::{Metadata, Record, Tracked};
use crate::ruleset::Cause;
use std::borrow::Cow;
use std::time::Duration;

/// An event whose value a metric of the experiment measures: [`Flag::track`] takes the value with it.
///
/// ```
/// use flags_runtime::experiment::Valued;
///
/// flags_runtime::flags!(inline = "
/// flags:
///   checkout:
///     state: on
///     variants: [control, treatment]
///     experiment: { control: control, metrics: { revenue: { event: purchase, sum: value } } }
/// ");
///
/// let purchase: Valued<CheckoutEvent> = CheckoutEvent::Purchase;
/// assert_eq!(purchase.event().as_str(), "purchase");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Valued<E>(E);

impl<E: Event> Valued<E> {
    #[doc(hidden)]
    #[must_use]
    pub const fn __new(event: E) -> Self {
        Self(event)
    }

    /// The event without its value.
    #[must_use]
    pub const fn event(self) -> E {
        self.0
    }
}

/// An event, with what [`Flag::track`] takes beside it: its value, alone or with metadata, when a metric of the
/// experiment measures it; metadata, or `()`, when none does.
#[diagnostic::on_unimplemented(
    message = "the event has no value, and takes metadata instead of `{D}`",
    label = "write `()`, or metadata such as `[(\"widget\", 7)]`",
    note = "an event has a value when a metric of the experiment says `sum: value` or `mean: value` of it"
)]
pub trait TrackWith<E, D> {
    #[doc(hidden)]
    fn parts(self, details: D) -> (E, Option<f64>, Metadata);
}

impl<E: Event> TrackWith<E, ()> for E {
    fn parts(self, (): ()) -> (E, Option<f64>, Metadata) {
        (self, None, Metadata::new())
    }
}

impl<E: Event> TrackWith<E, Metadata> for E {
    fn parts(self, metadata: Metadata) -> (E, Option<f64>, Metadata) {
        (self, None, metadata)
    }
}

impl<E, N, V, const LENGTH: usize> TrackWith<E, [(N, V); LENGTH]> for E
where
    E: Event,
    N: Into<Cow<'static, str>>,
    V: Into<AttributeValue>,
{
    fn parts(self, metadata: [(N, V); LENGTH]) -> (E, Option<f64>, Metadata) {
        (self, None, metadata.into())
    }
}

impl<E: Event, N: Number> TrackWith<E, N> for Valued<E> {
    fn parts(self, value: N) -> (E, Option<f64>, Metadata) {
        (self.0, Some(value.to_f64()), Metadata::new())
    }
}

impl<E: Event, N: Number, M: Into<Metadata>> TrackWith<E, (N, M)> for Valued<E> {
    fn parts(self, (value, metadata): (N, M)) -> (E, Option<f64>, Metadata) {
        (self.0, Some(value.to_f64()), metadata.into())
    }
}

/// A number that is the value of an event. What an `f64` cannot hold is rounded.
#[diagnostic::on_unimplemented(
    message = "the event has a value, and `{Self}` is no number",
    label = "write its value, such as `12.5`, or `(12.5, [(\"currency\", \"EUR\")])` with metadata",
    note = "a metric of the experiment says `sum: value` or `mean: value` of the event"
)]
pub trait Number {
    #[doc(hidden)]
    fn to_f64(self) -> f64;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Number for $number {
            #[allow(clippy::cast_precision_loss, clippy::cast_lossless, reason = "as documented")]
            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    )*};
}

numbers!(f64, f32, i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

/// The value of an event as [`track!`](crate::track) takes it.
#[doc(hidden)]
pub fn event_value(value: impl Number) -> f64 {
    value.to_f64()
}

impl<V: Experiment, C: AsContext> Flag<V, C> {
    /// Records that an event of the experiment happened, for the engine's observer. It never waits, and
    /// nothing is recorded outside of the experiment's dates, for a context without a key, or when
    /// nobody observes.
    ///
    /// Events are an enum, so a misspelt one does not compile; [`track!`](crate::track) takes their
    /// names. `details` is metadata: `()`, names with values, or [`Metadata`]. Values whose
    /// names are those of `private` attributes are left out.
    ///
    /// For an event whose value a metric measures, `details` is that value, or the value with
    /// metadata; without one it does not compile. An event whose value is infinite or no number is
    /// refused, and counted in [`Delivery::refused`](super::Delivery::refused).
    ///
    /// ```
    /// use flags_runtime::Context;
    ///
    /// flags_runtime::flags!(inline = "
    /// flags:
    ///   new_feature:
    ///     state: on
    ///     variants: [control, variant_a]
    ///     experiment: { control: control, events: [widget_view, widget_click] }
    /// ");
    ///
    /// let ctx = Context::new("ann");
    /// Flags::NEW_FEATURE.track(&ctx, NewFeatureEvent::WidgetClick, [("widget", 7)]);
    /// flags_runtime::track!(Flags::NEW_FEATURE, &ctx, "widget_click", "widget" => 7, "place" => "top");
    /// ```
    ///
    /// ```
    /// # use flags_runtime::Context;
    /// flags_runtime::flags!(inline = "
    /// flags:
    ///   checkout:
    ///     state: on
    ///     variants: [control, treatment]
    ///     experiment: { control: control, metrics: { revenue: { event: purchase, sum: value } } }
    /// ");
    ///
    /// # let ctx = Context::new("ann");
    /// Flags::CHECKOUT.track(&ctx, CheckoutEvent::Purchase, 12.5);
    /// Flags::CHECKOUT.track(&ctx, CheckoutEvent::Purchase, (12.5, [("currency", "EUR")]));
    /// flags_runtime::track!(Flags::CHECKOUT, &ctx, "purchase", 12.5, "currency" => "EUR");
    /// ```
    pub fn track<D>(&self, ctx: &C, event: impl TrackWith<V::Event, D>, details: D) {
        let (event, value, metadata) = event.parts(details);
        self.__track(ctx, event.index(), value, metadata);
    }

    /// [`Flag::track`] with the index of the event.
    #[doc(hidden)]
    pub fn __track(&self, ctx: &C, event: usize, value: Option<f64>, metadata: Metadata) {
        let Some(event) = V::Event::NAMES.get(event) else { return };
        self.engine().track(self.index(), ctx.as_context(), event, value, metadata);
    }
}

/// The index of an event, in a constant: when no such event exists, the program does not compile.
///
/// # Panics
/// When the experiment declares no such event.
#[doc(hidden)]
#[must_use]
#[expect(clippy::panic, reason = "it is called by the compiler")]
pub const fn event_index<V: Experiment, C>(_flag: &Flag<V, C>, name: &str, with_value: bool) -> usize {
    let Some(index) = position(V::Event::NAMES, name) else { panic!("{}", V::Event::UNKNOWN) };
    match (position(V::Event::VALUED, name).is_some(), with_value) {
        (true, false) => panic!(
            "the event has a value, which a metric measures: write `track!(flag, &ctx, \"event\", 12.5)`"
        ),
        (false, true) => panic!("the event has no value: no metric of the experiment measures one"),
        (true, true) | (false, false) => index,
    }
}

/// Where the name stands among the names.
#[expect(clippy::indexing_slicing, reason = "constant functions have no iterators")]
const fn position(names: &[&str], name: &str) -> Option<usize> {
    let mut index = 0;
    while index < names.len() {
        let (known, name) = (names[index].as_bytes(), name.as_bytes());
        let mut same = 0;
        while same < known.len() && same < name.len() && known[same] == name[same] {
            same += 1;
        }
        if same == known.len() && same == name.len() {
            return Some(index);
        }
        index += 1;
    }
    None
}

/// [`Flag::track`] with the event's name, which the compiler checks against the experiment's:
/// `track!(Flags::NEW_FEATURE, &ctx, "widget_click", "widget" => 7)`, and with its value, when it has one,
/// `track!(Flags::CHECKOUT, &ctx, "purchase", 12.5, "currency" => "EUR")`.
///
/// ```compile_fail
/// # use flags_runtime::Context;
/// # flags_runtime::flags!(inline = "
/// # flags:
/// #   new_feature:
/// #     state: on
/// #     variants: [control, variant_a]
/// #     experiment: { control: control, events: [widget_view, widget_click] }
/// # ");
/// // `new_feature` declares no such event: it has `widget_view`, `widget_click`
/// flags_runtime::track!(Flags::NEW_FEATURE, &Context::new("ann"), "widget_clik");
/// ```
#[macro_export]
macro_rules! track {
    ($flag:expr, $ctx:expr, $event:literal, $of:expr $(, $name:literal => $value:expr)* $(,)?) => {{
        // An item, which is checked also where no code is made.
        const EVENT: usize = $crate::__private::event_index(&$flag, $event, true);
        let value = $crate::__private::event_value($of);
        $flag.__track($ctx, EVENT, Some(value), $crate::experiment::Metadata::new()$(.with($name, $value))*)
    }};
    ($flag:expr, $ctx:expr, $event:literal $(, $name:literal => $value:expr)* $(,)?) => {{
        // An item, which is checked also where no code is made.
        const EVENT: usize = $crate::__private::event_index(&$flag, $event, false);
        $flag.__track($ctx, EVENT, None, $crate::experiment::Metadata::new()$(.with($name, $value))*)
    }};
}

impl Engine {
    /// Waits until what was recorded of experiments before is delivered, at most so long. Returns
    /// whether it was. Call it before the program ends.
    #[must_use = "it may not all be delivered"]
    pub fn flush(&self, at_most: Duration) -> bool {
        let recorder = self.read(|snapshot| ActiveObserver::of(snapshot)?.recorder.clone());
        recorder.is_none_or(|recorder| recorder.flush(at_most))
    }

    fn track(
        &self,
        flag: u32,
        context: &Context,
        event: &'static str,
        value: Option<f64>,
        mut metadata: Metadata,
    ) {
        let found = self.read(|snapshot| {
            let observer = ActiveObserver::of(snapshot)?;
            let recorder = observer.recorder.as_ref()?;
            let decision = snapshot.decide(flag, context);
            let runs = decision.cause() != Cause::Experiment;
            let exposure = observer.exposure(snapshot, flag, context, decision).filter(|_| runs)?;
            Some((recorder.clone(), exposure, snapshot.clone()))
        });
        if let Some((recorder, exposure, snapshot)) = found {
            metadata.retain(|name| !snapshot.ruleset.privacy.is_private(name));
            if value.is_none_or(f64::is_finite) {
                recorder.record(Record::Event(Tracked { event, value, exposure, metadata }));
            } else {
                recorder.refuse();
            }
        }
    }
}
