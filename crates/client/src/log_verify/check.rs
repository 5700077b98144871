//! Verifying what the account may see of its organisation's log, and remembering how far (`SEC-141`).

use std::time::Duration;

use clausa_api::log::{LogEvidence, LogEvidencePage};
use clausa_api::paths;
use clausa_api::tile::TileName;
use clausa_core::certificate::{Purpose, SignedTenantKeySet};
use clausa_core::id::TenantId;
use clausa_core::keys::VerifyingKey;
use clausa_core::origin::Origin;
use serde::{Deserialize, Serialize};

use super::{
    Checkpoint, Missing, NoteFault, TileCache, checkpoint_origin, consistency_proof, inclusion_proof,
    leaf_hash, verify_consistency, verify_inclusion,
};
use crate::background::blocking;
use crate::client::Client;
use crate::error::{LogVerifyError, RequestError};
use crate::origins::TrustedAuthority;
use crate::transport::Call;

/// As many entries as an authority gives at once.
const PAGE: u32 = 1_000;
/// Longest pause when the authority asks for one: a long log takes more calls than a minute allows.
const LONGEST_PAUSE_SECONDS: u32 = 60;

/// A checkpoint that the profile remembers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RememberedCheckpoint {
    /// The log's name.
    pub log: String,
    /// Leaves.
    pub size: u64,
    /// Root hash, in hexadecimal.
    pub root: String,
}

/// What was found in order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogVerified {
    /// The log's name, as its checkpoints have it.
    pub log: String,
    /// Entries under the checkpoint, everybody's.
    pub size: u64,
    /// Their root hash, in hexadecimal.
    pub root: String,
    /// How many of the entries that the account sees were verified.
    pub entries: u64,
    /// How many it sees that are newer than the checkpoint.
    pub pending: u64,
    /// How long the log was when it was last verified with this profile; the tree has only grown since.
    pub before: Option<u64>,
}

impl Client {
    /// Verifies the log of the account's organisation: the checkpoint's signature up to the pinned root, that the log
    /// has only grown since this profile last verified it, and that every entry the account sees is the one signed
    /// for. Remembers the checkpoint for the next time.
    ///
    /// What it cannot show: that nothing is held back which the account has never seen.
    ///
    /// # Errors
    ///
    /// [`LogVerifyError`]; with kind `log-rewritten` when the log is not what was signed for.
    pub async fn verify_log(&self) -> Result<LogVerified, LogVerifyError> {
        let authority = self.authority().await?;
        let account = self.signed_in_at(&authority.origin).await?;
        let mut reading = Reading {
            client: self.clone(),
            origin: authority.origin.clone(),
            tiles: TileCache::default(),
        };
        let log = checkpoint_origin(&authority.origin, account.identity.tenant);
        let checkpoint = reading.checkpoint(&authority, &log).await?;
        let remembered = self.remembered_checkpoint(&log).await?;
        if let Some(before) = &remembered {
            reading.only_grown(before, &checkpoint).await?;
        }
        let (entries, pending) = reading.entries(account.identity.tenant, &checkpoint).await?;
        let verified = LogVerified {
            root: hex(&checkpoint.root),
            size: checkpoint.size,
            entries,
            pending,
            before: remembered.map(|before| before.size),
            log: log.clone(),
        };
        let kept = RememberedCheckpoint {
            log,
            size: verified.size,
            root: verified.root.clone(),
        };
        let client = self.clone();
        blocking(move || client.profile().remember_checkpoint(kept)).await?;
        Ok(verified)
    }

    async fn remembered_checkpoint(&self, log: &str) -> Result<Option<RememberedCheckpoint>, LogVerifyError> {
        let (client, log) = (self.clone(), log.to_owned());
        Ok(blocking(move || client.profile().remembered_checkpoint(&log)).await?)
    }

    /// The tenant's checkpoint keys, out of its key set, which the pinned root has signed.
    async fn checkpoint_keys(
        &self,
        authority: &TrustedAuthority,
        anew: bool,
    ) -> Result<Vec<VerifyingKey>, RequestError> {
        let (account, mut enrolment, _) = self.prepared_account(authority).await?;
        if anew {
            (_, enrolment) = self.fetch_key_set(authority, account.clone(), enrolment).await?;
        }
        let bad = |detail: String| RequestError::BadAnswer {
            origin: authority.origin.clone(),
            detail,
        };
        let key_set =
            SignedTenantKeySet::parse(&enrolment.key_set.0).map_err(|error| bad(error.to_string()))?;
        let now = crate::device::tolerant(self.clock().now(), key_set.claims().issued_at);
        let claims = key_set
            .verify(&authority.anchors(), account.identity.tenant, now)
            .map_err(|error| bad(error.to_string()))?;
        let keys = claims.signing_keys.iter();
        Ok(keys
            .filter(|key| key.purpose == Purpose::Checkpoint)
            .map(|key| key.key)
            .collect())
    }
}

/// A log that is being read.
struct Reading {
    client: Client,
    origin: Origin,
    tiles: TileCache,
}

impl Reading {
    async fn checkpoint(
        &self,
        authority: &TrustedAuthority,
        log: &str,
    ) -> Result<Checkpoint, LogVerifyError> {
        let note = self.fetch(&Call::get(paths::LOG_CHECKPOINT)).await?;
        let note =
            std::str::from_utf8(&note).map_err(|_| LogVerifyError::Checkpoint(NoteFault::Malformed))?;
        let keys = self.client.checkpoint_keys(authority, false).await?;
        let opened = match Checkpoint::open(note, log, &keys) {
            // The key may be newer than the keys that are kept.
            Err(NoteFault::Unsigned) => {
                let keys = self.client.checkpoint_keys(authority, true).await?;
                Checkpoint::open(note, log, &keys)
            }
            other => other,
        };
        opened.map_err(LogVerifyError::Checkpoint)
    }

    /// Checks that the tree begins with the one that is remembered.
    async fn only_grown(
        &mut self,
        before: &RememberedCheckpoint,
        now: &Checkpoint,
    ) -> Result<(), LogVerifyError> {
        if before.size > now.size {
            return Err(LogVerifyError::Shrunk {
                before: before.size,
                now: now.size,
            });
        }
        let forked = LogVerifyError::Forked { before: before.size };
        let Some(root) = unhex(&before.root) else {
            return Err(forked);
        };
        let proof = self
            .prove(now.size, |tiles| consistency_proof(tiles, before.size, now.size))
            .await?;
        match verify_consistency(before.size, &root, now.size, &now.root, &proof) {
            true => Ok(()),
            false => Err(forked),
        }
    }

    /// Verifies every entry that is shown; says how many, and how many are too new.
    async fn entries(
        &mut self,
        tenant: TenantId,
        checkpoint: &Checkpoint,
    ) -> Result<(u64, u64), LogVerifyError> {
        let (mut verified, mut pending, mut last) = (0, 0, 0);
        loop {
            let call = Call::get(paths::LOG_ENTRIES)
                .query("after", &last.to_string())
                .query("limit", &PAGE.to_string());
            let page: LogEvidencePage = self.client.call_as_account(&self.origin, &call).await?;
            for evidence in &page.entries {
                let sequence = evidence.entry.sequence;
                if sequence <= last {
                    return Err(LogVerifyError::Disordered { after: last });
                }
                last = sequence;
                if sequence > checkpoint.size {
                    pending += 1;
                } else {
                    self.entry(tenant, evidence, checkpoint).await?;
                    verified += 1;
                }
            }
            match page.next {
                Some(next) if next == last => {}
                Some(_) => return Err(LogVerifyError::Disordered { after: last }),
                None => return Ok((verified, pending)),
            }
            if last >= checkpoint.size {
                return Ok((verified, pending));
            }
        }
    }

    async fn entry(
        &mut self,
        tenant: TenantId,
        evidence: &LogEvidence,
        checkpoint: &Checkpoint,
    ) -> Result<(), LogVerifyError> {
        let sequence = evidence.entry.sequence;
        let altered = |fault| LogVerifyError::Altered { sequence, fault };
        let leaf = leaf_hash(tenant, evidence).map_err(|fault| altered(Some(fault)))?;
        let (index, size) = (sequence - 1, checkpoint.size);
        let proof = self
            .prove(size, |tiles| inclusion_proof(tiles, index, size))
            .await?;
        match verify_inclusion(&leaf, index, size, &proof, &checkpoint.root) {
            true => Ok(()),
            false => Err(altered(None)),
        }
    }

    /// Makes a proof in the tree of `size` leaves, fetching the tiles that it needs, as wide as they are there.
    async fn prove<T>(
        &mut self,
        size: u64,
        make: impl Fn(&TileCache) -> Result<T, Missing>,
    ) -> Result<T, LogVerifyError> {
        let mut asked = None;
        loop {
            let missing = match make(&self.tiles) {
                Ok(proof) => return Ok(proof),
                Err(missing) => missing,
            };
            if asked == Some(missing) {
                return Err(LogVerifyError::TreeDamaged);
            }
            let level = u8::try_from(missing.level).unwrap_or(u8::MAX);
            let name = TileName::in_tree(level, missing.tile, size).ok_or(LogVerifyError::TreeDamaged)?;
            let call = Call::get(paths::fill(paths::LOG_TILE, &name.to_string()));
            let bytes = match self.fetch(&call).await {
                Ok(bytes) => bytes,
                Err(error) if error.problem_type() == Some(clausa_api::ProblemType::NotFound) => {
                    return Err(LogVerifyError::TreeDamaged);
                }
                Err(error) => return Err(error.into()),
            };
            self.tiles.put(missing, &bytes);
            asked = Some(missing);
        }
    }

    /// Fetches bytes, as slowly as the authority wants.
    async fn fetch(&self, call: &Call) -> Result<Vec<u8>, RequestError> {
        loop {
            let answer = self.client.call_as_account_for_bytes(&self.origin, call).await;
            let pause = answer
                .as_ref()
                .err()
                .and_then(RequestError::problem)
                .and_then(|problem| {
                    let limited = problem.problem_type() == Some(clausa_api::ProblemType::RateLimited);
                    problem.retry_after.filter(|_| limited)
                });
            match pause.filter(|seconds| *seconds <= LONGEST_PAUSE_SECONDS) {
                Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds.max(1).into())).await,
                None => return answer.map(|bytes| bytes.to_vec()),
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let bytes: Option<Vec<u8>> = pairs
        .iter()
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    bytes?.try_into().ok()
}
