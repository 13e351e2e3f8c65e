//! What counting costs: the same evaluations with `settings: { metrics: false }` and without, by one thread
//! and by two, with an observer and without. `cargo bench --bench counting`.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use flags_runtime::observe::{MetricsObserver, Observer};
use flags_runtime::{Context, Engine};
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

mod counted {
    flags_runtime::flags!(inline = "flags: { always: on, quarter: { state: gradual, rollout: 25 } }");
}

mod uncounted {
    flags_runtime::flags!(
        inline = "
settings: { metrics: false }
flags: { always: on, quarter: { state: gradual, rollout: 25 } }
"
    );
}

/// Processor time of this thread: it stands still while others have the core.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let part = |number: i64| u64::try_from(number).unwrap_or_default();
    Duration::from_secs(part(now.tv_sec)) + Duration::from_nanos(part(now.tv_nsec))
}

/// One thread asks, or several at once; times are processor time per evaluation of the slowest thread.
fn measure(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, threads: usize, ask: fn(&Context) -> bool) {
    group.bench_function(format!("{name}/{threads}"), |bencher| {
        bencher.iter_custom(|times| {
            let start = Barrier::new(threads);
            let run = || {
                let context = Context::new("user-123");
                // The first evaluation of a thread takes its slots among the counts.
                black_box(ask(&context));
                start.wait();
                let began = cpu();
                for _ in 0..times {
                    black_box(ask(black_box(&context)));
                }
                cpu().saturating_sub(began)
            };
            thread::scope(|scope| {
                let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
                let own = run();
                others.into_iter().filter_map(|other| other.join().ok()).fold(own, Duration::max)
            })
        });
    });
}

fn counting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("on for all");
    for threads in [1, 2] {
        measure(&mut group, "not counted", threads, |ctx| uncounted::Flags::ALWAYS.enabled(ctx));
        measure(&mut group, "counted", threads, |ctx| counted::Flags::ALWAYS.enabled(ctx));
    }
    group.finish();
    let mut group = criterion.benchmark_group("rollout");
    for threads in [1, 2] {
        measure(&mut group, "not counted", threads, |ctx| uncounted::Flags::QUARTER.enabled(ctx));
        measure(&mut group, "counted", threads, |ctx| counted::Flags::QUARTER.enabled(ctx));
    }
    group.finish();
}

struct Nothing;

impl Observer for Nothing {}

fn observed(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("observed");
    let engine: &Engine = counted::Flags::engine();
    engine.set_observer(Nothing);
    measure(&mut group, "by one that does nothing", 1, |ctx| counted::Flags::ALWAYS.enabled(ctx));
    engine.set_observer(MetricsObserver::new());
    measure(&mut group, "by metrics, no recorder", 1, |ctx| counted::Flags::ALWAYS.enabled(ctx));
    engine.clear_observer();
    group.finish();
}

criterion_group!(benches, counting, observed);
criterion_main!(benches);
