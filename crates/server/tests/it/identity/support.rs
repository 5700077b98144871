//! An authority with a mailbox, and people who have nothing but an address and a device.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clausa_api::dpop::{ProofClaims, ProofHeader, ProofKey};
use clausa_api::signup::{
    ProfileRequest, ProofRequest, SignupRequest, SignupState, SignupStep, VerifierRequest,
};
use clausa_api::token::{GRANT_SIGNUP, LoginRequest, LoginState, TokenAnswer};
use clausa_api::{Bytes, paths};
use clausa_core::keys::{DeviceDecryptionKey, Signer as _, SoftwareSigner};
use clausa_core::random::{Randomness as _, SystemRandom};
use clausa_core::time::Clock as _;
use clausa_server::config::{LimitConfig, LimitsConfig, MailConfig, MailEncryption, PasswordConfig};
use clausa_server::mail::sink::{MailSink, ReceivedMail};
use clausa_server::{Authority, Config};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;

use crate::support::{Answer, Database, StillClock};

/// Longer than any machine needs to hand over a mail.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running authority whose mail arrives in a sink.
pub struct Desk {
    authority: Option<Authority>,
    router: Router,
    config: Config,
    folder: tempfile::TempDir,
    pub database: Database,
    pub clock: Arc<StillClock>,
    pub sink: MailSink,
}

/// A sign-up or a mailed sign-in that somebody has begun.
#[derive(Clone)]
pub struct Begun {
    pub id: String,
    pub verifier: [u8; 32],
}

/// An installation of a client.
pub struct Device {
    signer: SoftwareSigner,
    pub decryption: DeviceDecryptionKey,
}

/// Somebody signed in on a device.
pub struct Member {
    pub device: Device,
    pub access: String,
    pub refresh: String,
}

pub fn random32() -> [u8; 32] {
    let mut bytes = [0; 32];
    SystemRandom.fill(&mut bytes).unwrap();
    bytes
}

impl Desk {
    /// With wide limits: most tests are not about them.
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sink = MailSink::start().await.unwrap();
        let mut config = Config::loopback(folder.path().join("data"));
        let database = Database::choose(&mut config, folder.path());
        config.mail = MailConfig {
            relay: Some("127.0.0.1".to_owned()),
            port: sink.addr().port(),
            encryption: MailEncryption::None,
            from: "clausa@rights.example".to_owned(),
            ..MailConfig::default()
        };
        config.passwords = PasswordConfig {
            memory_kib: 19_456,
            passes: 2,
            ..PasswordConfig::default()
        };
        let wide = LimitConfig::new(10_000, 10_000, 60);
        config.limits = LimitsConfig {
            login_per_network: wide,
            login_per_account: wide,
            signup_per_network: wide,
            mail_per_address: wide,
            mail_per_address_day: wide,
            ..LimitsConfig::default()
        };
        change(&mut config);
        let clock = Arc::new(StillClock::new());
        let authority = Authority::start(config.clone(), clock.clone()).await.unwrap();
        let router = clausa_server::http::router(authority.state().clone());
        Self {
            authority: Some(authority),
            router,
            config,
            folder,
            database,
            clock,
            sink,
        }
    }

    /// Stops the authority and starts it again on the same data.
    pub async fn restart(&mut self) {
        self.authority.take().unwrap().shutdown().await;
        let authority = Authority::start(self.config.clone(), self.clock.clone())
            .await
            .unwrap();
        self.router = clausa_server::http::router(authority.state().clone());
        self.authority = Some(authority);
    }

    pub fn authority(&self) -> &Authority {
        self.authority.as_ref().unwrap()
    }

    /// Where mails go when there is no relay.
    pub fn outbox(&self) -> std::path::PathBuf {
        self.folder.path().join("data/outbox")
    }

    pub fn origin(&self) -> String {
        self.authority().origin().to_string()
    }

    pub fn host(&self) -> String {
        self.authority().origin().authority().to_owned()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 16 << 20).await.unwrap().to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub async fn post(&self, path: &str, body: &impl Serialize) -> Answer {
        let request = Request::post(path)
            .header("host", self.host())
            .header("content-type", "application/json")
            .body(Body::from(serde_json::to_string(body).unwrap()));
        self.send(request.unwrap()).await
    }

    /// The one number that a query answers.
    pub async fn count(&self, query: &'static str) -> i64 {
        self.database.count(query).await
    }

    pub async fn mail_for(&self, address: &str) -> ReceivedMail {
        let mail = self.sink.wait_for(&address.parse().unwrap(), PATIENCE).await;
        mail.unwrap_or_else(|| panic!("no mail for {address}"))
    }

    pub async fn code_for(&self, address: &str) -> String {
        self.mail_for(address).await.code().unwrap()
    }

    /// Begins a sign-up and takes the answer as it comes.
    pub async fn try_begin(&self, address: &str, verifier: &[u8; 32]) -> Answer {
        let challenge = Bytes(Sha256::digest(verifier).to_vec());
        self.post(
            paths::SIGNUPS,
            &SignupRequest {
                address: address.to_owned(),
                challenge,
                waiting: None,
            },
        )
        .await
    }

    pub async fn begin(&self, address: &str) -> Begun {
        let verifier = random32();
        let answer = self.try_begin(address, &verifier).await;
        assert_eq!(answer.status, 201);
        Begun {
            id: answer.json::<SignupState>().id,
            verifier,
        }
    }

    pub async fn prove(&self, begun: &Begun, code: &str) -> Answer {
        let body = ProofRequest {
            verifier: Bytes(begun.verifier.to_vec()),
            code: code.to_owned(),
        };
        self.post(&paths::fill(paths::SIGNUP_PROOF, &begun.id), &body)
            .await
    }

    pub async fn state(&self, begun: &Begun) -> Answer {
        self.with_verifier(paths::SIGNUP_STATE, begun).await
    }

    pub async fn handover(&self, begun: &Begun) -> Answer {
        self.with_verifier(paths::SIGNUP_HANDOVER, begun).await
    }

    pub async fn resend(&self, begun: &Begun) -> Answer {
        self.with_verifier(paths::SIGNUP_MAIL, begun).await
    }

    pub async fn profile(&self, begun: &Begun, password: Option<&str>) -> Answer {
        let body = ProfileRequest {
            verifier: Bytes(begun.verifier.to_vec()),
            first_name: Some("Janet".to_owned()),
            last_name: None,
            password: password.map(str::to_owned),
        };
        self.post(&paths::fill(paths::SIGNUP_PROFILE, &begun.id), &body)
            .await
    }

    /// A sign-up up to the profile.
    pub async fn proven(&self, address: &str) -> Begun {
        let begun = self.begin(address).await;
        let code = self.code_for(address).await;
        let proven: SignupState = self.prove(&begun, &code).await.json();
        assert_eq!(proven.next, SignupStep::Profile);
        begun
    }

    /// A finished sign-up.
    pub async fn finished(&self, address: &str, password: Option<&str>) -> (Begun, SignupState) {
        let begun = self.proven(address).await;
        let done = self.profile(&begun, password).await.json();
        (begun, done)
    }

    /// Signs up from nothing to tokens.
    pub async fn member(&self, address: &str) -> Member {
        self.member_with(address, None).await
    }

    pub async fn member_with(&self, address: &str, password: Option<&str>) -> Member {
        let (begun, _) = self.finished(address, password).await;
        let device = Device::new();
        let answer = self.exchange_signup(&begun, &device).await;
        Member::new(device, &answer.json())
    }

    pub async fn exchange_signup(&self, begun: &Begun, device: &Device) -> Answer {
        let verifier = URL_SAFE_NO_PAD.encode(begun.verifier);
        let fields = [
            ("grant_type", GRANT_SIGNUP),
            ("signup", &begun.id),
            ("verifier", &verifier),
        ];
        self.token(device, &fields).await
    }

    /// A token request.
    pub async fn token(&self, device: &Device, fields: &[(&str, &str)]) -> Answer {
        let proof = device.proof(self, "POST", paths::TOKEN, None);
        self.form(paths::TOKEN, fields, &[("dpop", &proof)]).await
    }

    pub async fn form(&self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::post(path)
            .header("host", self.host())
            .header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(encode(fields))).unwrap()).await
    }

    /// A call of somebody signed in.
    pub async fn call(&self, member: &Member, method: &str, path: &str, body: Option<String>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", self.host())
            .header("authorization", format!("DPoP {}", member.access))
            .header(
                "dpop",
                member.device.proof(self, method, path, Some(&member.access)),
            );
        let request = match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(Body::from(body)),
            None => request.body(Body::empty()),
        };
        self.send(request.unwrap()).await
    }

    pub async fn request_login(&self, address: &str) -> (Begun, Answer) {
        let verifier = random32();
        let challenge = Bytes(Sha256::digest(verifier).to_vec());
        let answer = self
            .post(
                paths::LOGINS,
                &LoginRequest {
                    address: address.to_owned(),
                    challenge,
                },
            )
            .await;
        let id = serde_json::from_slice::<LoginState>(&answer.body)
            .map(|login| login.id)
            .unwrap_or_default();
        (Begun { id, verifier }, answer)
    }

    async fn with_verifier(&self, path: &str, begun: &Begun) -> Answer {
        let body = VerifierRequest {
            verifier: Bytes(begun.verifier.to_vec()),
        };
        self.post(&paths::fill(path, &begun.id), &body).await
    }
}

impl Device {
    pub fn new() -> Self {
        Self {
            signer: SoftwareSigner::generate_p256(&mut SystemRandom).unwrap(),
            decryption: DeviceDecryptionKey::generate(&mut SystemRandom).unwrap(),
        }
    }

    pub fn thumbprint(&self) -> String {
        self.signer.verifying_key().thumbprint().unwrap().to_string()
    }

    pub fn proof(&self, desk: &Desk, method: &str, path: &str, token: Option<&str>) -> String {
        let point = self.signer.verifying_key().p256_uncompressed().unwrap();
        let header = ProofHeader {
            typ: "dpop+jwt".to_owned(),
            alg: "ES256".to_owned(),
            jwk: ProofKey {
                kty: "EC".to_owned(),
                crv: "P-256".to_owned(),
                x: URL_SAFE_NO_PAD.encode(&point[1..33]),
                y: URL_SAFE_NO_PAD.encode(&point[33..]),
            },
        };
        let claims = ProofClaims {
            htm: method.to_owned(),
            htu: format!("{}{path}", desk.origin()),
            jti: URL_SAFE_NO_PAD.encode(&random32()[..16]),
            iat: desk.clock.now().seconds(),
            ath: token.map(|token| URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))),
        };
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(serde_json::to_string(&header).unwrap()),
            URL_SAFE_NO_PAD.encode(serde_json::to_string(&claims).unwrap())
        );
        let signature = self.signer.sign(signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.0))
    }
}

impl Member {
    pub fn new(device: Device, tokens: &TokenAnswer) -> Self {
        assert_eq!((tokens.token_type.as_str(), tokens.expires_in), ("DPoP", 600));
        Self {
            device,
            access: tokens.access_token.clone(),
            refresh: tokens.refresh_token.clone(),
        }
    }
}

/// `application/x-www-form-urlencoded`.
pub fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
