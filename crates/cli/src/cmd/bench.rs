//! `clausa bench`: measures an authority with real clients.

use std::path::PathBuf;
use std::time::Duration;

use clausa_core::origin::Origin;
use clausa_server::config::WrappingSuite;

use crate::bench::{self, Load, Pace, Target};
use crate::context::{self, Context};
use crate::failure::{Failure, Outcome};

/// Measure how much an authority bears
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    Authority(AuthorityArgs),
}

/// Ask an authority for licences as fast as it gives them, or at a fixed rate, and check every answer
///
/// Starts an authority of its own in a temporary folder, signs people up there by its ordinary routes, has each protect files, and then lets them ask for licences at the same time, each with a session, a device key and proofs of its own. Every licence is verified and opened; a refusal, an error or a licence that does not fit is counted, and ends the command with a failure. Latencies at a fixed rate count from the moment at which a request was due, so that an authority that falls behind cannot hide it.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  clausa bench authority
  clausa bench authority --rate 1000 --seconds 60
  clausa bench authority --at http://127.0.0.1:8443 --outbox ./authority/outbox")]
struct AuthorityArgs {
    /// Authority that runs already, instead of one of its own; its limits and keys are as they are
    #[arg(long, value_name = "URL", requires = "outbox")]
    at: Option<String>,
    /// Folder into which the running authority puts its mails
    #[arg(long, value_name = "DIR", requires = "at")]
    outbox: Option<PathBuf>,
    /// Also an authority on another machine: you are its operator and have chosen to load it
    #[arg(long, requires = "at")]
    i_own_this_authority: bool,
    /// Folder of its own authority, kept; the next run goes on with it
    #[arg(long, value_name = "DIR", conflicts_with = "at")]
    folder: Option<PathBuf>,
    /// How content keys are wrapped at its own authority
    #[arg(long, value_name = "SUITE", value_enum, default_value_t = Suite::Hybrid, conflicts_with = "at")]
    suite: Suite,
    /// People who ask, each with a device of his own
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    clients: u32,
    /// Organisations they belong to
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    tenants: u32,
    /// Files that each of them protects; everybody of an organisation opens all of its files
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    files: u32,
    /// How long to measure
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// How long to ask before measuring begins
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(0..=60))]
    warm_up: u64,
    /// Requests a second, whatever the answers do; otherwise each person asks again once answered
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
    /// Files to ask for in one request
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    batch: u32,
    /// Further connections that are kept open meanwhile and ask for nothing
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=60_000))]
    idle: u32,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Suite {
    /// ML-KEM-768 with X25519 (suite 3)
    Hybrid,
    /// ECDH on P-256 (suite 2)
    P256,
    /// RSA-OAEP (suite 1)
    Rsa,
}

/// What to do.
pub struct Plan {
    target: Target,
    load: Load,
}

impl Args {
    /// Refuses to load somebody else's authority.
    pub fn resolve(self) -> Outcome<Plan> {
        let What::Authority(args) = self.what;
        let load = Load {
            clients: args.clients,
            tenants: args.tenants.min(args.clients),
            files: args.files,
            batch: args.batch,
            idle: args.idle,
            warm_up: Duration::from_secs(args.warm_up),
            measure: Duration::from_secs(args.seconds),
            pace: args
                .rate
                .map_or(Pace::Closed, |per_second| Pace::Open { per_second }),
        };
        let target = match (args.at, args.outbox) {
            (Some(at), Some(outbox)) => Target::Running {
                origin: permitted(&at, args.i_own_this_authority)?,
                outbox,
            },
            _ => Target::Own {
                folder: args.folder,
                suite: match args.suite {
                    Suite::Hybrid => WrappingSuite::Hybrid,
                    Suite::P256 => WrappingSuite::P256,
                    Suite::Rsa => WrappingSuite::Rsa,
                },
            },
        };
        Ok(Plan { target, load })
    }
}

/// Measures and reports.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    let _busy = context.stop.busy();
    let figures = tokio::select! {
        figures = bench::authority(&plan.target, &plan.load, &context.printer) => figures?,
        () = context.stop.wait() => return Err(Failure::interrupted()),
    };
    context
        .printer
        .result(&figures.json(), |words| figures.words(words))?;
    figures.verdict()
}

/// An authority on this machine, or one whose operator asks.
fn permitted(at: &str, is_own: bool) -> Outcome<Origin> {
    let origin = context::origin(at)?;
    if origin.is_loopback() || is_own {
        return Ok(origin);
    }
    Err(Failure::usage(format!(
        "{origin} is on another machine; loading it may stop others' work"
    ))
    .advise("If you are its operator, say so with --i-own-this-authority."))
}
