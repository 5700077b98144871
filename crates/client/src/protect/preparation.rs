//! What protecting needs, from the profile or the authority: keys, certificate, policy.

use clausa_api::template::Template;
use clausa_core::certificate::{CertificateError, LicensorChain, SignedTenantKeySet};
use clausa_core::keys::WrappingPublicKey;
use clausa_core::policy::{Grant, Grants, OfflineWindow, Policy, Terms};
use clausa_core::publishing::DisplayHint;
use clausa_core::rights::Level;
use clausa_core::time::Timestamp;

use super::{PolicyChoice, ProtectOptions, Recipient};
use crate::client::Client;
use crate::device::tolerant;
use crate::error::{ProtectError, RequestError};
use crate::origins::TrustedAuthority;
use crate::profile::AccountRecord;
use crate::secrets::DeviceKeys;
use crate::templates::Freshness;

/// Everything that is the same for all files of one call.
pub(super) struct Prepared {
    pub(super) authority: TrustedAuthority,
    pub(super) account: AccountRecord,
    pub(super) keys: DeviceKeys,
    pub(super) chain: LicensorChain,
    pub(super) wrapping_key: WrappingPublicKey,
    pub(super) policy: Policy,
    pub(super) hint: Option<DisplayHint>,
    pub(super) now: Timestamp,
}

impl Client {
    pub(super) async fn prepare(&self, options: &ProtectOptions) -> Result<Prepared, ProtectError> {
        let authority = self.authority().await?;
        let origin = &authority.origin;
        let missing = |error: RequestError| not_prepared(error, &authority, "the certificate", "is missing");
        let (account, enrolment, offline) = self.prepared_account(&authority).await.map_err(missing)?;
        let keys = self.device_keys(origin).await?;
        let anchors = authority.anchors();

        let chain = LicensorChain::parse(&enrolment.licensor_chain).map_err(internal)?;
        let now = self.clock().now();
        let now = tolerant(
            now,
            chain
                .leaf()
                .claims()
                .not_before
                .max(chain.issuer().claims().not_before),
        );
        let key_set = SignedTenantKeySet::parse(&enrolment.key_set.0).map_err(internal)?;
        let verified = chain.verify(&anchors, now).map(drop);
        let what = "the certificate";
        let mut offline = offline;
        usable(verified, &mut offline, &authority, what)?;
        let at = tolerant(now, key_set.claims().issued_at);
        let verified = key_set.verify(&anchors, account.identity.tenant, at).map(drop);
        usable(verified, &mut offline, &authority, "the tenant's keys")?;

        // The newest suite that the tenant takes. A second wrap beside it would be as weak as the weaker of the two.
        let wrapping_key = key_set
            .claims()
            .keys_for_new_files()
            .first()
            .map(|key| (*key).clone());
        let no_key = || bad_answer(&authority, "the tenant has no key for new files");
        let wrapping_key = wrapping_key.ok_or_else(no_key)?;
        let (policy, template) = self.policy(&authority, &account, options, now).await?;
        let hint = template
            .filter(|_| key_set.claims().policy.allows_display_hint())
            .and_then(|template| DisplayHint::new(template.id, &template.name).ok());
        Ok(Prepared {
            account,
            keys,
            chain,
            wrapping_key,
            policy,
            hint,
            now,
            authority,
        })
    }

    async fn policy(
        &self,
        authority: &TrustedAuthority,
        account: &AccountRecord,
        options: &ProtectOptions,
        now: Timestamp,
    ) -> Result<(Policy, Option<Template>), ProtectError> {
        let owner = account.identity.addresses.first().cloned();
        let owner = owner.ok_or_else(|| bad_answer(authority, "the account has no address"))?;
        let (terms, template) = match &options.policy {
            PolicyChoice::Template(named) => {
                let template = self.find_template(authority, named).await?;
                let digest = template.digest.0.as_slice().try_into();
                let digest = digest.map_err(|_| bad_answer(authority, "a template's digest is not one"))?;
                (
                    Terms::Template {
                        id: template.id,
                        digest,
                    },
                    Some(template),
                )
            }
            PolicyChoice::Grants(grants) => (Terms::AdHoc(Grants::new(grants.clone())?), None),
            PolicyChoice::Level { level, recipients } => (Terms::AdHoc(of_level(*level, recipients)?), None),
        };
        let mut policy = Policy::new(owner, terms);
        policy.not_before = options.not_before;
        policy.expiry = options.until.map(|until| until.expiry(now)).transpose()?;
        let seconds = match (options.offline_seconds, &template) {
            (None, Some(_)) => None,
            (None, None) => Some(ProtectOptions::DEFAULT_OFFLINE_SECONDS),
            (chosen, _) => chosen,
        };
        let too_long = |seconds: u32| ProtectError::Validity {
            text: format!("{seconds} s"),
            rule: "a licence may be used offline for at most 30 days",
        };
        policy.offline = seconds
            .map(|seconds| OfflineWindow::from_seconds(seconds).map_err(|_| too_long(seconds)))
            .transpose()?;
        Ok((policy, template))
    }

    /// A template by identifier, short name or name: among those on this device, or else those the authority has now.
    async fn find_template(
        &self,
        authority: &TrustedAuthority,
        named: &str,
    ) -> Result<Template, ProtectError> {
        let missing = |error: RequestError| not_prepared(error, authority, "the templates", "are missing");
        let mut templates = self
            .templates_at(authority, Freshness::Recent)
            .await
            .map_err(missing)?;
        if templates.kept
            && !templates
                .templates
                .iter()
                .any(|template| is_named(template, named))
        {
            match self.templates_at(authority, Freshness::Now).await {
                Ok(fetched) => templates = fetched,
                Err(error) if error.is_no_network() => {}
                Err(error) => return Err(error.into()),
            }
        }
        let known = templates
            .templates
            .iter()
            .map(|template| template.slug.clone())
            .collect();
        let found = templates
            .templates
            .into_iter()
            .find(|template| is_named(template, named));
        found.ok_or_else(|| ProtectError::TemplateUnknown {
            named: named.to_owned(),
            known,
        })
    }
}

fn is_named(template: &Template, named: &str) -> bool {
    let named = named.trim();
    template.id.to_string() == named
        || template.slug.eq_ignore_ascii_case(named)
        || template.name.to_lowercase() == named.to_lowercase()
}

fn of_level(level: Level, recipients: &[Recipient]) -> Result<Grants, ProtectError> {
    let refused = |rule| {
        Err(ProtectError::Validity {
            text: level.to_string(),
            rule,
        })
    };
    match (level, recipients) {
        (Level::OnlyMe, []) => Ok(Grants::default()),
        (Level::OnlyMe, _) => refused("this level is for nobody but yourself, so name no recipients"),
        (_, []) => refused("this level needs recipients"),
        _ => {
            let grant = |recipient: &Recipient| Grant {
                principal: recipient.clone().into(),
                rights: level.rights(),
            };
            Ok(Grants::new(recipients.iter().map(grant).collect())?)
        }
    }
}

/// Whether something on this device may be used. When it has expired, the reason is that it could not be renewed.
fn usable(
    verified: Result<(), CertificateError>,
    offline: &mut Option<RequestError>,
    authority: &TrustedAuthority,
    what: &'static str,
) -> Result<(), ProtectError> {
    let Err(error) = verified else { return Ok(()) };
    match (error, offline.take()) {
        (CertificateError::Expired { .. }, Some(source)) => {
            Err(not_prepared(source, authority, what, "cannot be used any more"))
        }
        (error, _) => Err(bad_answer(authority, &format!("{what}: {error}"))),
    }
}

fn not_prepared(
    error: RequestError,
    authority: &TrustedAuthority,
    what: &'static str,
    state: &'static str,
) -> ProtectError {
    if !error.is_no_network() {
        return error.into();
    }
    let origin = authority.origin.clone();
    ProtectError::NotPrepared {
        origin,
        what,
        state,
        source: Box::new(error),
    }
}

fn bad_answer(authority: &TrustedAuthority, detail: &str) -> ProtectError {
    ProtectError::Request(RequestError::BadAnswer {
        origin: authority.origin.clone(),
        detail: detail.to_owned(),
    })
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> ProtectError {
    ProtectError::Internal {
        source: Box::new(error),
    }
}
