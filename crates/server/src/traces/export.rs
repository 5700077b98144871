//! The way to the collector: a bounded queue, and a task that empties it.
//!
//! No request waits for it, and none notices when the collector is slow or gone: what does not fit is dropped and
//! counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clausa_core::random::{Randomness as _, SystemRandom};
use reqwest::{Client, StatusCode, header, redirect};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use url::Url;

use super::otlp;
use super::span::Ended;
use crate::config::TracesConfig;

/// Ended spans that may wait: of some 300 bytes each.
const QUEUE: usize = 8_192;
/// Spans of one call.
const TOGETHER: usize = 512;
/// Spans are sent this often, or as soon as there are [`TOGETHER`].
const PAUSE: Duration = Duration::from_millis(500);
/// How long the collector may take for one call.
const PATIENCE: Duration = Duration::from_secs(5);
/// Waiting times before a call is made again that failed for now; then its spans are given up.
const RETRIES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];
/// How long what is left is sent when the authority stops.
const LAST_PATIENCE: Duration = Duration::from_secs(2);
/// Of an answer, so much is read.
const MAX_ANSWER: usize = 64 * 1024;

/// Traces cannot be sent as configured.
#[derive(Debug, thiserror::Error)]
#[error("traces cannot be sent to a collector")]
pub struct TracesError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// Where ended spans wait.
pub(crate) struct Queue {
    sender: mpsc::Sender<Ended>,
    sent: AtomicU64,
    dropped: AtomicU64,
}

impl Queue {
    pub(super) fn push(&self, span: Ended) {
        if self.sender.try_send(span).is_err() {
            self.drop_one();
        }
    }

    pub(super) fn drop_one(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// What sends.
pub(crate) struct Exporter {
    queue: Arc<Queue>,
    waiting: mpsc::Receiver<Ended>,
    client: Client,
    url: Url,
    instance: String,
}

/// The queue, and the exporter that empties it once it is started; nothing when no collector is configured.
///
/// # Errors
///
/// [`TracesError`] when the endpoint is not one, or TLS cannot be set up.
pub(crate) fn open(config: &TracesConfig) -> Result<Option<(Arc<Queue>, Exporter)>, TracesError> {
    let Some(url) = config.url().map_err(|advice| TracesError(advice.into()))? else {
        return Ok(None);
    };
    let client = Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
        .map_err(|error| TracesError(error.into()))?;
    let mut instance = [0; 8];
    SystemRandom
        .fill(&mut instance)
        .map_err(|error| TracesError(error.into()))?;
    let (sender, waiting) = mpsc::channel(QUEUE);
    let queue = Arc::new(Queue {
        sender,
        sent: AtomicU64::new(0),
        dropped: AtomicU64::new(0),
    });
    let exporter = Exporter {
        queue: Arc::clone(&queue),
        waiting,
        client,
        url,
        instance: format!("{:016x}", u64::from_be_bytes(instance)),
    };
    Ok(Some((queue, exporter)))
}

/// An exporter that runs.
pub(crate) struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    /// Sends what is left, as far as that is quick, and ends.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the export of traces ended badly");
        }
    }
}

impl Exporter {
    /// Begins to send.
    pub(crate) fn start(self) -> Running {
        let (stop, stopped) = watch::channel(false);
        Running {
            stop,
            task: tokio::spawn(self.run(stopped)),
        }
    }

    async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut batch = Vec::with_capacity(TOGETHER);
        while !*stop.borrow() {
            tokio::select! {
                () = self.collect(&mut batch) => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
            tokio::select! {
                () = self.send(&batch) => {}
                // They are sent once more below: twice is better than never.
                _ = stop.wait_for(|stop| *stop) => break,
            }
            batch.clear();
        }
        self.waiting.close();
        let last = async {
            while self.waiting.try_recv().map(|span| batch.push(span)).is_ok() {}
            for part in batch.chunks(TOGETHER) {
                self.send_once(part).await.ok();
            }
        };
        if tokio::time::timeout(LAST_PATIENCE, last).await.is_err() {
            tracing::warn!("the last traces were not taken in time");
        }
    }

    /// Fills `batch`, or waits [`PAUSE`] after its first span. Nothing is lost when it is interrupted.
    async fn collect(&mut self, batch: &mut Vec<Ended>) {
        if batch.is_empty() && self.waiting.recv_many(batch, TOGETHER).await == 0 {
            return;
        }
        let more = async {
            while batch.len() < TOGETHER {
                let room = TOGETHER - batch.len();
                if self.waiting.recv_many(batch, room).await == 0 {
                    return;
                }
            }
        };
        // Time is up: what is there is sent.
        tokio::time::timeout(PAUSE, more).await.ok();
    }

    async fn send(&self, batch: &[Ended]) {
        let mut pauses = RETRIES.into_iter();
        while let Err(Unsent { is_passing }) = self.send_once(batch).await {
            match pauses.next().filter(|_| is_passing) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => {
                    let spans = batch.len();
                    self.queue.dropped.fetch_add(spans as u64, Ordering::Relaxed);
                    tracing::warn!(spans, "the collector does not take traces");
                    return;
                }
            }
        }
    }

    async fn send_once(&self, batch: &[Ended]) -> Result<(), Unsent> {
        let passing = |_| Unsent { is_passing: true };
        let body = otlp::request(batch, &self.instance).to_string();
        let mut answer = self
            .client
            .post(self.url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
            .send()
            .await
            .map_err(passing)?;
        if !answer.status().is_success() {
            // OTLP 1.x, "Retryable Response Codes".
            let is_passing = matches!(
                answer.status(),
                StatusCode::TOO_MANY_REQUESTS
                    | StatusCode::BAD_GATEWAY
                    | StatusCode::SERVICE_UNAVAILABLE
                    | StatusCode::GATEWAY_TIMEOUT
            );
            return Err(Unsent { is_passing });
        }
        let mut told = Vec::new();
        // Whatever becomes of the rest of the answer, the spans have arrived.
        while let Ok(Some(part)) = answer.chunk().await {
            if told.len() + part.len() > MAX_ANSWER {
                break;
            }
            told.extend_from_slice(&part);
        }
        let all = batch.len() as u64;
        let refused = otlp::refused(&told).min(all);
        self.queue.dropped.fetch_add(refused, Ordering::Relaxed);
        self.queue.sent.fetch_add(all - refused, Ordering::Relaxed);
        Ok(())
    }
}

/// A call that came to nothing.
struct Unsent {
    /// Whether another try may help.
    is_passing: bool,
}
