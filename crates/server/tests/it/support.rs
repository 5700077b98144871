//! An authority in a temporary folder, and people who talk to it.
//!
//! People are put into the store directly: these tests are about what signed-in people may do. Sign-up has tests of
//! its own.

mod clock;
mod database;
mod person;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::MethodRouter;
use clausa_api::{Problem, ProblemType};
use clausa_core::certificate::{LicensorCertificate, LicensorChain, Scope, SignedTenantCertificate};
use clausa_core::id::{AccountId, ContentId, LicenceDigest, Serial, TenantId};
use clausa_core::keys::{DeviceDecryptionKey, Signer as _, SoftwareSigner};
use clausa_core::random::SystemRandom;
use clausa_server::usecase::make_tenant::{self, MadeTenant};
use clausa_server::{AppState, Authority, Config};
use clausa_store::permit::SystemAct;
use clausa_store::record::account::{NewAccount, Role};
use clausa_store::record::certificate::Certificate;
use clausa_store::record::content::Content;
use clausa_store::record::device::{Device, Keystore};
use clausa_store::record::hash::{AccessTokenHash, RefreshTokenHash};
use clausa_store::record::ident::SessionId;
use clausa_store::record::micros::Micros;
use clausa_store::record::proof::Proof;
use clausa_store::record::session::{Session, TokenPair};
use clausa_store::record::tenant_key::KeyPurpose;
use clausa_store::{Permit, StoreError};
use clausa_testkit::TestDatabase;
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;

pub use clock::StillClock;
pub use database::Database;
pub use person::{PLAINTEXT, Person, ProofDraft, Published};

/// A running authority and its clock.
pub struct House {
    pub authority: Authority,
    pub clock: Arc<StillClock>,
    pub folder: tempfile::TempDir,
    pub database: Database,
    router: Router,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub body: Vec<u8>,
}

impl House {
    /// An authority with the default configuration.
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// An authority whose configuration `change` has changed.
    pub async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::loopback(folder.path().join("data"));
        let database = Database::choose(&mut config, folder.path());
        change(&mut config);
        Self::start(folder, config, database).await
    }

    /// One over PostgreSQL; none on a machine without it.
    pub async fn over_postgres() -> Option<Self> {
        Self::over_postgres_with(|_| {}).await
    }

    /// As [`House::over_postgres`], with a configuration that `change` has changed.
    pub async fn over_postgres_with(change: impl FnOnce(&mut Config)) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::loopback(folder.path().join("data"));
        let database = Database::postgres(&mut config)?;
        change(&mut config);
        Some(Self::start(folder, config, database).await)
    }

    /// One over this database.
    pub async fn over(database: TestDatabase) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::loopback(folder.path().join("data"));
        let database = Database::of(&mut config, database);
        Self::start(folder, config, database).await
    }

    /// Another node of the same authority: the same database, keys and origin.
    pub async fn another_node(&self) -> Self {
        let state = self.authority.state();
        self.another_node_at(state.config().data.database.clone().unwrap())
            .await
    }

    /// The same, with another way to the database.
    pub async fn another_node_at(&self, database: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::loopback(folder.path().join("data"));
        config.data.database = Some(database);
        config.server.origin = Some(self.authority.origin().clone());
        copy_keys(
            &self.folder.path().join("data/keys"),
            &config.data.folder.join("keys"),
        );
        Self::start(folder, config, self.database.clone()).await
    }

    async fn start(folder: tempfile::TempDir, config: Config, database: Database) -> Self {
        let clock = Arc::new(StillClock::new());
        let authority = Authority::start(config, clock.clone()).await.unwrap();
        let router = clausa_server::http::router(authority.state().clone());
        Self {
            authority,
            clock,
            folder,
            database,
            router,
        }
    }

    /// Serves one more route inside the same frame.
    pub fn add_route(&mut self, path: &str, route: MethodRouter<AppState>) {
        let routes = clausa_server::http::routes().route(path, route);
        self.router = clausa_server::http::frame(routes, self.authority.state().clone());
    }

    /// Sends a request as it is.
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

    /// Somebody of an organisation's domain, with an enrolled device; the first one brings the tenant about.
    pub async fn person(&self, address: &str) -> Person {
        let newcomer = self.newcomer(address, false).await;
        self.enrol(&newcomer).await;
        newcomer
    }

    /// Somebody with a personal tenant, with an enrolled device.
    pub async fn personal(&self, address: &str) -> Person {
        let newcomer = self.newcomer(address, true).await;
        self.enrol(&newcomer).await;
        newcomer
    }

    /// Somebody signed in whose device is not enrolled.
    pub async fn newcomer(&self, address: &str, personal: bool) -> Person {
        let state = self.authority.state();
        let address: clausa_core::address::Address = address.parse().unwrap();
        let tenant = self.tenant_for(&address.domain(), personal).await;
        let account = AccountId::generate(&mut SystemRandom).unwrap();
        let signer = Arc::new(SoftwareSigner::generate_p256(&mut SystemRandom).unwrap());
        let token = format!("test-access-{account}");
        let now = state.now_micros();
        let new = NewAccount {
            id: account,
            role: Role::Member,
            address: address.clone(),
            display_name: None,
            created_at: now,
        };
        let session = Session {
            id: SessionId::generate(&mut SystemRandom).unwrap(),
            account,
            tenant,
            key: signer.verifying_key().thumbprint().unwrap(),
            created_at: now,
            ended_at: None,
            proof: Proof::default(),
            client: None,
        };
        let far = Micros(u64::MAX / 4);
        let tokens = TokenPair {
            access: AccessTokenHash::from_bytes(Sha256::digest(token.as_bytes()).into()),
            access_expires_at: far,
            refresh: RefreshTokenHash::from_bytes(Sha256::digest(account.as_bytes()).into()),
            refresh_expires_at: far,
        };
        state
            .store()
            .transact_with(
                "test person",
                (new, session, tokens),
                move |(new, session, tokens), tx| {
                    Box::pin(async move {
                        let permit = Permit::system(SystemAct::SignUp(tenant));
                        tx.create_account(&permit, new).await?;
                        tx.start_session(session, tokens).await
                    })
                },
            )
            .await
            .unwrap();
        let decryption = Arc::new(DeviceDecryptionKey::generate(&mut SystemRandom).unwrap());
        Person {
            address,
            account,
            tenant,
            signer,
            decryption,
            token,
            origin: state.origin().clone(),
            clock: self.clock.clone(),
            chain: Default::default(),
        }
    }

    /// Makes somebody the administrator of his organisation, as a claim would.
    pub async fn administrate(&self, person: &Person) {
        let of = format!("FROM addresses WHERE address = '{}'", person.address);
        let statement = format!(
            "UPDATE tenants SET managed = 1 WHERE tenant = (SELECT tenant {of}); \
             UPDATE accounts SET role = 'administrator' WHERE account = (SELECT account {of})"
        );
        self.sql(statement.leak()).await;
    }

    /// Everybody who is signed in has just shown who he is, by these factors.
    pub async fn all_fresh(&self, by: &str) {
        let now = self.authority.state().now_micros().0;
        let statement = format!("UPDATE sessions SET proven_at = {now}, proven_by = '{by}'");
        self.sql(statement.leak()).await;
    }

    /// Enrols the person's device and gives it a licensor certificate.
    pub async fn enrol(&self, person: &Person) {
        let state = self.authority.state();
        let now = state.now_micros();
        let key = person.signer.verifying_key();
        let device = Device {
            thumbprint: key.thumbprint().unwrap(),
            account: person.account,
            signing_key: key.as_bytes().to_vec(),
            decryption_key: person.decryption.public().as_bytes().to_vec(),
            name: "test".to_owned(),
            platform: "test".to_owned(),
            keystore: Keystore::File,
            enrolled_at: now,
            last_seen_at: now,
            removed_at: None,
        };
        let chain = self.certify(person).await;
        let claims = chain.leaf().claims().clone();
        let certificate = Certificate {
            serial: claims.serial,
            account: person.account,
            device: device.thumbprint,
            bytes: chain.leaf().as_bytes().to_vec(),
            issued_at: now,
            expires_at: Micros::from(claims.expires),
            revoked_at: None,
        };
        let tenant = person.tenant;
        state
            .store()
            .transact_with(
                "test device",
                (device, certificate),
                move |(device, certificate), tx| {
                    Box::pin(async move {
                        let permit = Permit::system(SystemAct::SignUp(tenant));
                        tx.enrol_device(&permit, device).await?;
                        tx.add_certificate(&permit, certificate).await?;
                        Ok::<_, StoreError>(())
                    })
                },
            )
            .await
            .unwrap();
        *person.chain_slot() = Some(chain);
    }

    /// A licensor certificate of the person's tenant for the person's device, in no list.
    pub async fn certify(&self, person: &Person) -> LicensorChain {
        let state = self.authority.state();
        let permit = Permit::system(SystemAct::KeyCare(person.tenant));
        let keys = state
            .store()
            .read("test keys", move |tx| {
                Box::pin(async move { tx.tenant_keys(&permit).await })
            })
            .await
            .unwrap();
        let row = keys
            .iter()
            .find(|key| key.purpose == KeyPurpose::Licensor)
            .unwrap();
        let signer = state.keys().signer(person.tenant, row).unwrap();
        let now = state.now();
        let leaf = LicensorCertificate {
            serial: Serial::generate(&mut SystemRandom).unwrap(),
            tenant: person.tenant,
            subject: person.account,
            address: person.address.clone(),
            key: person.signer.verifying_key(),
            not_before: now,
            expires: now.plus_days(365),
            scope: Scope::ALL,
            templates: None,
        };
        let issuer = SignedTenantCertificate::parse(row.certificate.as_deref().unwrap()).unwrap();
        LicensorChain::new(leaf.issue(&*signer).unwrap(), issuer)
    }

    /// Revokes every certificate of the person's device.
    pub async fn revoke_certificates(&self, person: &Person) {
        let (tenant, account, device) = (person.tenant, person.account, person.device());
        let state = self.authority.state();
        let now = state.now_micros();
        let revoke = state.store().transact("test revocation", move |tx| {
            Box::pin(async move {
                let permit = Permit::system(SystemAct::SignIn(tenant));
                tx.revoke_certificates(&permit, account, device, now).await
            })
        });
        assert!(revoke.await.unwrap() > 0);
    }

    /// Registers a licence that does not exist for this content id, as if somebody had been quicker.
    pub async fn occupy(&self, person: &Person, content: ContentId) {
        let now = self.authority.state().now_micros();
        let row = Content {
            id: content,
            digest: LicenceDigest::from_bytes([9; 32]),
            owner: person.address.clone(),
            owner_account: Some(person.account),
            issuer: person.address.clone(),
            issuer_account: person.account,
            template: None,
            parent: None,
            policy: None,
            file_name: None,
            published_at: now,
            registered_at: now,
            expires_at: None,
            revocation: None,
        };
        let tenant = person.tenant;
        self.authority
            .store()
            .transact_with("test content", row, move |row, tx| {
                Box::pin(async move {
                    let permit = Permit::system(SystemAct::Housekeeping(tenant));
                    tx.register_content(&permit, row).await
                })
            })
            .await
            .unwrap();
    }

    /// Runs a statement behind the authority's back.
    pub async fn sql(&self, statement: &'static str) {
        self.database.sql(statement).await;
    }

    /// The one number that a query answers.
    pub async fn count(&self, query: &'static str) -> i64 {
        self.database.count(query).await
    }

    async fn tenant_for(&self, domain: &clausa_core::address::Domain, personal: bool) -> TenantId {
        let state = self.authority.state();
        let new = if personal {
            make_tenant::prepare_personal(state).await.unwrap()
        } else {
            make_tenant::prepare_organisation(state, domain).await.unwrap()
        };
        let id = new.id();
        let made = state
            .store()
            .transact_with("test tenant", new, |new, tx| {
                Box::pin(async move { new.store(tx).await })
            })
            .await
            .unwrap();
        match made {
            MadeTenant::Made => id,
            MadeTenant::DomainTaken(tenant) => tenant,
        }
    }
}

/// Copies the keys of a node for another one, as its operator would.
pub fn copy_keys(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    #[cfg(unix)]
    for folder in [to, to.parent().unwrap()] {
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(folder, private).unwrap();
    }
    for key in ["kek", "pepper", "code-key"] {
        std::fs::copy(from.join(key), to.join(key)).unwrap();
    }
}

impl Answer {
    /// The JSON body of a success.
    #[track_caller]
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        assert!(
            self.status.is_success(),
            "{}: {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The problem document of a refusal, checked against its status and headers.
    #[track_caller]
    pub fn problem(&self) -> Problem {
        let problem: Problem = serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}: {}", self.status, String::from_utf8_lossy(&self.body)));
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(problem.status, self.status.as_u16());
        assert_eq!(
            problem.instance.as_deref(),
            Some(self.headers["x-request-id"].to_str().unwrap())
        );
        problem
    }

    /// Asserts that the request was refused with this problem.
    #[track_caller]
    pub fn refused(&self, kind: ProblemType) -> Problem {
        let problem = self.problem();
        assert_eq!(problem.problem_type(), Some(kind), "{problem:?}");
        problem
    }
}
