//! An observer that writes experiments to a file.

use super::rotation::Rotating;
use crate::observe::{ObserveContext, Observer};
use crate::recording::{Record, Recording};
use serde::Serialize;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Writes exposures and events to a file, one JSON object per line: see [`Record`].
///
/// Evaluating threads never wait for the file: what is to be written goes through the engine's queue,
/// and what finds it full is dropped and counted in [`Metrics::experiments`](crate::Metrics::experiments).
/// At 64 MiB the file is set aside as `name.1`, the one before as `name.2`; five are kept.
///
/// ```
/// use flags_runtime::{Context, Engine, experiment::JsonLines};
/// use std::time::Duration;
///
/// flags_runtime::flags!(inline = "
/// flags:
///   button:
///     state: on
///     variants: [control, green]
///     experiment: { control: control, events: [click] }
/// ");
///
/// # let directory = std::env::temp_dir().join(format!("flags-json-lines-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory).unwrap();
/// # let path = directory.join("experiments.jsonl");
/// let lines = JsonLines::create(&path)?.rotate_at(1024 * 1024);
/// Flags::engine().set_observer(lines.clone());
///
/// let ctx = Context::new("ann");
/// let _ = Flags::BUTTON.variant(&ctx);
/// Flags::BUTTON.track(&ctx, ButtonEvent::Click, [("place", "top")]);
///
/// assert!(Flags::engine().flush(Duration::from_secs(5)));
/// assert_eq!(lines.status().written, 2);
/// # assert_eq!(std::fs::read_to_string(&path)?.lines().count(), 2);
/// # std::fs::remove_dir_all(&directory).unwrap();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct JsonLines {
    file: Arc<Mutex<OpenFile>>,
    recording: Recording,
    wants: ObserveContext,
}

#[derive(Debug)]
struct OpenFile {
    file: Rotating,
    status: JsonLinesStatus,
}

/// What became of what [`JsonLines`] was to write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JsonLinesStatus {
    /// Lines that were written.
    pub written: u64,
    /// Lines that could not be written.
    pub failed: u64,
    /// Why the last ones could not; `None` once some could again.
    pub error: Option<String>,
}

/// Bytes at which the file is set aside.
const ROTATE_AT: u64 = 64 << 20;
/// Files that are kept beside it.
const KEEP: u32 = 5;

impl JsonLines {
    /// Opens the file, and adds to what is in it.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        let file = Rotating::open(path.as_ref().to_owned(), ROTATE_AT, KEEP)?;
        let open = OpenFile { file, status: JsonLinesStatus::default() };
        Ok(Self {
            file: Arc::new(Mutex::new(open)),
            recording: Recording::default(),
            wants: ObserveContext::Nothing,
        })
    }

    /// Sets the size in bytes at which the file is renamed and a new one begins.
    #[must_use]
    pub fn rotate_at(self, bytes: u64) -> Self {
        self.open_file().file.rotate_at(bytes);
        self
    }

    /// Sets how many full files are kept.
    #[must_use]
    pub fn keep(self, files: u32) -> Self {
        self.open_file().file.keep(files);
        self
    }

    /// Sets what is recorded, and how often.
    #[must_use]
    pub const fn recording(mut self, recording: Recording) -> Self {
        self.recording = recording;
        self
    }

    /// Writes targeting keys in clear, unless `user` is declared `private`.
    #[must_use]
    pub const fn with_keys(mut self) -> Self {
        self.wants = ObserveContext::Key;
        self
    }

    /// What was written, and what could not be.
    #[must_use]
    pub fn status(&self) -> JsonLinesStatus {
        self.open_file().status.clone()
    }

    fn open_file(&self) -> MutexGuard<'_, OpenFile> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for JsonLines {
    fn wants(&self) -> ObserveContext {
        self.wants
    }

    fn records(&self) -> Option<Recording> {
        Some(self.recording)
    }

    fn recorded(&self, records: &[Record]) {
        let mut lines = Vec::new();
        for record in records {
            // Nothing in a record fails to become JSON.
            if serde_json::to_writer(&mut lines, record).is_ok() {
                lines.push(b'\n');
            }
        }
        let mut open = self.open_file();
        let written = open.file.write(&lines);
        let status = &mut open.status;
        let count = records.len() as u64;
        match written {
            Ok(()) => {
                status.written += count;
                status.error = None;
            }
            Err(error) => {
                status.failed += count;
                status.error = Some(error.to_string());
            }
        }
    }
}
