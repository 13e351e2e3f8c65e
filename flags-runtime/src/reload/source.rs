//! Where documents come from, whatever it is: the interface that reloading and following ask.

use crate::engine::{Change, Refused};
use flags_schema::SourceFile;
use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

/// Somewhere that documents come from: a [file](super::FileSource), a text, a server, or one's own.
///
/// [`Engine::reload_from`](crate::Engine::reload_from) asks it once.
/// [`Engine::follow`](crate::Engine::follow) asks it again and again, on a thread of its own: it keeps
/// the version that was fetched last, does not load the same content twice, waits longer after each
/// failure, and tells of all that in [`Engine::status`](crate::Engine::status). Only
/// [`name`](Self::name) and [`fetch`](Self::fetch) must be written.
///
/// ```
/// use flags_runtime::{Context, Engine, Options, SourceFile};
/// use flags_runtime::reload::{DocumentSource, FetchError, FetchRequest, Fetched, FetchedDocument};
/// # use flags_schema::load;
///
/// /// A configuration service, whose entries have a number that grows.
/// struct Service;
///
/// impl DocumentSource for Service {
///     fn name(&self) -> String {
///         "service".to_owned()
///     }
///     fn fetch(&self, request: &FetchRequest<'_>) -> Result<Fetched<'_>, FetchError> {
///         let (number, text) = ("7", "flags:\n  new-ui: on\n"); // would come from the service
///         if request.since() == Some(number) {
///             return Ok(Fetched::Unchanged);
///         }
///         Ok(FetchedDocument::new(SourceFile::new("service:flags", text)).version(number).into())
///     }
/// }
///
/// # let base = SourceFile::new("flags.yaml", "flags:\n  new-ui: off\n");
/// # let document = load(base, &mut |_| Err(String::new()), &Default::default()).document;
/// # let engine = Engine::new(document, Options::default()).unwrap();
/// assert_eq!(engine.reload_from(&Service).unwrap().flags, ["new-ui"]);
/// ```
pub trait DocumentSource {
    /// What messages and [`Engine::status`](crate::Engine::status) call it: a path, an address without
    /// secrets.
    fn name(&self) -> String;

    /// The document, or that it is still the one that the request knows.
    ///
    /// It may wait for a change, as long polling does; then it should look at
    /// [`FetchRequest::is_stopped`] at least every 100 milliseconds, or end when [`stop`](Self::stop) is
    /// called. A panic in it counts as a failure.
    ///
    /// # Errors
    /// When the document cannot be fetched. The flags answer as before then.
    fn fetch(&self, request: &FetchRequest<'_>) -> Result<Fetched<'_>, FetchError>;

    /// Called once, before a source that is followed is asked first: it may keep the waker, and call it
    /// whenever something may have changed. `Err` says why it cannot tell of changes; then it is asked
    /// at intervals only, and the status says so.
    ///
    /// # Errors
    /// With the reason, for people.
    fn listen(&self, waker: Waker) -> Result<(), Cow<'static, str>> {
        drop(waker);
        Err(Cow::Borrowed("the source does not tell of changes"))
    }

    /// Why the source is asked at intervals only, when that has changed since
    /// [`listen`](Self::listen): `None` leaves what was said there.
    fn listening(&self) -> Option<Result<(), Cow<'static, str>>> {
        None
    }

    /// Told what became of each document that was fetched: a server can show who refuses what.
    fn concluded(&self, outcome: Result<&Change, &Refused>) {
        let _ = outcome;
    }

    /// Told by the thread that stops following; a [`fetch`](Self::fetch) that waits should end.
    fn stop(&self) {}
}

impl<S: DocumentSource + ?Sized> DocumentSource for &S {
    fn name(&self) -> String {
        (**self).name()
    }
    fn fetch(&self, request: &FetchRequest<'_>) -> Result<Fetched<'_>, FetchError> {
        (**self).fetch(request)
    }
    fn listen(&self, waker: Waker) -> Result<(), Cow<'static, str>> {
        (**self).listen(waker)
    }
    fn listening(&self) -> Option<Result<(), Cow<'static, str>>> {
        (**self).listening()
    }
    fn concluded(&self, outcome: Result<&Change, &Refused>) {
        (**self).concluded(outcome);
    }
    fn stop(&self) {
        (**self).stop();
    }
}

/// A text, which has no overlays.
impl DocumentSource for SourceFile {
    fn name(&self) -> String {
        self.name.clone()
    }
    fn fetch(&self, _: &FetchRequest<'_>) -> Result<Fetched<'_>, FetchError> {
        Ok(FetchedDocument::new(self.clone()).into())
    }
}

/// What the engine knows when it asks for a document.
#[derive(Clone, Copy, Debug)]
pub struct FetchRequest<'a> {
    pub(super) since: Option<&'a str>,
    pub(super) stopped: Option<&'a AtomicBool>,
}

impl<'a> FetchRequest<'a> {
    /// A request of somebody who knows no version and waits until it is answered.
    #[must_use]
    pub const fn first() -> Self {
        Self { since: None, stopped: None }
    }

    /// The version that was fetched last: an `ETag`, for instance. `None` asks for the document.
    #[must_use]
    pub const fn since(&self) -> Option<&'a str> {
        self.since
    }

    /// Whether nobody waits for the answer any more.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.is_some_and(|stopped| stopped.load(Ordering::Acquire))
    }
}

/// What a fetch brought.
#[derive(Debug)]
pub enum Fetched<'a> {
    /// The document is still the version that the request knows.
    Unchanged,
    /// The document, whole.
    Document(FetchedDocument<'a>),
}

impl<'a> From<FetchedDocument<'a>> for Fetched<'a> {
    fn from(document: FetchedDocument<'a>) -> Self {
        Self::Document(document)
    }
}

/// Returns an overlay by the name that the base file calls it.
type Overlays<'a> = Box<dyn FnMut(&str) -> Result<SourceFile, String> + 'a>;

/// A document that was fetched: its base file, and how its overlays are had.
pub struct FetchedDocument<'a> {
    pub(super) base: SourceFile,
    pub(super) version: Option<String>,
    pub(super) overlays: Overlays<'a>,
}

impl<'a> FetchedDocument<'a> {
    /// A document of this base file, without overlays and of no version.
    #[must_use]
    pub fn new(base: SourceFile) -> Self {
        let none = |name: &str| Err(format!("there is no overlay `{name}` beside it"));
        Self { base, version: None, overlays: Box::new(none) }
    }

    /// With the version that the next request knows.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// With overlays: each is asked for once, by the name that the base file calls it. `Err` says why there
    /// is none; the document is refused then.
    #[must_use]
    pub fn overlays(mut self, overlays: impl FnMut(&str) -> Result<SourceFile, String> + 'a) -> Self {
        self.overlays = Box::new(overlays);
        self
    }
}

impl fmt::Debug for FetchedDocument<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { base, version, .. } = self;
        f.debug_struct("FetchedDocument").field("base", &base.name).field("version", version).finish()
    }
}

/// Why a document could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchError {
    pub(super) message: String,
    pub(super) retry_after: Option<Duration>,
}

impl FetchError {
    /// A failure with its message: lower case, no full stop.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), retry_after: None }
    }

    /// With the time before which it must not be tried again, as a server's `Retry-After` says. At most
    /// an hour is waited.
    #[must_use]
    pub const fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = Some(time);
        self
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FetchError {}

/// Wakes the thread that follows a source, because the source may have changed. Cheap to clone, and to call often.
#[derive(Clone)]
pub struct Waker(pub(super) SyncSender<()>);

impl Waker {
    /// Has the source asked soon. Never waits.
    pub fn wake(&self) {
        // One is waiting already, or nobody follows any more.
        let _ = self.0.try_send(());
    }
}

impl fmt::Debug for Waker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waker")
    }
}
