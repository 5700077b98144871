//! People who ask for licences, and owners who revoke, all at once; each notes when a call began and ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use clausa_client::{
    Client, ContentReference, LicenceAsker, LicensableFile, OpenError, PolicyChoice, ProtectOptions, Sink,
    Source,
};
use clausa_core::id::ContentId;
use tokio::task::JoinSet;

use crate::cluster::{Cluster, die};
use crate::history::{Answer, Call, History};
use crate::people;

/// Organisations, few enough that the nodes meet in each.
const ORGANISATIONS: usize = 2;
/// People of each who ask.
const ASKERS: usize = 6;
/// Calls about one file, on average.
pub const CALLS_A_FILE: u64 = 60;
/// Files that are in use at the same time.
const WINDOW: usize = 6;
/// One of so many calls revokes.
const REVOKES: usize = 40;
/// How long a call is tried again.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two tries of a call.
const PAUSE: Duration = Duration::from_millis(50);

/// Everything that is needed.
pub struct Load {
    groups: Vec<Arc<Group>>,
    askers: Vec<(usize, LicenceAsker)>,
}

/// An organisation: its files, and who owns them.
struct Group {
    owner: Client,
    files: Vec<LicensableFile>,
    /// How many files are done with.
    first: AtomicUsize,
}

/// A load that runs.
pub struct Running {
    stop: Arc<AtomicBool>,
    calls: Arc<AtomicU64>,
    clients: JoinSet<History>,
}

impl Load {
    /// Signs everybody up and protects so many files, and a window of them, for each organisation.
    pub async fn gather(cluster: &Cluster, files: u64) -> Self {
        let mut load = Self {
            groups: Vec::new(),
            askers: Vec::new(),
        };
        for group in 0..ORGANISATIONS {
            let owner = person(cluster, group, ASKERS).await;
            let mut protected = Vec::new();
            for number in 0..usize::try_from(files).unwrap() + WINDOW {
                let path = cluster.place.files().join(format!("{group}-{number}.clausa"));
                let mut options = ProtectOptions::new(PolicyChoice::template("confidential"));
                options.output = Some(Sink::file(&path));
                let source = cluster.place.files().join("plan.txt");
                std::fs::write(&source, format!("file {number}")).unwrap();
                owner.protect(Source::file(source), options).await.unwrap();
                protected.push(owner.licensable_file(&path).await.unwrap());
            }
            for asker in 0..ASKERS {
                let client = person(cluster, group, asker).await;
                let asker = client.licence_asker().await.unwrap().persistent();
                load.askers.push((group, asker));
            }
            load.groups.push(Arc::new(Group {
                owner,
                files: protected,
                first: AtomicUsize::new(0),
            }));
        }
        load
    }

    pub fn start(self) -> Running {
        let (stop, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let mut clients = JoinSet::new();
        for (group, asker) in self.askers {
            let (stop, calls) = (Arc::clone(&stop), Arc::clone(&calls));
            let group = Arc::clone(&self.groups[group]);
            clients.spawn(async move {
                let mut history = History::default();
                while !stop.load(SeqCst) {
                    let file = group.file();
                    history.persist(file.content_id(), || ask(&asker, file)).await;
                    calls.fetch_add(1, SeqCst);
                }
                history
            });
        }
        for group in self.groups {
            let (stop, calls) = (Arc::clone(&stop), Arc::clone(&calls));
            let mut done = 0;
            clients.spawn(async move {
                let mut history = History::default();
                while !stop.load(SeqCst) {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    let now = calls.load(SeqCst);
                    if now < done + REVOKES as u64 * ORGANISATIONS as u64 {
                        continue;
                    }
                    done = now;
                    let content = group.file().content_id();
                    history.persist(content, || revoke(&group.owner, content)).await;
                    let ended = usize::try_from(now / CALLS_A_FILE).unwrap() / ORGANISATIONS;
                    group.first.store(ended.min(group.files.len() - WINDOW), SeqCst);
                }
                history
            });
        }
        Running { stop, calls, clients }
    }
}

impl Group {
    fn file(&self) -> &LicensableFile {
        &self.files[self.first.load(SeqCst) + die(WINDOW)]
    }
}

impl Running {
    pub async fn wait_for(&mut self, calls: u64) {
        while self.calls.load(SeqCst) < calls {
            // Nobody ends before being told to, unless by a panic.
            if let Some(ended) = self.clients.try_join_next() {
                ended.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lets the calls that have begun end, and puts together what was noted.
    pub async fn stop(self) -> History {
        self.stop.store(true, SeqCst);
        let mut all = History::default();
        for history in self.clients.join_all().await {
            all.extend(history);
        }
        all
    }
}

impl History {
    /// Makes a call until it is answered, as somebody does who wants it done; notes every try.
    async fn persist<F: Future<Output = Result<Answer, String>>>(
        &mut self,
        content: ContentId,
        call: impl Fn() -> F,
    ) {
        let first = Instant::now();
        loop {
            let begun = Instant::now();
            let answer = call().await.unwrap_or_else(|failure| {
                self.failures.push(failure);
                Answer::Failed
            });
            self.note(Call {
                content,
                begun,
                ended: Instant::now(),
                answer,
            });
            if answer != Answer::Failed {
                return;
            }
            assert!(first.elapsed() < PATIENCE, "{:?}", self.failures.last());
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn ask(asker: &LicenceAsker, file: &LicensableFile) -> Result<Answer, String> {
    match asker.ask(file).await {
        Ok(grant) => Ok(Answer::Licence(grant.licence().licence_id())),
        Err(OpenError::Revoked { .. }) => Ok(Answer::Refused),
        Err(error) => Err(format!("{error:?}")),
    }
}

async fn revoke(owner: &Client, content: ContentId) -> Result<Answer, String> {
    let revoked = owner.revoke(&ContentReference::Id(content), true).await;
    revoked
        .map(|_| Answer::Revoked)
        .map_err(|error| format!("{error:?}"))
}

async fn person(cluster: &Cluster, group: usize, number: usize) -> Client {
    let client = cluster.place.client(&format!("p{group}-{number}")).await;
    let address = format!("p{number}@contoso{group}.example");
    people::sign_up(&cluster.place, &client, &address).await.unwrap();
    client
}
