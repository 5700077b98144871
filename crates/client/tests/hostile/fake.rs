//! An authority that can be told to lie. It speaks just enough HTTP for one request a connection.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clausa_api::content::{RegisterContentsAnswer, RegisterContentsRequest, RegistrationResult};
use clausa_api::device::{EnrolDeviceAnswer, EnrolDeviceRequest};
use clausa_api::dpop::{ProofClaims, ProofHeader};
use clausa_api::identity::{Identity, Plan};
use clausa_api::licence::{LicenceAnswer, LicenceRequest, LicenceResult, LicencesAnswer, LicencesRequest};
use clausa_api::service::ServiceDescription;
use clausa_api::template::{Template, TemplateList};
use clausa_api::token::TokenAnswer;
use clausa_api::{Bytes, Problem, ProblemType, paths, problem};
use clausa_client::{
    Client, ClientOptions, KeyringChoice, PolicyChoice, ProfileDirectory, ProtectOptions, Protected, Source,
};
use clausa_core::certificate::{
    KeySetPolicy, LicensorCertificate, LicensorChain, Purpose, Scope, SignedTenantCertificate,
    TenantCertificate, TenantKeySet, TrustAnchors, WrappingKeyEntry, WrappingKeyStatus,
};
use clausa_core::id::{AccountId, DeviceThumbprint, LicenceDigest, LicenceId, Serial, TenantId};
use clausa_core::keys::{
    DeviceEncryptionKey, Signer, SoftwareSigner, SoftwareUnwrapper, Suite, VerifyingKey,
};
use clausa_core::origin::Origin;
use clausa_core::publishing::PublishingLicence;
use clausa_core::random::SystemRandom;
use clausa_core::rights::{Level, Rights};
use clausa_core::time::Clock;
use clausa_core::use_licence::UseLicenceDraft;
use clausa_testkit::ManualClock;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub authorization: Option<String>,
    pub proof: Option<String>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn claims(&self) -> ProofClaims {
        part(self.proof.as_ref().unwrap().split('.').nth(1).unwrap())
    }

    fn key(&self) -> VerifyingKey {
        let header: ProofHeader = part(self.proof.as_ref().unwrap().split('.').next().unwrap());
        let x = URL_SAFE_NO_PAD.decode(header.jwk.x).unwrap();
        let y = URL_SAFE_NO_PAD.decode(header.jwk.y).unwrap();
        let mut compressed = [2; 33];
        compressed[0] += y[31] & 1;
        compressed[1..].copy_from_slice(&x);
        VerifyingKey::P256(compressed)
    }
}

fn part<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

/// An answer that the test has written.
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(value: &impl Serialize) -> Self {
        let headers = "content-type: application/json\r\n".to_owned();
        Self {
            status: 200,
            headers,
            body: serde_json::to_vec(value).unwrap(),
        }
    }

    /// The connection ends instead.
    pub fn none() -> Self {
        Self {
            status: 0,
            headers: String::new(),
            body: Vec::new(),
        }
    }

    pub fn problem(kind: ProblemType) -> Self {
        Self::with(Problem::new(kind))
    }

    pub fn with(problem: Problem) -> Self {
        let headers = format!("content-type: {}\r\n", problem::MEDIA_TYPE);
        Self {
            status: problem.status,
            headers,
            body: serde_json::to_vec(&problem).unwrap(),
        }
    }
}

/// What an authority answers to several registrations: for each why it was refused, if it was.
pub fn registered(results: impl IntoIterator<Item = Option<ProblemType>>) -> Answer {
    let result = |refused: Option<ProblemType>| RegistrationResult {
        problem: refused.map(Problem::new),
    };
    Answer::json(&RegisterContentsAnswer {
        results: results.into_iter().map(result).collect(),
    })
}

/// In which way the next licences are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    None,
    Nonce,
    Digest,
    Content,
    Tenant,
    Device,
    Subject,
    Epoch,
    ServerTime,
    Signature,
    Certificate,
    Purpose,
    SealedForAnother,
    Expired,
    NoView,
    Garbage,
}

/// What a running authority remembers.
pub struct State {
    pub seen: Vec<Seen>,
    /// Answers to give instead, for requests to this path.
    pub script: VecDeque<(String, Answer)>,
    pub lie: Lie,
    pub epoch: u64,
    pub tokens_given: u32,
    pub expires_in: u32,
    pub offline_seconds: u64,
    pub templates: Vec<Template>,
    /// Whether files may name their template in clear.
    pub allows_hints: bool,
    devices: Vec<(DeviceThumbprint, DeviceEncryptionKey)>,
}

/// The authority.
pub struct Fake {
    pub origin: Origin,
    pub clock: ManualClock,
    pub state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

struct House {
    origin: Origin,
    clock: ManualClock,
    root: SoftwareSigner,
    licensor: SoftwareSigner,
    licensing: SoftwareSigner,
    stranger: SoftwareSigner,
    unwrapper: SoftwareUnwrapper,
}

pub const ACCOUNT: AccountId = AccountId::from_bytes([1; 16]);
pub const TENANT: TenantId = TenantId::from_bytes([2; 16]);
pub const ADDRESS: &str = "janet@contoso.example";

impl Fake {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin: Origin = format!("http://{}", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let clock = ManualClock::default();
        let signer = || SoftwareSigner::generate_ed25519(&mut SystemRandom).unwrap();
        let house = Arc::new(House {
            origin: origin.clone(),
            clock: clock.clone(),
            root: signer(),
            licensor: signer(),
            licensing: signer(),
            stranger: signer(),
            unwrapper: SoftwareUnwrapper::generate(Suite::P256, &mut SystemRandom).unwrap(),
        });
        let state = Arc::new(Mutex::new(State {
            seen: Vec::new(),
            script: VecDeque::new(),
            lie: Lie::None,
            epoch: 5,
            tokens_given: 0,
            expires_in: 3_600,
            offline_seconds: 86_400,
            templates: Vec::new(),
            allows_hints: false,
            devices: Vec::new(),
        }));
        let shared = state.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (house, state) = (house.clone(), shared.clone());
                tokio::spawn(async move { serve(stream, &house, &state).await });
            }
        });
        Self {
            origin,
            clock,
            state,
            task,
        }
    }

    /// Nobody listens any more.
    pub async fn stop(&mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }

    pub fn lie(&self, lie: Lie) {
        self.state.lock().unwrap().lie = lie;
    }

    pub fn answer(&self, path: &str, answer: Answer) {
        self.state
            .lock()
            .unwrap()
            .script
            .push_back((path.to_owned(), answer));
    }

    pub fn seen(&self, path: &str) -> Vec<Seen> {
        self.state
            .lock()
            .unwrap()
            .seen
            .iter()
            .filter(|seen| seen.path == path)
            .cloned()
            .collect()
    }

    pub fn forget_seen(&self) {
        self.state.lock().unwrap().seen.clear();
    }

    /// Somebody with a fresh profile who is signed in here.
    pub async fn person(&self) -> Person {
        let person = Person::new(&self.clock).await;
        person.client.trust(&self.origin).await.unwrap();
        person
            .client
            .login_with_password(ADDRESS, "password")
            .await
            .unwrap();
        person
    }
}

/// A client with a profile and a folder.
pub struct Person {
    pub client: Client,
    pub folder: TempDir,
    clock: ManualClock,
}

impl Person {
    pub async fn new(clock: &ManualClock) -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            client: open(&folder, clock).await,
            folder,
            clock: clock.clone(),
        }
    }

    pub async fn reopen(&mut self) {
        self.client = open(&self.folder, &self.clock).await;
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Names in the folder, the profile left out.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.retain(|name| name != "profile");
        names.sort();
        names
    }

    pub async fn protect(&self, name: &str, content: &[u8]) -> Protected {
        std::fs::write(self.path(name), content).unwrap();
        self.client
            .protect(Source::file(self.path(name)), only_me())
            .await
            .unwrap()
    }
}

pub fn only_me() -> ProtectOptions {
    ProtectOptions::new(PolicyChoice::Level {
        level: Level::OnlyMe,
        recipients: Vec::new(),
    })
}

async fn open(folder: &TempDir, clock: &ManualClock) -> Client {
    let options = ClientOptions {
        clock: clock.shared(),
        keyring: KeyringChoice::File,
        ..ClientOptions::default()
    };
    Client::open_profile(ProfileDirectory::at(folder.path().join("profile")), options)
        .await
        .unwrap()
}

async fn serve(mut stream: TcpStream, house: &House, state: &Mutex<State>) {
    let Some(seen) = read(&mut stream).await else {
        return;
    };
    let answer = {
        let mut state = state.lock().unwrap();
        state.seen.push(seen.clone());
        let scripted = state.script.iter().position(|(path, _)| *path == seen.path);
        match scripted.and_then(|position| state.script.remove(position)) {
            Some((_, answer)) => answer,
            None => house.answer(&seen, &mut state),
        }
    };
    if answer.status == 0 {
        return;
    }
    let head = format!(
        "HTTP/1.1 {} X\r\n{}content-length: {}\r\nconnection: close\r\n\r\n",
        answer.status,
        answer.headers,
        answer.body.len()
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&answer.body).await;
    let _ = stream.shutdown().await;
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4_096];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        match stream.read(&mut buffer).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
            _ => return None,
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
    };
    let length: usize = header("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < end + length {
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(read > 0, "the body is cut");
        bytes.extend_from_slice(&buffer[..read]);
    }
    let mut line = head.lines().next().unwrap().split(' ');
    Some(Seen {
        method: line.next().unwrap().to_owned(),
        path: line.next().unwrap().split('?').next().unwrap().to_owned(),
        authorization: header("authorization"),
        proof: header("dpop"),
        body: bytes[end..].to_vec(),
    })
}

impl House {
    fn answer(&self, seen: &Seen, state: &mut State) -> Answer {
        match (seen.method.as_str(), seen.path.as_str()) {
            ("GET", paths::WELL_KNOWN) => Answer::json(&ServiceDescription {
                contract: 1,
                origin: self.origin.clone(),
                name: "Fake".to_owned(),
                roots: vec![Bytes(self.root.verifying_key().as_bytes().to_vec())],
                code_seconds: 900,
            }),
            ("POST", paths::TOKEN) => {
                state.tokens_given += 1;
                Answer::json(&TokenAnswer {
                    access_token: format!("access-{}", state.tokens_given),
                    token_type: "DPoP".to_owned(),
                    expires_in: state.expires_in,
                    refresh_token: format!("refresh-{}", state.tokens_given),
                })
            }
            ("GET", paths::ME) => Answer::json(&Identity {
                account: ACCOUNT,
                addresses: vec![ADDRESS.parse().unwrap()],
                display_name: None,
                tenant: TENANT,
                organisation: None,
                managed: false,
                plan: Plan::Individual,
                device: None,
            }),
            ("POST", paths::DEVICES) => Answer::json(&self.enrol(seen, state)),
            ("GET", paths::TEMPLATES) => Answer::json(&TemplateList {
                templates: state.templates.clone(),
            }),
            ("POST", paths::CONTENTS) => Answer::json(&serde_json::json!({})),
            ("POST", paths::CONTENTS_BATCH) => {
                let request: RegisterContentsRequest = seen.json();
                registered(request.contents.iter().map(|_| None))
            }
            ("POST", paths::LICENCES) => Answer::json(&self.licence(seen, &seen.json(), state)),
            ("POST", paths::LICENCES_BATCH) => {
                let request: LicencesRequest = seen.json();
                let result = |asked: &LicenceRequest| LicenceResult {
                    licence: Some(self.licence(seen, asked, state)),
                    problem: None,
                };
                Answer::json(&LicencesAnswer {
                    results: request.licences.iter().map(result).collect(),
                })
            }
            _ => Answer::problem(ProblemType::NotFound),
        }
    }

    fn enrol(&self, seen: &Seen, state: &mut State) -> EnrolDeviceAnswer {
        let request: EnrolDeviceRequest = seen.json();
        let (key, now) = (seen.key(), self.clock.now());
        let leaf = LicensorCertificate {
            serial: Serial::from_bytes([3; 16]),
            tenant: TENANT,
            subject: ACCOUNT,
            address: ADDRESS.parse().unwrap(),
            key,
            not_before: now,
            expires: now.plus_days(90),
            scope: Scope::ALL,
            templates: None,
        };
        let issuer = self.certificate(Purpose::Licensor, &self.licensor, &self.root);
        let chain = LicensorChain::new(leaf.issue(&self.licensor).unwrap(), issuer);
        let key_set = TenantKeySet {
            tenant: TENANT,
            version: 1,
            organisation: None,
            issued_at: now,
            expires: now.plus_days(90),
            signing_keys: Vec::new(),
            wrapping_keys: vec![WrappingKeyEntry {
                key: self.unwrapper.public().clone(),
                status: WrappingKeyStatus::Active,
            }],
            accepted_suites: vec![Suite::P256],
            policy: KeySetPolicy::new(false, state.allows_hints),
        };
        let thumbprint = key.thumbprint().unwrap();
        state.devices.push((
            thumbprint,
            DeviceEncryptionKey::from_bytes(&request.decryption_key.0).unwrap(),
        ));
        EnrolDeviceAnswer {
            thumbprint,
            licensor_chain: chain.to_bytes().into_iter().map(Bytes).collect(),
            key_set: Bytes(key_set.issue(&self.root).unwrap().as_bytes().to_vec()),
        }
    }

    fn certificate(&self, purpose: Purpose, key: &dyn Signer, root: &dyn Signer) -> SignedTenantCertificate {
        let now = self.clock.now();
        let certificate = TenantCertificate {
            tenant: TENANT,
            purpose,
            key: key.verifying_key(),
            not_before: now.minus_seconds(86_400),
            expires: now.plus_days(365),
        };
        certificate.issue(root).unwrap()
    }

    fn licence(&self, seen: &Seen, request: &LicenceRequest, state: &State) -> LicenceAnswer {
        let licence = PublishingLicence::parse(&request.publishing_licence.0).unwrap();
        let verified = licence
            .clone()
            .verify(&TrustAnchors::new(self.root.verifying_key()))
            .unwrap();
        let keys = verified.unwrap_keys(&[&self.unwrapper]).unwrap();
        let (now, lie) = (self.clock.now(), state.lie);
        let device = seen.key().thumbprint().unwrap();
        let mut sealed_for = state
            .devices
            .iter()
            .find(|(known, _)| *known == device)
            .unwrap()
            .1
            .clone();
        let mut draft = UseLicenceDraft {
            id: LicenceId::from_bytes([9; 16]),
            digest: licence.digest(),
            content_id: licence.content_id(),
            tenant: TENANT,
            subject: ACCOUNT,
            device,
            rights: Rights::OWNER,
            issued_at: now,
            not_after: None,
            offline_until: now.plus_seconds(state.offline_seconds),
            server_time: now,
            epoch: state.epoch,
            nonce: request.nonce.0.as_slice().try_into().unwrap(),
            obligations: clausa_core::policy::NamedData::default(),
            edit_grant: None,
        };
        let mut signer = &self.licensing;
        let mut certificate = self.certificate(Purpose::Licence, &self.licensing, &self.root);
        match lie {
            Lie::None | Lie::Garbage => {}
            Lie::Nonce => draft.nonce = [0; 16],
            Lie::Digest => draft.digest = LicenceDigest::from_bytes([7; 32]),
            Lie::Content => draft.content_id = clausa_core::id::ContentId::from_bytes([7; 16]),
            Lie::Tenant => draft.tenant = TenantId::from_bytes([7; 16]),
            Lie::Device => draft.device = DeviceThumbprint::from_bytes([7; 32]),
            Lie::Subject => draft.subject = AccountId::from_bytes([7; 16]),
            Lie::Epoch => draft.epoch -= 1,
            Lie::ServerTime => draft.server_time = now.minus_seconds(3_600),
            Lie::Signature => signer = &self.stranger,
            Lie::Certificate => {
                certificate = self.certificate(Purpose::Licence, &self.stranger, &self.stranger);
                signer = &self.stranger;
            }
            Lie::Purpose => {
                certificate = self.certificate(Purpose::Licensor, &self.licensor, &self.root);
                signer = &self.licensor;
            }
            Lie::SealedForAnother => {
                let other = clausa_core::keys::DeviceDecryptionKey::generate(&mut SystemRandom).unwrap();
                sealed_for = other.public();
            }
            Lie::Expired => {
                draft.offline_until = now.minus_seconds(60);
                draft.not_after = Some(now.minus_seconds(60));
            }
            Lie::NoView => draft.rights = "PRINT".parse().unwrap(),
        }
        let mut bytes = draft
            .issue(&keys.content_key, &sealed_for, signer, &mut SystemRandom)
            .unwrap();
        if lie == Lie::Garbage {
            bytes.truncate(bytes.len() / 2);
        }
        let certificate = Bytes(certificate.as_bytes().to_vec());
        LicenceAnswer {
            use_licence: Bytes(bytes),
            certificate,
        }
    }
}
