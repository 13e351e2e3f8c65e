//! From evaluating threads to the observer: a bounded queue, and a thread that empties it.

use super::exposures::Exposures;
use super::{Record, Recording};
use crate::engine::Delivery;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// Records experiments for an observer.
#[derive(Debug)]
pub(crate) struct Recorder {
    exposures: Exposures,
    sender: SyncSender<Message>,
    numbers: Arc<Numbers>,
    /// The thread that delivers.
    worker: Option<ThreadId>,
}

/// The longest queue that memory is set aside for.
const LONGEST: usize = 1 << 20;

#[derive(Debug, Default)]
struct Numbers {
    sent: AtomicU64,
    delivered: AtomicU64,
    dropped: AtomicU64,
    refused: AtomicU64,
}

enum Message {
    Record(Record),
    Flush(SyncSender<()>),
}

impl Recorder {
    /// Starts the thread that delivers. It ends when nothing can be recorded any more. `deliver` says whether what it
    /// was given arrived.
    pub(crate) fn start(recording: Recording, deliver: impl Fn(&[Record]) -> bool + Send + 'static) -> Self {
        let (sender, receiver) = sync_channel(recording.waiting.clamp(1, LONGEST));
        let numbers = Arc::<Numbers>::default();
        let worker = Worker { deliver, recording, receiver, numbers: numbers.clone() };
        // Without a thread the queue has no end: everything is dropped, and counted.
        let spawned = thread::Builder::new().name("flags-experiments".to_owned()).spawn(move || worker.run());
        let worker = spawned.ok().map(|handle| handle.thread().id());
        Self { exposures: Exposures::new(recording.remembered, recording.window), sender, numbers, worker }
    }

    /// Whether the exposure is to be recorded: the first of its kind in the window.
    pub(crate) fn is_first(&self, who: u64, now: i64) -> bool {
        self.exposures.is_first(who, now)
    }

    /// Records without waiting.
    pub(crate) fn record(&self, record: Record) {
        // Counted first, so that what is delivered is never more than what was sent.
        self.numbers.sent.fetch_add(1, Ordering::Relaxed);
        if self.sender.try_send(Message::Record(record)).is_err() {
            self.numbers.sent.fetch_sub(1, Ordering::Relaxed);
            self.numbers.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts an event that cannot be recorded.
    pub(crate) fn refuse(&self) {
        self.numbers.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn delivery(&self) -> Delivery {
        let delivered = self.numbers.delivered.load(Ordering::Relaxed);
        let dropped = self.numbers.dropped.load(Ordering::Relaxed);
        let waiting = self.numbers.sent.load(Ordering::Relaxed).saturating_sub(delivered);
        let refused = self.numbers.refused.load(Ordering::Relaxed);
        Delivery { delivered, dropped, waiting, refused }
    }

    /// Waits until what was recorded before is delivered. The observer itself, while it is told of
    /// records, is answered `false` at once: it would wait for itself.
    pub(crate) fn flush(&self, at_most: Duration) -> bool {
        if self.worker == Some(thread::current().id()) {
            return false;
        }
        let until = Instant::now().checked_add(at_most);
        let (done, wait) = sync_channel(1);
        let mut message = Message::Flush(done);
        loop {
            match self.sender.try_send(message) {
                Ok(()) => break,
                Err(TrySendError::Disconnected(_)) => return false,
                Err(TrySendError::Full(_)) if left(until).is_zero() => return false,
                Err(TrySendError::Full(back)) => {
                    message = back;
                    thread::sleep(Duration::from_millis(1));
                }
            }
        }
        wait.recv_timeout(left(until)).is_ok()
    }
}

/// The time until then; without a moment, for ever.
fn left(until: Option<Instant>) -> Duration {
    until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()))
}

struct Worker<F> {
    deliver: F,
    recording: Recording,
    receiver: Receiver<Message>,
    numbers: Arc<Numbers>,
}

impl<F: Fn(&[Record]) -> bool> Worker<F> {
    fn run(self) {
        let mut batch = Vec::new();
        while let Ok(message) = self.receiver.recv() {
            let until = Instant::now().checked_add(self.recording.every);
            let mut next = Ok(message);
            let flushed = loop {
                match next {
                    Ok(Message::Record(record)) => batch.push(record),
                    Ok(Message::Flush(done)) => break Some(done),
                    Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break None,
                }
                if batch.len() >= self.recording.batch {
                    break None;
                }
                next = self.receiver.recv_timeout(left(until));
            };
            self.deliver(&mut batch);
            if let Some(done) = flushed {
                // Who asked may have stopped waiting.
                let _ = done.try_send(());
            }
        }
    }

    fn deliver(&self, batch: &mut Vec<Record>) {
        if batch.is_empty() {
            return;
        }
        let told = (self.deliver)(batch);
        let count = batch.len() as u64;
        batch.clear();
        self.numbers.delivered.fetch_add(count, Ordering::Relaxed);
        if !told {
            // The observer failed; the records that it was called with are lost.
            self.numbers.dropped.fetch_add(count, Ordering::Relaxed);
        }
    }
}
