mod crypto;
mod floe;
mod hpke;
#[allow(dead_code)]
mod labels;
pub mod random;
#[allow(dead_code, unused_macros, unused_imports)]
mod secret;

pub mod hazmat;
