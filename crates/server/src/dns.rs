//! Looking up TXT records from several vantage points: every configured resolver is asked by itself, without a cache,
//! and nothing is believed that one of them denies (`SEC-87`).
//!
//! A resolver's answer counts only when a record stands at the very name that was asked: no alias is followed, because
//! a wildcard alias to somebody else's servers would let those prove the domain.

use std::net::SocketAddr;
use std::time::Duration;

use clausa_core::address::Domain;
use futures_util::future::join_all;
use hickory_resolver::Resolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};

use crate::config::LEAST_RESOLVERS;

/// How long one resolver may take, over UDP and then TCP.
const PATIENCE: Duration = Duration::from_secs(6);
/// How long one question to it may take.
const QUESTION: Duration = Duration::from_millis(1_500);
/// More records at one name are somebody's game.
const MAX_RECORDS: usize = 64;
/// The longest value that is looked at, in bytes.
const MAX_VALUE: usize = 512;

/// What the vantage points see together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// All that answered see the record, and those are enough.
    Agreed,
    /// All that answered, and those are enough, see no such record.
    Absent,
    /// Some see it and some do not: the answer has not spread yet, or somebody lies.
    Divided,
    /// Too few answered.
    Unanswered,
}

/// Looks for a TXT record `label.domain` whose value `is_right`.
pub async fn look(
    resolvers: &[SocketAddr],
    label: &str,
    domain: &Domain,
    is_right: impl Fn(&[u8]) -> bool + Sync,
) -> Sight {
    let Ok(name) = Name::from_ascii(format!("{label}.{domain}.")) else {
        return Sight::Absent;
    };
    let asked = resolvers.iter().map(|resolver| values(*resolver, &name));
    let seen: Vec<bool> = join_all(asked)
        .await
        .into_iter()
        .flatten()
        .map(|values| values.iter().any(|value| is_right(value)))
        .collect();
    let right = seen.iter().filter(|right| **right).count();
    match right {
        _ if seen.len() < LEAST_RESOLVERS => Sight::Unanswered,
        0 => Sight::Absent,
        right if right == seen.len() => Sight::Agreed,
        _ => Sight::Divided,
    }
}

/// The values of the TXT records at `name` as one resolver tells them; `None` when it tells nothing that could be used.
async fn values(resolver: SocketAddr, name: &Name) -> Option<Vec<Vec<u8>>> {
    let resolver = ask_one(resolver)?;
    let answer = tokio::time::timeout(PATIENCE, resolver.lookup(name.clone(), RecordType::TXT)).await;
    let lookup = match answer {
        Ok(Ok(lookup)) => lookup,
        Ok(Err(error)) if error.is_no_records_found() => return Some(Vec::new()),
        Ok(Err(error)) => {
            tracing::info!(%error, "a resolver did not answer");
            return None;
        }
        Err(_) => return None,
    };
    let records = lookup.answers().iter().filter(|record| record.name == *name);
    let texts = records.filter_map(|record| match &record.data {
        RData::TXT(text) => Some(text.txt_data.concat()),
        _ => None,
    });
    Some(
        texts
            .filter(|value| value.len() <= MAX_VALUE)
            .take(MAX_RECORDS)
            .collect(),
    )
}

fn ask_one(resolver: SocketAddr) -> Option<Resolver<TokioRuntimeProvider>> {
    let [mut udp, mut tcp] = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
    (udp.port, tcp.port) = (resolver.port(), resolver.port());
    let server = NameServerConfig::new(resolver.ip(), true, vec![udp, tcp]);
    let config = ResolverConfig::from_name_servers(vec![server]);
    let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
    let options: &mut ResolverOpts = builder.options_mut();
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.attempts = 1;
    options.timeout = QUESTION;
    options.preserve_intermediates = true;
    // The letters' case is drawn, so that an answer cannot be guessed and sent from elsewhere.
    options.case_randomization = true;
    builder.build().ok()
}
