//! Changing: a protected file gets another text under the same licence, and everybody sees who did it.
//!
//! [`Client::begin_edit`] puts the text into a private file for an editor and gives an [`EditSession`], whose end is
//! [`EditSession::save`], [`EditSession::set_aside`] or [`EditSession::discard`]; dropping it discards. An application
//! that has the new text itself calls [`Client::save_changed`], which never puts it on a disk in clear.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use clausa_core::address::Address;
use clausa_core::id::ContentId;
use clausa_core::rights::Rights;
use clausa_core::seal::SealReport;
use clausa_core::time::Timestamp;

use crate::background::blocking;
use crate::client::Client;
use crate::error::{EditError, KeptText, Unsaved};
use crate::leaves::{self, Workers};
use crate::open::LicenceFacts;
use crate::progress::ProgressCallback;
use private_text::{PrivateText, ReadError};
use save::Editable;
use write::Text;

pub(crate) use private_text::remove_abandoned;
pub(crate) use version::Version;

mod comparing;
mod private_text;
mod save;
mod version;
mod write;

/// How to change a file.
#[derive(Debug, Clone, Default)]
pub struct EditOptions {
    /// Where the changed file goes, the one that was opened staying as it is; into its place when `None`.
    pub output: Option<PathBuf>,
    /// Replace an output that is there already.
    pub overwrite: bool,
    /// Called as the text is decrypted and saved.
    pub progress: ProgressCallback,
}

/// A change that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SavedRevision {
    /// Where it is.
    pub output: PathBuf,
    /// The file's identifier: the same as before.
    pub content_id: ContentId,
    /// One more than before.
    pub revision: u64,
    /// When, as readers see it.
    pub at: Timestamp,
    /// Bytes of the protected file.
    pub bytes: u64,
}

/// How a session ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Edited {
    /// The saved change; `None` when the text was the same, so that nothing was written.
    pub saved: Option<SavedRevision>,
    /// What could not be removed of the text in clear, if anything. Opening the profile tries it again.
    pub left_behind: Option<PathBuf>,
}

/// A protected file whose text lies in a private folder for an editor.
///
/// The folder is its user's alone (mode 0700, the file 0600). It goes away with the session, with everything that the
/// editor put into it; should the process be killed, when a profile is opened next.
pub struct EditSession {
    editable: Editable,
    text: PrivateText,
}

impl EditSession {
    /// The text in clear, under the name it had when it was protected. Whatever is there when the session ends counts,
    /// be it the same file or another of that name.
    pub fn path(&self) -> &Path {
        self.text.path()
    }

    /// The file's identifier.
    pub fn content_id(&self) -> ContentId {
        self.editable.located.header.licence().content_id()
    }

    /// Who protected it.
    pub fn publisher(&self) -> &Address {
        &self
            .editable
            .located
            .header
            .verified_licence()
            .publisher()
            .address
    }

    /// What the account may do.
    pub fn rights(&self) -> Rights {
        self.editable.rights()
    }

    /// How the licence was come by and how long it lasts.
    pub fn facts(&self) -> LicenceFacts {
        self.editable.facts
    }

    /// Who sealed the version that was opened, when, and which revision it is.
    pub fn seal_report(&self) -> &SealReport {
        self.editable.reader.seal_report()
    }

    /// Saves the text as the file's next revision, and removes it from the private folder. The authority is asked again,
    /// so that what was withdrawn in the meantime counts; without a network, the permission that came with the opening is
    /// used as long as it lasts.
    ///
    /// # Errors
    ///
    /// [`Unsaved`]: why, and where the changed text is now. Among others [`EditError::Changed`] when somebody else has
    /// saved in the meantime.
    pub async fn save(self) -> Result<Edited, Unsaved> {
        let (mut session, read) = self.on_thread(Self::read_text).await;
        match read {
            Ok(true) => {}
            Ok(false) => return Ok(session.end(None).await),
            Err(error) => {
                let text = match error {
                    EditError::TextMissing { .. } | EditError::TextNotRegular { .. } => KeptText::Nothing,
                    _ => KeptText::InClear(session.text.keep()),
                };
                return Err(Unsaved { error, text });
            }
        }
        if let Err(error) = session.editable.ask_again().await {
            return Err(session.rescue(error).await);
        }
        let (session, saved) = session.on_thread(Self::write).await;
        match saved {
            Ok(saved) => Ok(session.end(saved).await),
            Err(error @ EditError::OutputUnconfirmed { .. }) => {
                let text = KeptText::Protected(session.editable.target().to_owned());
                session.end(None).await;
                Err(Unsaved { error, text })
            }
            Err(error) => Err(session.rescue(error).await),
        }
    }

    /// Ends the session without saving. A changed text is not lost: it goes into a new protected file beside the other,
    /// under the same licence.
    pub async fn set_aside(self) -> KeptText {
        let (session, read) = self.on_thread(Self::read_text).await;
        match read {
            Ok(true) => session.rescue(EditError::Interrupted).await.text,
            _ => KeptText::Nothing,
        }
    }

    /// Ends the session without saving. The changed text is gone.
    ///
    /// # Errors
    ///
    /// [`EditError::Io`] when the text in clear cannot be removed; opening the profile tries it again.
    pub async fn discard(self) -> Result<(), EditError> {
        let removed = blocking(move || self.text.remove()).await;
        removed.map_err(|(path, source)| EditError::Io { path, source })
    }

    /// Whether the text is there and another one than before.
    fn read_text(&mut self) -> Result<bool, EditError> {
        let mut file = self.open_text()?;
        let same = self.editable.is_same_as(&mut file);
        same.map(|same| !same).map_err(|source| EditError::Io {
            path: self.path().to_owned(),
            source,
        })
    }

    fn open_text(&self) -> Result<std::fs::File, EditError> {
        let path = self.path().to_owned();
        self.text.read().map_err(|error| match error {
            ReadError::Missing => EditError::TextMissing { path },
            ReadError::NotRegular => EditError::TextNotRegular { path },
            ReadError::Io(source) => EditError::Io { path, source },
        })
    }

    /// The text and its length.
    fn open_text_with_length(&self) -> Result<(std::fs::File, u64), EditError> {
        let file = self.open_text()?;
        let metadata = file.metadata().map_err(|source| EditError::Io {
            path: self.path().to_owned(),
            source,
        })?;
        Ok((file, metadata.len()))
    }

    fn write(&mut self) -> Result<Option<SavedRevision>, EditError> {
        let (file, length) = self.open_text_with_length()?;
        self.editable.save(Text::File(&file, length))
    }

    /// Puts a changed text that cannot be saved where it is not lost.
    async fn rescue(self, error: EditError) -> Unsaved {
        let set_aside = |session: &mut Self| {
            let (file, length) = session.open_text_with_length()?;
            session.editable.set_aside(&file, length)
        };
        let (session, aside) = self.on_thread(set_aside).await;
        let text = match aside {
            Ok(path) => {
                session.end(None).await;
                KeptText::Protected(path)
            }
            Err(second) => {
                tracing::warn!(error = %second, "a changed text could not be protected");
                KeptText::InClear(session.text.keep())
            }
        };
        Unsaved { error, text }
    }

    async fn end(self, saved: Option<SavedRevision>) -> Edited {
        let removed = blocking(move || self.text.remove()).await;
        let left_behind = removed.err().map(|(path, error)| {
            tracing::warn!(error = %error, "a text in clear could not be removed");
            path
        });
        Edited { saved, left_behind }
    }

    async fn on_thread<T: Send + 'static>(
        mut self,
        work: impl FnOnce(&mut Self) -> T + Send + 'static,
    ) -> (Self, T) {
        blocking(move || {
            let value = work(&mut self);
            (self, value)
        })
        .await
    }
}

impl fmt::Debug for EditSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EditSession")
            .field("content_id", &self.content_id())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Opens a protected file for changing and puts its text into a private file, whose path an editor can be given.
    /// Needs `VIEW` and `EDIT`. Whatever would keep the change from being saved is found now: a missing right, a file or
    /// folder that cannot be written.
    ///
    /// # Errors
    ///
    /// [`EditError`], among others [`EditError::Open`] with [`OpenError::RightMissing`](crate::OpenError::RightMissing).
    pub async fn begin_edit(
        &self,
        file: impl Into<PathBuf>,
        options: EditOptions,
    ) -> Result<EditSession, EditError> {
        let editable = self.editable(file.into(), options).await?;
        blocking(move || {
            let (name, length) = (
                editable.reader.inner_header().safe_name(),
                editable.reader.plaintext_len(),
            );
            let profile = editable.client.profile().clone();
            let (text, file) = PrivateText::create(&profile, name.as_deref(), length)?;
            let (source, body) = editable.reader.parts();
            leaves::open(
                body,
                source,
                &file,
                Workers::default(),
                &editable.options.progress,
            )
            .map_err(|ended| editable.located.ended(ended, text.path()))?;
            Ok(EditSession { editable, text })
        })
        .await
    }

    /// Saves what `text` gives as the next revision of a protected file, for somebody who has the new text already. The
    /// authority is asked first, and a kept licence used when it cannot be reached. `length` is that of the text, where
    /// it is known.
    ///
    /// # Errors
    ///
    /// [`EditError`]; the file is then as it was.
    pub async fn save_changed(
        &self,
        file: impl Into<PathBuf>,
        text: impl Read + Send + 'static,
        length: Option<u64>,
        options: EditOptions,
    ) -> Result<Option<SavedRevision>, EditError> {
        let mut editable = self.editable(file.into(), options).await?;
        if editable.facts.origin == crate::open::LicenceOrigin::Kept {
            editable.ask_again().await?;
        }
        let mut text = text;
        blocking(move || editable.save(Text::Stream(&mut text, length))).await
    }
}
