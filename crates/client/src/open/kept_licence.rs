//! Licences on this device.

use clausa_core::open::OpenGrant;
use clausa_core::origin::Origin;
use clausa_core::use_licence::{Expected, UseLicence, UseLicenceError};

use super::licence::{Asker, Unusable};
use super::locate::Located;
use crate::background::blocking;
use crate::client::Client;
use crate::error::{NoLicence, ProfileError};
use crate::secrets::FreshnessState;

impl Client {
    /// The licence on this device, if it may be used now.
    pub(super) async fn kept_licence(
        &self,
        located: &Located,
        asker: Asker,
    ) -> Result<Result<OpenGrant, Unusable>, ProfileError> {
        let (client, origin) = (self.clone(), located.authority.origin.clone());
        let (header, anchors) = (located.header.clone(), located.authority.anchors());
        blocking(move || {
            let content_id = header.licence().content_id();
            let Some(record) = client.profile().licence(&origin, &content_id, &asker.device) else {
                return Ok(Err(Unusable::Other(NoLicence::None)));
            };
            let freshness = client.secrets().freshness(&origin)?;
            let now = client.clock().now();
            let expected = Expected {
                anchors: &anchors,
                device: asker.device,
                subject: asker.account,
                nonce: None,
                minimum_epoch: record.epoch,
                clock_floor: freshness.clock_floor(),
                now,
            };
            let verified =
                UseLicence::parse_verify(&record.use_licence.0, &record.certificate.0, &header, &expected);
            let unusable = match verified {
                Ok(licence) => match licence.unseal(&asker.keys.decryption) {
                    Ok(grant) => {
                        client.note_freshness(&origin, |freshness| freshness.see_local_time(now))?;
                        return Ok(Ok(grant));
                    }
                    Err(_) => None,
                },
                Err(UseLicenceError::Expired { at }) => Some(Unusable::Expired(at)),
                Err(UseLicenceError::OfflineWindowOver { at }) => {
                    Some(Unusable::Other(NoLicence::WindowEnded { at }))
                }
                Err(UseLicenceError::ClockBehind { .. }) => Some(Unusable::Other(NoLicence::ClockBehind)),
                Err(_) => None,
            };
            if unusable.is_none() {
                tracing::warn!(content = %content_id, "a kept licence does not fit and is forgotten");
                client.profile().remove_licence(&origin, &content_id)?;
            }
            Ok(Err(unusable.unwrap_or(Unusable::Other(NoLicence::None))))
        })
        .await
    }

    pub(super) async fn forget_licence(&self, located: &Located) -> Result<(), ProfileError> {
        let (client, origin) = (self.clone(), located.authority.origin.clone());
        let content_id = located.header.licence().content_id();
        blocking(move || client.profile().remove_licence(&origin, &content_id)).await
    }

    /// Changes what is known of the time at `origin`, and writes it down when `change` says that it is worth it. Blocks.
    pub(super) fn note_freshness(
        &self,
        origin: &Origin,
        change: impl FnOnce(&mut FreshnessState) -> bool,
    ) -> Result<(), ProfileError> {
        let _lock = self.profile().lock_freshness(origin)?;
        let mut freshness = self.secrets().freshness(origin)?;
        if change(&mut freshness) {
            self.secrets().put_freshness(origin, &freshness)?;
        }
        Ok(())
    }
}
