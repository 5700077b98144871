//! Answers that are too long to be kept in memory.

use std::io;
use std::sync::atomic::Ordering;

use reqwest::Response;

use super::{Call, Credentials, Failure, Transport};
use crate::error::RequestError;

/// Takes what arrives.
pub(crate) type Write<'a> = dyn FnMut(&[u8]) -> io::Result<()> + Send + 'a;

impl Transport {
    /// Makes a call, and gives the body of a success to `write` as it arrives. Nothing is tried again once some of it has
    /// arrived.
    pub(crate) async fn download(
        &self,
        call: &Call,
        credentials: Credentials<'_>,
        write: &mut Write<'_>,
    ) -> Result<io::Result<()>, RequestError> {
        let mut sent = self.send(call, credentials).await;
        if let Err(Failure { skew: Some(skew), .. }) = &sent {
            self.skew_seconds.store(*skew, Ordering::Relaxed);
            sent = self.send(call, credentials).await;
        }
        let mut response = sent.map_err(|failure| failure.error)?;
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    if let Err(error) = write(&chunk) {
                        return Ok(Err(error));
                    }
                }
                Ok(None) => return Ok(Ok(())),
                Err(error) => return Err(self.no_answer(error, call.patience).error),
            }
        }
    }

    /// Makes a call once and gives back a success whose body is still to be read.
    async fn send(&self, call: &Call, credentials: Credentials<'_>) -> Result<Response, Failure> {
        let response = self.request_once(call, credentials).await?;
        match response.status().is_success() {
            true => Ok(response),
            false => match self.read(response, call.patience).await {
                Err(failure) => Err(failure),
                Ok(_) => Err(self.bad_answer("it is no success".to_owned()).into()),
            },
        }
    }
}
