//! Typed values: what variants and value flags carry, read without allocating.

use flags_schema::{Spanned, Value, parse};
use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Index of what a switch serves when it is off.
pub(crate) const OFF: u32 = 0;
/// Index of what a switch serves when it is on.
pub(crate) const ON: u32 = 1;

/// A type that values of a flag can have. Structs made from flags.yaml implement it.
pub trait FlagValue: Sized + Send + Sync + 'static {
    /// The value as this type, or `None` when it is of another shape.
    fn from_value(value: &Value) -> Option<Self>;

    /// What stands in when there is no value at all, which no checked document brings about.
    fn empty() -> Self;
}

impl FlagValue for bool {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(boolean) => Some(*boolean),
            _ => None,
        }
    }
    fn empty() -> Self {
        false
    }
}

impl FlagValue for i64 {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }
    fn empty() -> Self {
        0
    }
}

impl FlagValue for f64 {
    #[expect(clippy::cast_precision_loss, reason = "a float may be written without a fraction")]
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(*number as Self),
            Value::Float(number) => Some(*number),
            _ => None,
        }
    }
    fn empty() -> Self {
        0.0
    }
}

impl FlagValue for String {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(text.clone()),
            _ => None,
        }
    }
    fn empty() -> Self {
        Self::new()
    }
}

/// The value of a flag of `type: json`, which may have any shape: it has accessors, and becomes a type of the program's
/// own by its [`Deserialize`](serde::Deserialize).
///
/// ```
/// use flags_runtime::{Context, Json, ValueRef};
/// use serde::Deserialize;
///
/// flags_runtime::flags!(inline = "
/// flags:
///   layout:
///     type: json
///     value: { columns: 3, widgets: [news, { name: weather, unit: C }] }
///     off: null
/// ");
///
/// #[derive(Deserialize)]
/// struct Layout {
///     columns: u8,
/// }
///
/// let layout: ValueRef<Json> = Flags::LAYOUT.get(&Context::new("ann"));
/// assert_eq!(layout["widgets"][1]["name"], "weather");
/// assert_eq!(Layout::deserialize(&*layout)?.columns, 3);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub type Json = serde_json::Value;

impl FlagValue for Json {
    fn from_value(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Bool(boolean) => Self::Bool(*boolean),
            Value::Integer(number) => Self::from(*number),
            // A number that is not finite is refused where it is written.
            Value::Float(number) => Self::from(*number),
            Value::String(text) => Self::String(text.clone()),
            Value::List(items) => {
                Self::Array(items.iter().map(|item| Self::from_value(item)).collect::<Option<_>>()?)
            }
            Value::Map(fields) => {
                let field = |(name, value): &(Spanned<String>, Spanned<Value>)| {
                    Some((name.value.clone(), Self::from_value(value)?))
                };
                Self::Object(fields.iter().map(field).collect::<Option<_>>()?)
            }
        })
    }
    fn empty() -> Self {
        Self::Null
    }
}

impl FlagType for Json {
    type Output = ValueRef<Self>;
    #[inline]
    fn output(served: ServedValue<'_>) -> ValueRef<Self> {
        served.reference()
    }
}

impl FlagValue for Duration {
    /// From a text such as `1h30m`.
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => {
                let millis = parse::duration(text).ok()?;
                u64::try_from(millis.0).ok().map(Self::from_millis)
            }
            _ => None,
        }
    }
    fn empty() -> Self {
        Self::ZERO
    }
}

impl<T: FlagValue> FlagValue for Vec<T> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::List(items) => items.iter().map(|item| T::from_value(item)).collect(),
            _ => None,
        }
    }
    fn empty() -> Self {
        Self::new()
    }
}

impl<T: FlagValue> FlagValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
    fn empty() -> Self {
        None
    }
}

/// The value of a field of an object; nothing, when the object lacks it.
#[doc(hidden)]
#[must_use]
pub fn field<T: FlagValue>(value: &Value, name: &str) -> Option<T> {
    let Value::Map(fields) = value else { return None };
    match fields.iter().find(|(key, _)| **key == name) {
        Some((_, value)) => T::from_value(value),
        None => T::from_value(&Value::Null),
    }
}

/// A value decoded once, of the type that the program was compiled for.
#[doc(hidden)]
#[derive(Clone)]
pub struct Typed {
    kept: Kept,
    /// Puts values of this type together.
    gather: fn(Vec<Self>, Values) -> Option<TypedValues>,
}

#[derive(Clone)]
enum Kept {
    /// Of the embedded document: it lives as long as the program.
    Static(&'static (dyn Any + Send + Sync)),
    Shared(Arc<dyn Any + Send + Sync>),
}

/// Where a ruleset's typed values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    /// They are made when an engine starts, and leaked: reading one counts no references.
    Leaked,
    /// Those that the program was compiled with are used again, others are made for this ruleset.
    Reused,
}

/// Decodes a value as `T`.
#[doc(hidden)]
#[must_use]
pub fn decode<T: FlagValue>(value: &Value) -> Option<Typed> {
    T::from_value(value).map(Typed::new)
}

impl Typed {
    pub(crate) fn new<T: Send + Sync + 'static>(value: T) -> Self {
        Self { kept: Kept::Shared(Arc::new(value)), gather: gather::<T> }
    }

    /// The same value, kept for as long as the program runs: reading it counts no references.
    pub(crate) fn leak(self) -> Self {
        let kept = match self.kept {
            Kept::Shared(value) => Kept::Static(&**Box::leak(Box::new(value))),
            kept @ Kept::Static(_) => kept,
        };
        Self { kept, ..self }
    }

    fn get<T: 'static>(&self) -> Option<&T> {
        match &self.kept {
            Kept::Static(value) => value.downcast_ref(),
            Kept::Shared(value) => value.downcast_ref(),
        }
    }

    fn reference<T: Send + Sync + 'static>(&self) -> Option<ValueRef<T>> {
        match &self.kept {
            Kept::Static(value) => value.downcast_ref().map(|value| ValueRef(Held::Static(value))),
            Kept::Shared(value) => value.clone().downcast().ok().map(|value| ValueRef(Held::Shared(value))),
        }
    }

    /// The value itself, unless somebody else has it too.
    fn into_inner<T: Send + Sync + 'static>(self) -> Option<T> {
        match self.kept {
            Kept::Static(_) => None,
            Kept::Shared(value) => Arc::into_inner(value.downcast().ok()?),
        }
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed")
    }
}

/// The values of a flag, by index. They are of one type, so that it is asked for once, whichever of
/// them is served.
#[derive(Default)]
pub(crate) struct TypedValues {
    all: Option<Box<dyn Any + Send + Sync>>,
    /// Of leaked values: their number among all such, from 1 on.
    number: u64,
}

/// Where the leaked values of the flag that an enum of variants was made for are found without a check of their
/// type, which is a call and a comparison in memory.
#[doc(hidden)]
#[derive(Debug)]
pub struct StaticValues<T: 'static>(OnceLock<(u64, &'static [T])>);

impl<T> StaticValues<T> {
    /// None yet.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it is a static")]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The values and their number, once somebody found them.
    #[inline]
    pub(crate) fn get(&self) -> Option<(u64, &'static [T])> {
        self.0.get().copied()
    }
}

/// Numbers leaked values.
static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// What [`TypedValues`] is of one type.
enum Gathered<T: 'static> {
    /// Side by side: nothing is between the index and the value.
    Static(&'static [T]),
    Reused(Box<[ValueRef<T>]>),
}

fn gather<T: Send + Sync + 'static>(values: Vec<Typed>, source: Values) -> Option<TypedValues> {
    let (gathered, number) = match source {
        Values::Leaked => {
            let values: Option<Vec<T>> = values.into_iter().map(Typed::into_inner).collect();
            (Gathered::Static(values?.leak()), NUMBERS.fetch_add(1, Ordering::Relaxed))
        }
        Values::Reused => {
            let values: Option<_> = values.iter().map(Typed::reference::<T>).collect();
            (Gathered::Reused(values?), 0)
        }
    };
    Some(TypedValues { all: Some(Box::new(gathered)), number })
}

impl TypedValues {
    /// The values together; `None` when they are not of one type, or are to be leaked and somebody else has
    /// one of them too.
    pub(crate) fn new(values: Vec<Typed>, source: Values) -> Option<Self> {
        match values.first() {
            Some(first) => (first.gather)(values, source),
            None => Some(Self::default()),
        }
    }

    /// Their number among leaked values; 0 where they are others.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// The value, if it lives as long as the program.
    #[cold]
    #[inline(never)]
    fn find<T: FlagValue>(&self, cache: Option<&StaticValues<T>>, index: u32) -> Option<&'static T> {
        let all = self.all()?;
        if let (Gathered::Static(values), Some(cache)) = (all, cache) {
            // One that is there is of another engine: tests have several for the same types.
            let _ = cache.0.set((self.number, values));
        }
        all.static_value(index)
    }

    #[inline]
    fn all<T: 'static>(&self) -> Option<&Gathered<T>> {
        self.all.as_deref()?.downcast_ref()
    }
}

impl<T: 'static> Gathered<T> {
    #[inline]
    fn get(&self, index: u32) -> Option<&T> {
        match self {
            Self::Static(values) => values.get(index as usize),
            Self::Reused(values) => values.get(index as usize).map(|value| &**value),
        }
    }

    fn static_value(&self, index: u32) -> Option<&'static T> {
        match self {
            Self::Static(values) => values.get(index as usize),
            Self::Reused(values) => match values.get(index as usize)? {
                ValueRef(Held::Static(value)) => Some(value),
                ValueRef(Held::Shared(_)) => None,
            },
        }
    }

    #[inline]
    fn reference(&self, index: u32) -> Option<ValueRef<T>> {
        match self {
            Self::Static(values) => values.get(index as usize).map(ValueRef::of_static),
            Self::Reused(values) => values.get(index as usize).cloned(),
        }
    }
}

impl fmt::Debug for TypedValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedValues")
    }
}

/// A value of a flag, borrowed from the rules that served it. It stays what it was when the rules
/// change; reading it allocates nothing.
///
/// It dereferences to the value, and is cheap to clone and to send to other threads.
pub struct ValueRef<T: ?Sized + 'static>(Held<T>);

enum Held<T: ?Sized + 'static> {
    Static(&'static T),
    Shared(Arc<T>),
}

impl<T> ValueRef<T> {
    /// A value of its own.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Held::Shared(Arc::new(value)))
    }
}

impl<T: ?Sized> ValueRef<T> {
    pub(crate) const fn of_static(value: &'static T) -> Self {
        Self(Held::Static(value))
    }
}

impl<T: ?Sized> Clone for ValueRef<T> {
    #[inline]
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Held::Static(value) => Held::Static(value),
            Held::Shared(value) => Held::Shared(value.clone()),
        })
    }
}

impl<T: ?Sized> Deref for ValueRef<T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        match &self.0 {
            Held::Static(value) => value,
            Held::Shared(value) => value,
        }
    }
}

impl<T: ?Sized> AsRef<T> for ValueRef<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for ValueRef<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for ValueRef<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + PartialEq> PartialEq for ValueRef<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: ?Sized + PartialEq> PartialEq<T> for ValueRef<T> {
    fn eq(&self, other: &T) -> bool {
        **self == *other
    }
}

impl PartialEq<str> for ValueRef<String> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for ValueRef<String> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

/// A type that a flag can have: `bool` of a switch, an enum of variants, `i64`, `f64`, `String`,
/// `Duration`, or a struct made from flags.yaml.
pub trait FlagType: 'static {
    /// What asking the flag returns: the small types by value, texts and objects as a [`ValueRef`].
    type Output;

    /// The output for what was served.
    #[doc(hidden)]
    fn output(served: ServedValue<'_>) -> Self::Output;
}

/// What a flag served, before it is given a type.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct ServedValue<'a> {
    pub(crate) index: u32,
    pub(crate) value: ValueOf<'a>,
}

/// Where the value of what was served is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ValueOf<'a> {
    Nowhere,
    Values(&'a TypedValues),
    Override(&'a Typed),
}

impl<'a> ServedValue<'a> {
    #[inline]
    pub(crate) fn value<T: Send + Sync + 'static>(self) -> Option<&'a T> {
        match self.value {
            ValueOf::Values(values) => values.all()?.get(self.index),
            ValueOf::Override(typed) => typed.get(),
            ValueOf::Nowhere => None,
        }
    }

    /// The value, if it lives as long as the program. `cache` is where it is found without a check the next time.
    #[inline]
    pub(crate) fn static_value<T: FlagValue>(self, cache: Option<&StaticValues<T>>) -> Option<&'static T> {
        let ValueOf::Values(values) = self.value else { return None };
        match cache.and_then(|cache| cache.0.get()) {
            Some((number, all)) if *number == values.number => all.get(self.index as usize),
            _ => values.find(cache, self.index),
        }
    }

    /// The value as a shared reference.
    #[inline]
    #[must_use]
    pub fn reference<T: FlagValue>(self) -> ValueRef<T> {
        let value = match self.value {
            ValueOf::Values(values) => values.all().and_then(|values| values.reference(self.index)),
            ValueOf::Override(typed) => typed.reference(),
            ValueOf::Nowhere => None,
        };
        value.unwrap_or_else(empty)
    }
}

#[cold]
fn empty<T: FlagValue>() -> ValueRef<T> {
    ValueRef::new(T::empty())
}

impl FlagType for bool {
    type Output = Self;
    #[inline]
    fn output(served: ServedValue<'_>) -> Self {
        served.index == ON
    }
}

macro_rules! by_copy {
    ($($t:ty)*) => {$(
        impl FlagType for $t {
            type Output = Self;
            #[inline]
            fn output(served: ServedValue<'_>) -> Self {
                served.value().copied().unwrap_or_else(Self::empty)
            }
        }
    )*};
}
by_copy!(i64 f64 Duration);

impl FlagType for String {
    type Output = ValueRef<Self>;
    #[inline]
    fn output(served: ServedValue<'_>) -> ValueRef<Self> {
        served.reference()
    }
}
