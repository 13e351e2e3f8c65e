//! What an expansion knows about the build: directories, environment variables, the date.

use flags_schema::Timestamp;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// The build around an expansion.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    /// Directory of the package's manifest.
    pub(crate) manifest_dir: PathBuf,
    /// The file that the macro is called in, when the compiler says.
    pub(crate) caller: Option<PathBuf>,
    /// Line and column of the call there.
    pub(crate) position: (usize, usize),
    /// The environment variable `FLAGS_FILE`.
    pub(crate) flags_file: Option<OsString>,
    /// Whether this runs in rust-analyzer: its users can follow links to files.
    pub(crate) editor: bool,
    /// Today; `None` when `SOURCE_DATE_EPOCH` is out of range.
    pub(crate) today: Option<Timestamp>,
}

impl Host {
    /// The build that this process is part of.
    pub(crate) fn current(caller: Option<PathBuf>, position: (usize, usize)) -> Self {
        let executable = env::current_exe().ok();
        let stem = executable.as_ref().and_then(|path| path.file_stem()).and_then(|name| name.to_str());
        Self {
            manifest_dir: env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from),
            caller: caller
                .map(|path| env::current_dir().map_or_else(|_| path.clone(), |dir| dir.join(&path))),
            position,
            flags_file: env::var_os("FLAGS_FILE").filter(|value| !value.is_empty()),
            editor: stem.is_some_and(|name| name.starts_with("rust-analyzer")),
            today: Some(Timestamp::of_build()),
        }
    }
}
