//! A file and its overlays as a source of documents: what is read from the disk, and when.
//!
//! Whether a file has changed is asked of its metadata, which wakes nobody and reads nothing. It is asked when
//! the system tells of an event in the directories of the files, and at intervals, since events do not tell
//! everything: a link's target elsewhere, a directory that was replaced or is created later. Directories are
//! watched, not files: editors and configuration managers replace files by renaming, and a watch of the file
//! itself would stay with the old one.

use super::source::{DocumentSource, FetchError, FetchRequest, Fetched, FetchedDocument, Waker};
use flags_schema::{DocumentFiles, ReadError, SourceFile};
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// A file that is read once, with its overlays. [`FileSource`] is for following it.
impl DocumentSource for Path {
    fn name(&self) -> String {
        self.display().to_string()
    }
    fn fetch(&self, _: &FetchRequest<'_>) -> Result<Fetched<'_>, FetchError> {
        let mut files = DocumentFiles::new(self);
        let base = files.read_base().map_err(|reason| unreadable(self, &reason))?;
        let overlays = move |name: &str| {
            let read = files.read_overlay(name).map_err(|reason| reason.to_string())?;
            Ok(SourceFile::new(read.path.display().to_string(), read.text))
        };
        Ok(FetchedDocument::new(SourceFile::new(self.name(), base.text)).overlays(overlays).into())
    }
}

fn unreadable(path: &Path, reason: &ReadError) -> FetchError {
    FetchError::new(format!("`{}` cannot be read: {reason}", path.display()))
}

/// A file of flags and its overlays, which knows whether they have changed without reading them.
///
/// ```no_run
/// # fn engine() -> &'static flags_runtime::Engine { unimplemented!() }
/// use flags_runtime::reload::{FileSource, WatchOptions};
///
/// let _watch = engine().follow(FileSource::new("/etc/checkout/flags.yaml"), WatchOptions::default());
/// ```
pub struct FileSource {
    /// The file as it was named: messages call it so.
    named: PathBuf,
    /// The same whatever becomes of the working directory.
    path: PathBuf,
    last_read: Mutex<LastRead>,
    events: Mutex<Events>,
}

/// How finely file systems tell the time of a change: two changes within two seconds may look like one.
const COARSEST_TIME: Duration = Duration::from_millis(2100);

/// What was last read.
#[derive(Default)]
struct LastRead {
    /// The files that were read or looked for, each as it was just before.
    stamps: BTreeMap<PathBuf, Stamp>,
    /// When it was first read so.
    at: Option<Instant>,
    /// Whether a change since would show in the stamps.
    settled: bool,
    failed: Option<FetchError>,
    version: u64,
}

impl LastRead {
    /// Whether nothing was changed since the files were last read, as far as their metadata tells.
    fn is_current(&mut self) -> bool {
        if self.stamps.is_empty() || self.stamps.iter().any(|(path, stamp)| *stamp != Stamp::of(path)) {
            (self.at, self.settled) = (None, false);
            return false;
        }
        if self.settled {
            return true;
        }
        // A second change soon after the first may have left no trace: the files are read once more when
        // one that is made from then on would.
        self.settled = self.at.is_some_and(|at| at.elapsed() >= COARSEST_TIME);
        !self.settled
    }
}

impl FileSource {
    /// The document at that path. Overlays are relative to it. Nothing is read yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let named = path.into();
        let path = std::path::absolute(&named).unwrap_or_else(|_| named.clone());
        Self { named, path, last_read: Mutex::default(), events: Mutex::default() }
    }

    fn last_read(&self) -> MutexGuard<'_, LastRead> {
        self.last_read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, last_read: &mut LastRead) -> Result<FetchedDocument<'_>, FetchError> {
        let settled = last_read.settled;
        *last_read = LastRead { version: last_read.version + 1, at: last_read.at, ..LastRead::default() };
        let at = *last_read.at.get_or_insert_with(Instant::now);
        let stamp = Stamp::of(&self.path);
        last_read.settled = settled && at.elapsed() >= COARSEST_TIME || stamp.is_old();
        last_read.stamps.insert(self.path.clone(), stamp);
        let mut files = DocumentFiles::new(self.path.as_path());
        let base = files.read_base().map_err(|reason| unreadable(&self.named, &reason));
        let base = base.inspect_err(|error| last_read.failed = Some(error.clone()))?;
        let version = last_read.version.to_string();
        let named = DocumentFiles::new(self.named.as_path());
        let overlays = move |name: &str| {
            if let Some(path) = files.overlay_path(name) {
                let stamp = Stamp::of(&path);
                let mut last_read = self.last_read();
                last_read.settled &= stamp.is_old() || at.elapsed() >= COARSEST_TIME;
                last_read.stamps.insert(path, stamp);
            }
            let read = files.read_overlay(name).map_err(|reason| reason.to_string())?;
            let directory = self.path.parent().unwrap_or(Path::new(""));
            let inside = read.path.strip_prefix(directory).ok().and_then(Path::to_str);
            let shown = inside.and_then(|inside| named.overlay_path(inside)).unwrap_or(read.path);
            Ok(SourceFile::new(shown.display().to_string(), read.text))
        };
        let base = SourceFile::new(self.name(), base.text);
        Ok(FetchedDocument::new(base).version(version).overlays(overlays))
    }
}

impl DocumentSource for FileSource {
    fn name(&self) -> String {
        self.named.display().to_string()
    }

    fn fetch(&self, request: &FetchRequest<'_>) -> Result<Fetched<'_>, FetchError> {
        let mut last_read = self.last_read();
        if last_read.is_current() {
            match &last_read.failed {
                Some(error) => return Err(error.clone()),
                None if request.since() == Some(last_read.version.to_string().as_str()) => {
                    return Ok(Fetched::Unchanged);
                }
                None => {}
            }
        }
        let read = self.read(&mut last_read).map(Fetched::Document);
        drop(last_read);
        read
    }

    fn listen(&self, waker: Waker) -> Result<(), Cow<'static, str>> {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.waker = Some(waker);
        events.arm(directories([&self.path]))
    }

    fn listening(&self) -> Option<Result<(), Cow<'static, str>>> {
        let directories = directories(self.last_read().stamps.keys().chain([&self.path]));
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.waker.is_some().then(|| events.arm(directories))
    }
}

impl fmt::Debug for FileSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FileSource").field(&self.named).finish()
    }
}

/// The directories in which something happens when one of the files changes: those of its name and of the
/// file that links lead to, or of what there is of the way.
fn directories<'a>(files: impl IntoIterator<Item = &'a PathBuf>) -> BTreeMap<PathBuf, Identity> {
    let files: BTreeSet<&PathBuf> = files.into_iter().collect();
    let targets = files.iter().filter_map(|file| file.canonicalize().ok());
    let files = files.iter().map(|file| (*file).clone()).chain(targets);
    files
        .filter_map(|file| {
            let mut above = file.ancestors().skip(1);
            above.find_map(|directory| Some((directory.to_path_buf(), Identity::of(directory)?)))
        })
        .collect()
}

/// What tells of changes in directories.
#[derive(Default)]
struct Events {
    waker: Option<Waker>,
    watcher: Option<RecommendedWatcher>,
    /// Directories that are watched, and which ones they are: one that was replaced by another of its name
    /// is watched anew.
    directories: BTreeMap<PathBuf, Identity>,
    problem: Option<Cow<'static, str>>,
}

impl Events {
    /// Watches these directories, unless it does already. `Err` says why not all of them are watched.
    fn arm(&mut self, wanted: BTreeMap<PathBuf, Identity>) -> Result<(), Cow<'static, str>> {
        if wanted != self.directories {
            self.problem = self.watch(&wanted).err();
            self.directories = wanted;
        }
        self.problem.clone().map_or(Ok(()), Err)
    }

    fn watch(&mut self, wanted: &BTreeMap<PathBuf, Identity>) -> Result<(), Cow<'static, str>> {
        let waker = self.waker.clone();
        let told = move |event: notify::Result<notify::Event>| {
            // What this program does to look at the files is no change of them.
            let looked = matches!(&event, Ok(event) if matches!(event.kind, EventKind::Access(access)
                if access != AccessKind::Close(AccessMode::Write)));
            if let Some(waker) = waker.as_ref().filter(|_| !looked) {
                waker.wake();
            }
        };
        self.watcher = None;
        let why = |error: notify::Error| Cow::Owned(format!("the system tells of no events: {error}"));
        let mut watcher = notify::recommended_watcher(told).map_err(why)?;
        let mut outcome = Ok(());
        for directory in wanted.keys() {
            outcome = watcher.watch(directory, RecursiveMode::NonRecursive).map_err(why).and(outcome);
        }
        self.watcher = Some(watcher);
        outcome
    }
}

/// Which directory it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(u64, u64);

impl Identity {
    fn of(directory: &Path) -> Option<Self> {
        let metadata = directory.metadata().ok().filter(Metadata::is_dir)?;
        Some(Self::identify(&metadata))
    }

    #[cfg(unix)]
    fn identify(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self(metadata.dev(), metadata.ino())
    }

    #[cfg(not(unix))]
    fn identify(_: &Metadata) -> Self {
        Self(0, 0)
    }
}

/// What the metadata of a file tells of its content: when it differs, the content may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stamp {
    There {
        identity: Identity,
        length: u64,
        times: [Option<SystemTime>; 2],
    },
    /// Why it is not there.
    Missing(io::ErrorKind),
}

impl Stamp {
    fn of(path: &Path) -> Self {
        match path.metadata() {
            Ok(metadata) => Self::There {
                identity: Identity::identify(&metadata),
                length: metadata.len(),
                times: times(&metadata),
            },
            Err(error) => Self::Missing(error.kind()),
        }
    }

    /// Whether the last change was so long ago that another one would have another time.
    fn is_old(self) -> bool {
        let Self::There { times, .. } = self else { return true };
        let now = SystemTime::now();
        let old = |time: &SystemTime| now.duration_since(*time).is_ok_and(|age| age >= COARSEST_TIME);
        times.iter().flatten().all(old)
    }
}

/// When the content was changed, and when the file was: the second cannot be set back.
fn times(metadata: &Metadata) -> [Option<SystemTime>; 2] {
    #[cfg(unix)]
    let changed = {
        use std::os::unix::fs::MetadataExt;
        let seconds = u64::try_from(metadata.ctime()).unwrap_or(0);
        let nanoseconds = u32::try_from(metadata.ctime_nsec()).unwrap_or(0);
        SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds))
    };
    #[cfg(not(unix))]
    let changed = metadata.created().ok();
    [metadata.modified().ok(), changed]
}
