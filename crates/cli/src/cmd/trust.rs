//! `clausa trust`: the authorities that this profile talks to.

use clausa_api::Bytes;
use clausa_client::TrustedAuthority;
use clausa_core::origin::Origin;
use serde_json::json;

use crate::context::{self, Context};
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};

/// Trust an authority, or list those that this profile trusts
///
/// The authority's root keys are read once and pinned: from then on nothing that claims to come from it is believed unless it leads to them. Files of other authorities are not opened, and nothing is sent there.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The authority, such as https://rights.example
    #[arg(value_name = "URL")]
    url: Option<String>,
    /// Root key that you were told another way (64 hexadecimal digits); any other is refused
    #[arg(long, value_name = "KEY", requires = "url")]
    root: Option<String>,
    /// Make it the one that commands without a file talk to
    #[arg(long, requires = "url")]
    default: bool,
    /// Forget it, with the account, keys and licences that this profile keeps for it
    #[arg(long, requires = "url", conflicts_with_all = ["root", "default"])]
    forget: bool,
}

/// What to do.
pub enum Plan {
    /// List them.
    List,
    /// Trust one.
    Trust {
        /// Which.
        origin: Origin,
        /// Its root key, when known.
        root: Option<Vec<u8>>,
        /// Make it the default.
        default: bool,
    },
    /// Forget one.
    Forget(Origin),
}

impl Args {
    /// Reads the address and the root key.
    pub fn resolve(self) -> Outcome<Plan> {
        let Some(url) = self.url else {
            return Ok(Plan::List);
        };
        let origin = context::origin(&url)?;
        if self.forget {
            return Ok(Plan::Forget(origin));
        }
        let root = self.root.as_deref().map(root_key).transpose()?;
        Ok(Plan::Trust {
            origin,
            root,
            default: self.default,
        })
    }
}

/// Trusts, forgets or lists.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    let client = context.client().await?;
    match plan {
        Plan::List => {
            let authorities = client.authorities().await?;
            let value: Vec<_> = authorities.iter().map(value).collect();
            context.printer.result(&json!({ "authorities": value }), |words| {
                if authorities.is_empty() {
                    return words.line("This profile trusts no authority yet: clausa trust URL");
                }
                for authority in &authorities {
                    words.heading(authority.origin.as_str())?;
                    words.field("  name", &authority.name)?;
                    for root in &authority.roots {
                        words.field("  root key", &hex(root))?;
                    }
                }
                Ok(())
            })
        }
        Plan::Forget(origin) => {
            client.distrust(&origin).await?;
            context.printer.result(&json!({ "forgotten": origin }), |words| {
                words.line(&format!(
                    "{origin} is forgotten, with everything this profile kept for it."
                ))
            })
        }
        Plan::Trust {
            origin,
            root,
            default,
        } => {
            let authority = match root {
                Some(root) => trust_with_root(&client, &origin, root).await?,
                None => client.trust(&origin).await?,
            };
            if default {
                client.set_default_authority(&origin).await?;
            }
            context.printer.result(&value(&authority), |words| {
                words.line(&format!(
                    "{} ({origin}) is trusted by this profile.",
                    authority.name
                ))?;
                for root in &authority.roots {
                    words.field("root key", &hex(root))?;
                }
                Ok(())
            })
        }
    }
}

/// Pins the key first, then asks the authority, so that another key is never pinned.
async fn trust_with_root(
    client: &clausa_client::Client,
    origin: &Origin,
    root: Vec<u8>,
) -> Outcome<TrustedAuthority> {
    let known = client
        .authorities()
        .await?
        .into_iter()
        .any(|authority| authority.origin == *origin);
    let pinned = TrustedAuthority {
        origin: origin.clone(),
        name: origin.host().to_owned(),
        roots: vec![Bytes(root)],
    };
    client.trust_pinned(pinned).await?;
    match client.trust(origin).await {
        Ok(authority) => Ok(authority),
        Err(error) => {
            if !known {
                client.distrust(origin).await?;
            }
            Err(error.into())
        }
    }
}

fn value(authority: &TrustedAuthority) -> serde_json::Value {
    let roots: Vec<String> = authority.roots.iter().map(hex).collect();
    json!({ "authority": authority.origin, "name": authority.name, "roots": roots })
}

fn hex(bytes: &Bytes) -> String {
    bytes.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn root_key(text: &str) -> Outcome<Vec<u8>> {
    let refused = || {
        Failure::new(
            Kind::Usage,
            format!("`{text}` is not a root key: 64 hexadecimal digits are needed"),
        )
    };
    if text.len() != 64 || !text.is_ascii() {
        return Err(refused());
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| refused()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{hex, root_key};
    use clausa_api::Bytes;

    #[test]
    fn root_keys_are_read_and_written() {
        let text = "00ff".repeat(16);
        assert_eq!(hex(&Bytes(root_key(&text).unwrap())), text);
        assert!(root_key("00ff").is_err());
        assert!(root_key(&"zz".repeat(32)).is_err());
        assert!(root_key(&"é".repeat(32)).is_err());
    }
}
