//! Elements of several datasets at a time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use h5_types::Error;

use super::account::Account;
use super::elements::{Choices, ElementCopier};
use super::{Copier, CopyReport, Halt, Step, count, is_below};

/// How often progress is told.
const INTERVAL: Duration = Duration::from_millis(100);

/// Which datasets are being copied, and how far each has come.
#[derive(Debug, Default)]
struct Ledger {
    waiting: VecDeque<usize>,
    running: BTreeMap<usize, u64>,
    /// The object behind the last one that was begun.
    end: usize,
}

impl Ledger {
    /// How many objects have all elements, and the steps of the first that has not.
    fn reached(&self) -> (u64, u64) {
        match self.running.first_key_value() {
            Some((&at, &steps)) => (count(at), steps),
            None => (count(self.end), 0),
        }
    }
}

fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    // Each change is made in one step.
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Copier<'_> {
    /// Copies the elements of one dataset in this thread.
    pub(super) fn copy_elements(&mut self, at: usize) -> Step {
        let account = Account::new(self.options.failure);
        let (choices, report) = (Choices::of(self.options), &self.account.report);
        let (done, before) = (report.objects, report.stored_bytes);
        let bytes = AtomicU64::new(before);
        let heard = |more: u64| {
            let stored = bytes.fetch_add(more, Ordering::Relaxed).saturating_add(more);
            self.show(done, stored)
        };
        let mut copier =
            ElementCopier { known: &self.known, choices, account, heard: &heard, steps_behind: 0 };
        let copied = copier.copy_elements(at);
        let report = copier.account.report;
        self.account.report.take_in(report);
        copied
    }

    /// Copies the elements of all datasets that lack them, in threads of their own.
    pub(super) fn fill_elements(&mut self) -> Step {
        let earlier = self.checkpoint.as_ref().map(|checkpoint| checkpoint.earlier).unwrap_or_default();
        let mut ledger = Ledger { end: usize::try_from(earlier.elements).unwrap_or(0), ..Ledger::default() };
        for at in 0..self.known.objects.len() {
            if self.lacks_elements(at) {
                if is_below(at, earlier.elements) {
                    self.complete();
                } else {
                    ledger.waiting.push_back(at);
                }
            }
        }
        let ledger = Mutex::new(ledger);
        let (known, choices, failure) = (&self.known, Choices::of(self.options), self.options.failure);
        let (stop, bytes) = (AtomicBool::new(false), AtomicU64::new(self.account.report.stored_bytes));
        let work = |done: mpsc::Sender<(CopyReport, Step)>| {
            while !stop.load(Ordering::Relaxed) {
                let Some(at) = next(&ledger) else { return };
                let steps_behind = if count(at) == earlier.elements { earlier.steps } else { 0 };
                let heard = |more| {
                    bytes.fetch_add(more, Ordering::Relaxed);
                    if let Some(steps) = lock(&ledger).running.get_mut(&at) {
                        *steps = steps.saturating_add(1);
                    }
                    if stop.load(Ordering::Relaxed) { Err(Halt::Stopped) } else { Ok(()) }
                };
                let account = Account::new(failure);
                let mut copier = ElementCopier { known, choices, account, heard: &heard, steps_behind };
                let copied = copier.copy_elements(at);
                if copied.is_ok() {
                    lock(&ledger).running.remove(&at);
                } else {
                    stop.store(true, Ordering::Relaxed);
                }
                // Who waits for it is there until all have ended.
                let _ = done.send((copier.account.report, copied));
            }
        };
        let mut outcome = Ok(());
        let (report, checkpoint) = (&mut self.account.report, &mut self.checkpoint);
        let found = count(known.objects.len());
        let options = self.options;
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..options.threads.max(1) {
                let sender = sender.clone();
                scope.spawn(|| work(sender));
            }
            drop(sender);
            loop {
                match receiver.recv_timeout(INTERVAL) {
                    Ok((part, copied)) => {
                        report.take_in(part);
                        match copied {
                            Ok(()) => report.objects = report.objects.saturating_add(1),
                            // Others were stopped by the first.
                            Err(Halt::Stopped) if outcome.is_err() => {}
                            Err(halt) if !matches!(outcome, Err(Halt::Failed(_))) => outcome = Err(halt),
                            Err(_) => {}
                        }
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                let told = super::show(options, report.objects, found, bytes.load(Ordering::Relaxed));
                let noted = checkpoint.as_mut().map_or(Ok(()), |checkpoint| {
                    let (elements, steps) = lock(&ledger).reached();
                    checkpoint.note(|now| (now.elements, now.steps) = (elements, steps))
                });
                for halt in [told.err(), noted.err().map(Halt::from)].into_iter().flatten() {
                    stop.store(true, Ordering::Relaxed);
                    if outcome.is_ok() {
                        outcome = Err(halt);
                    }
                }
            }
        });
        let left = lock(&ledger).waiting.len();
        match outcome {
            Ok(()) if left > 0 => Err(Error::usage("a thread of a copy ended before its work").into()),
            outcome => outcome,
        }
    }
}

/// The next dataset, which is being copied from now on.
fn next(ledger: &Mutex<Ledger>) -> Option<usize> {
    let mut ledger = lock(ledger);
    let at = ledger.waiting.pop_front()?;
    ledger.running.insert(at, 0);
    ledger.end = at.saturating_add(1);
    Some(at)
}
