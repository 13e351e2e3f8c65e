//! Watching a file: whoever changes it changes the flags.
//!
//! What is watched is the directory, not the file: editors and configuration managers replace files
//! by renaming, and a watch of the file itself would stay with the old one. Nothing is filtered by
//! name, since Kubernetes swaps a link beside the file. A slow poll sees what events do not tell.

use super::source::{DocumentSource, beside};
use crate::engine::Engine;
use flags_schema::SourceFile;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How a file is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchOptions {
    /// How long nothing must happen before the file is read: 50 milliseconds.
    pub quiet: Duration,
    /// How often the file is read even when nothing seems to happen: 5 seconds.
    pub poll: Duration,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self { quiet: Duration::from_millis(50), poll: Duration::from_secs(5) }
    }
}

impl WatchOptions {
    /// The same with another poll interval.
    #[must_use]
    pub const fn poll(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }

    /// The same with another quiet time.
    #[must_use]
    pub const fn quiet(mut self, quiet: Duration) -> Self {
        self.quiet = quiet;
        self
    }
}

impl Engine {
    /// Watches a file, and the overlays it names, and reloads the flags when they change, from now
    /// on until the [`Watch`] is dropped. The file is loaded at once.
    ///
    /// What is wrong with the file, now or later, is found in [`Engine::status`]; the last good
    /// document keeps answering.
    #[must_use = "dropping the watch ends it"]
    pub fn watch(&'static self, path: impl Into<PathBuf>) -> Watch {
        Watch::start(self, path, WatchOptions::default())
    }
}

/// A running watch; dropping it ends it.
pub struct Watch {
    stop: Sender<Wake>,
    thread: Option<JoinHandle<()>>,
}

enum Wake {
    /// Something happened in a directory.
    Event,
    Stop,
}

impl Watch {
    /// Watches a file for an engine: `&'static Engine` or `Arc<Engine>`.
    #[must_use = "dropping the watch ends it"]
    pub fn start(
        engine: impl Deref<Target = Engine> + Send + 'static,
        path: impl Into<PathBuf>,
        options: WatchOptions,
    ) -> Self {
        let path = path.into();
        let (stop, wakes) = channel();
        let events = stop.clone();
        let mut watching = Watching {
            path: std::path::absolute(&path).unwrap_or_else(|_| path.clone()),
            named: path,
            overlays: BTreeSet::new(),
            directories: BTreeMap::new(),
            watcher: None,
            last: None,
        };
        let token = engine.watch_token();
        // The first load is the caller's: when `start` returns, the file has been read.
        watching.arm(&events);
        watching.load(&engine);
        let thread = std::thread::Builder::new().name("flags-watch".to_owned()).spawn(move || {
            while wait(&wakes, options) {
                watching.arm(&events);
                watching.load(&engine);
            }
            drop(token);
        });
        // Without a thread the file is not watched, and `status().watching` says so.
        Self { stop, thread: thread.ok() }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // The thread may be gone already; then there is nobody to tell.
        let _ = self.stop.send(Wake::Stop);
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

/// Waits until it is time to read the file. `false` ends the watch.
fn wait(wakes: &Receiver<Wake>, options: WatchOptions) -> bool {
    match wakes.recv_timeout(options.poll) {
        Ok(Wake::Event) => {}
        Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
        Err(RecvTimeoutError::Timeout) => return true,
    }
    // A writer that never pauses is read once per poll interval all the same.
    let latest = Instant::now() + options.poll;
    loop {
        let left = latest.saturating_duration_since(Instant::now());
        match wakes.recv_timeout(options.quiet.min(left)) {
            Ok(Wake::Event) if !left.is_zero() => {}
            Ok(Wake::Event) | Err(RecvTimeoutError::Timeout) => return true,
            Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}

/// What the watching thread knows.
struct Watching {
    /// The file as it was named: messages call it so.
    named: PathBuf,
    /// The same whatever becomes of the working directory.
    path: PathBuf,
    /// Overlays that the last read named.
    overlays: BTreeSet<PathBuf>,
    /// Directories that are watched, and which ones they are: a directory that was replaced by
    /// another of its name is watched anew.
    directories: BTreeMap<PathBuf, Identity>,
    watcher: Option<RecommendedWatcher>,
    /// Digest of what was last read, accepted or refused.
    last: Option<[u8; 32]>,
}

impl Watching {
    /// Watches the directories of the files, those that are not watched yet or were replaced.
    fn arm(&mut self, events: &Sender<Wake>) {
        let files = std::iter::once(&self.path).chain(&self.overlays);
        let wanted: BTreeMap<PathBuf, Identity> = files
            .filter_map(|file| {
                let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
                let directory = directory.unwrap_or_else(|| Path::new(".")).to_path_buf();
                let identity = Identity::of(&directory)?;
                Some((directory, identity))
            })
            .collect();
        if wanted == self.directories && (self.watcher.is_some() || wanted.is_empty()) {
            return;
        }
        let events = events.clone();
        let told = move |_| {
            // Nobody listens any more when the watch has ended.
            let _ = events.send(Wake::Event);
        };
        // Where the system has no events, or no more of them, the poll remains.
        let mut watcher = notify::recommended_watcher(told).ok();
        self.directories.clear();
        for (directory, identity) in wanted {
            let watched = watcher.as_mut().map(|w| w.watch(&directory, RecursiveMode::NonRecursive));
            if matches!(watched, Some(Ok(()))) {
                self.directories.insert(directory, identity);
            }
        }
        self.watcher = watcher;
    }

    /// Reads the files, and reloads when they are not what they were.
    fn load(&mut self, engine: &Engine) {
        let mut reading = Reading { named: &self.named, path: &self.path, read: RefCell::default() };
        for file in std::iter::once(&self.path).chain(&self.overlays) {
            // What cannot be read is part of what was read.
            let _ = reading.once(file.clone());
        }
        if self.last == Some(reading.digest()) {
            engine.free_retired();
            return;
        }
        // What is wrong is kept by the engine.
        let _ = engine.reload_from(&reading);
        // By now overlays that the base file names anew have been read too.
        self.last = Some(reading.digest());
        self.overlays = reading.read.get_mut().keys().filter(|path| **path != self.path).cloned().collect();
    }
}

/// Files as they were at one moment: each is read once.
struct Reading<'a> {
    named: &'a Path,
    path: &'a Path,
    read: RefCell<BTreeMap<PathBuf, Result<SourceFile, String>>>,
}

impl Reading<'_> {
    fn once(&self, path: PathBuf) -> Result<SourceFile, String> {
        self.read.borrow_mut().entry(path).or_insert_with_key(|path| path.read()).clone()
    }

    fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for (path, read) in self.read.borrow().iter() {
            let (kind, text) = match read {
                Ok(text) => ("+", &text.text),
                Err(message) => ("-", message),
            };
            for part in [path.to_string_lossy().as_ref(), kind, text] {
                digest.update((part.len() as u64).to_le_bytes());
                digest.update(part);
            }
        }
        digest.finalize().into()
    }
}

impl DocumentSource for Reading<'_> {
    fn read(&self) -> Result<SourceFile, String> {
        self.once(self.path.to_path_buf())
            .map(|text| SourceFile { name: self.named.display().to_string(), ..text })
    }
    fn read_overlay(&self, name: &str) -> Result<SourceFile, String> {
        let text = self.once(beside(self.path, name))?;
        Ok(SourceFile { name: beside(self.named, name).display().to_string(), ..text })
    }
}

/// Which directory it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(u64, u64);

impl Identity {
    #[cfg(unix)]
    fn of(directory: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = directory.metadata().ok()?;
        Some(Self(metadata.dev(), metadata.ino()))
    }

    #[cfg(not(unix))]
    fn of(directory: &Path) -> Option<Self> {
        directory.metadata().ok().map(|_| Self(0, 0))
    }
}
