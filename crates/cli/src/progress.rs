//! Progress bars for long work, on a terminal only, and the look at the stop flag that goes with each step.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use clausa_client::ProgressCallback;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::printer::{Printer, neutral};
use crate::stop::Stop;

/// Work that takes less time than this shows no bar.
const PATIENCE: Duration = Duration::from_millis(400);

/// Shows how far the work on one file is.
#[derive(Clone, Debug)]
pub struct Progress {
    bar: ProgressBar,
    started: Instant,
    shown: bool,
    stop: Stop,
}

impl Progress {
    /// Progress of the work called `label`.
    pub fn new(printer: &Printer, label: &str, stop: &Stop) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_style(style("{msg} {spinner} {bytes} {bytes_per_sec}"));
        bar.set_message(neutral::line(label));
        Self {
            bar,
            started: Instant::now(),
            shown: printer.draws_progress(),
            stop: stop.clone(),
        }
    }

    /// What the client calls: draws, and ends the work once the process has been asked to stop.
    pub fn callback(&self) -> ProgressCallback {
        let this = self.clone();
        ProgressCallback::new(move |state| {
            if this.stop.asked() {
                return ControlFlow::Break(());
            }
            if this.shown {
                this.draw(state.done, state.total);
            }
            ControlFlow::Continue(())
        })
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn draw(&self, done: u64, total: Option<u64>) {
        if self.bar.is_hidden() {
            if self.started.elapsed() < PATIENCE {
                return;
            }
            if let Some(total) = total {
                self.bar.set_length(total);
                self.bar.set_style(style(
                    "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
                ));
            }
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(done);
    }
}

/// The templates are constants; the default style stands in should one be wrong.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━━╌")
}
