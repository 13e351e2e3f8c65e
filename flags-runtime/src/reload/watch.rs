//! Following a source: when it is asked, what is done with its answer, and how that ends.

use super::source::{DocumentSource, FetchError, FetchRequest, Fetched, Waker};
use super::{Candidate, FileSource};
use crate::engine::{Engine, Followed, Refused, WatchStatus};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How a source is followed. The defaults are those of a file.
///
/// A source on a network would rather have `poll` zero when its fetch waits for a change (long polling), and
/// a `spread` and a `longest_retry` of seconds, so that many programs do not ask at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchOptions {
    /// After the source has announced a change, how long it must be quiet before it is asked: 50 milliseconds.
    /// Where something happens all the time, it is asked after ten times that.
    pub quiet: Duration,
    /// How long after an answer the source is asked again when it announces nothing: 500 milliseconds.
    pub poll: Duration,
    /// After a change, a random time of at most this passes before the source is asked: zero.
    pub spread: Duration,
    /// How long after a first failure the source is asked again: 500 milliseconds. The time doubles with
    /// each failure, and up to half of it is taken off at random.
    pub retry: Duration,
    /// The most that the time after failures grows to: 500 milliseconds.
    pub longest_retry: Duration,
}

impl Default for WatchOptions {
    fn default() -> Self {
        let half = Duration::from_millis(500);
        Self {
            quiet: Duration::from_millis(50),
            poll: half,
            spread: Duration::ZERO,
            retry: half,
            longest_retry: half,
        }
    }
}

impl WatchOptions {
    /// With another time between two questions.
    #[must_use]
    pub const fn poll(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }

    /// With another quiet time.
    #[must_use]
    pub const fn quiet(mut self, quiet: Duration) -> Self {
        self.quiet = quiet;
        self
    }

    /// With a random time before the source is asked after a change.
    #[must_use]
    pub const fn spread(mut self, spread: Duration) -> Self {
        self.spread = spread;
        self
    }

    /// With other times after failures: the first, and the longest.
    #[must_use]
    pub const fn retry(mut self, first: Duration, longest: Duration) -> Self {
        self.retry = first;
        self.longest_retry = longest;
        self
    }
}

/// The shortest time between two questions that nobody woke for: a source that answers at once and a `poll`
/// of zero do not keep a core busy.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
/// The longest that a source may ask to be left alone.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);
/// How long the end of a watch waits for a fetch that does not end.
const STOPPING: Duration = Duration::from_millis(100);

impl Engine {
    /// Watches a file, and the overlays it names, and reloads the flags when they change, from now
    /// on until the [`Watch`] is dropped. The file is loaded at once.
    ///
    /// What is wrong with the file, now or later, is found in [`Engine::status`]; the last good
    /// document keeps answering. Whether a file has changed is asked of its metadata: while nothing
    /// changes, nothing is read.
    #[must_use = "dropping the watch ends it"]
    pub fn watch(&'static self, path: impl Into<PathBuf>) -> Watch {
        Watch::start(self, path, WatchOptions::default())
    }

    /// Follows a source of documents until the [`Watch`] is dropped: fetches it on a thread of its own, now and
    /// again, and loads what has changed. Nothing about the source can stop or slow the program: while it
    /// fails, is slow, or serves what is refused, the last good document keeps answering, and
    /// [`Engine::status`] tells.
    ///
    /// ```
    /// # use flags_runtime::{Context, Engine, Options};
    /// use flags_runtime::{SourceFile, reload::WatchOptions};
    /// # let base = SourceFile::new("flags.yaml", "flags:\n  new-ui: off\n");
    /// # let document = flags_schema::load(base, &mut |_| Err(String::new()), &Default::default()).document;
    /// # let engine: &'static Engine = Box::leak(Box::new(Engine::new(document, Options::default()).unwrap()));
    ///
    /// let source = SourceFile::new("text", "flags:\n  new-ui: on\n");
    /// let watch = engine.follow(source, WatchOptions::default());
    /// while engine.status().reloads == 0 {
    ///     std::thread::yield_now();
    /// }
    /// assert!(engine.flag("new-ui").unwrap().enabled(&Context::anonymous()));
    /// drop(watch);
    /// ```
    #[must_use = "dropping the watch ends it"]
    pub fn follow(
        &'static self,
        source: impl DocumentSource + Send + Sync + 'static,
        options: WatchOptions,
    ) -> Watch {
        Watch::follow(self, source, options)
    }
}

/// A source that is being followed; dropping it ends that.
///
/// Dropping takes at most a tenth of a second. A fetch that does not end in that time is left to itself, and
/// what it brings is not loaded.
pub struct Watch {
    link: Arc<WatchLink>,
    source: Arc<dyn DocumentSource + Send + Sync>,
    wake: SyncSender<()>,
    /// Closed when the thread ends.
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

/// What a watch and its engine know of each other.
#[derive(Debug)]
struct WatchLink {
    stopped: AtomicBool,
    status: Mutex<WatchStatus>,
}

impl Followed for WatchLink {
    fn status(&self) -> Option<WatchStatus> {
        (!self.is_stopped()).then(|| self.status.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl WatchLink {
    fn tell(&self, change: impl FnOnce(&mut WatchStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }
}

impl Watch {
    /// Watches a file for an engine: `&'static Engine` or `Arc<Engine>`. The file is loaded at once.
    #[must_use = "dropping the watch ends it"]
    pub fn start(
        engine: impl Deref<Target = Engine> + Send + 'static,
        path: impl Into<PathBuf>,
        options: WatchOptions,
    ) -> Self {
        Self::run(engine, Arc::new(FileSource::new(path)), options, true)
    }

    /// Follows a source for an engine: `&'static Engine` or `Arc<Engine>`. It is first asked on the watch's
    /// own thread.
    #[must_use = "dropping the watch ends it"]
    pub fn follow(
        engine: impl Deref<Target = Engine> + Send + 'static,
        source: impl DocumentSource + Send + Sync + 'static,
        options: WatchOptions,
    ) -> Self {
        Self::run(engine, Arc::new(source), options, false)
    }

    fn run(
        engine: impl Deref<Target = Engine> + Send + 'static,
        source: Arc<dyn DocumentSource + Send + Sync>,
        options: WatchOptions,
        at_once: bool,
    ) -> Self {
        // One wake is as good as many, and nobody who wakes ever waits.
        let (wake, wakes) = sync_channel(1);
        let listened = catch_unwind(AssertUnwindSafe(|| source.listen(Waker(wake.clone()))));
        let listened = listened.unwrap_or_else(|_| Err("the source panicked when it was to listen".into()));
        let polling = listened.err().map(|reason| reason.into_owned());
        let status = WatchStatus::new(source.name(), polling);
        let link = Arc::new(WatchLink { stopped: AtomicBool::new(false), status: Mutex::new(status) });
        let followed: Arc<dyn Followed> = link.clone();
        engine.add_watch(&followed);
        let mut follower = Follower {
            engine,
            source: source.clone(),
            options,
            link: link.clone(),
            version: None,
            content: None,
            refusal: None,
            failure: None,
            failures: 0,
        };
        let mut pause = if at_once { follower.ask() } else { Pause::default() };
        let (end, ended) = sync_channel::<()>(0);
        let thread = std::thread::Builder::new().name("flags-watch".to_owned()).spawn(move || {
            let end = end;
            while pause.wait(&wakes, &options, &follower.link.stopped) {
                pause = follower.ask();
            }
            drop(end);
        });
        if thread.is_err() {
            // Without a thread nothing is followed, and the status says so.
            link.stopped.store(true, Ordering::Release);
        }
        Self { link, source, wake, ended, thread: thread.ok() }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.link.stopped.store(true, Ordering::Release);
        // A full channel wakes the thread as well.
        let _ = self.wake.try_send(());
        // A panic while a thread unwinds would end the process.
        let _ = catch_unwind(AssertUnwindSafe(|| self.source.stop()));
        let Some(thread) = self.thread.take() else { return };
        if thread.thread().id() == std::thread::current().id() {
            return;
        }
        if self.ended.recv_timeout(STOPPING) == Err(RecvTimeoutError::Disconnected) {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.source.name()).finish()
    }
}

/// How long to wait before the source is asked.
#[derive(Clone, Copy, Default)]
struct Pause {
    time: Duration,
    /// Whether a wake does not shorten it.
    firm: bool,
}

impl Pause {
    /// Waits until it is time to ask the source. `false` ends the watch.
    fn wait(self, wakes: &Receiver<()>, options: &WatchOptions, stopped: &AtomicBool) -> bool {
        let end = Instant::now() + self.time;
        let mut woken = false;
        loop {
            if stopped.load(Ordering::Acquire) {
                return false;
            }
            let left = end.saturating_duration_since(Instant::now());
            match wakes.recv_timeout(left) {
                Ok(()) if self.firm => woken = true,
                Ok(()) => {
                    woken = true;
                    break;
                }
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        if woken && !self.firm {
            // Whoever writes a file has more to write; one who never pauses is not waited for.
            let latest = Instant::now() + options.quiet.saturating_mul(10);
            loop {
                if stopped.load(Ordering::Acquire) {
                    return false;
                }
                let left = latest.saturating_duration_since(Instant::now());
                match wakes.recv_timeout(options.quiet.min(left)) {
                    Ok(()) if !left.is_zero() => {}
                    Ok(()) | Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return false,
                }
            }
        }
        let spread = if woken { random(options.spread) } else { Duration::ZERO };
        sleep(spread, wakes, stopped)
    }
}

/// Sleeps so long, or until the watch ends: `false` then.
fn sleep(time: Duration, wakes: &Receiver<()>, stopped: &AtomicBool) -> bool {
    let end = Instant::now() + time;
    loop {
        if stopped.load(Ordering::Acquire) {
            return false;
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || wakes.recv_timeout(left) == Err(RecvTimeoutError::Disconnected) {
            return left.is_zero();
        }
    }
}

/// A random time of at most `longest`. Programs that start at one moment get different ones.
fn random(longest: Duration) -> Duration {
    let random = u32::try_from(RandomState::new().hash_one(0_u8) >> 32).unwrap_or(u32::MAX);
    longest.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

/// What the thread that follows a source knows.
struct Follower<E> {
    engine: E,
    source: Arc<dyn DocumentSource + Send + Sync>,
    options: WatchOptions,
    link: Arc<WatchLink>,
    /// The version that was fetched last.
    version: Option<String>,
    /// Digest of the texts that were loaded last, or of what they were refused for.
    content: Option<[u8; 32]>,
    /// Why those were refused, when they were.
    refusal: Option<Arc<Refused>>,
    /// The failure that was told last; `None` after an answer.
    failure: Option<String>,
    failures: u32,
}

impl<E: Deref<Target = Engine>> Follower<E> {
    /// Asks the source once, and does what its answer demands. Returns how long to wait then.
    fn ask(&mut self) -> Pause {
        let source = self.source.clone();
        let link = self.link.clone();
        let request = FetchRequest { since: self.version.as_deref(), stopped: Some(&link.stopped) };
        // What a source gets wrong is a failure of that source, not the end of following it. Overlays are
        // read by the source too, while the document is loaded.
        let fetched = catch_unwind(AssertUnwindSafe(|| match source.fetch(&request)? {
            Fetched::Unchanged => Ok(None),
            Fetched::Document(document) => {
                let version = document.version.clone();
                Ok(Some((version, self.engine.candidate(document))))
            }
        }))
        .unwrap_or_else(|_| Err(FetchError::new("the source panicked")));
        if link.is_stopped() {
            return Pause::default();
        }
        let now = self.engine.state().clock.now();
        link.tell(|status| status.asked_at = now);
        let pause = match fetched {
            Ok(None) => {
                self.recover();
                self.engine.free_retired();
                Pause { time: self.options.poll.max(SHORTEST_PAUSE), firm: false }
            }
            Ok(Some((version, candidate))) => {
                self.load(candidate);
                self.version = version;
                let spread = random(self.options.spread);
                Pause { time: self.options.poll.max(SHORTEST_PAUSE) + spread, firm: false }
            }
            Err(error) => self.fail(error),
        };
        match catch_unwind(AssertUnwindSafe(|| source.listening())).unwrap_or_default() {
            Some(Ok(())) => link.tell(|status| status.polling = None),
            Some(Err(reason)) => link.tell(|status| status.polling = Some(reason.into_owned())),
            None => {}
        }
        pause
    }

    /// Loads a document, unless it is the one that was loaded or refused last.
    fn load(&mut self, candidate: Candidate) {
        let content = candidate.digest();
        if self.content == Some(content) {
            self.recover();
            return;
        }
        self.failure = None;
        self.answered();
        let outcome = self.engine.load_candidate(candidate);
        self.content = Some(content);
        self.refusal = outcome.as_ref().err().cloned().map(Arc::new);
        let _ = catch_unwind(AssertUnwindSafe(|| self.source.concluded(outcome.as_ref())));
    }

    /// The document that was fetched before is still the one: after failures, what is wrong is again what
    /// was wrong with it.
    fn recover(&mut self) {
        if self.failure.take().is_some() {
            self.engine.set_refusal(self.refusal.as_ref());
        }
        self.answered();
    }

    fn answered(&mut self) {
        self.failures = 0;
        self.link.tell(|status| {
            status.failures = 0;
            status.last_failure = None;
        });
    }

    fn fail(&mut self, error: FetchError) -> Pause {
        self.failures = self.failures.saturating_add(1);
        let failures = self.failures;
        self.link.tell(|status| {
            status.failures = failures;
            status.last_failure = Some(error.message.clone());
        });
        // A failure that continues is logged once.
        if self.failure.as_ref() != Some(&error.message) {
            self.engine.refuse_unreadable(self.source.name(), error.message.clone());
            self.failure = Some(error.message);
        }
        if let Some(time) = error.retry_after {
            let time = time.min(LONGEST_RETRY_AFTER) + random(self.options.spread);
            return Pause { time: time.max(SHORTEST_PAUSE), firm: true };
        }
        let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        let longest = self.options.longest_retry.max(SHORTEST_PAUSE);
        let half = self.options.retry.saturating_mul(doubled).min(longest) / 2;
        Pause { time: (half + random(half)).max(SHORTEST_PAUSE), firm: false }
    }
}
