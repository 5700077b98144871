//! Somebody with an account, a token and a device key.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clausa_api::content::{RegisterContentRequest, RegisterContentsAnswer, RegisterContentsRequest};
use clausa_api::device::KeySetAnswer;
use clausa_api::dpop::{ProofClaims, ProofHeader, ProofKey};
use clausa_api::licence::{LicenceAnswer, LicencePurpose, LicenceRequest, LicencesRequest};
use clausa_api::{Bytes, ProblemType, paths};
use clausa_core::address::Address;
use clausa_core::certificate::{LicensorChain, SignedTenantKeySet, TenantKeySet};
use clausa_core::id::{AccountId, ContentId, DeviceThumbprint, TenantId};
use clausa_core::inner::InnerHeader;
use clausa_core::keys::{DeviceDecryptionKey, Signer as _, SoftwareSigner, WrappingPublicKey};
use clausa_core::origin::Origin;
use clausa_core::policy::{Grant, Grants, NamedData, OfflineWindow, Policy, Principal, Terms};
use clausa_core::protect::protect;
use clausa_core::publishing::{PublishRequest, publish};
use clausa_core::random::{Randomness as _, SystemRandom};
use clausa_core::time::Clock as _;
use sha2::{Digest as _, Sha256};

use super::{Answer, House, StillClock};

pub struct Person {
    pub address: Address,
    pub account: AccountId,
    pub tenant: TenantId,
    pub signer: Arc<SoftwareSigner>,
    pub decryption: Arc<DeviceDecryptionKey>,
    pub token: String,
    pub origin: Origin,
    pub clock: Arc<StillClock>,
    pub chain: Mutex<Option<LicensorChain>>,
}

/// What every test file says.
pub const PLAINTEXT: &[u8] = b"the plan";

/// A protected file.
#[derive(Clone)]
pub struct Published {
    pub file: Vec<u8>,
    pub licence: Vec<u8>,
    pub content: ContentId,
}

/// What goes into a proof; tests bend single fields.
#[derive(Clone)]
pub struct ProofDraft {
    pub header: ProofHeader,
    pub claims: ProofClaims,
}

impl Person {
    pub fn chain_slot(&self) -> MutexGuard<'_, Option<LicensorChain>> {
        self.chain.lock().unwrap()
    }

    /// Thumbprint of the device's signing key.
    pub fn device(&self) -> DeviceThumbprint {
        self.signer.verifying_key().thumbprint().unwrap()
    }

    pub fn chain(&self) -> LicensorChain {
        self.chain_slot().clone().unwrap()
    }

    /// An honest proof for a request with the person's token.
    pub fn proof(&self, method: &str, path: &str) -> ProofDraft {
        let point = self.signer.verifying_key().p256_uncompressed().unwrap();
        let mut jti = [0; 16];
        SystemRandom.fill(&mut jti).unwrap();
        let path = path.split('?').next().unwrap();
        ProofDraft {
            header: ProofHeader {
                typ: "dpop+jwt".to_owned(),
                alg: "ES256".to_owned(),
                jwk: ProofKey {
                    kty: "EC".to_owned(),
                    crv: "P-256".to_owned(),
                    x: URL_SAFE_NO_PAD.encode(&point[1..33]),
                    y: URL_SAFE_NO_PAD.encode(&point[33..]),
                },
            },
            claims: ProofClaims {
                htm: method.to_owned(),
                htu: format!("{}{path}", self.origin),
                jti: URL_SAFE_NO_PAD.encode(jti),
                iat: self.clock.now().seconds(),
                ath: Some(URL_SAFE_NO_PAD.encode(Sha256::digest(self.token.as_bytes()))),
            },
        }
    }

    /// Signs a proof.
    pub fn sign(&self, draft: &ProofDraft) -> String {
        let part = |json: String| URL_SAFE_NO_PAD.encode(json);
        let signed = format!(
            "{}.{}",
            part(serde_json::to_string(&draft.header).unwrap()),
            part(serde_json::to_string(&draft.claims).unwrap())
        );
        let signature = self.signer.sign(signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.0))
    }

    /// A request with token and proof.
    pub fn request(&self, method: &str, path: &str, body: Option<String>) -> Request<Body> {
        let proof = self.sign(&self.proof(method, path));
        self.request_with(method, path, Some(&proof), body)
    }

    /// A request with the person's token and this proof.
    pub fn request_with(
        &self,
        method: &str,
        path: &str,
        proof: Option<&str>,
        body: Option<String>,
    ) -> Request<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", self.origin.authority())
            .header("authorization", format!("DPoP {}", self.token))
            .header("user-agent", "clausa-test/1");
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(Body::from(body))
                .unwrap(),
            None => request.body(Body::empty()).unwrap(),
        }
    }

    pub async fn get(&self, house: &House, path: &str) -> Answer {
        house.send(self.request("GET", path, None)).await
    }

    pub async fn post(&self, house: &House, path: &str, body: &impl serde::Serialize) -> Answer {
        let body = serde_json::to_string(body).unwrap();
        house.send(self.request("POST", path, Some(body))).await
    }

    /// Asks for a licence.
    pub async fn ask(&self, house: &House, file: &Published, purpose: LicencePurpose) -> Answer {
        self.ask_for(house, &file.licence, purpose).await
    }

    /// Asks for a licence with these bytes.
    pub async fn ask_for(&self, house: &House, licence: &[u8], purpose: LicencePurpose) -> Answer {
        let request = LicenceRequest {
            publishing_licence: Bytes(licence.to_vec()),
            nonce: Bytes(vec![7; 16]),
            purpose,
        };
        self.post(house, paths::LICENCES, &request).await
    }

    /// Asks for licences to open several files in one call.
    pub async fn ask_for_several(&self, house: &House, licences: &[&[u8]]) -> Answer {
        let licences = licences.iter().map(|licence| LicenceRequest {
            publishing_licence: Bytes(licence.to_vec()),
            nonce: Bytes(vec![7; 16]),
            purpose: LicencePurpose::Open,
        });
        let request = LicencesRequest {
            licences: licences.collect(),
        };
        self.post(house, paths::LICENCES_BATCH, &request).await
    }

    /// Asks for a licence to open, which must be issued.
    #[track_caller]
    pub fn open<'a>(
        &'a self,
        house: &'a House,
        file: &'a Published,
    ) -> impl Future<Output = LicenceAnswer> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let answer = self.ask(house, file, LicencePurpose::Open).await;
            assert!(
                answer.status.is_success(),
                "at {caller}: {:?}",
                String::from_utf8_lossy(&answer.body)
            );
            answer.json()
        }
    }

    /// Registers a file.
    pub async fn register(&self, house: &House, file: &Published, name: Option<&str>) -> Answer {
        let request = RegisterContentRequest {
            publishing_licence: Bytes(file.licence.clone()),
            file_name: name.map(str::to_owned),
        };
        self.post(house, paths::CONTENTS, &request).await
    }

    /// Registers several files at once; why each was refused, if it was.
    pub async fn register_several(&self, house: &House, files: &[&Published]) -> Vec<Option<ProblemType>> {
        let contents = files.iter().map(|file| RegisterContentRequest {
            publishing_licence: Bytes(file.licence.clone()),
            file_name: None,
        });
        let request = RegisterContentsRequest {
            contents: contents.collect(),
        };
        let answer: RegisterContentsAnswer = self.post(house, paths::CONTENTS_BATCH, &request).await.json();
        let results = answer.results.into_iter();
        results
            .map(|result| result.problem.map(|problem| problem.problem_type().unwrap()))
            .collect()
    }

    /// The policy "this person and these grants", such as `("p.dover@fabrikam.example", "VIEW,PRINT")`.
    pub fn policy(&self, grants: &[(&str, &str)]) -> Policy {
        let grants = grants
            .iter()
            .map(|(who, rights)| Grant {
                principal: Principal::Account(who.parse().unwrap()),
                rights: rights.parse().unwrap(),
            })
            .collect();
        Policy {
            offline: Some(OfflineWindow::from_days(2).unwrap()),
            ..Policy::new(self.address.clone(), Terms::AdHoc(Grants::new(grants).unwrap()))
        }
    }

    /// Publishes under `policy`, offline: the authority hears nothing of it.
    pub async fn publish(&self, house: &House, policy: &Policy) -> Published {
        self.publish_with(house, policy, self.chain()).await
    }

    /// As [`Person::publish`], with another certificate.
    pub async fn publish_with(&self, house: &House, policy: &Policy, chain: LicensorChain) -> Published {
        let keys = self.wrapping_keys(house).await;
        self.publish_for(policy, chain, &keys)
    }

    /// The tenant's wrapping keys for new files.
    pub async fn wrapping_keys(&self, house: &House) -> Vec<WrappingPublicKey> {
        let key_set = self.key_set(house).await;
        key_set.keys_for_new_files().into_iter().cloned().collect()
    }

    /// The tenant's key set, verified.
    pub async fn key_set(&self, house: &House) -> TenantKeySet {
        let key_set: KeySetAnswer = self.get(house, paths::KEYS).await.json();
        let key_set = SignedTenantKeySet::parse(&key_set.key_set.0).unwrap();
        let anchors = house.authority.state().anchors();
        key_set
            .verify(anchors, self.tenant, self.clock.now())
            .unwrap()
            .clone()
    }

    /// Publishes with these certificates, wrapped for these keys.
    pub fn publish_for(
        &self,
        policy: &Policy,
        chain: LicensorChain,
        keys: &[WrappingPublicKey],
    ) -> Published {
        self.make(policy, chain, keys, false)
    }

    /// As [`Person::publish_for`], letting suites stand beside each other that should not.
    pub fn publish_mixed(
        &self,
        policy: &Policy,
        chain: LicensorChain,
        keys: &[WrappingPublicKey],
    ) -> Published {
        self.make(policy, chain, keys, true)
    }

    fn make(
        &self,
        policy: &Policy,
        chain: LicensorChain,
        keys: &[WrappingPublicKey],
        allow_mixed_suites: bool,
    ) -> Published {
        let now = self.clock.now();
        let request = PublishRequest {
            origin: self.origin.clone(),
            tenant: self.tenant,
            issued_at: now,
            policy,
            wrapping_keys: keys,
            hint: None,
            extensions: NamedData::default(),
            chain,
            allow_mixed_suites,
        };
        let published = publish(request, &*self.signer, &mut SystemRandom).unwrap();
        let (licence, content) = (published.licence_bytes().to_vec(), published.content_id());
        let inner = InnerHeader::named("plan.txt").unwrap();
        let file = protect(
            published,
            &inner,
            PLAINTEXT,
            &*self.signer,
            now,
            &mut SystemRandom,
        )
        .unwrap();
        Published {
            licence,
            content,
            file,
        }
    }
}
