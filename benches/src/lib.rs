//! What the benchmarks share: short settings and seeded input. See `README.md` beside this crate.
