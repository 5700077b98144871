//! `clausa devices`: one's devices.

use clausa_core::id::DeviceThumbprint;
use clausa_core::time::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::terms;

/// List your devices, or remove one
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List your devices
    List,
    /// Remove a device: its session ends and it gets no licence any more
    Remove {
        /// The device, or as many of its first digits as tell it from the others
        #[arg(value_name = "DEVICE")]
        device: String,
    },
}

/// What to do.
pub enum Plan {
    /// List them.
    List,
    /// Remove the one that begins like this.
    Remove(String),
}

/// Fewer digits could name another device by mistake.
const SHORTEST_PREFIX: usize = 6;

impl Args {
    /// Refuses a prefix that is too short or no prefix of a device.
    pub fn resolve(self) -> Outcome<Plan> {
        match self.action {
            None | Some(Action::List) => Ok(Plan::List),
            Some(Action::Remove { device }) => {
                let is_hex = device.bytes().all(|byte| byte.is_ascii_hexdigit());
                if !is_hex || device.len() < SHORTEST_PREFIX {
                    return Err(Failure::usage(format!(
                        "`{device}` does not name a device: at least {SHORTEST_PREFIX} hexadecimal digits are needed"
                    ))
                    .advise("See your devices with: clausa devices"));
                }
                Ok(Plan::Remove(device.to_ascii_lowercase()))
            }
        }
    }
}

/// Lists or removes.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    let client = context.client().await?;
    let devices = client.devices().await?;
    match plan {
        Plan::List => context.printer.result(&json!({ "devices": devices }), |words| {
            let mut rows = vec![
                ["DEVICE", "NAME", "PLATFORM", "ENROLLED", "LAST SEEN", ""]
                    .map(String::from)
                    .to_vec(),
            ];
            for device in &devices {
                rows.push(vec![
                    short(&device.thumbprint),
                    device.name.clone(),
                    device.platform.clone(),
                    terms::moment(Timestamp::from_seconds(device.enrolled_at)),
                    terms::moment(Timestamp::from_seconds(device.last_seen)),
                    if device.current {
                        "this one".to_owned()
                    } else {
                        String::new()
                    },
                ]);
            }
            words.table(&rows)
        }),
        Plan::Remove(prefix) => {
            let mut matching = devices
                .iter()
                .filter(|d| d.thumbprint.to_string().starts_with(&prefix));
            let (Some(device), None) = (matching.next(), matching.next()) else {
                return Err(Failure::new(
                    crate::exit_codes::Kind::NotFound,
                    format!("`{prefix}` does not name exactly one of your devices"),
                )
                .advise("See your devices with: clausa devices"));
            };
            client.remove_device(&device.thumbprint).await?;
            context
                .printer
                .result(&json!({ "removed": device.thumbprint }), |words| {
                    words.line(&format!(
                        "Removed {} ({}).",
                        device.name,
                        short(&device.thumbprint)
                    ))
                })
        }
    }
}

fn short(device: &DeviceThumbprint) -> String {
    device.to_string().chars().take(12).collect()
}
