//! An answer over HTTP/2 that knows whether it was taken.
//!
//! Whoever gives a request up often gets an answer all the same: one that says that the body ended too soon, or one that was
//! ready before anybody looked whether it was still wanted. It can be sent to nobody, and nobody says so. So the end
//! of each answer comes by itself, after everything before it was sent, and whose end was never asked for was given up.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};

use super::deadline::Activity;

/// A body that is on its way.
#[derive(Debug)]
pub(super) struct Answer<B> {
    body: B,
    taking: Option<Taking>,
}

#[derive(Debug)]
struct Taking {
    activity: Arc<Activity>,
    is_over: bool,
}

impl<B> Answer<B> {
    /// An answer over HTTP/2, on this connection.
    pub(super) fn counted(body: B, activity: Arc<Activity>) -> Self {
        let taking = Taking {
            activity,
            is_over: false,
        };
        Self {
            body,
            taking: Some(taking),
        }
    }

    /// An answer over HTTP/1.1, where giving up ends the connection.
    pub(super) fn plain(body: B) -> Self {
        Self { body, taking: None }
    }

    fn is_awaited(&self) -> bool {
        self.taking.as_ref().is_some_and(|taking| !taking.is_over)
    }
}

impl<B: Body + Unpin> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let (None, Some(taking)) = (&frame, &mut self.taking) {
            taking.is_over = true;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        !self.is_awaited() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        // No length is told of what has no content: some answers must not have one.
        match self.is_awaited() && self.body.is_end_stream() {
            true => SizeHint::default(),
            false => self.body.size_hint(),
        }
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        match self.is_over {
            true => self.activity.taken(),
            false => self.activity.given_up(),
        }
    }
}
