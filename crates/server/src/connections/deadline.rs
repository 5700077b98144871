//! A connection that is closed when nothing is asked on it for too long, however many bytes come.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
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
    running: AtomicUsize,
    /// Milliseconds after `begun`, and one, when the last request ended; 0 before the first.
    ended: AtomicU64,
}

/// A request that runs.
#[derive(Debug)]
pub(super) struct Running(Arc<Activity>);

impl Activity {
    pub(super) fn new(first: Duration, idle: Duration) -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            first,
            idle,
            running: AtomicUsize::new(0),
            ended: AtomicU64::new(0),
        })
    }

    pub(super) fn begin(self: &Arc<Self>) -> Running {
        self.running.fetch_add(1, Ordering::SeqCst);
        Running(Arc::clone(self))
    }

    /// When the next request has to be there, and the last answer taken; `None` while one runs, which has a limit of
    /// its own.
    fn deadline(&self) -> Option<Instant> {
        if self.running.load(Ordering::SeqCst) > 0 {
            return None;
        }
        Some(match self.ended.load(Ordering::SeqCst) {
            0 => self.begun + self.first,
            ended => self.begun + Duration::from_millis(ended) + self.idle,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let activity = &self.0;
        let ended = u64::try_from(activity.begun.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
        activity.ended.fetch_max(ended + 1, Ordering::SeqCst);
        activity.running.fetch_sub(1, Ordering::SeqCst);
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
        Pin::new(&mut self.stream).poll_read(context, buffer)
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
