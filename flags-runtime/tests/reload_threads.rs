//! Reloads under load: no wrong answer, no missing answer, no memory kept.
#![cfg(feature = "reload")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use flags_runtime::{Context, Engine, Options, SourceFile, Variables};
use flags_schema::{Value, load};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU64, Ordering};

/// Counts the bytes in use.
struct Counting;

static IN_USE: AtomicIsize = AtomicIsize::new(0);

#[expect(unsafe_code, reason = "an allocator is unsafe by nature; this one only counts")]
// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size().cast_signed(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size().cast_signed(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Two documents in which `a`, `b` and `size` always agree; `odd` makes them the other way round.
fn text(round: usize) -> SourceFile {
    let (state, size) = if round.is_multiple_of(2) { ("off", 10) } else { ("on", 20) };
    SourceFile::new(
        "flags.yaml",
        format!(
            "flags:\n  a: {state}\n  b: {{ state: {state}, rules: [{{ when: {{ plan: never }}, serve: on }}] }}\n  \
             size: {{ type: integer, value: {size} }}\n  note: {{ type: string, value: \"round {round}\" }}\n"
        ),
    )
}

#[test]
fn evaluations_go_on_without_a_wrong_answer_and_memory_returns() {
    let loaded = load(text(0), &mut |_| Err(String::new()), &flags_schema::Options::default());
    let engine = Engine::new(loaded.document, Options::default().variables(Variables::None)).unwrap();
    let engine = &engine;
    let stop = &AtomicBool::new(false);
    let answered = &AtomicU64::new(0);
    let grown = std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                let context = Context::new(format!("user-{thread}")).with("plan", "premium");
                while !stop.load(Ordering::Relaxed) {
                    let all: Vec<_> = engine.evaluate_all(&context).iter().map(|e| e.into_value()).collect();
                    let [a, b, size, Value::String(note)] = all.as_slice() else { panic!("{all:?}") };
                    assert_eq!(a, b);
                    let on = *a == Value::Bool(true);
                    assert_eq!(*size, Value::Integer(if on { 20 } else { 10 }));
                    let round: usize = note.trim_start_matches("round ").parse().unwrap();
                    assert_eq!(round % 2 == 1, on);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let reload = |rounds: std::ops::Range<usize>| {
            for round in rounds {
                // Every answer is of some round: each thread gets to see this one or skips it.
                engine.reload_from(&text(round)).unwrap();
            }
        };
        reload(1..101);
        let before = IN_USE.load(Ordering::Relaxed);
        reload(101..1101);
        let after = IN_USE.load(Ordering::Relaxed);
        stop.store(true, Ordering::Relaxed);
        after - before
    });
    assert!(answered.load(Ordering::Relaxed) > 0);
    // A thread keeps at most the last ruleset that it read: some of 2 kB, not 1,000 of them.
    assert!(grown < 200_000, "{grown} bytes kept after 1,000 reloads");
    assert_eq!(engine.status().reloads, 1100);
}
