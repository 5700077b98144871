//! `clausa whoami`: who is signed in, on which device, and where its keys are.

use clausa_api::device::Keystore;
use clausa_client::WhoAmI;
use serde_json::json;

use crate::context::Context;
use crate::failure::Outcome;
use crate::terms;

/// Show who is signed in, on which device, and where its keys are kept
#[derive(clap::Args, Debug)]
pub struct Args {}

/// Shows it.
pub async fn run(_: &Args, context: &Context) -> Outcome {
    let client = context.client().await?;
    let who = client.whoami().await?;
    let folder = client.profile_directory().display().to_string();
    let mut value = value(&who);
    value["profile"] = json!(folder);
    context.printer.result(&value, |words| {
        let identity = &who.identity;
        words.field("address", &join(&identity.addresses))?;
        if let Some(name) = &identity.display_name {
            words.field("name", name)?;
        }
        words.field("organisation", &organisation(&who))?;
        words.field("authority", who.origin.as_str())?;
        words.field("device", &format!("{} ({})", who.device_name, who.device))?;
        words.field("keys", keys_are(&who))?;
        words.field("profile", &folder)?;
        if let Some(expires) = who.certificate_expires {
            words.field(
                "may protect",
                &format!("until {}, also offline", terms::moment(expires)),
            )?;
        }
        if who.registrations_pending > 0 {
            let text = format!(
                "{} protected offline, not told to the authority yet",
                who.registrations_pending
            );
            words.field("files", &text)?;
        }
        if !who.confirmed {
            words.field(
                "note",
                "the authority cannot be reached; this is what the device remembers",
            )?;
        }
        Ok(())
    })
}

/// For programs.
pub fn value(who: &WhoAmI) -> serde_json::Value {
    json!({
        "account": who.identity.account,
        "addresses": who.identity.addresses,
        "display_name": who.identity.display_name,
        "tenant": who.identity.tenant,
        "organisation": who.identity.organisation,
        "managed": who.identity.managed,
        "plan": who.identity.plan,
        "authority": who.origin,
        "device": who.device,
        "device_name": who.device_name,
        "keystore": who.keystore,
        "certificate_expires": who.certificate_expires,
        "registrations_pending": who.registrations_pending,
        "confirmed": who.confirmed,
    })
}

/// Says plainly where this device keeps its keys.
pub fn keys_are_kept(who: &WhoAmI) -> String {
    format!("This device keeps its keys and tokens {}.", keys_are(who))
}

fn keys_are(who: &WhoAmI) -> &'static str {
    match who.keystore {
        Keystore::OsKeyring => "in the system's keyring",
        Keystore::File => "in a file that only you can read, not in a keyring",
    }
}

fn organisation(who: &WhoAmI) -> String {
    match (&who.identity.organisation, who.identity.managed) {
        (Some(name), true) => format!("{name} (managed by its administrators)"),
        (Some(name), false) => format!("{name} (not managed by an administrator yet)"),
        (None, _) => "none: a personal account".to_owned(),
    }
}

fn join(addresses: &[clausa_core::address::Address]) -> String {
    addresses
        .iter()
        .map(|address| address.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}
