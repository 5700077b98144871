//! An entry's leaf, computed anew from what is shown of it (ADR 0034).

use clausa_api::log::LogEvidence;
use clausa_core::id::TenantId;
use sha2::{Digest as _, Sha256};

use super::Hash;

/// Why an entry has no leaf that could be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeafFault {
    /// The salts are missing, or not as many bytes as they must be.
    #[error("its salts are missing or damaged")]
    Salts,
    /// Somebody was forgotten in it, and the salted hashes that were kept are missing or damaged.
    #[error("the hashes kept for somebody who was forgotten are missing or damaged")]
    Erased,
    /// Somebody was forgotten in it, and there is a text nevertheless that no salt vouches for.
    #[error("it names somebody who was forgotten")]
    Unvouched,
}

/// What names people: the name in the commitment, the group whose salt it has, and the text.
type Personal<'e> = [(&'static str, usize, Option<&'e str>); 7];

/// The leaf hash of an entry of this tenant's log.
///
/// # Errors
///
/// [`LeafFault`] when the entry does not carry what its leaf is computed from.
pub fn leaf_hash(tenant: TenantId, evidence: &LogEvidence) -> Result<Hash, LeafFault> {
    let entry = &evidence.entry;
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(b"clausa/v1/log-leaf");
    let mut clear = |value: Option<&[u8]>| hasher.update(encoded(value));
    clear(Some(tenant.as_bytes()));
    clear(Some(&entry.sequence.to_be_bytes()));
    clear(Some(&entry.at_micros.to_be_bytes()));
    clear(Some(entry.request.as_str().as_bytes()));
    clear(Some(entry.result.as_bytes()));
    clear(Some(entry.correlation.as_bytes()));
    clear(
        evidence
            .account
            .map(|id| *id.as_bytes())
            .as_ref()
            .map(<[u8; 16]>::as_slice),
    );
    clear(
        entry
            .content
            .map(|id| *id.as_bytes())
            .as_ref()
            .map(<[u8; 16]>::as_slice),
    );
    clear(
        evidence
            .owner_account
            .map(|id| *id.as_bytes())
            .as_ref()
            .map(<[u8; 16]>::as_slice),
    );
    clear(
        entry
            .template
            .map(|id| *id.as_bytes())
            .as_ref()
            .map(<[u8; 16]>::as_slice),
    );
    clear(
        evidence
            .published_at_micros
            .map(u64::to_be_bytes)
            .as_ref()
            .map(<[u8; 8]>::as_slice),
    );
    clear(entry.rights.as_deref().map(str::as_bytes));
    clear(Some(&[u8::from(entry.admin_action)]));
    let personal: Personal<'_> = [
        ("user", 0, Some(&entry.user)),
        ("client_info", 0, entry.client_info.as_deref()),
        ("client_ip", 0, entry.client_ip.as_deref()),
        ("acting_as", 1, entry.acting_as.as_deref()),
        ("owner", 2, entry.owner.as_deref()),
        ("file_name", 2, entry.file_name.as_deref()),
        ("issuer", 3, entry.issuer.as_deref()),
    ];
    let salts = salts(evidence)?;
    let kept = kept(evidence)?;
    for (index, (name, group, text)) in personal.into_iter().enumerate() {
        let kept = kept.as_ref().and_then(|kept| kept.get(index));
        hasher.update(match (salts.get(group).copied().flatten(), kept) {
            (Some(salt), None) => commitment(&salt, name, text),
            (Some(salt), Some(kept)) if commitment(&salt, name, text) == *kept => *kept,
            (None, Some(kept)) if text.is_none_or(str::is_empty) => *kept,
            (None, Some(_)) => return Err(LeafFault::Unvouched),
            _ => return Err(LeafFault::Erased),
        });
    }
    Ok(hasher.finalize().into())
}

/// One salt a group; none where somebody was forgotten.
fn salts(evidence: &LogEvidence) -> Result<[Option<[u8; 16]>; 4], LeafFault> {
    let bytes = evidence.salts.as_ref().ok_or(LeafFault::Salts)?.0.as_slice();
    if let [a, b, c, d] = bytes.as_chunks::<16>().0
        && bytes.len() == 64
    {
        return Ok([a, b, c, d].map(|salt| (salt != &[0; 16]).then_some(*salt)));
    }
    if bytes.len() != 16 {
        return Err(LeafFault::Salts);
    }
    Ok([1_u8, 2, 3, 4].map(|group| {
        let hash: Hash = Sha256::new()
            .chain_update(b"clausa/v1/log-salt")
            .chain_update(bytes)
            .chain_update([group])
            .finalize()
            .into();
        hash.first_chunk().copied()
    }))
}

fn commitment(salt: &[u8; 16], name: &'static str, text: Option<&str>) -> Hash {
    Sha256::new()
        .chain_update(b"clausa/v1/log-field")
        .chain_update(salt)
        .chain_update([u8::try_from(name.len()).unwrap_or(u8::MAX)])
        .chain_update(name)
        .chain_update(encoded(text.map(str::as_bytes)))
        .finalize()
        .into()
}

/// The commitments that were kept when somebody was forgotten: seven with four salts, none with a seed.
fn kept(evidence: &LogEvidence) -> Result<Option<[Hash; 7]>, LeafFault> {
    let was_erased = evidence.salts.as_ref().is_some_and(|salts| salts.0.len() == 64);
    match &evidence.erased {
        None if !was_erased => Ok(None),
        Some(bytes) if was_erased && bytes.0.len() == 224 => {
            let hashes = bytes.0.as_chunks().0.try_into();
            hashes.map(Some).map_err(|_| LeafFault::Erased)
        }
        _ => Err(LeafFault::Erased),
    }
}

/// Absent: a zero. Else a one, the length in four bytes, the bytes.
fn encoded(value: Option<&[u8]>) -> Vec<u8> {
    let Some(value) = value else { return vec![0] };
    let length = u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[1], length.as_slice(), value].concat()
}

#[cfg(test)]
mod tests {
    use clausa_api::Bytes;
    use clausa_api::log::{LogEntry, RequestType};
    use clausa_core::id::{AccountId, ContentId};

    use super::*;

    const TENANT: TenantId = TenantId::from_bytes([1; 16]);

    fn evidence() -> LogEvidence {
        LogEvidence {
            entry: LogEntry {
                sequence: 7,
                at_micros: 1_795_251_600_000_000,
                request: RequestType::AcquireLicense,
                user: "janet@contoso.example".to_owned(),
                result: "Success".to_owned(),
                correlation: "correlation".to_owned(),
                content: Some(ContentId::from_bytes([3; 16])),
                owner: Some("john@contoso.example".to_owned()),
                issuer: Some("john@contoso.example".to_owned()),
                template: None,
                file_name: Some("offer.pdf".to_owned()),
                published_at: Some(1_795_251_500),
                rights: Some("VIEW,PRINT".to_owned()),
                client_info: Some("clausa/0.1.0".to_owned()),
                client_ip: Some("192.0.2.1".to_owned()),
                admin_action: false,
                acting_as: None,
            },
            account: Some(AccountId::from_bytes([2; 16])),
            owner_account: Some(AccountId::from_bytes([4; 16])),
            published_at_micros: Some(1_795_251_500_000_000),
            salts: Some(Bytes(vec![5; 16])),
            erased: None,
        }
    }

    /// The same entry and the same hash stand in the writer's tests; a third program has computed it.
    #[test]
    fn the_leaf_of_a_known_entry() {
        let hash = leaf_hash(TENANT, &evidence()).unwrap();
        let text: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            text,
            "5a22d6b9884da7794607e972af741724622770b1b594963bd51d9a48a40f3fff"
        );
    }

    #[test]
    fn every_part_of_an_entry_is_in_its_leaf() {
        let changes: [fn(&mut LogEvidence); 20] = [
            |e| e.entry.sequence += 1,
            |e| e.entry.at_micros += 1,
            |e| e.entry.request = RequestType::SignIn,
            |e| e.entry.user.clear(),
            |e| e.entry.result.push('x'),
            |e| e.entry.correlation.push('x'),
            |e| e.entry.content = None,
            |e| e.entry.owner = None,
            |e| e.entry.issuer = Some(String::new()),
            |e| e.entry.template = Some(clausa_core::id::TemplateId::from_bytes([1; 16])),
            |e| e.entry.file_name = Some("offer.PDF".to_owned()),
            |e| e.entry.rights = None,
            |e| e.entry.client_info = None,
            |e| e.entry.client_ip = Some("192.0.2.2".to_owned()),
            |e| e.entry.admin_action = true,
            |e| e.entry.acting_as = Some(String::new()),
            |e| e.account = None,
            |e| e.owner_account = e.account,
            |e| e.published_at_micros = Some(1_795_251_500_000_001),
            |e| e.salts = Some(Bytes(vec![6; 16])),
        ];
        let hash = leaf_hash(TENANT, &evidence());
        assert_ne!(leaf_hash(TenantId::from_bytes([2; 16]), &evidence()), hash);
        for (index, change) in changes.into_iter().enumerate() {
            let mut changed = evidence();
            change(&mut changed);
            assert_ne!(leaf_hash(TENANT, &changed), hash, "change {index}");
        }
    }

    #[test]
    fn what_was_erased_needs_its_hashes_and_no_text() {
        let with = |salts: Option<Vec<u8>>, erased: Option<Vec<u8>>| LogEvidence {
            salts: salts.map(Bytes),
            erased: erased.map(Bytes),
            ..evidence()
        };
        for (salts, erased, fault) in [
            (None, None, LeafFault::Salts),
            (Some(vec![5; 15]), None, LeafFault::Salts),
            (Some(vec![5; 48]), None, LeafFault::Salts),
            (Some(vec![5; 16]), Some(vec![0; 224]), LeafFault::Erased),
            (Some(vec![0; 64]), None, LeafFault::Erased),
            (Some(vec![0; 64]), Some(vec![0; 223]), LeafFault::Erased),
            (Some(vec![5; 64]), Some(vec![0; 224]), LeafFault::Erased),
            (Some(vec![0; 64]), Some(vec![0; 224]), LeafFault::Unvouched),
        ] {
            assert_eq!(leaf_hash(TENANT, &with(salts, erased)), Err(fault));
        }
    }
}
