//! The fuzzer's programs: a target, and a limit on the memory it takes at once.

#[global_allocator]
static MEMORY: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

/// What any input may take: `docs/threat-model.md`, SEC-17.
const LIMIT: usize = 8 << 20;

/// Runs a target and fails when it took more.
pub fn bounded(target: impl Fn(&[u8]) -> bool, bytes: &[u8]) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    target(bytes);
    let taken = MEMORY.peak_usage().saturating_sub(before);
    assert!(taken <= LIMIT, "{taken} bytes for {} of input", bytes.len());
}
