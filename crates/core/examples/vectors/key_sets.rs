//! Vectors of tenant key sets (clause 7.6), which a publisher's client verifies before it wraps for their keys.

use std::fmt::Write as _;

use clausa_core::certificate::TrustAnchors;
use clausa_core::hazmat::backends::sha256;
use clausa_core::hazmat::hpke::Kem;
use clausa_core::id::TenantId;
use clausa_core::time::Timestamp;

use crate::cose::Cose;
use crate::item::{Item, array, bytes, map, text, uint};
use crate::judge::judge;
use crate::rsa_keys::{BETWEEN, TOO_SMALL, public};
use crate::vector::{hex, time};
use crate::world::{DAY, Kind, NOW, Who, World};

/// One vector while it is made.
struct Recipe {
    world: World,
    root: Who,
    tenant: [u8; 16],
    now: u64,
    set: Item,
    cose: Cose,
    encoded: Option<fn(&mut Vec<u8>)>,
    object: Option<fn(&mut Vec<u8>)>,
    /// Suite and encoding of the keys that a new file is wrapped for, as the comment of the vector has it.
    for_new_files: Vec<(u64, Vec<u8>)>,
}

/// Name, verdict, requirement, clause, comment, and what is done to a good key set.
type Row = (
    &'static str,
    &'static str,
    u32,
    &'static str,
    &'static str,
    fn(&mut Recipe),
);

/// Keys of the payload.
const SIGNING_KEYS: u64 = 6;
const WRAPPING_KEYS: u64 = 7;
const SUITES: u64 = 8;
const POLICY: u64 = 9;

#[rustfmt::skip] // A row a vector.
const ACCEPTED: &[Row] = &[
    ("usual", "accepts", 2, "7.6", "An organisation with keys of suites 2 and 3.", |_| ()),
    ("personal", "accepts", 2, "7.6", "No organisation.", |r| r.set.remove(3)),
    ("root_p256", "accepts", 4, "7.6", "Signed by a root with a P-256 key.", |r| { r.world.kinds.insert(Who::Root, Kind::P256); }),
    ("name_256", "accepts", 17, "7.6", "The longest name of an organisation.", |r| r.set.set(3, text("é".repeat(128)))),
    ("name_empty", "accepts", 2, "7.6", "An organisation whose name is empty.", |r| r.set.set(3, text(""))),
    ("first_second", "accepts", 45, "1.6", "Used in the second in which it was issued.", |r| r.now = NOW - DAY),
    ("last_second", "accepts", 45, "1.6", "Used in its last second.", |r| r.now = NOW + 30 * DAY),
    ("one_second", "accepts", 45, "1.6", "It ends in the second in which it was issued.", |r| {
        r.set.set(4, uint(NOW));
        r.set.set(5, uint(NOW));
    }),
    ("version_highest", "accepts", 2, "7.6", "The highest version.", |r| r.set.set(2, uint(u64::MAX))),
    ("no_keys", "accepts", 2, "7.6", "Neither keys nor suites.", |r| {
        for key in [SIGNING_KEYS, WRAPPING_KEYS, SUITES] {
            r.set.set(key, array([]));
        }
        r.for_new_files.clear();
    }),
    ("archived", "accepts", 27, "7.6.2", "The key of suite 3 is archived: new files are wrapped for the other.", |r| {
        r.set.at(WRAPPING_KEYS).items()[1].items()[1] = uint(2);
        r.for_new_files.remove(0);
    }),
    ("suite_not_accepted", "accepts", 27, "7.6.2", "An active key of suite 2, which the tenant does not accept any more.", |r| {
        r.set.set(SUITES, array([uint(3)]));
        r.for_new_files.remove(1);
    }),
    ("suite_accepted_without_key", "accepts", 27, "7.6.2", "Suite 1 is accepted, and there is no key of it.", |r| {
        r.set.set(SUITES, array([uint(1), uint(2), uint(3)]));
    }),
    ("rsa_2048", "accepts", 27, "4.3", "A key of suite 1 with 2 048 bit, as one has that was imported.", |r| r.rsa(public("rsa-2048.pkcs8"))),
    ("rsa_3072", "accepts", 27, "4.3", "A key of suite 1 with 3 072 bit.", |r| r.rsa(public("rsa-3072.pkcs8"))),
    ("rsa_4096", "accepts", 27, "4.3", "A key of suite 1 with 4 096 bit.", |r| r.rsa(public("rsa-4096.pkcs8"))),
    ("policy_mixed", "accepts", 34, "7.6", "A classical wrap is allowed beside one of suite 3.", |r| r.set.set(POLICY, map([(1, Some(uint(1)))]))),
    ("policy_hint", "accepts", 2, "7.6", "Display hints are allowed.", |r| r.set.set(POLICY, map([(2, Some(uint(1)))]))),
    ("policy_both", "accepts", 34, "7.6", "Both are allowed.", |r| r.set.set(POLICY, map([(1, Some(uint(1))), (2, Some(uint(1)))]))),
    ("signing_keys_1024", "accepts", 17, "7.6", "The most signing keys.", |r| {
        let one = r.set.at(SIGNING_KEYS).items()[0].clone();
        r.set.set(SIGNING_KEYS, array(std::iter::repeat_n(one, 1_024)));
    }),
];

#[rustfmt::skip] // A row a vector.
const REFUSED: &[Row] = &[
    ("tenant_missing", "form", 2, "1.3.4", "No tenant.", |r| r.set.remove(1)),
    ("version_missing", "form", 2, "1.3.4", "No version.", |r| r.set.remove(2)),
    ("issued_at_missing", "form", 2, "1.3.4", "Not said when it was issued.", |r| r.set.remove(4)),
    ("expires_missing", "form", 2, "1.3.4", "No end.", |r| r.set.remove(5)),
    ("signing_keys_missing", "form", 2, "1.3.4", "No array of signing keys.", |r| r.set.remove(SIGNING_KEYS)),
    ("wrapping_keys_missing", "form", 2, "1.3.4", "No array of wrapping keys.", |r| r.set.remove(WRAPPING_KEYS)),
    ("suites_missing", "form", 2, "1.3.4", "No array of suites.", |r| r.set.remove(SUITES)),
    ("policy_missing", "form", 2, "1.3.4", "No policy.", |r| r.set.remove(POLICY)),
    ("field_0", "form", 18, "1.3.4", "A field that the format does not name, in front.", |r| r.set.set(0, uint(0))),
    ("field_10", "form", 18, "1.3.4", "A field that the format does not name, behind.", |r| r.set.set(10, uint(0))),
    ("tenant_short", "form", 2, "1.5", "A tenant of 15 bytes.", |r| r.set.set(1, bytes([7; 15]))),
    ("version_as_text", "form", 2, "1.3.4", "A version as a text.", |r| r.set.set(2, text("1"))),
    ("name_257", "form", 17, "7.6.1", "An organisation whose name is a byte too long, though of 129 characters.", |r| r.set.set(3, text("é".repeat(128) + "e"))),
    ("name_as_bytes", "form", 2, "1.3.4", "An organisation as bytes.", |r| r.set.set(3, bytes(b"Contoso"))),
    ("ends_before", "form", 45, "1.6.1", "It ends a second before it begins.", |r| r.set.set(5, uint(NOW - DAY - 1))),
    ("purpose_0", "form", 70, "7.1", "There is no purpose 0.", |r| r.set.at(SIGNING_KEYS).items()[0].items()[0] = uint(0)),
    ("purpose_5", "form", 70, "7.1", "A purpose that is not known.", |r| r.set.at(SIGNING_KEYS).items()[0].items()[0] = uint(5)),
    ("signing_key_31", "form", 2, "2.5", "A signing key of 31 bytes.", |r| { r.set.at(SIGNING_KEYS).items()[0].items()[1].blob().pop(); }),
    ("signing_key_04", "form", 37, "2.5", "A P-256 key whose first byte is 04.", |r| {
        r.set.at(SIGNING_KEYS).items()[0].items()[1] = bytes([&[4][..], &[1; 32]].concat());
    }),
    ("signing_key_of_three", "form", 2, "1.3.4", "A signing key with a third member.", |r| r.set.at(SIGNING_KEYS).items()[0].items().push(uint(0))),
    ("signing_keys_1025", "form", 17, "7.6.1", "A signing key too many.", |r| {
        let one = r.set.at(SIGNING_KEYS).items()[0].clone();
        r.set.set(SIGNING_KEYS, array(std::iter::repeat_n(one, 1_025)));
    }),
    ("status_0", "form", 2, "7.6", "There is no status 0.", |r| r.wrapping(0)[1] = uint(0)),
    ("status_3", "form", 2, "7.6", "A status that is not known.", |r| r.wrapping(0)[1] = uint(3)),
    ("wrapping_key_of_two", "form", 2, "1.3.4", "A wrapping key without its bytes.", |r| r.wrapping(0).truncate(2)),
    ("suite_0", "form", 34, "4.3.1", "There is no suite 0.", |r| r.wrapping(0)[0] = uint(0)),
    ("suite_4", "form", 34, "12.2", "A key of the suite that is reserved.", |r| r.wrapping(0)[0] = uint(4)),
    ("suite_258", "form", 34, "4.3.1", "A suite that is 2 when cut to a byte.", |r| r.wrapping(0)[0] = uint(258)),
    ("suite_of_another_key", "form", 34, "4.4", "Says suite 3 of a key of suite 2.", |r| r.wrapping(0)[0] = uint(3)),
    ("point_compressed", "form", 37, "4.4", "A key of suite 2 as a compressed point.", |r| {
        let point = r.wrapping(0)[2].blob();
        let sign = 2 + (point[64] & 1);
        point.truncate(33);
        point[0] = sign;
    }),
    ("point_off_the_curve", "form", 37, "4.4", "A key of suite 2 that is not on the curve.", |r| r.wrapping(0)[2].blob()[64] ^= 1),
    ("point_long", "form", 37, "4.4", "A byte behind a key of suite 2.", |r| r.wrapping(0)[2].blob().push(0)),
    ("hybrid_short", "form", 37, "4.4", "The last byte of a key of suite 3 is missing.", |r| { r.wrapping(1)[2].blob().pop(); }),
    ("hybrid_modulus", "form", 37, "4.4", "A key of suite 3 with a coefficient that is not below the modulus.", |r| r.wrapping(1)[2].blob()[..3].fill(0xff)),
    ("rsa_1024", "form", 27, "4.3", "A key of suite 1 with 1 024 bit.", |r| r.rsa(TOO_SMALL)),
    ("rsa_2560", "form", 27, "4.3", "A key of suite 1 with 2 560 bit, which is between two sizes.", |r| r.rsa(BETWEEN)),
    ("rsa_byte_behind", "form", 37, "4.4", "A byte behind a key of suite 1.", |r| {
        r.rsa(public("rsa-3072.pkcs8"));
        r.wrapping(2)[2].blob().push(0);
    }),
    ("suites_unsorted", "form", 2, "7.6", "Accepted suites out of order.", |r| r.set.set(SUITES, array([uint(3), uint(2)]))),
    ("suites_twice", "form", 2, "7.6", "A suite that is accepted twice.", |r| r.set.set(SUITES, array([uint(2), uint(2), uint(3)]))),
    ("suites_reserved", "form", 34, "12.2", "Suite 4 is accepted.", |r| r.set.set(SUITES, array([uint(2), uint(3), uint(4)]))),
    ("policy_0", "form", 2, "7.6", "A 0 where nothing says no.", |r| r.set.set(POLICY, map([(1, Some(uint(0)))]))),
    ("policy_2", "form", 2, "7.6", "A 2 where 1 says yes.", |r| r.set.set(POLICY, map([(2, Some(uint(2)))]))),
    ("policy_true", "form", 2, "1.3.2", "`true` where 1 says yes.", |r| r.set.set(POLICY, map([(1, Some(crate::item::raw([0xf5])))]))),
    ("policy_field_3", "form", 18, "1.3.4", "A permission that the format does not name.", |r| r.set.set(POLICY, map([(3, Some(uint(1)))]))),
    ("long_number", "form", 2, "1.3", "A number in a longer form.", |r| {
        r.encoded = Some(|e| { e.splice(1..2, [0x18, 1]); });
    }),
    ("byte_behind", "form", 2, "1.3", "A byte behind the payload's map.", |r| r.encoded = Some(|e| e.push(0))),
    ("byte_behind_object", "form", 2, "2.1", "A byte behind the signed object.", |r| r.object = Some(|o| o.push(0))),
    ("cut", "form", 2, "2.1", "The last byte is missing.", |r| r.object = Some(|o| { o.pop(); })),
    ("nothing", "form", 2, "2.1", "No bytes at all.", |r| r.object = Some(Vec::clear)),
    ("without_kid", "form", 4, "2.2", "A protected header without `kid`.", |r| r.cose.names_key = false),
    ("unprotected", "form", 3, "2.1.1", "An unprotected header that says something.", |r| r.cose.unprotected = map([(4, Some(bytes([1; 8])))])),
    ("unknown_root", "root", 47, "7.6.1", "Signed by a root that is not pinned.", |r| r.cose.signer = Who::OtherRoot),
    ("kid_of_the_root", "signature", 47, "7.6.1", "Names the pinned root, and is signed by another.", |r| {
        let kid = r.world.key(Who::Root).kid();
        r.cose.protected = Some(Cose::header(crate::cose::ED25519, Some(kid.as_bytes())));
        r.cose.signer = Who::OtherRoot;
    }),
    ("signature_bit", "signature", 5, "2.4", "One bit of the signature.", |r| r.cose.signature = Some(|s| s[0] ^= 1)),
    ("label_of_a_certificate", "signature", 5, "2.4.1", "Signed as a tenant certificate is.", |r| r.cose.label = b"clausa/v1/tenant-certificate".to_vec()),
    ("algorithm_of_another_key", "signature", 4, "2.3.1", "Says ESP256, and the root's key is Ed25519.", |r| {
        let kid = r.world.key(Who::Root).kid();
        r.cose.protected = Some(Cose::header(crate::cose::ESP256, Some(kid.as_bytes())));
    }),
    ("another_payload", "signature", 5, "2.4", "The signature is over another version.", |r| {
        let mut other = r.set.clone();
        other.set(2, uint(8));
        r.cose.signed_payload = Some(other.encode());
    }),
    ("another_tenant", "tenant", 40, "7.6.1", "The key set of another tenant of the same authority.", |r| r.tenant = r.world.draw("another tenant")),
    ("too_early", "validity", 45, "7.6.1", "A second before it was issued.", |r| r.now = NOW - DAY - 1),
    ("too_late", "validity", 45, "7.6.1", "A second after its end.", |r| r.now = NOW + 30 * DAY + 1),
];

/// Name and bytes of each vector, and what is not as it says.
pub fn all() -> (Vec<(String, Vec<u8>)>, Vec<String>) {
    let (vectors, failures): (Vec<_>, Vec<_>) = ACCEPTED.iter().chain(REFUSED).map(vector).unzip();
    (vectors, failures.into_iter().flatten().collect())
}

fn vector(
    &(name, expect, requirement, clause, comment, change): &Row,
) -> ((String, Vec<u8>), Option<String>) {
    let mut recipe = Recipe::new(name);
    change(&mut recipe);
    let mut text = String::new();
    let mut line = |key: &str, value: &str| writeln!(text, "{key}: {value}").expect("text grows");
    line("comment", comment);
    line("requirement", &format!("SEC-{requirement}"));
    line("clause", clause);
    line("expect", expect);
    line("root", &hex(recipe.world.key(recipe.root).as_bytes()));
    line("tenant", &hex(&recipe.tenant));
    line("now", &time(recipe.now));
    let mut keys = Vec::new();
    if expect == "accepts" {
        let named = |(suite, key): &(u64, Vec<u8>)| format!("{suite} {}", hex(&sha256(&[key])[..8]));
        keys.extend(recipe.for_new_files.iter().map(named));
    }
    keys.iter().for_each(|key| line("wraps-for", key));
    text.push('\n');
    let (anchors, tenant) = (
        TrustAnchors::new(recipe.world.key(recipe.root)),
        TenantId::from_bytes(recipe.tenant),
    );
    let now = Timestamp::from_seconds(recipe.now);
    let object = recipe.object();
    let found = judge(&object, &anchors, tenant, now);
    let failure = (found != (expect, keys)).then(|| format!("key_sets/{name}: {found:?} and not {expect}"));
    ((name.to_owned(), [text.into_bytes(), object].concat()), failure)
}

impl Recipe {
    fn new(name: &str) -> Self {
        let world = World::new(&format!("key_sets/{name}"));
        let tenant = world.draw("tenant");
        let signing = |purpose: u64, who: Who| array([uint(purpose), bytes(world.key(who).as_bytes())]);
        let classical = world.hpke("classical", Kem::P256).public().as_bytes().to_vec();
        let hybrid = world
            .hpke("hybrid", Kem::MlKem768X25519)
            .public()
            .as_bytes()
            .to_vec();
        let wrapping = |suite: u64, key: &[u8]| array([uint(suite), uint(1), bytes(key)]);
        let set = map([
            (1, Some(bytes(tenant))),
            (2, Some(uint(7))),
            (3, Some(text("Contoso"))),
            (4, Some(uint(NOW - DAY))),
            (5, Some(uint(NOW + 30 * DAY))),
            (
                SIGNING_KEYS,
                Some(array([
                    signing(1, Who::Licensor),
                    signing(2, Who::Licence),
                    signing(3, Who::Edit),
                    signing(4, Who::Checkpoint),
                ])),
            ),
            (
                WRAPPING_KEYS,
                Some(array([wrapping(2, &classical), wrapping(3, &hybrid)])),
            ),
            (SUITES, Some(array([uint(2), uint(3)]))),
            (POLICY, Some(map([]))),
        ]);
        Self {
            root: Who::Root,
            tenant,
            now: NOW,
            set,
            cose: Cose::new("tenant-key-set", Who::Root, true, Vec::new()),
            encoded: None,
            object: None,
            for_new_files: vec![(3, hybrid), (2, classical)],
            world,
        }
    }

    /// The members of a wrapping key.
    fn wrapping(&mut self, index: usize) -> &mut Vec<Item> {
        self.set.at(WRAPPING_KEYS).items()[index].items()
    }

    /// Adds a key of suite 1 and accepts the suite.
    fn rsa(&mut self, key: &[u8]) {
        self.set
            .at(WRAPPING_KEYS)
            .items()
            .push(array([uint(1), uint(1), bytes(key)]));
        self.set.set(SUITES, array([uint(1), uint(2), uint(3)]));
        self.for_new_files.push((1, key.to_vec()));
    }

    fn object(mut self) -> Vec<u8> {
        let mut payload = self.set.encode();
        if let Some(change) = self.encoded {
            change(&mut payload);
        }
        self.cose.payload = payload;
        let mut object = self.cose.encode(&self.world);
        if let Some(change) = self.object {
            change(&mut object);
        }
        object
    }
}
