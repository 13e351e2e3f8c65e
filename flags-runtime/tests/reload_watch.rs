//! Watching files as the world changes them: editors, configuration managers, accidents.
#![cfg(feature = "reload")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use flags_runtime::reload::{Watch, WatchOptions};
use flags_runtime::{Context, Engine, Options, SourceFile, Variables};
use flags_schema::load;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A watch that asks again after an hour: what it follows, it was told of.
fn told_alone() -> WatchOptions {
    WatchOptions::default().poll(Duration::from_secs(3600))
}

/// A directory of its own for each test, removed at its end.
struct Scene {
    directory: PathBuf,
    engine: Arc<Engine>,
}

const OFF: &str =
    "flags:\n  forums: off\n  button: { state: on, variants: [control, green], off: control }\n";

fn with_state(state: &str) -> String {
    OFF.replace("forums: off", &format!("forums: {state}"))
}

impl Scene {
    fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("flags-watch-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        let loaded = load(
            SourceFile::new("flags.yaml", OFF),
            &mut |_| Err(String::new()),
            &flags_schema::Options::default(),
        );
        let options = Options::default().variables(Variables::None);
        let engine = Arc::new(Engine::new(loaded.document, options).unwrap());
        Self { directory, engine }
    }

    fn file(&self) -> PathBuf {
        self.directory.join("flags.yaml")
    }

    fn watch(&self, path: &Path) -> Watch {
        let options =
            WatchOptions::default().poll(Duration::from_millis(300)).quiet(Duration::from_millis(20));
        Watch::start(self.engine.clone(), path, options)
    }

    fn is_on(&self) -> bool {
        self.engine.flag("forums").unwrap().enabled(&Context::anonymous())
    }

    /// Waits for what must come true; only what never does fails.
    #[track_caller]
    fn eventually(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !holds(self) {
            assert!(start.elapsed() < Duration::from_secs(60), "{what}: {:#?}", self.engine.status());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[track_caller]
    fn eventually_on(&self, on: bool) {
        self.eventually(if on { "on" } else { "off" }, |scene| scene.is_on() == on);
    }

    /// The bad file is refused, and the last good one keeps answering.
    #[track_caller]
    fn eventually_refused(&self, reason: &str) {
        let on = self.is_on();
        self.eventually(reason, |scene| {
            scene.engine.status().last_refusal.is_some_and(|refused| refused.report.contains(reason))
        });
        assert_eq!(self.is_on(), on, "{reason}");
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Replaces a file as editors do: a new one, renamed over the old one.
fn rename_over(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, path).unwrap();
}

#[test]
fn the_file_is_loaded_at_once_and_watching_ends_with_the_guard() {
    let scene = Scene::new("guard");
    fs::write(scene.file(), with_state("on")).unwrap();
    let watch = scene.watch(&scene.file());
    assert!(scene.is_on());
    assert!(scene.engine.status().watching);
    drop(watch);
    assert!(!scene.engine.status().watching);
    let reloads = scene.engine.status().reloads;
    fs::write(scene.file(), with_state("off")).unwrap();
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(scene.engine.status().reloads, reloads);
}

#[test]
fn written_in_place_in_two_halves() {
    let scene = Scene::new("halves");
    fs::write(scene.file(), OFF).unwrap();
    let _watch = scene.watch(&scene.file());
    let text = with_state("on");
    let (first, second) = text.split_at(text.len() / 2);
    let mut file = fs::File::create(scene.file()).unwrap();
    file.write_all(first.as_bytes()).unwrap();
    file.sync_all().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    file.write_all(second.as_bytes()).unwrap();
    drop(file);
    scene.eventually_on(true);
    assert_eq!(scene.engine.status().last_refusal, None);
}

#[test]
fn renamed_over_again_and_again() {
    let scene = Scene::new("rename");
    fs::write(scene.file(), OFF).unwrap();
    let _watch = scene.watch(&scene.file());
    for round in 0..5 {
        let on = round % 2 == 0;
        rename_over(&scene.file(), &with_state(if on { "on" } else { "off" }));
        scene.eventually_on(on);
    }
}

#[test]
#[cfg(unix)]
fn swapped_as_kubernetes_swaps_a_config_map() {
    use std::os::unix::fs::symlink;
    let scene = Scene::new("config-map");
    let swap = |version: &str, text: &str| {
        let data = scene.directory.join(version);
        fs::create_dir(&data).unwrap();
        fs::write(data.join("flags.yaml"), text).unwrap();
        symlink(version, scene.directory.join("..data_tmp")).unwrap();
        fs::rename(scene.directory.join("..data_tmp"), scene.directory.join("..data")).unwrap();
    };
    swap("..2026_01", OFF);
    symlink("..data/flags.yaml", scene.file()).unwrap();
    let _watch = scene.watch(&scene.file());
    swap("..2026_02", &with_state("on"));
    fs::remove_dir_all(scene.directory.join("..2026_01")).unwrap();
    scene.eventually_on(true);
    swap("..2026_03", &with_state("off"));
    fs::remove_dir_all(scene.directory.join("..2026_02")).unwrap();
    scene.eventually_on(false);
}

#[test]
fn deleted_and_restored() {
    let scene = Scene::new("deleted");
    fs::write(scene.file(), with_state("on")).unwrap();
    let _watch = scene.watch(&scene.file());
    fs::remove_file(scene.file()).unwrap();
    scene.eventually_refused("cannot be read");
    assert!(scene.is_on());
    fs::write(scene.file(), with_state("off")).unwrap();
    scene.eventually_on(false);
    assert_eq!(scene.engine.status().last_refusal, None);
}

#[test]
fn its_directory_replaced() {
    let scene = Scene::new("directory");
    let directory = scene.directory.join("config");
    let file = directory.join("flags.yaml");
    fs::create_dir(&directory).unwrap();
    fs::write(&file, OFF).unwrap();
    let _watch = scene.watch(&file);
    for round in 0..2 {
        let on = round == 0;
        fs::rename(&directory, scene.directory.join(format!("old-{round}"))).unwrap();
        fs::create_dir(&directory).unwrap();
        fs::write(&file, with_state(if on { "on" } else { "off" })).unwrap();
        scene.eventually_on(on);
    }
    // Events arrive from the new directory, not from the old one.
    rename_over(&file, &with_state("on"));
    scene.eventually_on(true);
}

#[test]
#[cfg(unix)]
fn permission_lost_and_found() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new("permission");
    fs::write(scene.file(), with_state("on")).unwrap();
    let _watch = scene.watch(&scene.file());
    fs::set_permissions(scene.file(), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(scene.file()).is_err() {
        scene.eventually_refused("cannot be read");
    }
    assert!(scene.is_on());
    fs::set_permissions(scene.file(), fs::Permissions::from_mode(0o600)).unwrap();
    rename_over(&scene.file(), &with_state("off"));
    scene.eventually_on(false);
}

#[test]
fn every_kind_of_bad_file_is_refused() {
    let scene = Scene::new("bad");
    fs::write(scene.file(), with_state("on")).unwrap();
    let _watch = scene.watch(&scene.file());
    let bomb = {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..20 {
            let items = vec![format!("*a{}", i - 1); 10].join(", ");
            writeln!(text, "a{i}: &a{i} [{items}]").unwrap();
        }
        text
    };
    let deep = format!("flags: {}{}", "[".repeat(1000), "]".repeat(1000));
    let huge = format!("# {}\n{OFF}", "x".repeat(20 * 1024 * 1024)).into_bytes();
    let cases: [(&str, Vec<u8>); 7] = [
        ("not UTF-8", vec![0xff, 0xfe, 0x00, 0x01, 0x80, 0x81]),
        ("error[", vec![0, 1, 2, 3, 4, 5, 6, 7]),
        ("16 MiB", huge),
        ("error[", bomb.into_bytes()),
        ("64", deep.into_bytes()),
        ("flags", Vec::new()),
        ("`onn`", with_state("onn").into_bytes()),
    ];
    for (reason, bytes) in cases {
        let refusals = scene.engine.status().refusals;
        fs::write(scene.file(), bytes).unwrap();
        scene.eventually(reason, |scene| scene.engine.status().refusals > refusals);
        scene.eventually_refused(reason);
        assert!(scene.is_on(), "{reason}");
        rename_over(&scene.file(), &with_state("off"));
        scene.eventually_on(false);
        rename_over(&scene.file(), &with_state("on"));
        scene.eventually_on(true);
    }
}

#[test]
fn overlays_are_watched_too() {
    let scene = Scene::new("overlays");
    let elsewhere = scene.directory.join("overlays");
    fs::create_dir(&elsewhere).unwrap();
    let base =
        format!("environments:\n  production: {{ overlay: overlays/production.yaml, default: true }}\n{OFF}");
    fs::write(scene.file(), &base).unwrap();
    fs::write(elsewhere.join("production.yaml"), "flags: { forums: { state: off } }\n").unwrap();
    let loaded = load(
        SourceFile::new("flags.yaml", base),
        &mut |_| Ok(SourceFile::new("p", "flags: { forums: { state: off } }\n")),
        &flags_schema::Options::default(),
    );
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    let engine = Engine::new(loaded.document, Options::default().variables(Variables::None)).unwrap();
    let scene = Scene { engine: Arc::new(engine), directory: scene.directory.clone() };
    let _watch = scene.watch(&scene.file());
    assert!(!scene.is_on());
    rename_over(&elsewhere.join("production.yaml"), "flags: { forums: { state: on } }\n");
    scene.eventually_on(true);
}

#[test]
fn equal_content_is_no_reload() {
    let scene = Scene::new("equal");
    fs::write(scene.file(), OFF).unwrap();
    let _watch = scene.watch(&scene.file());
    let reloads = scene.engine.status().reloads;
    for _ in 0..3 {
        rename_over(&scene.file(), OFF);
        std::thread::sleep(Duration::from_millis(150));
    }
    assert_eq!(scene.engine.status().reloads, reloads);
    rename_over(&scene.file(), &with_state("on"));
    scene.eventually_on(true);
    assert_eq!(scene.engine.status().reloads, reloads + 1);
}

/// Counts how often files of a directory are opened.
fn count_openings(directory: &Path) -> (Arc<AtomicUsize>, notify::RecommendedWatcher) {
    use notify::event::{AccessKind, EventKind};
    use notify::{RecursiveMode, Watcher};
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if matches!(event.unwrap().kind, EventKind::Access(AccessKind::Open(_))) {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    })
    .unwrap();
    watcher.watch(directory, RecursiveMode::NonRecursive).unwrap();
    (count, watcher)
}

#[test]
#[cfg(target_os = "linux")]
fn an_idle_watch_reads_nothing() {
    let scene = Scene::new("idle");
    fs::write(scene.file(), OFF).unwrap();
    let (openings, _watcher) = count_openings(&scene.directory);
    let _watch = Watch::start(scene.engine.clone(), scene.file(), told_alone());
    // A file that was written just now is read once more, when a further change would have another time.
    std::thread::sleep(Duration::from_secs(3));
    let settled = openings.load(Ordering::Relaxed);
    assert!((1..=2).contains(&settled), "the counting counts, and a new file is read twice: {settled}");
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(openings.load(Ordering::Relaxed), settled);
    // A missing file is not looked for by reading either, nor is one that is refused.
    for text in [None, Some("flags: [\n"), Some(OFF)] {
        match text {
            None => fs::remove_file(scene.file()).unwrap(),
            Some(text) => fs::write(scene.file(), text).unwrap(),
        }
        std::thread::sleep(Duration::from_secs(3));
        let settled = openings.load(Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(1500));
        assert_eq!(openings.load(Ordering::Relaxed), settled, "{text:?}");
    }
    assert_eq!(scene.engine.status().last_refusal, None);
}

#[test]
fn a_noisy_neighbour_neither_delays_nor_causes_reads() {
    let scene = Scene::new("noisy");
    fs::write(scene.file(), OFF).unwrap();
    let _watch = Watch::start(scene.engine.clone(), scene.file(), told_alone());
    let stop = Arc::new(AtomicBool::new(false));
    let neighbour = {
        let (stop, path) = (stop.clone(), scene.directory.join("log"));
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                fs::write(&path, "noise").unwrap();
                std::thread::sleep(Duration::from_millis(20));
            }
        })
    };
    std::thread::sleep(Duration::from_millis(200));
    for on in [true, false, true] {
        rename_over(&scene.file(), &with_state(if on { "on" } else { "off" }));
        scene.eventually_on(on);
    }
    stop.store(true, Ordering::Relaxed);
    neighbour.join().unwrap();
}

#[test]
#[cfg(unix)]
fn the_target_of_a_link_elsewhere_is_followed() {
    let scene = Scene::new("target");
    let elsewhere = scene.directory.join("elsewhere/deep");
    fs::create_dir_all(&elsewhere).unwrap();
    let target = elsewhere.join("real.yaml");
    fs::write(&target, OFF).unwrap();
    std::os::unix::fs::symlink(&target, scene.file()).unwrap();
    let _watch = Watch::start(scene.engine.clone(), scene.file(), WatchOptions::default());
    for on in [true, false, true] {
        fs::write(&target, with_state(if on { "on" } else { "off" })).unwrap();
        scene.eventually_on(on);
    }
    // The directory of the target is another one.
    fs::rename(&elsewhere, scene.directory.join("elsewhere/old")).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    fs::write(&target, with_state("off")).unwrap();
    scene.eventually_on(false);
}

#[test]
fn a_directory_created_later_is_followed() {
    let scene = Scene::new("later");
    let directory = scene.directory.join("a/b/c");
    let file = directory.join("flags.yaml");
    let _watch = Watch::start(scene.engine.clone(), &file, WatchOptions::default());
    assert!(scene.engine.status().last_refusal.unwrap().report.contains("there is no such file"));
    for on in [true, false] {
        fs::create_dir_all(&directory).unwrap();
        fs::write(&file, with_state(if on { "on" } else { "off" })).unwrap();
        scene.eventually_on(on);
        assert_eq!(scene.engine.status().last_refusal, None);
        fs::remove_dir_all(scene.directory.join("a")).unwrap();
        scene.eventually_refused("there is no such file");
    }
}

#[test]
fn a_replaced_directory_is_followed() {
    let scene = Scene::new("replaced");
    let directory = scene.directory.join("config");
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("flags.yaml"), OFF).unwrap();
    let _watch = Watch::start(scene.engine.clone(), directory.join("flags.yaml"), WatchOptions::default());
    for (round, on) in [true, false, true].into_iter().enumerate() {
        let new = scene.directory.join("new");
        fs::create_dir(&new).unwrap();
        fs::write(new.join("flags.yaml"), with_state(if on { "on" } else { "off" })).unwrap();
        fs::rename(&directory, scene.directory.join(format!("old-{round}"))).unwrap();
        fs::rename(&new, &directory).unwrap();
        scene.eventually_on(on);
    }
}

#[test]
#[cfg(unix)]
fn a_named_pipe_blocks_neither_the_watch_nor_its_end() {
    let scene = Scene::new("pipe");
    let fifo = |path: &Path| {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    fifo(&scene.file());
    let watch = scene.watch(&scene.file());
    scene.eventually_refused("a named pipe");
    fs::remove_file(scene.file()).unwrap();
    fs::write(scene.file(), with_state("on")).unwrap();
    scene.eventually_on(true);
    // As an overlay.
    fifo(&scene.directory.join("prod.yaml"));
    rename_over(&scene.file(), &format!("environments: {{ prod: {{ overlay: prod.yaml }} }}\n{OFF}"));
    scene.eventually_refused("a named pipe");
    // A watch that waits for the pipe never ends.
    drop(watch);
}

#[test]
#[cfg(target_os = "linux")]
fn devices_and_strangers_files_are_neither_read_nor_quoted() {
    let scene = Scene::new("strangers");
    let zero = scene.watch(Path::new("/dev/zero"));
    scene.eventually_refused("a device");
    drop(zero);
    fs::write(scene.file(), OFF).unwrap();
    let _watch = scene.watch(&scene.file());
    for overlay in ["/dev/zero", "/etc/passwd", "../../../../../../etc/passwd"] {
        rename_over(&scene.file(), &format!("environments: {{ prod: {{ overlay: {overlay} }} }}\n{OFF}"));
        scene.eventually_refused("outside");
        assert!(!scene.engine.status().last_refusal.unwrap().report.contains("root:"));
        rename_over(&scene.file(), OFF);
        scene.eventually("accepted", |scene| scene.engine.status().last_refusal.is_none());
    }
}

#[test]
fn a_file_that_comes_back_as_it_was_is_no_refusal_any_more() {
    let scene = Scene::new("back");
    fs::write(scene.file(), with_state("on")).unwrap();
    let _watch = scene.watch(&scene.file());
    fs::rename(scene.file(), scene.directory.join("away")).unwrap();
    scene.eventually_refused("there is no such file");
    let status = scene.engine.status();
    assert_eq!((status.watches[0].failures > 0, status.watches[0].last_failure.is_some()), (true, true));
    fs::rename(scene.directory.join("away"), scene.file()).unwrap();
    scene.eventually("accepted", |scene| scene.engine.status().last_refusal.is_none());
    let status = scene.engine.status();
    assert_eq!((status.watches[0].failures, &status.watches[0].last_failure), (0, &None));
    assert_eq!((status.reloads, status.refusals), (1, 1));
    assert_eq!(status.watches[0].polling, None, "the system tells of events");
}

#[test]
fn a_file_written_by_a_writer_that_pauses_is_not_taken_as_half_a_document() {
    let scene = Scene::new("torn");
    let whole = format!("{}...\n", with_state("on"));
    fs::write(scene.file(), &whole).unwrap();
    let _watch = scene.watch(&scene.file());
    assert!(scene.is_on());
    // At every line break what there is so far may be a document.
    let next = format!("# the next one\n{}...\n", OFF.replace("off", "off "));
    let mut file = fs::File::create(scene.file()).unwrap();
    for line in next.split_inclusive('\n') {
        assert!(scene.is_on(), "half a document is in force");
        assert_eq!(scene.engine.status().missing, Vec::<String>::new());
        file.write_all(line.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(400));
    }
    scene.eventually_on(false);
    assert_eq!(scene.engine.status().last_refusal, None);
    // Without the marker, and with it but followed by something else.
    for text in [with_state("on"), format!("{}...\n---\n", with_state("on")), with_state("on ....")] {
        rename_over(&scene.file(), &text);
        scene.eventually("refused", |scene| scene.engine.status().last_refusal.is_some());
        assert!(!scene.is_on(), "{text}");
        rename_over(&scene.file(), &format!("{OFF}... # the end\n\n# that is all\n"));
        scene.eventually("accepted", |scene| scene.engine.status().last_refusal.is_none());
    }
    rename_over(&scene.file(), OFF);
    scene.eventually_refused("error[cut-off]: ");
}
