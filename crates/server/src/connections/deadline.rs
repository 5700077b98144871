//! A connection that is closed when nothing is asked on it for too long, however many bytes come; when too many bytes
//! come with which nothing is asked; and when too much is asked and given up.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use super::Place;

/// What happens on one connection.
#[derive(Debug)]
pub(super) struct Activity {
    begun: Instant,
    first: Duration,
    idle: Duration,
    now: Mutex<Now>,
}

/// Where a connection stands.
#[derive(Debug)]
struct Now {
    running: usize,
    /// When the last request ended.
    ended: Option<Instant>,
    /// Bytes that may still come without another request.
    allowance: usize,
    /// Requests that were given up before the end of their answer, less those whose answers were taken.
    given_up: usize,
}

/// Bytes that may come without a request: more than a handshake, frames that keep a connection, and the rest of a body that
/// is on its way when its request has been refused.
const WITHOUT_REQUEST: usize = 2 << 20;
/// Bytes that may come because of one request: more than the largest body.
const FOR_REQUEST: usize = 9 << 20;
/// Requests that may be given up, and as many as have had their answers: a page that somebody leaves gives up all of its
/// own.
const GIVEN_UP: usize = 128;

/// A request that runs. Dropped, it was given up.
#[derive(Debug)]
pub(super) struct Running {
    activity: Arc<Activity>,
    is_answered: bool,
}

impl Activity {
    pub(super) fn new(first: Duration, idle: Duration) -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            first,
            idle,
            now: Mutex::new(Now {
                running: 0,
                ended: None,
                allowance: WITHOUT_REQUEST,
                given_up: 0,
            }),
        })
    }

    pub(super) fn begin(self: &Arc<Self>) -> Running {
        let mut now = self.now();
        now.running += 1;
        now.allowance += FOR_REQUEST;
        Running {
            activity: Arc::clone(self),
            is_answered: false,
        }
    }

    /// Takes note of bytes that have come; false when there were too many, or too much was given up.
    fn bear(&self, bytes: usize) -> bool {
        let mut now = self.now();
        let left = now.allowance.checked_sub(bytes);
        now.allowance = left.unwrap_or_default();
        left.is_some() && now.given_up <= GIVEN_UP
    }

    /// When the next request has to be there, and the last answer taken; `None` while one runs, which has a limit of
    /// its own.
    fn deadline(&self) -> Option<Instant> {
        let now = self.now();
        if now.running > 0 {
            return None;
        }
        Some(match now.ended {
            None => self.begun + self.first,
            Some(ended) => ended + self.idle,
        })
    }

    /// An answer was taken to its end.
    pub(super) fn taken(&self) {
        let mut now = self.now();
        now.given_up = now.given_up.saturating_sub(1);
    }

    /// A request was given up.
    pub(super) fn given_up(&self) {
        self.now().given_up += 1;
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        // Every change is a few numbers; a panic elsewhere leaves them whole.
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    /// There is an answer. Whether it is taken is told by [`Activity::taken`] or [`Activity::given_up`].
    pub(super) fn end(mut self) {
        self.is_answered = true;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut now = self.activity.now();
        now.ended = Some(Instant::now());
        now.running = now.running.saturating_sub(1);
        now.given_up += usize::from(!self.is_answered);
        let most = now.running * FOR_REQUEST + WITHOUT_REQUEST;
        now.allowance = if now.running == 0 {
            WITHOUT_REQUEST
        } else {
            now.allowance.min(most)
        };
    }
}

/// A connection with its deadline and its place.
#[derive(Debug)]
pub(super) struct Guarded {
    stream: TcpStream,
    activity: Arc<Activity>,
    timer: Pin<Box<Sleep>>,
    _place: Place,
}

impl Guarded {
    pub(super) fn new(stream: TcpStream, activity: Arc<Activity>, place: Place) -> Self {
        Self {
            stream,
            timer: Box::pin(tokio::time::sleep_until(activity.begun + activity.first)),
            activity,
            _place: place,
        }
    }

    /// An error once the deadline is over. Wakes the connection then, whatever it waits for.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        while self.timer.as_mut().poll(context).is_ready() {
            let now = Instant::now();
            match self.activity.deadline() {
                Some(deadline) if deadline <= now => return Err(io::ErrorKind::TimedOut.into()),
                Some(deadline) => self.timer.as_mut().reset(deadline),
                None => self.timer.as_mut().reset(now + self.activity.idle),
            }
        }
        Ok(())
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if !self.activity.bear(buffer.filled().len() - before) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        read
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Activity, FOR_REQUEST, GIVEN_UP, WITHOUT_REQUEST};

    #[test]
    fn bytes_come_with_requests() {
        // SEC-150
        let activity = Activity::new(Duration::ZERO, Duration::ZERO);
        assert!(activity.bear(WITHOUT_REQUEST));
        assert!(!activity.bear(1));
        let running = [activity.begin(), activity.begin()];
        assert!(activity.bear(2 * FOR_REQUEST));
        assert!(!activity.bear(1));
        for request in running {
            request.end();
        }
        assert!(activity.bear(WITHOUT_REQUEST), "a new request may follow");
        assert!(!activity.bear(1));
        // What one request did not use is not kept for later.
        for _ in 0..3 {
            activity.begin().end();
        }
        assert!(!activity.bear(WITHOUT_REQUEST + 1));
    }

    #[test]
    fn as_much_may_be_given_up_as_is_answered() {
        // SEC-150
        let activity = Activity::new(Duration::ZERO, Duration::ZERO);
        for _ in 0..3 * GIVEN_UP {
            drop(activity.begin());
            activity.begin().end();
            activity.taken();
        }
        assert!(activity.bear(0));
        for _ in 0..GIVEN_UP / 2 {
            drop(activity.begin());
            activity.begin().end();
            activity.given_up();
        }
        assert!(activity.bear(0));
        drop(activity.begin());
        assert!(!activity.bear(0));
    }
}
