//! An allocator that counts while it is told to.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

struct Counting;

static ON: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

#[cold]
#[inline(never)]
fn note(calls: u64, bytes: i64) {
    CALLS.fetch_add(calls, Relaxed);
    let live = LIVE.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(live, Relaxed);
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

#[allow(unsafe_code, reason = "allocations are counted by the allocator, which is an unsafe trait")]
// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if ON.load(Relaxed) {
            note(1, signed(layout.size()));
        }
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if ON.load(Relaxed) {
            note(0, -signed(layout.size()));
        }
        unsafe { System.dealloc(pointer, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if ON.load(Relaxed) {
            note(1, signed(size) - signed(layout.size()));
        }
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What some code did to the heap.
#[derive(Clone, Copy, Debug)]
pub struct Heap {
    /// Allocations and reallocations.
    pub calls: u64,
    /// Bytes allocated and not freed.
    pub kept: i64,
    /// The most bytes at one moment.
    pub peak: i64,
}

/// Runs the code, and counts what the whole program allocates meanwhile.
pub fn count<R>(code: impl FnOnce() -> R) -> (R, Heap) {
    CALLS.store(0, Relaxed);
    LIVE.store(0, Relaxed);
    PEAK.store(0, Relaxed);
    ON.store(true, Relaxed);
    let result = code();
    ON.store(false, Relaxed);
    (result, Heap { calls: CALLS.load(Relaxed), kept: LIVE.load(Relaxed), peak: PEAK.load(Relaxed) })
}
