//! What a saver tells whoever listens: Qt's signals, as callbacks and as a channel.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pymodaq_data::PyValue;

/// Something that a saver tells.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum H5SaverSignal {
    /// `status_sig`: something for the user to read.
    Status(String),
    /// `new_file_sig`: the user asks for a new file.
    NewFile,
    /// `file_changed_sig`: another file is open now.
    FileChanged(PathBuf),
    /// A setting was changed: the names on the way to it, and its value.
    SettingChanged(Vec<String>, PyValue),
}

/// A callback that is connected: see [`H5Saver::disconnect`](crate::H5Saver::disconnect).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Connection(u64);

type Callback = Arc<dyn Fn(&H5SaverSignal) -> Listening + Send + Sync>;

/// Whether a listener is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listening {
    Yes,
    No,
}

/// Who listens.
#[derive(Default)]
pub(super) struct Signals {
    listeners: Mutex<Vec<(Connection, Callback)>>,
    next: AtomicU64,
}

impl Signals {
    /// Calls a function at each signal from now on, in the thread that causes it.
    pub(super) fn connect(&self, callback: impl Fn(&H5SaverSignal) + Send + Sync + 'static) -> Connection {
        self.add(Arc::new(move |signal| {
            callback(signal);
            Listening::Yes
        }))
    }

    /// Ends a connection; false if it ended before.
    pub(super) fn disconnect(&self, connection: Connection) -> bool {
        let mut listeners = self.listeners();
        let before = listeners.len();
        listeners.retain(|(known, _)| *known != connection);
        listeners.len() < before
    }

    /// All signals from now on, to be received in any thread. It ends when the receiver is dropped.
    pub(super) fn channel(&self) -> Receiver<H5SaverSignal> {
        let (sender, receiver) = channel();
        self.add(Arc::new(move |signal: &H5SaverSignal| match sender.send(signal.clone()) {
            Ok(()) => Listening::Yes,
            Err(_) => Listening::No,
        }));
        receiver
    }

    /// Tells everybody. No lock is held meanwhile, so that a callback may use the saver, connect and disconnect.
    pub(super) fn emit(&self, signal: &H5SaverSignal) {
        let listeners = self.listeners().clone();
        for (connection, callback) in listeners {
            if callback(signal) == Listening::No {
                self.disconnect(connection);
            }
        }
    }

    fn add(&self, callback: Callback) -> Connection {
        let connection = Connection(self.next.fetch_add(1, Ordering::Relaxed));
        self.listeners().push((connection, callback));
        connection
    }

    fn listeners(&self) -> MutexGuard<'_, Vec<(Connection, Callback)>> {
        // Each change is one step: nothing that a panic could leave half done.
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signals").field("listeners", &self.listeners().len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{H5SaverSignal, Signals};

    #[test]
    fn listeners_hear_until_they_leave() {
        let signals = Arc::new(Signals::default());
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let connection = signals.connect(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        let receiver = signals.channel();
        signals.emit(&H5SaverSignal::NewFile);
        assert!(signals.disconnect(connection) && !signals.disconnect(connection));
        signals.emit(&H5SaverSignal::Status("a".into()));
        assert_eq!(count.load(Ordering::Relaxed), 1);
        assert_eq!(
            receiver.try_iter().collect::<Vec<_>>(),
            [H5SaverSignal::NewFile, H5SaverSignal::Status("a".into())]
        );
        drop(receiver);
        signals.emit(&H5SaverSignal::NewFile);
        assert!(signals.listeners().is_empty());
    }

    #[test]
    fn a_callback_may_connect_another() {
        let signals = Arc::new(Signals::default());
        let weak = Arc::downgrade(&signals);
        signals.connect(move |_| {
            if let Some(signals) = weak.upgrade() {
                signals.connect(|_| {});
            }
        });
        signals.emit(&H5SaverSignal::NewFile);
        assert_eq!(signals.listeners().len(), 2);
    }
}
