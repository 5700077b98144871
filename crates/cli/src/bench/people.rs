//! The people: signed up by the ordinary routes, each with protected files.

use std::sync::Arc;

use clausa_client::{
    LicenceAsker, LicensableFile, PolicyChoice, ProtectOptions, SignupProfile, Sink, Source,
};
use clausa_core::random::{Randomness as _, SystemRandom};
use tokio::task::JoinSet;

use super::target::Started;
use super::{Load, broken};
use crate::failure::{Failure, Outcome};

/// Sign-ups under way at the same time.
const AT_ONCE: usize = 16;
/// The template that everybody in an organisation may open with.
const TEMPLATE: &str = "confidential";
/// What is protected. Licences do not depend on it.
const TEXT: &[u8] = b"Nobody reads this: only its licence is asked for.\n";

/// Somebody who asks.
pub struct Person {
    /// His device.
    pub asker: LicenceAsker,
    /// Every file of his organisation.
    pub files: Arc<Vec<LicensableFile>>,
}

struct Newcomer {
    tenant: u32,
    asker: LicenceAsker,
    files: Vec<LicensableFile>,
}

/// Signs everybody up and has them protect their files.
pub async fn gather(started: &Arc<Started>, load: &Load) -> Outcome<Vec<Person>> {
    let mut run = [0; 4];
    SystemRandom
        .fill(&mut run)
        .map_err(|error| broken(error.to_string()))?;
    let run = u32::from_be_bytes(run);
    let mut newcomers = Vec::new();
    let mut under_way = JoinSet::new();
    for number in 0..load.clients {
        if under_way.len() >= AT_ONCE {
            newcomers.extend(next(&mut under_way).await?);
        }
        let tenant = number % load.tenants;
        let name = format!("p{number}");
        let address = format!("{name}@bench-{run:08x}-{tenant}.example");
        under_way.spawn(enter(started.clone(), load.files, tenant, name, address));
    }
    while !under_way.is_empty() {
        newcomers.extend(next(&mut under_way).await?);
    }
    let files: Vec<Arc<Vec<LicensableFile>>> = (0..load.tenants)
        .map(|tenant| {
            let of_tenant = newcomers.iter().filter(|newcomer| newcomer.tenant == tenant);
            Arc::new(of_tenant.flat_map(|newcomer| newcomer.files.clone()).collect())
        })
        .collect();
    Ok(newcomers
        .into_iter()
        .filter_map(|newcomer| {
            Some(Person {
                files: files.get(newcomer.tenant as usize)?.clone(),
                asker: newcomer.asker,
            })
        })
        .collect())
}

async fn next(under_way: &mut JoinSet<Outcome<Newcomer>>) -> Outcome<Option<Newcomer>> {
    match under_way.join_next().await {
        Some(Ok(newcomer)) => newcomer.map(Some),
        Some(Err(error)) => Err(broken(error.to_string())),
        None => Ok(None),
    }
}

/// Signs up, protects, and opens the first file from beginning to end.
async fn enter(
    started: Arc<Started>,
    files: u32,
    tenant: u32,
    name: String,
    address: String,
) -> Outcome<Newcomer> {
    let client = started.newcomer(&name).await?;
    let mut flow = client.signup(&address, None).await?;
    let code = started.mailed_code(&address).await?;
    flow.submit_code(&code).await?;
    flow.complete_profile(SignupProfile::default()).await?;

    let folder = started.files_of(&name);
    let unwritable = |error| Failure::from_write(&error, "a file to protect");
    std::fs::create_dir_all(&folder).map_err(unwritable)?;
    let mut sources = Vec::new();
    for number in 0..files {
        let path = folder.join(format!("{number}.txt"));
        std::fs::write(&path, TEXT).map_err(unwritable)?;
        sources.push(Source::file(path));
    }
    let mut options = ProtectOptions::new(PolicyChoice::template(TEMPLATE));
    options.output = Some(Sink::file(&folder));
    let mut licensable = Vec::new();
    for (_, protected) in client.protect_all(sources, options).await? {
        licensable.push(client.licensable_file(&protected?.output).await?);
    }
    Ok(Newcomer {
        tenant,
        asker: client.licence_asker().await?,
        files: licensable,
    })
}
