//! Size: ten thousand flags and a list of a hundred thousand users are as much work as a few, and what
//! they weigh. Work is counted, never timed; `benches/` has the times. `--nocapture` shows the figures.

#[path = "../benches/support/mod.rs"]
mod support;

use flags_runtime::{Context, Engine, Filter, SourceFile};
use support::alloc::count;
use support::document::{Flag, Workload, id, mixed, user, workloads, yaml};
use support::load;

/// Bytes of the heap that one flag may take in the ruleset.
const PER_FLAG: i64 = 1024;

fn context(n: usize) -> Context {
    let user = user(n);
    Context::new(&user.id)
        .with("country", user.country)
        .with("plan", user.plan)
        .with("email", &user.email)
        .with("app_version", user.app_version)
        .with("age", user.age)
}

#[test]
fn many_flags_are_as_much_work_as_few() {
    let [few, many] = [100, 10_000].map(|n| load::engine(&mixed(n)));
    assert_eq!(many.flags().len(), 10_000);
    let context = context(1);
    // The first evaluation of a thread makes its counts, the first rollout the digest.
    for engine in [&few, &many] {
        assert!(engine.flags().iter().filter(|flag| flag.enabled(&context)).count() > 0);
    }
    for (engine, flags) in [(&few, 100), (&many, 10_000)] {
        let handles: Vec<_> = engine.flags();
        let (on, heap) = count(|| handles.iter().filter(|flag| flag.enabled(&context)).count());
        assert_eq!(heap.calls, 0, "evaluations of {flags} flags");
        assert!((flags * 2 / 5..flags).contains(&on), "{on} of {flags}");
        let key = format!("flag-{:05}", flags - 1);
        let (found, heap) = count(|| engine.flag(&key).is_some());
        assert!(found);
        assert_eq!(heap.calls, 0, "a look-up among {flags} flags");
        let (all, heap) = count(|| engine.evaluate_all(&context));
        assert_eq!((all.len(), heap.calls), (flags, 1), "all of {flags} flags");
    }
}

#[test]
fn many_users_are_as_much_work_as_few() {
    const USERS: usize = 100_000;
    let [few, many] = [10, USERS]
        .map(|users| load::engine(&[Flag { key: "listed".to_owned(), kind: Workload::Users(users) }]));
    for (engine, listed) in [(&few, 10), (&many, USERS)] {
        let flag = engine.flag("listed").unwrap();
        let contexts: Vec<Context> = (0..USERS + 1000).map(|n| Context::new(id(n))).collect();
        assert!(flag.enabled(&contexts[0]));
        let (on, heap) = count(|| contexts.iter().take_while(|context| flag.enabled(context)).count());
        assert_eq!((on, heap.calls), (listed, 0));
        assert!(contexts.iter().skip(listed).all(|context| !flag.enabled(context)));
    }
}

#[test]
fn a_flag_weighs_less_than_a_kilobyte() {
    const FLAGS: i64 = 10_000;
    let flags = mixed(10_000);
    let embedded = load::embed(&flags);
    let (engine, started) = count(|| Engine::embedded(&embedded));
    // The document stays in its bytes until people ask: names of rules, positions, explanations.
    let context = context(1);
    let (on, evaluated) = count(|| engine.flags().iter().filter(|flag| flag.enabled(&context)).count());
    let (written, asked) = count(|| engine.list(&Filter::default()).len());
    assert_eq!(written, flags.len());
    let text = SourceFile::new("flags.yaml", format!("# changed\n{}", yaml(&flags)));
    let ((), reloaded) = count(|| drop(engine.reload_from(&text).unwrap()));
    println!("bytes per flag: {} embedded", embedded.document.len() / flags.len());
    println!(
        "bytes per flag: {} of the heap at start, {} at most",
        started.kept / FLAGS,
        started.peak / FLAGS
    );
    println!("bytes per flag: {} more once each was listed", asked.kept / FLAGS);
    println!(
        "bytes per flag: {} more after a reload, {} at most",
        reloaded.kept / FLAGS,
        reloaded.peak / FLAGS
    );
    assert!(started.kept / FLAGS < PER_FLAG, "{} bytes per flag", started.kept / FLAGS);
    // The counts of the thread, and nothing else that grows with the flags.
    assert!(on > 0 && evaluated.kept / FLAGS < 256, "{} bytes per flag", evaluated.kept / FLAGS);
}

/// `flags!` of the benches reads a file; it is what the generator writes.
#[test]
fn the_benches_flags_are_those_of_the_workloads() {
    let written = std::fs::read_to_string("benches/flags.yaml").unwrap();
    assert_eq!(written, yaml(&workloads(true)), "`cargo bench --bench ratios -- document` writes it again");
}
