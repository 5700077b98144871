//! Everything that this authority knows about a person, for the person himself (`SEC-182`).
//!
//! It is read in pages, each from one state of the database, and nothing but a page is in memory. What it does not hold:
//! secrets, the texts of mails, and what other organisations' logs say of him, which is theirs.

use std::collections::VecDeque;
use std::io;

use clausa_api::export::{
    EXPORT_FORMAT, ExportBegin, ExportEnd, ExportLine, ExportedFile, ExportedMail, MAX_EXPORTED,
};
use clausa_api::log::RequestType;
use clausa_core::id::ContentId;
use clausa_store::permit::Action;
use clausa_store::record::content::OwnContent;
use clausa_store::record::log::LogFilter;
use clausa_store::{Denied, Permit, StoreError};
use futures_util::Stream;
use futures_util::stream::try_unfold;

use super::acting::LogResult;
use super::devices::{self, DeviceError};
use super::factors::{self, FactorError};
use super::failure::{Failure, failures};
use super::oneself::Oneself;
use super::read_identity;
use super::read_log;
use super::recognise::kept_grants;
use super::sessions::{self, SessionError};
use super::step_up::{self, Needed};
use crate::state::AppState;

/// Files or entries that are read at a time.
const PAGE: u32 = 500;

/// Why nothing is exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The sessions cannot be listed.
    #[error("the sessions cannot be listed")]
    Sessions(#[from] SessionError),
    /// The devices cannot be listed.
    #[error("the devices cannot be listed")]
    Devices(#[from] DeviceError),
    /// The factors cannot be listed.
    #[error("the factors cannot be listed")]
    Factors(#[from] FactorError),
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(ExportError: StoreError, Denied);

/// An export that may be made: its person has just shown who he is, and it stands in the log.
pub struct Export {
    state: AppState,
    who: Oneself,
    permit: Permit,
    waiting: VecDeque<ExportLine>,
    next: Step,
    lines: u64,
    left: u64,
    complete: bool,
}

/// What is read next.
enum Step {
    Files(Option<ContentId>),
    Log(u64),
    End,
    Nothing,
}

/// Begins an export, which asks for a fresh proof.
///
/// # Errors
///
/// [`Failure::StepUp`] without one; [`ExportError`].
pub async fn export(state: &AppState, oneself: &Oneself) -> Result<Export, ExportError> {
    let now = state.now_micros();
    let permit = oneself.permit(Action::ExportAccount)?;
    let (who, account) = (oneself.clone(), oneself.actor.account);
    let (groups, mails) = state
        .store()
        .for_tenant(oneself.tenant())
        .transact_with("export.begin", who, move |who, tx| {
            Box::pin(async move {
                step_up::require(tx, &who.session, Needed::Fresh, now).await?;
                let addresses = who.addresses(tx).await?;
                let groups = tx.groups_of(&permit, who.tenant(), account).await?;
                let mut mails = Vec::new();
                for to in &addresses {
                    let waiting = tx.mails_waiting_for(to).await?;
                    mails.extend(waiting.into_iter().map(|(written, until)| ExportedMail {
                        to: to.clone(),
                        created_at: written.seconds(),
                        expires_at: until.seconds(),
                    }));
                }
                let address = addresses
                    .first()
                    .ok_or(Failure::Missing("address of an account"))?;
                let entry = who.log_entry(RequestType::ExportAccount, address, LogResult::Success, now);
                tx.append_log(&permit, &entry).await?;
                Ok::<_, ExportError>((groups, mails))
            })
        })
        .await?;
    let begin = ExportBegin {
        format: EXPORT_FORMAT.to_owned(),
        origin: state.origin().to_string(),
        made_at: now.seconds(),
        limit: MAX_EXPORTED,
    };
    let mut waiting = VecDeque::from([ExportLine::Export(begin)]);
    waiting.push_back(ExportLine::Identity(
        read_identity::of(state, &oneself.actor, permit).await?,
    ));
    let sessions = sessions::list(state, oneself).await?;
    waiting.extend(sessions.into_iter().map(ExportLine::Session));
    let devices = devices::list(state, oneself, oneself.actor.device).await?;
    waiting.extend(devices.into_iter().map(ExportLine::Device));
    waiting.push_back(ExportLine::Factors(factors::list(state, oneself).await?));
    waiting.extend(groups.into_iter().map(ExportLine::Group));
    waiting.extend(mails.into_iter().map(ExportLine::Mail));
    Ok(Export {
        state: state.clone(),
        who: oneself.clone(),
        permit,
        waiting,
        next: Step::Files(None),
        lines: 0,
        left: MAX_EXPORTED,
        complete: true,
    })
}

impl Export {
    /// The lines as bytes, a page at a time. A failure in between ends the stream with an error and without the last line.
    pub fn stream(self) -> impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static {
        try_unfold(self, |mut export| async move {
            match export.page().await {
                Ok(Some(page)) => Ok(Some((page, export))),
                Ok(None) => Ok(None),
                Err(error) => {
                    tracing::error!(%error, "an export was cut short");
                    Err(io::Error::other("the export was cut short"))
                }
            }
        })
    }

    async fn page(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        while self.waiting.is_empty() {
            match self.next {
                Step::Files(after) => self.read_files(after).await?,
                Step::Log(after) => self.read_log(after).await?,
                Step::End => {
                    self.next = Step::Nothing;
                    self.waiting.push_back(ExportLine::End(ExportEnd {
                        lines: self.lines,
                        complete: self.complete,
                    }));
                }
                Step::Nothing => return Ok(None),
            }
        }
        let mut page = Vec::new();
        for line in self.waiting.drain(..) {
            serde_json::to_writer(&mut page, &line).map_err(|_| Failure::Missing("line of an export"))?;
            page.push(b'\n');
            self.lines += 1;
        }
        Ok(Some(page))
    }

    async fn read_files(&mut self, after: Option<ContentId>) -> Result<(), Failure> {
        let (permit, account) = (self.permit, self.who.actor.account);
        let files = self
            .state
            .store()
            .read("export.files", move |tx| {
                Box::pin(async move {
                    Ok::<_, Failure>(tx.contents_of_account(&permit, account, after, PAGE).await?)
                })
            })
            .await?;
        let last = files.last().map(|file| file.content.id);
        let more = self.take(files.len());
        for found in files.into_iter().take(more.taken) {
            self.waiting.push_back(ExportLine::File(Box::new(file(found)?)));
        }
        self.next = match last {
            Some(last) if more.goes_on => Step::Files(Some(last)),
            _ => {
                self.left = MAX_EXPORTED;
                Step::Log(0)
            }
        };
        Ok(())
    }

    async fn read_log(&mut self, after: u64) -> Result<(), Failure> {
        let permit = self.permit;
        let filter = LogFilter {
            content: None,
            after,
            limit: PAGE,
        };
        let entries = self
            .state
            .store()
            .read("export.log", move |tx| {
                Box::pin(async move { Ok::<_, Failure>(tx.log(&permit, &filter).await?) })
            })
            .await?;
        let last = entries.last().map(|entry| entry.sequence);
        let more = self.take(entries.len());
        for entry in entries.into_iter().take(more.taken) {
            self.waiting
                .push_back(ExportLine::Log(Box::new(read_log::entry(entry)?)));
        }
        self.next = match last {
            Some(last) if more.goes_on => Step::Log(last),
            _ => Step::End,
        };
        Ok(())
    }

    /// How many of so many more lines still go in.
    fn take(&mut self, found: usize) -> Taken {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let taken = found.min(most);
        self.left -= taken as u64;
        self.complete &= taken == found;
        Taken {
            taken,
            goes_on: taken == found && found == PAGE as usize,
        }
    }
}

struct Taken {
    taken: usize,
    goes_on: bool,
}

fn file(OwnContent { content, owned }: OwnContent) -> Result<ExportedFile, Failure> {
    let grants = match owned {
        true => kept_grants(&content)?,
        false => Vec::new(),
    };
    Ok(ExportedFile {
        id: content.id,
        owner: content.owner,
        issuer: content.issuer,
        owned,
        file_name: content.file_name.filter(|_| owned),
        template: content.template,
        parent: content.parent,
        grants,
        published_at: content.published_at.seconds(),
        registered_at: content.registered_at.seconds(),
        expires: content.expires_at.map(|at| at.seconds()),
        revoked_at: content.revocation.map(|revocation| revocation.at.seconds()),
    })
}
