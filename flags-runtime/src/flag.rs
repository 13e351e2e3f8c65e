//! Flags as typed constants.

use crate::context::{AsContext, Context};
use crate::engine::{Engine, Evaluation, Explanation, FlagRef, Reference, Sealed, Snapshot, explain};
use crate::ruleset::{Decision, Override};
use crate::value::{FlagType, FlagValue, ON, ServedValue, StaticValues, ValueOf, ValueRef};
use crate::variant::{Variant, VariantValue};
use std::fmt;
use std::marker::PhantomData;

/// A flag, as a constant that `flags!` makes: `Flags::COMMUNITY_FORUMS`.
///
/// `T` is what it answers with; `C` is what it is asked with: any [`Context`], or the context type
/// that `flags!` makes when flags.yaml declares required attributes.
pub struct Flag<T, C = Context> {
    index: u32,
    engine: fn() -> &'static Engine,
    types: PhantomData<fn(C) -> T>,
}

impl<T, C> Clone for Flag<T, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, C> Copy for Flag<T, C> {}

impl<T, C> Flag<T, C> {
    /// The flag of that index.
    #[doc(hidden)]
    #[must_use]
    pub const fn __new(index: u32, engine: fn() -> &'static Engine) -> Self {
        Self { index, engine, types: PhantomData }
    }

    pub(crate) const fn index(&self) -> u32 {
        self.index
    }

    /// The engine that evaluates it.
    #[must_use]
    pub fn engine(&self) -> &'static Engine {
        (self.engine)()
    }

    /// Its key in flags.yaml.
    #[must_use]
    pub fn key(&self) -> String {
        self.engine().key(self.index)
    }
}

impl<T, C: AsContext> Flag<T, C> {
    /// Every step of the evaluation, and why it held or not.
    #[must_use]
    pub fn explain(&self, ctx: &C) -> Explanation {
        self.engine().read(|snapshot| explain(snapshot, self.index, ctx.as_context()))
    }

    /// Where the context stands in the flag's buckets, in percent from 0 to 100: it is in a rollout
    /// of more than that. `None` without a key to go by.
    #[must_use]
    pub fn bucket(&self, ctx: &C) -> Option<f64> {
        self.engine().read(|snapshot| snapshot.bucket(self.index, ctx.as_context()))
    }

    /// What is served for the context.
    #[inline]
    fn index_for(&self, ctx: &C) -> u32 {
        self.engine().index_asked(self.index, ctx.as_context())
    }
}

impl<T: FlagType, C: AsContext> Flag<T, C> {
    /// The flag's answer for the context.
    #[inline]
    #[must_use]
    pub fn get(&self, ctx: &C) -> T::Output {
        self.engine().ask(self.index, ctx.as_context(), |snapshot, decision| {
            T::output(snapshot.served(self.index, decision))
        })
    }

    /// The flag's answer for the context, and why. Allocates nothing.
    #[must_use]
    pub fn evaluate(&self, ctx: &C) -> Evaluation<T::Output> {
        self.engine().ask(self.index, ctx.as_context(), |snapshot, decision| {
            let value = T::output(snapshot.served(self.index, decision));
            Evaluation::new(value, self.index, decision, snapshot.share())
        })
    }
}

impl<C: AsContext> Flag<bool, C> {
    /// Whether the flag is on for the context.
    #[inline]
    #[must_use]
    pub fn enabled(&self, ctx: &C) -> bool {
        self.index_for(ctx) == ON
    }
}

impl<V: Variant, C: AsContext> Flag<V, C> {
    /// The variant that the context gets.
    #[inline]
    #[must_use]
    pub fn variant(&self, ctx: &C) -> V {
        V::from_index(self.index_for(ctx) as usize)
    }
}

impl<V: VariantValue, C: AsContext> Flag<V, C> {
    /// The value of the variant that the context gets. Allocates nothing.
    #[inline]
    #[must_use]
    pub fn value(&self, ctx: &C) -> ValueRef<V::Value> {
        let (engine, values) = (self.engine(), V::__static_values());
        if let Some((number, all)) = values.and_then(StaticValues::get)
            && let Some(index) = engine.value_index(self.index, ctx.as_context(), number)
            && let Some(value) = all.get(index as usize)
        {
            return ValueRef::of_static(value);
        }
        self.value_by_snapshot(ctx)
    }

    fn value_by_snapshot(&self, ctx: &C) -> ValueRef<V::Value> {
        // One word is passed on, unless the value may go: two of different sizes would go through memory.
        let mut shared = None;
        let found = self.served(ctx, |served| {
            let found = served.static_value(V::__static_values());
            if found.is_none() {
                share(served, &mut shared);
            }
            found
        });
        match found {
            Some(value) => ValueRef::of_static(value),
            None => shared.unwrap_or_else(|| ValueRef::new(V::Value::empty())),
        }
    }

    #[inline]
    fn served<R>(&self, ctx: &C, mut read: impl FnMut(ServedValue<'_>) -> R) -> R {
        self.engine().ask(self.index, ctx.as_context(), |snapshot, decision| {
            read(snapshot.served(self.index, decision))
        })
    }

    /// Calls `read` with the value of the variant that the context gets.
    #[inline]
    pub fn with_value<R>(&self, ctx: &C, mut read: impl FnMut(&V::Value) -> R) -> R {
        self.served(ctx, |served| match served.value::<V::Value>() {
            Some(value) => read(value),
            None => read(&V::Value::empty()),
        })
    }
}

#[cold]
#[inline(never)]
fn share<T: FlagValue>(served: ServedValue<'_>, to: &mut Option<ValueRef<T>>) {
    *to = Some(served.reference());
}

impl<T, C> fmt::Debug for Flag<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Flag").field(&self.key()).finish()
    }
}

impl Snapshot {
    /// What a decision serves, before it is given a type.
    #[inline]
    pub(crate) fn served(&self, flag: u32, decision: Decision) -> ServedValue<'_> {
        let value = if decision.index() == Decision::OVERRIDDEN {
            self.own_value(flag)
        } else {
            let resolved = self.ruleset.flags.get(flag as usize);
            resolved.map_or(ValueOf::Nowhere, |resolved| ValueOf::Values(&resolved.values))
        };
        ServedValue { index: decision.index(), value }
    }

    /// The value that an override brought with it.
    #[cold]
    fn own_value(&self, flag: u32) -> ValueOf<'_> {
        match self.overrides.get(flag as usize) {
            Some(Some((_, overridden))) => match &**overridden {
                Override::Value(typed, _) => ValueOf::Override(typed),
                _ => ValueOf::Nowhere,
            },
            _ => ValueOf::Nowhere,
        }
    }
}

/// A flag of `mutability: fixed`: its answer is part of the program.
pub struct FixedFlag<const ON: bool, C = Context> {
    context: PhantomData<fn(C)>,
}

impl<const ON: bool, C> FixedFlag<ON, C> {
    /// The flag.
    #[doc(hidden)]
    #[must_use]
    pub const fn __new() -> Self {
        Self { context: PhantomData }
    }

    /// Whether the flag is on: known when the program is compiled, so that the branch not taken is
    /// not in the binary.
    #[inline(always)]
    #[must_use]
    #[expect(clippy::inline_always, reason = "the dead branch must go in every build profile")]
    pub const fn enabled(&self, _ctx: &C) -> bool {
        ON
    }
}

impl<const ON: bool, C> Clone for FixedFlag<ON, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const ON: bool, C> Copy for FixedFlag<ON, C> {}

impl<const ON: bool, C> fmt::Debug for FixedFlag<ON, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FixedFlag").field(&ON).finish()
    }
}

impl<T, C> Sealed for Flag<T, C> {}

impl<T, C> FlagRef for Flag<T, C> {
    fn reference(&self) -> Reference<'_> {
        Reference::Constant { engine: self.engine(), index: self.index }
    }
}
