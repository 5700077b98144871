//! The tree over a tenant's log.

use clausa_core::id::{AccountId, TenantId};

use super::log::{LogDraft, LogEntry};
use super::micros::Micros;
use crate::tree::leaf;

/// Whom a text in an entry names. Each can be forgotten without the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// Who asked; with the client's description and address.
    User,
    /// On whose behalf.
    ActingAs,
    /// The file's owner; with the file's name.
    Owner,
    /// Who protected the file.
    Issuer,
}

/// How far a tenant's tree has grown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogTree {
    /// Entries of the log.
    pub length: u64,
    /// Leaves: entries that are in the tree.
    pub size: u64,
    /// The signed checkpoint over this size; none while there are no leaves.
    pub checkpoint: Option<String>,
    /// When that was signed.
    pub signed_at: Micros,
    /// Entries up to here are in detached files and no longer in the database.
    pub detached: u64,
}

/// A tenant whose tree is behind its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogBehind {
    /// The tenant.
    pub tenant: TenantId,
    /// Entries that are not in the tree yet.
    pub entries: u64,
}

/// A tree that has taken in more entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grown {
    /// Leaves.
    pub size: u64,
    /// Root hash over them (RFC 6962).
    pub root: [u8; 32],
}

/// An entry with all that its leaf is computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvidence {
    /// The entry.
    pub entry: LogEntry,
    /// 16 bytes from which its salts are derived, or four salts of 16 bytes each; zero where somebody was forgotten.
    /// None before the sequencer has seen an entry of an older version.
    pub salts: Option<Vec<u8>>,
    /// The leaf hash that was written with it.
    pub leaf: Option<[u8; 32]>,
    /// The commitments to what named people, once somebody was forgotten.
    pub erased: Option<Vec<u8>>,
}

impl LogEvidence {
    /// What its leaf in the tenant's tree is the hash of; none while it has no salts.
    pub fn leaf_data(&self, tenant: TenantId) -> Option<Vec<u8>> {
        let entry = &self.entry.entry;
        let commitments = match &self.erased {
            Some(kept) => kept.clone(),
            None => leaf::commitments(entry, &leaf::Salts::read(self.salts.as_deref()?)?),
        };
        let sequence = self.entry.sequence;
        Some(leaf::leaf_data(tenant, sequence, entry.at, entry, &commitments))
    }

    /// Takes a person out, with the salts that would lead back to him; the leaf stays as it is. Says whether he was in it;
    /// none when it has no salts.
    pub fn forget(&mut self, person: &Forgotten) -> Option<bool> {
        let named: Vec<Person> = person.stands_in(&self.entry.entry).collect();
        let mut salts = leaf::Salts::read(self.salts.as_deref()?)?;
        if named.is_empty() {
            return Some(false);
        }
        let entry = std::mem::take(&mut self.entry.entry);
        let kept = self.erased.take();
        self.erased = Some(kept.unwrap_or_else(|| leaf::commitments(&entry, &salts)));
        named.iter().for_each(|person| salts.erase(*person));
        self.salts = Some(salts.bytes());
        self.entry.entry = without(entry, &named);
        Some(true)
    }
}

/// Somebody who is to be forgotten: how log entries name him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// The account.
    pub account: AccountId,
    /// Every proven address, as text.
    pub addresses: Vec<String>,
}

impl Forgotten {
    /// As whom the person stands in an entry.
    fn stands_in(&self, entry: &LogDraft) -> impl Iterator<Item = Person> {
        let named = |text: Option<&str>| {
            text.is_some_and(|text| self.addresses.iter().any(|address| address == text))
        };
        let user = entry.account == Some(self.account) || named(Some(&entry.user));
        let owner = entry.owner_account == Some(self.account) || named(entry.owner.as_deref());
        [
            (Person::User, user),
            (Person::ActingAs, named(entry.acting_as.as_deref())),
            (Person::Owner, owner),
            (Person::Issuer, named(entry.issuer.as_deref())),
        ]
        .into_iter()
        .filter_map(|(person, is_named)| is_named.then_some(person))
    }
}

fn without(mut entry: LogDraft, named: &[Person]) -> LogDraft {
    for person in named {
        match person {
            Person::User => {
                entry.user = String::new();
                entry.client_info = None;
                entry.client_ip = None;
            }
            Person::ActingAs => entry.acting_as = None,
            Person::Owner => {
                entry.owner = None;
                entry.file_name = None;
            }
            Person::Issuer => entry.issuer = None,
        }
    }
    entry
}
