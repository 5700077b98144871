//! Reads each vector with the crate as this program was built, with the portable backend, before it is written.

use clausa_core::certificate::TrustAnchors;
use clausa_core::hazmat::hpke::Kem;
use clausa_core::id::AccountId;
use clausa_core::keys::{DeviceDecryptionKey, SoftwareUnwrapper, Suite};
use clausa_core::time::Timestamp;
use clausa_core::use_licence::Expected;

use crate::assemble::Assembled;
use crate::readers::{Identity, ONE_PASS, RANDOM, Way, authority, exit_code, verdict};
use crate::recipe::Recipe;
use crate::vector::verdict_and_exit;

impl Recipe {
    /// What is not as the vector says; empty when all is well.
    pub fn check(&self, made: &Assembled) -> Vec<String> {
        let (world, reader) = (&self.world, &self.reader);
        let anchors = TrustAnchors::new(world.key(reader.root));
        let device_key = world.hpke(reader.device_key, Kem::P256);
        let identity = Identity {
            origin: &reader.origin,
            expected: Expected {
                anchors: &anchors,
                device: world
                    .key(reader.device)
                    .thumbprint()
                    .expect("a point of the curve"),
                subject: AccountId::from_bytes(world.draw(reader.subject)),
                nonce: reader.nonce,
                minimum_epoch: reader.minimum_epoch,
                clock_floor: Timestamp::from_seconds(reader.floor),
                now: Timestamp::from_seconds(reader.now),
            },
            tenant_certificate: &made.tenant_certificate,
            use_licence: &made.use_licence,
            device_key: DeviceDecryptionKey::from_secret_bytes(device_key.expose_bytes())
                .expect("a device key"),
        };
        let mut failures = Vec::new();
        let one_pass = self.stream.unwrap_or(self.expect);
        for (expect, (name, way)) in [(self.expect, RANDOM[1]), (one_pass, ONE_PASS[0])] {
            failures.extend(self.read(made, &identity, name, way, expect, name == ONE_PASS[0].0));
        }
        // This backend has no private operations of RSA.
        if self.wraps.iter().all(|wrap| wrap.suite != 1) {
            let keys: Vec<_> = self
                .wraps
                .iter()
                .filter(|wrap| wrap.known)
                .map(|wrap| self.unwrapper(wrap))
                .collect();
            let (found, _) = authority(&made.file, &anchors, &keys);
            if found != self.authority() {
                failures.push(format!(
                    "{}: the authority says {found} and not {}",
                    self.name,
                    self.authority()
                ));
            }
        }
        failures
    }

    fn unwrapper(&self, wrap: &crate::recipe::Wrap) -> SoftwareUnwrapper {
        let suite = if wrap.suite == 3 {
            Suite::MlKem768X25519
        } else {
            Suite::P256
        };
        let secret = self.wrapping_secret(wrap);
        SoftwareUnwrapper::from_secret_bytes(suite, secret.expose_bytes()).expect("a wrapping key")
    }

    fn read(
        &self,
        made: &Assembled,
        identity: &Identity<'_>,
        name: &str,
        way: Way,
        expect: &'static str,
        is_one_pass: bool,
    ) -> Vec<String> {
        let mut pieces = Vec::new();
        let (found, exit) = match way(&made.file, identity, &mut pieces) {
            Ok(()) => ("opens", 0),
            Err(refusal) => (verdict(&refusal), exit_code(&refusal)),
        };
        let mut failures = Vec::new();
        if (found, exit) != verdict_and_exit(expect) {
            failures.push(format!(
                "{}: {found} ({exit}) and not {expect} ({name})",
                self.name
            ));
        }
        let allowed = self.allowed();
        let mut released = 0;
        for (start, bytes) in pieces {
            released += bytes.len();
            let place = start as usize % self.content.repeat.len().max(1);
            let content = self.content.repeat.iter().copied().cycle().skip(place);
            let agrees = content.take(bytes.len()).eq(bytes);
            if !agrees || allowed == 0 || is_one_pass && released > allowed {
                failures.push(format!("{}: released what it must not ({name})", self.name));
            }
        }
        if found == "opens" && released != self.content.length {
            failures.push(format!(
                "{}: {released} bytes of {} ({name})",
                self.name, self.content.length
            ));
        }
        failures
    }
}
