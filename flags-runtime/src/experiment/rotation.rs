//! A file that is renamed when it has grown, so that a new one begins; some of the full files are kept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(super) struct Rotating {
    path: PathBuf,
    /// Bytes.
    at: u64,
    /// How many full files are kept.
    keep: u32,
    file: Option<(File, u64)>,
}

impl Rotating {
    /// Opens the file, and writes on where it ends.
    pub(super) fn open(path: PathBuf, at: u64, keep: u32) -> io::Result<Self> {
        let mut rotating = Self { path, at, keep, file: None };
        rotating.current()?;
        Ok(rotating)
    }

    pub(super) const fn rotate_at(&mut self, bytes: u64) {
        self.at = bytes;
    }

    pub(super) const fn keep(&mut self, files: u32) {
        self.keep = files;
    }

    /// Writes lines; they stay in one file.
    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let length = lines.len() as u64;
        let at = self.at;
        let (_, size) = self.current()?;
        if *size > 0 && *size + length > at {
            self.rotate()?;
        }
        let (file, size) = self.current()?;
        let written = file.write_all(lines).and_then(|()| file.flush());
        *size += length;
        if written.is_err() {
            // It may be another file by now: the next time it is opened anew.
            self.file = None;
        }
        written
    }

    fn current(&mut self) -> io::Result<&mut (File, u64)> {
        match &mut self.file {
            Some(current) => Ok(current),
            closed => {
                let file = OpenOptions::new().create(true).append(true).open(&self.path)?;
                let size = file.metadata()?.len();
                Ok(closed.insert((file, size)))
            }
        }
    }

    /// `events.jsonl` becomes `events.jsonl.1`, that `events.jsonl.2`, and so on.
    fn rotate(&mut self) -> io::Result<()> {
        self.file = None;
        if self.keep == 0 {
            return fs::remove_file(&self.path);
        }
        for number in (1..self.keep).rev() {
            let from = numbered(&self.path, number);
            if from.exists() {
                fs::rename(from, numbered(&self.path, number + 1))?;
            }
        }
        fs::rename(&self.path, numbered(&self.path, 1))
    }
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}
