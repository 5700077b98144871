//! The RSA keys of `testdata/keys`: too slow to draw, and not to be drawn alike by every implementation.

/// The public half of the key in this file.
pub fn public(name: &str) -> &'static [u8] {
    match name {
        "rsa-2048.pkcs8" => include_bytes!("../../../../testdata/keys/rsa-2048.spki"),
        "rsa-3072.pkcs8" => include_bytes!("../../../../testdata/keys/rsa-3072.spki"),
        "rsa-4096.pkcs8" => include_bytes!("../../../../testdata/keys/rsa-4096.spki"),
        other => unreachable!("there is no key {other}"),
    }
}

/// Public keys of sizes that the format does not have.
pub const TOO_SMALL: &[u8] = include_bytes!("../../../../testdata/keys/rsa-1024.spki");
pub const BETWEEN: &[u8] = include_bytes!("../../../../testdata/keys/rsa-2560.spki");
