//! A licence for a file: from this device while that may be used, otherwise from the authority.

use std::sync::Arc;
use std::time::Duration;

use clausa_api::licence::{
    LicenceAnswer, LicencePurpose, LicenceRequest, LicenceResult, LicencesAnswer, LicencesRequest,
};
use clausa_api::{Bytes, ProblemType, paths};
use clausa_core::id::{AccountId, DeviceThumbprint};
use clausa_core::open::OpenGrant;
use clausa_core::random::Randomness;
use clausa_core::rights::Right;
use clausa_core::use_licence::{Expected, NONCE_LENGTH, UseLicence, UseLicenceError};

use super::locate::Located;
use super::{LicenceFacts, LicenceOrigin};
use crate::background::blocking;
use crate::client::Client;
use crate::error::{NoLicence, OpenError, RequestError};
use crate::profile::LicenceRecord;
use crate::secrets::DeviceKeys;
use crate::transport::{Call, internal};

/// How long a call for several licences may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A licence that fits, with the content key out of it.
pub(crate) struct Licensed {
    pub(crate) grant: OpenGrant,
    pub(crate) facts: LicenceFacts,
}

/// What a licence is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To open: a licence on this device will do.
    ToOpen,
    /// To save a change: asked, because what was withdrawn since the file was opened has to count.
    Anew,
    /// To write the content out in clear: always asked, always logged.
    ToUnprotect,
}

impl Asked {
    /// Whether the licence may be kept and used again for opening.
    fn is_to_open(self) -> bool {
        self != Self::ToUnprotect
    }
}

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub(super) device: DeviceThumbprint,
    pub(super) account: AccountId,
    pub(super) keys: Arc<DeviceKeys>,
}

/// Why the licence on this device is not used.
pub(super) enum Unusable {
    Expired(clausa_core::time::Timestamp),
    Other(NoLicence),
}

impl Client {
    /// Step 6 of opening.
    pub(crate) async fn licence_for(&self, located: &Located, asked: Asked) -> Result<Licensed, OpenError> {
        let contact = located.header.licence().publisher_claims().address.to_string();
        let asker = self.asker(located).await?;
        let unusable = match asked {
            Asked::ToUnprotect | Asked::Anew => Unusable::Other(NoLicence::AlwaysAsked),
            Asked::ToOpen => match self.kept_licence(located, asker.clone()).await? {
                Ok(grant) => {
                    let facts = LicenceFacts::of(grant.licence(), LicenceOrigin::Kept);
                    return Ok(Licensed { grant, facts });
                }
                Err(unusable) => unusable,
            },
        };
        let grant = match self.fetch_licence(located, asker, asked).await {
            Ok(grant) => grant,
            Err(OpenError::Request(error)) if error.is_no_network() => {
                return Err(without_network(located, unusable, error).with_contact(&contact));
            }
            Err(error) => return Err(error.with_contact(&contact)),
        };
        let facts = LicenceFacts::of(grant.licence(), LicenceOrigin::Fetched);
        Ok(Licensed { grant, facts })
    }

    /// Licences to take protection off these files, all of one authority, in one call. Each is answered for itself.
    ///
    /// # Errors
    ///
    /// [`OpenError`] when the call as a whole was not answered; it is about the first of the files.
    pub(crate) async fn licences_to_unprotect(
        &self,
        files: &[&Located],
    ) -> Result<Vec<Result<Licensed, OpenError>>, OpenError> {
        let Some(first) = files.first() else {
            return Ok(Vec::new());
        };
        let asked = Asked::ToUnprotect;
        let asker = self.asker(first).await?;
        let (mut nonces, mut licences) = (Vec::with_capacity(files.len()), Vec::with_capacity(files.len()));
        for located in files {
            let (nonce, question) = self.question(located, asked)?;
            nonces.push(nonce);
            licences.push(question);
        }
        let call = Call::post(paths::LICENCES_BATCH, &LicencesRequest { licences })?.idempotent();
        self.finish_enrolling(first).await?;
        let origin = &first.authority.origin;
        let answer: Result<LicencesAnswer, _> = self.call_as_account(origin, &call.patience(PATIENCE)).await;
        let answer = match answer {
            Ok(answer) if answer.results.len() == files.len() => answer,
            Ok(_) => {
                let transport = self.transport(origin)?;
                let error = transport.bad_answer("it answers for another number of files".to_owned());
                return Err(error.into());
            }
            Err(error) if error.is_no_network() => {
                let unusable = Unusable::Other(NoLicence::AlwaysAsked);
                return Err(without_network(first, unusable, error));
            }
            Err(error) => return Err(sign_in_first(error, first)),
        };
        let mut licensed = Vec::with_capacity(files.len());
        for ((located, nonce), result) in files.iter().zip(nonces).zip(answer.results) {
            let contact = located.header.licence().publisher_claims().address.to_string();
            let one = self.one_of_several(located, asker.clone(), nonce, result).await;
            licensed.push(one.map_err(|error| error.with_contact(&contact)));
        }
        Ok(licensed)
    }

    /// One answer of several.
    async fn one_of_several(
        &self,
        located: &Located,
        asker: Asker,
        nonce: [u8; NONCE_LENGTH],
        result: LicenceResult,
    ) -> Result<Licensed, OpenError> {
        let (asked, transport) = (Asked::ToUnprotect, self.transport(&located.authority.origin)?);
        let error = match (result.licence, result.problem) {
            (Some(answer), None) => {
                let grant = self.check_and_keep(located, asker, asked, nonce, answer).await?;
                let facts = LicenceFacts::of(grant.licence(), LicenceOrigin::Fetched);
                return Ok(Licensed { grant, facts });
            }
            (None, Some(problem)) => transport.refused(problem),
            _ => transport.bad_answer("it neither gives nor refuses a licence".to_owned()),
        };
        if is_verdict(&error, asked) {
            self.forget_licence(located).await?;
        }
        Err(sign_in_first(error, located))
    }

    async fn asker(&self, located: &Located) -> Result<Asker, OpenError> {
        let origin = &located.authority.origin;
        let account = self
            .signed_in_at(origin)
            .await
            .map_err(|error| sign_in_first(error, located))?;
        let keys = self
            .device_keys(origin)
            .await
            .map_err(|error| sign_in_first(error, located))?;
        Ok(Asker {
            device: account.device,
            account: account.identity.account,
            keys: Arc::new(keys),
        })
    }

    fn question(
        &self,
        located: &Located,
        asked: Asked,
    ) -> Result<([u8; NONCE_LENGTH], LicenceRequest), OpenError> {
        let mut nonce = [0; NONCE_LENGTH];
        self.rng().fill(&mut nonce).map_err(internal)?;
        let request = LicenceRequest {
            publishing_licence: Bytes(located.header.licence().bytes().to_vec()),
            nonce: Bytes(nonce.to_vec()),
            purpose: match asked {
                Asked::ToOpen | Asked::Anew => LicencePurpose::Open,
                Asked::ToUnprotect => LicencePurpose::Unprotect,
            },
        };
        Ok((nonce, request))
    }

    async fn fetch_licence(
        &self,
        located: &Located,
        asker: Asker,
        asked: Asked,
    ) -> Result<OpenGrant, OpenError> {
        let origin = &located.authority.origin;
        let (nonce, request) = self.question(located, asked)?;
        // Asking twice gives two licences for the same thing and two rows in the log: both are true.
        let call = Call::post(paths::LICENCES, &request)?.idempotent();
        self.finish_enrolling(located).await?;
        let answer: LicenceAnswer = match self.call_as_account(origin, &call).await {
            Ok(answer) => answer,
            Err(error) => {
                // The authority's word outweighs what is kept (SEC-40, A12).
                if is_verdict(&error, asked) {
                    self.forget_licence(located).await?;
                }
                return Err(sign_in_first(error, located));
            }
        };
        self.check_and_keep(located, asker, asked, nonce, answer).await
    }

    /// A sign-in whose enrolment did not come through goes on here: without it the authority issues nothing.
    async fn finish_enrolling(&self, located: &Located) -> Result<(), OpenError> {
        self.enrolled_account(&located.authority)
            .await
            .map(drop)
            .map_err(|error| sign_in_first(error, located))
    }

    /// Holds the answer against the question (SEC-39, SEC-49), and keeps it when it may be used again.
    async fn check_and_keep(
        &self,
        located: &Located,
        asker: Asker,
        asked: Asked,
        nonce: [u8; NONCE_LENGTH],
        answer: LicenceAnswer,
    ) -> Result<OpenGrant, OpenError> {
        let (client, origin) = (self.clone(), located.authority.origin.clone());
        let (header, anchors) = (located.header.clone(), located.authority.anchors());
        blocking(move || {
            let licence = header.licence();
            let freshness = client.secrets().freshness(&origin)?;
            let expected = Expected {
                anchors: &anchors,
                device: asker.device,
                subject: asker.account,
                nonce: Some(nonce),
                minimum_epoch: freshness.epoch(&licence.tenant()),
                clock_floor: freshness.server_time,
                now: client.clock().now(),
            };
            let verified =
                UseLicence::parse_verify(&answer.use_licence.0, &answer.certificate.0, &header, &expected);
            let refused = |source: Box<dyn std::error::Error + Send + Sync>| OpenError::LicenceRefused {
                origin: origin.clone(),
                source,
            };
            let fresh = verified.map_err(|error| match error {
                UseLicenceError::Expired { at } => OpenError::Expired {
                    since: Some(at),
                    contact: None,
                },
                error => refused(Box::new(error)),
            })?;
            let (server_time, epoch) = (fresh.server_time(), fresh.epoch());
            let may_be_kept = asked.is_to_open() && fresh.rights().contains(Right::View);
            let is_good_later = fresh.offline_until() > server_time;
            let grant = fresh
                .unseal(&asker.keys.decryption)
                .map_err(|error| refused(Box::new(error)))?;
            client.note_freshness(&origin, |freshness| {
                let time = freshness.see_server_time(server_time);
                freshness.see_epoch(licence.tenant(), epoch) || time
            })?;
            let content_id = licence.content_id();
            if may_be_kept && is_good_later {
                let LicenceAnswer {
                    use_licence,
                    certificate,
                } = answer;
                let record = LicenceRecord {
                    device: asker.device,
                    use_licence,
                    certificate,
                    epoch,
                };
                client.profile().put_licence(&origin, &content_id, &record)?;
            } else if may_be_kept {
                client.profile().remove_licence(&origin, &content_id)?;
            }
            Ok(grant)
        })
        .await
    }
}

/// True when the authority says that this person may not open this file, or not now.
fn is_verdict(error: &RequestError, asked: Asked) -> bool {
    use ProblemType as T;
    match error.problem_type() {
        Some(T::NotNamed | T::NotYetValid | T::AccessExpired | T::AccessRevoked) => true,
        // Somebody who may not take protection off may still read.
        Some(T::RightMissing) => asked.is_to_open(),
        _ => false,
    }
}

fn without_network(located: &Located, unusable: Unusable, error: RequestError) -> OpenError {
    match unusable {
        Unusable::Expired(at) => OpenError::Expired {
            since: Some(at),
            contact: None,
        },
        Unusable::Other(licence) => OpenError::NoNetwork {
            origin: located.authority.origin.clone(),
            licence,
            source: Box::new(error),
        },
    }
}

/// Turns "nobody is signed in" into an error that carries what to come back to.
fn sign_in_first(error: RequestError, located: &Located) -> OpenError {
    let is_signed_out = matches!(error, RequestError::NotSignedIn { .. })
        || matches!(
            error.problem_type(),
            Some(ProblemType::NotSignedIn | ProblemType::DeviceUnknown)
        );
    if !is_signed_out {
        return error.into();
    }
    OpenError::SignInRequired {
        origin: located.authority.origin.clone(),
        waiting: Box::new(located.waiting()),
    }
}
