//! What is forced: on a stack that belongs to a thread, to a future or to a combination of a matrix.

use crate::clock::Clock;
use crate::engine::{Engine, FlagId, Forced, Snapshot, set_forced};
use crate::overrides::{OverrideProblem, OverrideState};
use crate::reason::Layer;
use crate::ruleset::{Override, resolve_override};
use crate::value::Typed;
use flags_schema::Value;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a flag is forced to.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub enum Forcing {
    /// What an override would make of it.
    State(OverrideState),
    /// A value of its own type.
    Typed(Typed),
}

impl Forcing {
    /// A value of a type that `flags!` made.
    #[must_use]
    pub fn of<T: Send + Sync + 'static>(value: T) -> Self {
        Self::Typed(Typed::new(value))
    }

    pub(super) fn value(value: Value) -> Self {
        Self::State(OverrideState::Value(value))
    }
}

/// What is forced, the last above the ones before, and all of it above the parent's.
#[derive(Default)]
pub(super) struct Stack {
    parent: Option<Arc<Stack>>,
    entries: Mutex<Vec<Entry>>,
    made: Mutex<Option<Made>>,
}

struct Entry {
    number: u64,
    /// Number of the engine.
    engine: usize,
    what: What,
}

#[derive(Clone)]
pub(super) enum What {
    Flag(FlagId, Forcing),
    Clock(Arc<dyn Clock>),
}

/// The engine's snapshot with what is forced, and what it was made of.
struct Made {
    of: (u64, Vec<u64>),
    snapshot: Arc<Snapshot>,
}

/// Numbers of entries: each is used once.
static NUMBERS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static CURRENT: RefCell<Option<Arc<Stack>>> = const { RefCell::new(None) };
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stack {
    /// One above what is in force here and now.
    pub(super) fn child() -> Arc<Self> {
        Arc::new(Self { parent: current(), ..Self::default() })
    }

    /// The stack of this thread, or of the future that it polls.
    pub(super) fn here() -> Arc<Self> {
        current().unwrap_or_else(|| {
            let stack = Arc::<Self>::default();
            replace(Some(stack.clone()));
            stack
        })
    }

    /// Puts something on it. Returns the number to take it off with.
    pub(super) fn push(&self, engine: &Engine, what: What) -> u64 {
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        lock(&self.entries).push(Entry { number, engine: engine.number(), what });
        number
    }

    pub(super) fn remove(&self, number: u64) {
        let mut entries = lock(&self.entries);
        let removed = entries.iter().position(|entry| entry.number == number);
        let removed = removed.map(|index| entries.remove(index));
        drop(entries);
        let made = lock(&self.made).take();
        // Forced values may be of types that evaluate flags when they are dropped: not while it is locked.
        drop((removed, made));
    }

    /// What is in force for the engine, the lowest first, with its numbers.
    fn in_force(&self, engine: usize, numbers: &mut Vec<u64>, whats: &mut Vec<What>) {
        if let Some(parent) = &self.parent {
            parent.in_force(engine, numbers, whats);
        }
        for entry in lock(&self.entries).iter().filter(|entry| entry.engine == engine) {
            numbers.push(entry.number);
            whats.push(entry.what.clone());
        }
    }

    /// Makes it the one in force while `f` runs.
    pub(super) fn enter<R>(self: &Arc<Self>, f: impl FnOnce() -> R) -> R {
        struct Back(Option<Arc<Stack>>);
        impl Drop for Back {
            fn drop(&mut self) {
                replace(self.0.take());
            }
        }
        let _back = Back(replace(Some(self.clone())));
        f()
    }
}

fn current() -> Option<Arc<Stack>> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

/// Replaces the stack of this thread. Engines ask for what is forced as long as there is one.
fn replace(stack: Option<Arc<Stack>>) -> Option<Arc<Stack>> {
    let forced = stack.is_some().then_some(snapshot as Forced);
    let before = CURRENT.try_with(|current| current.replace(stack));
    set_forced(forced.filter(|_| before.is_ok()));
    before.unwrap_or_default()
}

/// The engine's snapshot with what is forced here; `None` when nothing is.
fn snapshot(engine: usize, own: &dyn Fn() -> Arc<Snapshot>) -> Option<Arc<Snapshot>> {
    let stack = current()?;
    let (mut numbers, mut whats) = (Vec::new(), Vec::new());
    stack.in_force(engine, &mut numbers, &mut whats);
    if whats.is_empty() {
        return None;
    }
    let base = own();
    let of = (base.epoch, numbers);
    if let Some(made) = &*lock(&stack.made)
        && made.of == of
    {
        return Some(made.snapshot.clone());
    }
    let snapshot = Arc::new(make(&base, &whats));
    let before = lock(&stack.made).replace(Made { of, snapshot: snapshot.clone() });
    // Values that it held may be of types that evaluate flags: not while it is locked.
    drop(before);
    Some(snapshot)
}

fn make(base: &Snapshot, whats: &[What]) -> Snapshot {
    let mut snapshot = base.forced();
    for what in whats {
        match what {
            What::Clock(clock) => snapshot.clock = clock.clone(),
            What::Flag(flag, to) => {
                // A flag that a reload added may be gone by now.
                let Some(flag) = flag.index(base.added.as_deref()) else { continue };
                if let (Some(slot), Ok(to)) =
                    (snapshot.overrides.get_mut(flag as usize), resolve(base, flag, to))
                {
                    *slot = Some((Layer::Scope, Arc::new(to)));
                }
            }
        }
    }
    snapshot.fast_paths = Snapshot::fast_paths(&snapshot.ruleset, &snapshot.overrides);
    snapshot
}

/// What forcing makes of the flag.
pub(super) fn resolve(snapshot: &Snapshot, flag: u32, to: &Forcing) -> Result<Override, OverrideProblem> {
    match to {
        Forcing::State(state) => resolve_override(&snapshot.ruleset, &snapshot.contract, flag, state),
        Forcing::Typed(typed) => Ok(Override::Value(typed.clone(), Value::Null)),
    }
}

/// A closure for a thread of the test's own, in which everything is forced that is forced here.
///
/// ```
/// use flags_runtime::{Context, testing};
///
/// flags_runtime::flags!(inline = "flags: { new-ui: off }");
///
/// let _forced = Flags::NEW_UI.force(true);
/// let ask = || Flags::NEW_UI.enabled(&Context::new("ann"));
/// assert!(!std::thread::spawn(ask).join().unwrap());
/// assert!(std::thread::spawn(testing::inherit(ask)).join().unwrap());
/// ```
pub fn inherit<R>(f: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let stack = Stack::child();
    move || stack.enter(f)
}
