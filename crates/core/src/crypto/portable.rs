//! The portable backend: the RustCrypto crates and the dalek ones.
