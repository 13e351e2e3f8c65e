//! What the metrics facade is told.
#![cfg(feature = "metrics")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use flags_runtime::observe::{EVALUATIONS, FLAGS, INFO, MetricsObserver};
use flags_runtime::{Context, Engine, Options, SourceFile, Variables};
use flags_schema::load;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use std::collections::BTreeMap;

const TEXT: &str =
    "flags: { new-ui: on, half: { state: gradual, rollout: 50 }, limit: { type: integer, value: 2 } }";

fn engine() -> Engine {
    let options = flags_schema::Options::default();
    let loaded = load(SourceFile::new("flags.yaml", TEXT), &mut |_| Err(String::new()), &options);
    Engine::new(loaded.document, Options::default().variables(Variables::None)).unwrap()
}

/// Every series as `name{label=value}`. A counter says what was added since the last time.
fn series(snapshotter: &Snapshotter) -> BTreeMap<String, f64> {
    let all = snapshotter.snapshot().into_vec().into_iter();
    all.map(|(key, _, _, value)| {
        let (_, key) = key.into_parts();
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let value = match value {
            DebugValue::Counter(count) => f64::from(u32::try_from(count).unwrap()),
            DebugValue::Gauge(gauge) => gauge.into_inner(),
            DebugValue::Histogram(_) => panic!("no histograms"),
        };
        (format!("{}{{{}}}", key.name(), labels.join(",")), value)
    })
    .collect()
}

#[test]
fn series_and_labels() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let engine = engine();
        let ask = |flag: &str, context: Context| engine.flag(flag).unwrap().evaluate(&context);
        engine.set_observer(MetricsObserver::new());
        for user in ["ann", "bob", "eve"] {
            let _ = (ask("new-ui", Context::new(user)), ask("limit", Context::new(user)));
        }
        let _ = ask("half", Context::anonymous());
        let found = series(&snapshotter);
        for (labels, expected) in [
            ("flag=new-ui,variant=on,reason=STATIC", 3.0),
            ("flag=limit,variant=,reason=STATIC", 3.0),
            ("flag=half,variant=off,reason=ERROR", 1.0),
        ] {
            assert_eq!(found.get(&format!("{EVALUATIONS}{{{labels}}}")), Some(&expected), "{found:#?}");
        }
        assert_eq!(found.get(&format!("{FLAGS}{{}}")), Some(&3.0));
        let version = found.iter().find(|(name, _)| name.starts_with(INFO)).unwrap();
        assert_eq!((version.0.len(), *version.1), (INFO.len() + "{version=}".len() + 64, 1.0));
    });
}

#[cfg(feature = "reload")]
#[test]
fn reloads() {
    use flags_runtime::observe::RELOADS;
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let engine = engine();
        engine.set_observer(MetricsObserver::new());
        let series = || series(&snapshotter);
        let reloads = |found: &BTreeMap<String, f64>| {
            ["accepted", "refused"]
                .map(|outcome| found.get(&format!("{RELOADS}{{outcome={outcome}}}")).copied())
        };
        assert_eq!(
            reloads(&series()),
            [Some(0.0), Some(0.0)],
            "there from the start, so that rates are right"
        );
        engine
            .reload_from(&SourceFile::new("live.yaml", TEXT.replace("new-ui: on", "new-ui: off, extra: on")))
            .unwrap();
        engine.reload_from(&SourceFile::new("bad.yaml", "flags: { new-ui: onn }")).unwrap_err();
        let _ = engine.flag("extra").unwrap().enabled(&Context::new("ann"));
        let found = series();
        assert_eq!(reloads(&found), [Some(1.0), Some(1.0)]);
        assert_eq!(found.get(&format!("{FLAGS}{{}}")), Some(&4.0));
        assert_eq!(found.get(&format!("{EVALUATIONS}{{flag=extra,variant=on,reason=STATIC}}")), Some(&1.0));
        let mut versions: Vec<_> =
            found.iter().filter(|(name, _)| name.starts_with(INFO)).map(|s| *s.1).collect();
        versions.sort_by(f64::total_cmp);
        assert_eq!(versions, [0.0, 1.0], "one document answers at a time");
    });
}
