//! People who sign up, and do not give up.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use clausa_api::signup::SignupStep;
use clausa_client::{Client, SignupError, SignupProfile};
use tokio::task::JoinSet;

use crate::cluster::{Cluster, Place};

/// After that a person asks for another mail: the node that was to send the first may have been killed with it.
const ANOTHER_MAIL: Duration = Duration::from_secs(5);
/// How long anybody tries.
const PATIENCE: Duration = Duration::from_secs(150);

/// People who sign up one after the other.
pub struct Newcomers {
    stop: Arc<AtomicBool>,
    people: JoinSet<Told>,
}

/// What they were told.
#[derive(Default)]
pub struct Told {
    done: Vec<String>,
    gave_up: Vec<String>,
    again: usize,
}

/// Signs a client up from end to end, again and again where it has to be. Says how often a call was tried again.
pub async fn sign_up(place: &Place, client: &Client, address: &str) -> Result<usize, String> {
    let begun = Instant::now();
    let (mut again, mut mailed) = (0, Instant::now());
    loop {
        match step(place, client, address, &mut mailed).await {
            Ok(true) => return Ok(again),
            Ok(false) => {}
            Err(SignupError::SessionLost(_) | SignupError::AccountExists) => {
                return sign_in(place, client, address).await.map(|more| again + more);
            }
            Err(error) if begun.elapsed() > PATIENCE => return Err(format!("{address}: {error:?}")),
            Err(_) => again += 1,
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn step(
    place: &Place,
    client: &Client,
    address: &str,
    mailed: &mut Instant,
) -> Result<bool, SignupError> {
    let mut flow = match client.resume_signup().await? {
        Some(flow) => flow,
        None => client.signup(address, None).await?,
    };
    if matches!(flow.state().next, SignupStep::MailProof { .. }) {
        // An earlier mail's code is worth nothing after another one.
        let Some(code) = place.codes(address).pop() else {
            if mailed.elapsed() > ANOTHER_MAIL {
                *mailed = Instant::now();
                flow.resend().await?;
            }
            return Ok(false);
        };
        match flow.submit_code(&code).await {
            Ok(_) => {}
            Err(SignupError::CodeWrong { .. } | SignupError::CodeVoid) => {
                *mailed = Instant::now();
                flow.resend().await?;
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
    }
    flow.complete_profile(SignupProfile::default()).await?;
    Ok(true)
}

/// For those whose account was made, and whose session was lost on the way.
async fn sign_in(place: &Place, client: &Client, address: &str) -> Result<usize, String> {
    let begun = Instant::now();
    let mut again = 0;
    loop {
        let known = place.codes(address).len();
        if let Ok(flow) = client.login_with_code(address, None).await {
            let mailed = Instant::now();
            while place.codes(address).len() == known && mailed.elapsed() < ANOTHER_MAIL {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            for code in place.codes(address).into_iter().rev().take(3) {
                if flow.submit_code(&code).await.is_ok() {
                    return Ok(again);
                }
            }
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("{address}: cannot sign in"));
        }
        again += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

impl Newcomers {
    pub fn start(cluster: &Cluster, at_once: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut people = JoinSet::new();
        for person in 0..at_once {
            let (place, stop) = (Arc::clone(&cluster.place), Arc::clone(&stop));
            people.spawn(async move {
                let mut told = Told::default();
                for round in 0_u32.. {
                    if stop.load(SeqCst) {
                        break;
                    }
                    let name = format!("n{person}-{round}");
                    let address = format!("{name}@organisation{}.example", round % 5);
                    let client = place.client(&name).await;
                    match sign_up(&place, &client, &address).await {
                        Ok(again) => {
                            told.again += again;
                            told.done.push(address);
                        }
                        Err(error) => told.gave_up.push(error),
                    }
                }
                told
            });
        }
        Self { stop, people }
    }

    /// Lets those who have begun finish.
    pub async fn stop(self) -> Told {
        self.stop.store(true, SeqCst);
        let mut all = Told::default();
        for told in self.people.join_all().await {
            all.done.extend(told.done);
            all.gave_up.extend(told.gave_up);
            all.again += told.again;
        }
        all
    }
}

impl Told {
    /// Everybody who was told so has one account, and nobody else has one.
    #[track_caller]
    pub fn check(&self, cluster: &Cluster) {
        assert!(self.gave_up.is_empty(), "{:?}", self.gave_up);
        let ask = |query: &str| cluster.database.sql(query);
        let mut stored: Vec<String> = ask("SELECT address FROM addresses WHERE address LIKE 'n%'")
            .lines()
            .map(str::to_owned)
            .collect();
        stored.sort();
        let mut told = self.done.clone();
        told.sort();
        assert_eq!(stored, told, "the first are stored, the second were told");
        let counted = [
            "SELECT COUNT(*) FROM addresses",
            "SELECT COUNT(*) FROM accounts",
            "SELECT COUNT(DISTINCT account) FROM log WHERE request = 'SignUp'",
            "SELECT COUNT(*) FROM log WHERE request = 'SignUp'",
        ]
        .map(ask);
        assert!(counted.iter().all(|count| *count == counted[0]), "{counted:?}");
        assert_eq!(ask("SELECT COUNT(*) - COUNT(DISTINCT tenant) FROM domains"), "0");
        assert!(self.done.len() > 4, "{} sign-ups prove little", self.done.len());
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} sign-ups, {} calls of them tried again by the person",
            self.done.len(),
            self.again
        )
    }
}
