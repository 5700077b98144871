//! What a log entry's leaf covers: every column, those that name people as salted hashes (ADR 0034).
//!
//! ```text
//! leaf data  = "clausa/v1/log-leaf" || tenant || sequence || written at || request || result || correlation || account
//!              || content || owner's account || template || published at || rights || admin action   (a field each)
//!              || commitments to user, client info, client ip, acting as, owner, file name, issuer    (32 bytes each)
//! field      = 0x00, or 0x01 || length (4, big-endian) || bytes; numbers are 8 bytes, big-endian; the truth value one byte
//! commitment = SHA-256("clausa/v1/log-field" || salt (16) || length of name (1) || name || field)
//! salt       = the first 16 bytes of SHA-256("clausa/v1/log-salt" || seed (16) || group (1))
//! ```
//!
//! The groups are 1 user (with client info and client ip), 2 acting as, 3 owner (with file name), 4 issuer: an entry can
//! name several people, and each can be forgotten without the others (`SEC-142`).

use clausa_core::hazmat::backends::sha256;
use clausa_core::id::TenantId;

use super::{Hash, hash_leaf};
use crate::record::log::LogDraft;
use crate::record::log_tree::Person;
use crate::record::micros::Micros;

/// Bytes from which an entry's salts are derived.
pub(crate) const SEED_LENGTH: usize = 16;
/// Bytes of one salt.
const SALT_LENGTH: usize = 16;
/// Fields that name people.
const PERSONAL: usize = 7;

/// One salt a group; zero once forgotten.
#[derive(Clone)]
pub(crate) struct Salts([[u8; SALT_LENGTH]; 4]);

impl Salts {
    /// The salts that a seed stands for.
    pub(crate) fn derive(seed: &[u8; SEED_LENGTH]) -> Self {
        Self([1, 2, 3, 4].map(|group| {
            let hash = sha256(&[b"clausa/v1/log-salt", seed, &[group]]);
            std::array::from_fn(|index| hash[index])
        }))
    }

    /// Reads the column: a seed or four salts.
    pub(crate) fn read(column: &[u8]) -> Option<Self> {
        if let Ok(seed) = column.try_into() {
            return Some(Self::derive(seed));
        }
        let (salts, []) = column.as_chunks() else {
            return None;
        };
        salts.try_into().ok().map(Self)
    }

    /// Takes away the salt of what names `person`.
    pub(crate) fn erase(&mut self, person: Person) {
        self.0[person.group()] = [0; SALT_LENGTH];
    }

    /// The four salts, for the column.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.concat()
    }
}

impl Person {
    fn group(self) -> usize {
        match self {
            Self::User => 0,
            Self::ActingAs => 1,
            Self::Owner => 2,
            Self::Issuer => 3,
        }
    }
}

/// The commitments to all that names people, one after another.
pub(crate) fn commitments(entry: &LogDraft, salts: &Salts) -> Vec<u8> {
    let fields: [(&str, Person, Option<&str>); PERSONAL] = [
        ("user", Person::User, Some(&entry.user)),
        ("client_info", Person::User, entry.client_info.as_deref()),
        ("client_ip", Person::User, entry.client_ip.as_deref()),
        ("acting_as", Person::ActingAs, entry.acting_as.as_deref()),
        ("owner", Person::Owner, entry.owner.as_deref()),
        ("file_name", Person::Owner, entry.file_name.as_deref()),
        ("issuer", Person::Issuer, entry.issuer.as_deref()),
    ];
    let mut out = Vec::with_capacity(PERSONAL * 32);
    let mut value = Vec::with_capacity(64);
    for (name, person, text) in fields {
        value.clear();
        put(&mut value, text.map(str::as_bytes));
        let length = [u8::try_from(name.len()).unwrap_or_default()];
        out.extend(sha256(&[
            b"clausa/v1/log-field",
            &salts.0[person.group()],
            &length,
            name.as_bytes(),
            &value,
        ]));
    }
    out
}

/// The hash of an entry's leaf; as [`leaf_data`].
pub(crate) fn leaf(
    tenant: TenantId,
    sequence: u64,
    at: Micros,
    entry: &LogDraft,
    commitments: &[u8],
) -> Hash {
    hash_leaf(&leaf_data(tenant, sequence, at, entry, commitments))
}

/// What an entry's leaf is the hash of, written `at` this time. `commitments` are those of [`commitments`], or the ones kept when
/// somebody was forgotten.
pub(crate) fn leaf_data(
    tenant: TenantId,
    sequence: u64,
    at: Micros,
    entry: &LogDraft,
    commitments: &[u8],
) -> Vec<u8> {
    let mut data = Vec::with_capacity(512);
    data.extend(b"clausa/v1/log-leaf");
    put(&mut data, Some(tenant.as_bytes()));
    put(&mut data, Some(&sequence.to_be_bytes()));
    put(&mut data, Some(&at.0.to_be_bytes()));
    put(&mut data, Some(entry.request.as_bytes()));
    put(&mut data, Some(entry.result.as_bytes()));
    put(&mut data, Some(entry.correlation.as_bytes()));
    put(&mut data, entry.account.as_ref().map(|id| &id.as_bytes()[..]));
    put(&mut data, entry.content.as_ref().map(|id| &id.as_bytes()[..]));
    put(
        &mut data,
        entry.owner_account.as_ref().map(|id| &id.as_bytes()[..]),
    );
    put(&mut data, entry.template.as_ref().map(|id| &id.as_bytes()[..]));
    let published_at = entry.published_at.map(|at| at.0.to_be_bytes());
    put(&mut data, published_at.as_ref().map(|bytes| &bytes[..]));
    put(&mut data, entry.rights.as_deref().map(str::as_bytes));
    put(&mut data, Some(&[u8::from(entry.admin_action)]));
    data.extend(commitments);
    data
}

fn put(out: &mut Vec<u8>, field: Option<&[u8]>) {
    let Some(bytes) = field else {
        out.push(0);
        return;
    };
    out.push(1);
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(bytes);
}

#[cfg(test)]
mod tests {
    use clausa_core::id::{AccountId, ContentId};

    use super::*;

    /// The same entry and the same hash stand in the verifier's tests; a third program has computed it.
    #[test]
    fn the_leaf_of_a_known_entry() {
        let entry = LogDraft {
            request: "AcquireLicense".to_owned(),
            user: "janet@contoso.example".to_owned(),
            account: Some(AccountId::from_bytes([2; 16])),
            result: "Success".to_owned(),
            correlation: "correlation".to_owned(),
            content: Some(ContentId::from_bytes([3; 16])),
            owner: Some("john@contoso.example".to_owned()),
            owner_account: Some(AccountId::from_bytes([4; 16])),
            issuer: Some("john@contoso.example".to_owned()),
            file_name: Some("offer.pdf".to_owned()),
            published_at: Some(Micros(1_795_251_500_000_000)),
            rights: Some("VIEW,PRINT".to_owned()),
            client_info: Some("clausa/0.1.0".to_owned()),
            client_ip: Some("192.0.2.1".to_owned()),
            ..LogDraft::default()
        };
        let salts = Salts::derive(&[5; 16]);
        let at = Micros(1_795_251_600_000_000);
        let hash = leaf(
            TenantId::from_bytes([1; 16]),
            7,
            at,
            &entry,
            &commitments(&entry, &salts),
        );
        let text: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            text,
            "5a22d6b9884da7794607e972af741724622770b1b594963bd51d9a48a40f3fff"
        );

        let mut erased = salts.clone();
        erased.erase(Person::Owner);
        let read = Salts::read(&erased.bytes()).unwrap();
        assert_eq!(read.0[2], [0; 16]);
        assert_eq!((read.0[0], read.0[3]), (salts.0[0], salts.0[3]));
        assert!(Salts::read(&[0; 17]).is_none() && Salts::read(&[0; 48]).is_none());
    }
}
