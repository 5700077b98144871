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
    /// The latest time that the authority has signed or this machine's clock has shown.
    pub(crate) clock_floor: Timestamp,
    /// The highest epoch each tenant's licences have shown; an answer of an older one is refused.
    #[serde(default)]
    pub(crate) epochs: BTreeMap<TenantId, u64>,
}

/// How far the clock may be behind the floor, in seconds: clocks are set by hand and by network time.
pub(crate) const CLOCK_TOLERANCE_SECONDS: u64 = 300;
/// The floor is written again when it has moved this far, in seconds: writing it on every use would cost more.
const WORTH_WRITING_SECONDS: u64 = 60;

impl FreshnessState {
    /// True when the clock shows less than it has been seen to be: then licences on this device are not used.
    pub(crate) fn is_clock_behind(&self, now: Timestamp) -> bool {
        now.plus_seconds(CLOCK_TOLERANCE_SECONDS) < self.clock_floor
    }

    pub(crate) fn epoch(&self, tenant: &TenantId) -> u64 {
        self.epochs.get(tenant).copied().unwrap_or(0)
    }

    /// Takes note of a time; true when that is worth writing down.
    pub(crate) fn see_time(&mut self, at: Timestamp) -> bool {
        let worth = at.seconds_since(self.clock_floor) >= WORTH_WRITING_SECONDS;
        self.clock_floor = self.clock_floor.max(at);
        worth
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
    fn five_minutes_behind_are_tolerated_and_not_more() {
        let mut state = FreshnessState::default();
        let noon = Timestamp::from_seconds(1_800_000_000);
        assert!(state.see_time(noon));
        assert!(!state.is_clock_behind(noon.minus_seconds(300)));
        assert!(state.is_clock_behind(noon.minus_seconds(301)));
        assert!(!state.see_time(noon.minus_seconds(900)), "the floor never falls");
        assert_eq!(state.clock_floor, noon);
        assert!(!state.see_time(noon.plus_seconds(59)));
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
