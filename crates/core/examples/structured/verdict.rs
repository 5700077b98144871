//! What the crate says of a file, and the file as a test vector.

use std::error::Error;

use clausa_core::certificate::TrustAnchors;
use clausa_core::error::Layer;
use clausa_core::hazmat::backends::sha256;
use clausa_core::id::{AccountId, DeviceThumbprint};
use clausa_core::keys::{DeviceDecryptionKey, KeyUnwrapper, Signer as _, SoftwareUnwrapper, Suite};
use clausa_core::open::{OpenError, OpenedInMemory, VerifiedHeader, open_in_memory, read_header};
use clausa_core::prefix::PrefixError;
use clausa_core::seal::SealedBy;
use clausa_core::time::Timestamp;
use clausa_core::use_licence::{Expected, UseLicence, UseLicenceError};

use crate::maker::Made;
use crate::policies::Reader;
use crate::world::World;

/// Who judges: a world's keys in the crate's own types.
pub struct Judge<'a> {
    world: &'a World,
    anchors: TrustAnchors,
    device_key: DeviceDecryptionKey,
    unwrappers: [SoftwareUnwrapper; 2],
}

impl<'a> Judge<'a> {
    pub fn new(world: &'a World) -> Made<Self> {
        let (p256, hybrid) = (world.p256_wrap.expose_bytes(), world.hybrid_wrap.expose_bytes());
        Ok(Self {
            world,
            anchors: TrustAnchors::new(world.root.verifying_key()),
            device_key: DeviceDecryptionKey::from_secret_bytes(world.device_key.expose_bytes())?,
            unwrappers: [
                SoftwareUnwrapper::from_secret_bytes(Suite::P256, p256)?,
                SoftwareUnwrapper::from_secret_bytes(Suite::MlKem768X25519, hybrid)?,
            ],
        })
    }

    /// The tenant's wrapping keys.
    pub fn unwrappers(&self) -> &[SoftwareUnwrapper; 2] {
        &self.unwrappers
    }

    /// The file as a test vector with the crate's verdict.
    pub fn vector(&self, reader: &Reader, file: &[u8], comment: &str, authority: bool) -> Made<Vec<u8>> {
        let world = self.world;
        let mut lines = vec![
            ("comment", comment.to_owned()),
            ("root", hex(world.root.verifying_key().as_bytes())),
            ("now", time(reader.now)),
            ("clock-floor", time(reader.clock_floor)),
            ("minimum-epoch", reader.minimum_epoch.to_string()),
            ("subject", hex(&reader.subject)),
            ("device", hex(&reader.device)),
            ("device-key", hex(world.device_key.expose_bytes())),
            ("tenant-certificate", hex(&reader.tenant_certificate)),
            ("use-licence", hex(&reader.use_licence)),
        ];
        lines.extend(reader.nonce.as_ref().map(|nonce| ("nonce", hex(nonce))));
        let header = read_header(file).and_then(|header| header.verify(&self.anchors));
        if let (true, Ok(header)) = (authority, &header) {
            for (suite, key) in [(2, &world.p256_wrap), (3, &world.hybrid_wrap)] {
                lines.push(("wrapping-key", format!("{suite} {}", hex(key.expose_bytes()))));
            }
            lines.push(("authority", self.authority(header).to_owned()));
        }
        match header.and_then(|header| self.open(reader, file, header)) {
            Ok((rights, opened)) => {
                let inner = &opened.inner_header;
                let optional = [
                    ("name", inner.name().map(str::to_owned)),
                    ("media-type", inner.media_type().map(str::to_owned)),
                    ("modified", inner.modified().map(|at| time(at.seconds()))),
                ];
                lines.extend(
                    optional
                        .into_iter()
                        .filter_map(|(key, value)| Some((key, value?))),
                );
                let report = opened.seal_report;
                lines.extend([
                    ("expect", "opens".to_owned()),
                    ("exit", "0".to_owned()),
                    ("rights", rights),
                    ("length", opened.plaintext.len().to_string()),
                    ("plaintext", hex(&sha256(&[&opened.plaintext]))),
                    ("sealed-at", time(report.sealed_at.seconds())),
                    ("revision", report.revision.to_string()),
                ]);
                lines.push(match report.sealed_by {
                    SealedBy::Publisher { address, .. } => ("sealed-by", format!("publisher {address}")),
                    SealedBy::Editor { address, .. } => ("sealed-by", format!("editor {address}")),
                });
            }
            Err(error) => {
                let (verdict, exit) = verdict_of(&error)?;
                lines.extend([("expect", verdict.to_owned()), ("exit", exit.to_string())]);
            }
        }
        let text: String = lines
            .iter()
            .map(|(key, value)| format!("{key}: {value}\n"))
            .collect();
        Ok([text.as_bytes(), b"\n", file].concat())
    }

    fn open(
        &self,
        reader: &Reader,
        file: &[u8],
        header: VerifiedHeader,
    ) -> Result<(String, OpenedInMemory), OpenError> {
        let bytes = |bytes: &[u8]| bytes.try_into().unwrap_or_default();
        let expected = Expected {
            anchors: &self.anchors,
            device: DeviceThumbprint::from_bytes(reader.device.as_slice().try_into().unwrap_or_default()),
            subject: AccountId::from_bytes(bytes(&reader.subject)),
            nonce: reader.nonce.as_ref().map(|nonce| bytes(nonce)),
            minimum_epoch: reader.minimum_epoch,
            clock_floor: Timestamp::from_seconds(reader.clock_floor),
            now: Timestamp::from_seconds(reader.now),
        };
        let (licence, certificate) = (&reader.use_licence, &reader.tenant_certificate);
        let grant =
            UseLicence::parse_verify(licence, certificate, &header, &expected)?.unseal(&self.device_key)?;
        let rights = grant.licence().rights().to_string();
        Ok((rights, open_in_memory(file, header, grant)?))
    }

    fn authority(&self, header: &VerifiedHeader) -> &'static str {
        let licence = header.verified_licence();
        let unwrappers: Vec<&dyn KeyUnwrapper> = self.unwrappers.iter().map(|key| key as _).collect();
        let policy = licence
            .unwrap_keys(&unwrappers)
            .map(|keys| licence.policy(&keys.policy_key));
        if matches!(policy, Ok(Ok(_))) {
            "accepts"
        } else {
            "policy"
        }
    }
}

/// The verdict of clause 14.1, and the exit code of `clausa open`.
fn verdict_of(error: &OpenError) -> Result<(&'static str, u8), Box<dyn Error>> {
    Ok(match error {
        OpenError::Prefix(PrefixError::NotProtected) => ("prefix", 10),
        OpenError::Prefix(PrefixError::UnknownVersion { .. }) => ("prefix", 13),
        OpenError::Prefix(_) => ("prefix", 12),
        OpenError::Licence(_) => ("publishing-licence", 12),
        OpenError::UseLicence(UseLicenceError::Expired { .. }) => ("use-licence", 22),
        OpenError::UseLicence(_) => ("use-licence", 30),
        OpenError::Unwrap(_) => ("unwrap", 30),
        OpenError::Unsealed => ("unsealed", 11),
        OpenError::Sealer(_) => ("sealer", 12),
        OpenError::Altered(Layer::Body) => ("altered-body", 12),
        OpenError::Altered(Layer::Seal) => ("altered-seal", 12),
        OpenError::Malformed(malformed) if malformed.layer == Layer::Body => ("altered-body", 12),
        OpenError::Malformed(malformed) if malformed.layer == Layer::Seal => ("altered-seal", 12),
        OpenError::Malformed(malformed) if malformed.layer == Layer::InnerHeader => ("inner-header", 12),
        other => return Err(format!("an error without verdict: {other:?}").into()),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Seconds where RFC 3339 has no more years.
fn time(seconds: u64) -> String {
    if seconds >= 253_402_300_800 {
        return seconds.to_string();
    }
    Timestamp::from_seconds(seconds).to_string()
}
