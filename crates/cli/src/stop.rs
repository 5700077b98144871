//! Stopping on Ctrl-C (SIGINT) and SIGTERM.
//!
//! The signal sets a flag. Long work looks at the flag between two pieces and ends with [`Stopped`], so that temporary
//! files are removed on the way out; waiting for the network or for a person is simply given up.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use crate::failure::{Failure, Outcome};

/// How long work that has been told to stop may usually take to clean up before the process ends anyway.
const GRACE: Duration = Duration::from_secs(5);

/// Says whether the process has been asked to stop. Clones share the flag.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    asked: AtomicBool,
    notify: Notify,
    /// Seconds that busy work is given; 0 when none is.
    grace: AtomicU64,
    /// How many programs run for which Ctrl-C is meant.
    deaf: AtomicU64,
}

/// The error of a reader or writer that was told to stop. Not [`io::ErrorKind::Interrupted`]: copy loops try again after
/// that one.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
pub struct Stopped;

impl Stop {
    /// Listens for the signals from now on. Must be called inside the runtime.
    pub fn listen() -> io::Result<Self> {
        let stop = Self::default();
        let shared = stop.clone();
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let mut interrupt = signal(SignalKind::interrupt())?;
            let mut terminate = signal(SignalKind::terminate())?;
            tokio::spawn(async move {
                loop {
                    tokio::select! {
                        _ = interrupt.recv() => if !shared.is_deaf() { break },
                        _ = terminate.recv() => break,
                    }
                }
                shared.ask();
            });
        }
        #[cfg(not(unix))]
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if !shared.is_deaf() {
                    return shared.ask();
                }
            }
        });
        Ok(stop)
    }

    /// Asks everything to stop.
    pub fn ask(&self) {
        self.shared.asked.store(true, Ordering::SeqCst);
        self.shared.notify.notify_waiters();
    }

    /// True once asked.
    pub fn asked(&self) -> bool {
        self.shared.asked.load(Ordering::SeqCst)
    }

    /// Ends once asked.
    pub async fn wait(&self) {
        let notified = self.shared.notify.notified();
        tokio::pin!(notified);
        // Register first, then look: a signal between the two is not lost.
        notified.as_mut().enable();
        if !self.asked() {
            notified.await;
        }
    }

    /// Fails with [`Stopped`] once asked.
    pub fn check(&self) -> io::Result<()> {
        if self.asked() {
            Err(io::Error::other(Stopped))
        } else {
            Ok(())
        }
    }

    /// A reader that ends with [`Stopped`] once asked.
    pub fn reader<R: io::Read>(&self, inner: R) -> Stoppable<R> {
        Stoppable {
            inner,
            stop: self.clone(),
        }
    }

    /// While the answer lives, Ctrl-C is meant for another program on the same terminal, which gets it too; SIGTERM still
    /// stops this one.
    pub fn leave_interrupts(&self) -> Deaf {
        self.shared.deaf.fetch_add(1, Ordering::SeqCst);
        Deaf(self.clone())
    }

    fn is_deaf(&self) -> bool {
        self.shared.deaf.load(Ordering::SeqCst) > 0
    }

    /// Marks the time in which something must be cleaned up when the process is told to stop.
    pub fn busy(&self) -> Busy {
        self.busy_for(GRACE)
    }

    /// As [`busy`](Self::busy), with a grace of its own.
    pub fn busy_for(&self, grace: Duration) -> Busy {
        self.shared.grace.store(grace.as_secs(), Ordering::SeqCst);
        Busy(self.clone())
    }

    /// Runs `work` until it ends or the process is asked to stop; busy work is given time to clean up.
    pub async fn guard<T>(&self, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        tokio::pin!(work);
        tokio::select! {
            outcome = &mut work => outcome,
            () = self.wait() => {
                let grace = self.shared.grace.load(Ordering::SeqCst);
                if grace > 0
                    && let Ok(outcome) = tokio::time::timeout(Duration::from_secs(grace), work).await
                {
                    return outcome;
                }
                Err(Failure::interrupted())
            }
        }
    }
}

/// See [`Stop::reader`].
#[derive(Debug)]
pub struct Stoppable<R> {
    inner: R,
    stop: Stop,
}

impl<R: io::Read> io::Read for Stoppable<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stop.check()?;
        self.inner.read(buffer)
    }
}

/// While it lives, the process waits for clean-up when told to stop.
#[derive(Debug)]
pub struct Busy(Stop);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.shared.grace.store(0, Ordering::SeqCst);
    }
}

/// See [`Stop::leave_interrupts`].
#[derive(Debug)]
pub struct Deaf(Stop);

impl Drop for Deaf {
    fn drop(&mut self) {
        self.0.shared.deaf.fetch_sub(1, Ordering::SeqCst);
    }
}

/// True when `error` comes from a reader or writer that was told to stop.
pub fn is_stopped(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Stopped>())
}

#[cfg(test)]
mod tests {
    use super::{Stop, is_stopped};
    use crate::exit_codes::Kind;
    use crate::failure::Outcome;

    #[tokio::test]
    async fn a_wait_is_given_up_and_busy_work_ends_itself() {
        let stop = Stop::default();
        stop.ask();
        let given_up: Outcome = stop.guard(std::future::pending()).await;
        assert_eq!(given_up.unwrap_err().kind(), Kind::Interrupted);

        let _busy = stop.busy();
        let done = stop.guard(async {
            tokio::task::yield_now().await;
            Ok(7)
        });
        assert_eq!(done.await.unwrap(), 7, "clean-up was waited for");
    }

    #[test]
    fn copying_ends_with_the_reason() {
        let stop = Stop::default();
        assert!(stop.check().is_ok());
        stop.ask();
        assert!(is_stopped(&stop.check().unwrap_err()));
    }
}
