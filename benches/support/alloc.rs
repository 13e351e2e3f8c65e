//! An allocator that counts for a thread while it is told to.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static COUNTED: Cell<Option<Heap>> = const { Cell::new(None) };
}

/// What some code did to the heap.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heap {
    /// Allocations and reallocations.
    pub calls: u64,
    /// Bytes allocated and not freed.
    pub kept: i64,
    /// The most bytes at one moment.
    pub peak: i64,
}

#[inline]
fn note(calls: u64, bytes: i64) {
    if let Some(mut heap) = COUNTED.get() {
        heap.calls += calls;
        heap.kept += bytes;
        heap.peak = heap.peak.max(heap.kept);
        COUNTED.set(Some(heap));
    }
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

#[allow(unsafe_code, reason = "allocations are counted by the allocator, which is an unsafe trait")]
// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, signed(layout.size()));
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(0, -signed(layout.size()));
        unsafe { System.dealloc(pointer, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(1, signed(size) - signed(layout.size()));
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs the code, and counts what its thread allocates meanwhile.
pub fn count<R>(code: impl FnOnce() -> R) -> (R, Heap) {
    COUNTED.set(Some(Heap::default()));
    let result = code();
    (result, COUNTED.take().unwrap_or_default())
}
