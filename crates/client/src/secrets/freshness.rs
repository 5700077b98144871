//! What is known of the time, and how old a licence may be: kept with the secrets, because whoever could set it back
//! could use an old licence again (SEC-40, SEC-44).

use std::collections::BTreeMap;

use clausa_core::id::TenantId;
use clausa_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The clock floor and the highest epochs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FreshnessState {
    /// The latest time that the authority has signed.
    pub(crate) server_time: Timestamp,
    /// The latest time that this machine's clock has shown since then.
    pub(crate) local_time: Timestamp,
    /// The highest epoch each tenant's licences have shown; an answer of an older one is refused.
    #[serde(default)]
    pub(crate) epochs: BTreeMap<TenantId, u64>,
}

/// The times are written again when they have moved this far, in seconds: writing them on every use would cost more.
const WORTH_WRITING_SECONDS: u64 = 60;

impl FreshnessState {
    /// What the clock must not fall below for licences on this device to be used.
    pub(crate) fn clock_floor(&self) -> Timestamp {
        self.server_time.max(self.local_time)
    }

    pub(crate) fn epoch(&self, tenant: &TenantId) -> u64 {
        self.epochs.get(tenant).copied().unwrap_or(0)
    }

    /// Takes note of this machine's clock; true when that is worth writing down.
    pub(crate) fn see_local_time(&mut self, now: Timestamp) -> bool {
        let worth = now.seconds_since(self.clock_floor()) >= WORTH_WRITING_SECONDS;
        self.local_time = self.local_time.max(now);
        worth
    }

    /// Takes note of a time that the authority has signed just now. It outweighs this machine's clock: one that was
    /// once set a year ahead does not lock its owner out for a year.
    pub(crate) fn see_server_time(&mut self, at: Timestamp) -> bool {
        let moves = at.seconds_since(self.server_time) >= WORTH_WRITING_SECONDS;
        self.server_time = self.server_time.max(at);
        let clock_had_run_ahead = self.local_time > self.server_time;
        self.local_time = self.local_time.min(self.server_time);
        moves || clock_had_run_ahead
    }

    /// Takes note of an epoch; epochs only grow. True when that is worth writing down.
    pub(crate) fn see_epoch(&mut self, tenant: TenantId, epoch: u64) -> bool {
        let kept = self.epochs.entry(tenant).or_default();
        let grows = epoch > *kept;
        *kept = epoch.max(*kept);
        grows
    }

    pub(super) fn to_secret(&self) -> Zeroizing<Vec<u8>> {
        // Serialising numbers under textual keys does not fail.
        Zeroizing::new(serde_json::to_vec(self).unwrap_or_default())
    }

    pub(super) fn from_secret(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEC-44
    #[test]
    fn the_floor_falls_only_to_what_the_authority_has_signed() {
        let mut state = FreshnessState::default();
        let noon = Timestamp::from_seconds(1_800_000_000);
        assert!(state.see_server_time(noon));
        assert!(
            !state.see_local_time(noon.minus_seconds(900)),
            "the floor never falls by the clock"
        );
        assert_eq!(state.clock_floor(), noon);
        assert!(!state.see_local_time(noon.plus_seconds(59)));
        assert!(state.see_local_time(noon.plus_days(365)));
        assert_eq!(state.clock_floor(), noon.plus_days(365));
        assert!(
            state.see_server_time(noon.plus_seconds(90)),
            "the clock had run ahead"
        );
        assert_eq!(state.clock_floor(), noon.plus_seconds(90));
        assert!(!state.see_server_time(noon), "an older answer changes nothing");
        assert_eq!(state.server_time, noon.plus_seconds(90));
        assert_eq!(FreshnessState::from_secret(&state.to_secret()), Some(state));
    }

    /// SEC-40
    #[test]
    fn epochs_only_grow() {
        let mut state = FreshnessState::default();
        let tenant = TenantId::from_bytes([7; 16]);
        assert!(state.see_epoch(tenant, 3));
        assert!(!state.see_epoch(tenant, 2));
        assert_eq!(state.epoch(&tenant), 3);
    }
}
