//! Who people are: signing up, signing in, devices. Everything is real: the router, SQLite, mail over SMTP.

mod account;
mod account_pages;
mod attacks;
mod browser;
mod devices;
mod factors;
mod handover;
mod limits;
mod login;
mod mail;
mod organisation_pages;
mod pages;
mod purge;
mod signup;
pub mod support;
mod tokens;
