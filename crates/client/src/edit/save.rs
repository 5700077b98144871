//! A changed text becomes the next revision of its file.

use std::fs::File;
use std::io::Seek as _;
use std::path::{Path, PathBuf};

use clausa_core::open::{OpenGrant, SeekableReader};
use clausa_core::protect::{FileSealer, ProtectError as CoreError};
use clausa_core::rights::{Right, Rights};
use clausa_core::time::Timestamp;

use super::comparing::Comparing;
use super::version::{Version, open_for_saving};
use super::write::{Target, Text};
use super::{EditOptions, SavedRevision};
use crate::background::blocking;
use crate::client::Client;
use crate::device::tolerant;
use crate::error::{EditError, OpenError};
use crate::file::{Mode, Output, OutputError, Source, folder_of};
use crate::open::{Asked, LicenceFacts, LicenceOrigin, Located};
use crate::progress::ProgressCallback;
use crate::secrets::DeviceKeys;

/// A file that is open for changing.
pub(super) struct Editable {
    pub(super) client: Client,
    pub(super) located: Located,
    pub(super) facts: LicenceFacts,
    pub(super) reader: SeekableReader<File>,
    pub(super) options: EditOptions,
    pub(super) grant: OpenGrant,
    pub(super) keys: DeviceKeys,
    version: Version,
    /// Permissions and group that the changed file keeps.
    pub(super) mode: Mode,
}

impl Client {
    /// Opens a file for changing: everything that would keep it from being saved is found here, before anybody works on
    /// the text.
    pub(super) async fn editable(&self, path: PathBuf, options: EditOptions) -> Result<Editable, EditError> {
        let located = self.locate(Source::file(path)).await?;
        let (located, options, mode) = blocking(move || {
            check_target(&located, &options)?;
            let mode = Mode::of(&located.file);
            Ok::<_, EditError>((located, options, mode))
        })
        .await?;
        let mut licensed = self.licence_for(&located, Asked::ToOpen).await?;
        // The right may have been given since the licence on this device was.
        if !licensed.grant.licence().rights().contains(Right::Edit)
            && licensed.facts.origin == LicenceOrigin::Kept
            && let Some(fresh) = or_offline(self.licence_for(&located, Asked::Anew).await)?
        {
            licensed = fresh;
        }
        let keys = self.device_keys(&located.authority.origin).await?;
        let client = self.clone();
        blocking(move || {
            let (grant, facts) = (licensed.grant, licensed.facts);
            let reader = located.read_with(&grant, Right::View)?;
            let version = Version::new(located.header.digest(), reader.seal_report());
            let editable = Editable {
                client,
                located,
                facts,
                reader,
                options,
                grant,
                keys,
                version,
                mode,
            };
            editable.check_right()?;
            Ok(editable)
        })
        .await
    }
}

impl Editable {
    pub(super) fn rights(&self) -> Rights {
        self.grant.licence().rights()
    }

    /// The file, or the other one that the change goes to.
    pub(super) fn target(&self) -> &Path {
        self.options.output.as_deref().unwrap_or(&self.located.path)
    }

    /// Asks the authority once more, so that what was withdrawn since the file was opened counts. Without a network, the
    /// permission that came with the opening is used as long as it lasts.
    pub(super) async fn ask_again(&mut self) -> Result<(), EditError> {
        let answer = self.client.licence_for(&self.located, Asked::Anew).await;
        let Some(licensed) = or_offline(answer)? else {
            return Ok(());
        };
        self.grant = licensed.grant;
        self.facts = licensed.facts;
        self.check_right()
    }

    /// Whether this device may save now.
    fn check_right(&self) -> Result<(), EditError> {
        let required = self.grant.require(Right::Edit.into());
        required.map_err(|error| self.located.failed(error))?;
        let (header, at) = (&self.located.header, self.sealing_time());
        FileSealer::check_revision(header, &self.grant, &self.keys.signing, at)
            .map_err(|error| self.not_sealed(error, self.target()))
    }

    /// Compares a text with the one that was opened.
    pub(super) fn is_same_as(&mut self, text: &mut File) -> std::io::Result<bool> {
        self.reader.rewind()?;
        Comparing::new(text, &mut self.reader).run()
    }

    /// Writes the next revision in the place of the file, or to the output. `None` when a stream gives the same text: then
    /// nothing is written. Blocks.
    pub(super) fn save(&mut self, text: Text<'_>) -> Result<Option<SavedRevision>, EditError> {
        let path = self.target().to_owned();
        let in_place = self.options.output.is_none();
        // Held until the new file has the name: of two who save, one wins and the other hears of it.
        let _held = if in_place {
            let anchors = self.located.authority.anchors();
            Some(self.version.hold(&path, &anchors)?)
        } else {
            None
        };
        let target = Target {
            path: &path,
            overwrite: in_place || self.options.overwrite,
        };
        let progress = self.options.progress.clone();
        let Some((output, summary, at)) = self.write(text, &target, &progress)? else {
            return Ok(None);
        };
        Ok(Some(SavedRevision {
            output: output.commit()?,
            content_id: summary.content_id,
            revision: summary.revision,
            at,
            bytes: summary.file_length,
        }))
    }

    /// Writes the changed text to a new file beside the target, or into the profile's folder where that cannot be
    /// written. It is protected like the file itself. Blocks.
    pub(super) fn set_aside(&mut self, text: &File, length: u64) -> Result<PathBuf, EditError> {
        let folders = [
            folder_of(self.target()).to_owned(),
            self.client.profile().unsaved_folder()?,
        ];
        let stem = self
            .target()
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let stem = stem.unwrap_or_default();
        let stem = stem.strip_suffix(".clausa").unwrap_or(&stem).to_owned();
        let mut last = None;
        for folder in folders {
            for number in 1..1_000 {
                let name = match number {
                    1 => format!("{stem}.unsaved.clausa"),
                    _ => format!("{stem}.unsaved-{number}.clausa"),
                };
                let path = beside(&folder, name);
                let target = Target {
                    path: &path,
                    overwrite: false,
                };
                let written =
                    match self.write(Text::File(text, length), &target, &ProgressCallback::default()) {
                        Ok(Some((output, ..))) => output.commit().map_err(EditError::from),
                        // It was found to be another one before.
                        Ok(None) => Err(EditError::TextChanging),
                        Err(error) => Err(error),
                    };
                match written {
                    Ok(path) => return Ok(path),
                    Err(EditError::OutputExists { .. } | EditError::OutputNotRegular { .. }) => {}
                    Err(error) => {
                        last = Some(error);
                        break;
                    }
                }
            }
        }
        Err(last.unwrap_or_else(|| EditError::OutputExists {
            path: self.target().to_owned(),
        }))
    }

    /// Now; or the beginning of the permission when this machine's clock is a little behind the authority's.
    pub(super) fn sealing_time(&self) -> Timestamp {
        let now = self.client.clock().now();
        match self.grant.licence().edit_grant() {
            Some(grant) => tolerant(now, grant.begins()),
            None => now,
        }
    }

    fn not_sealed(&self, error: CoreError, path: &Path) -> EditError {
        not_sealed(error, path, &self.located)
    }
}

/// A file in a folder, without the dot of the current one.
fn beside(folder: &Path, name: String) -> PathBuf {
    if folder == Path::new(".") {
        name.into()
    } else {
        folder.join(name)
    }
}

/// Passes a licence on; `None` when the authority cannot be asked now.
fn or_offline<T>(answer: Result<T, OpenError>) -> Result<Option<T>, EditError> {
    match answer {
        Ok(licensed) => Ok(Some(licensed)),
        Err(error) if error.is_retryable() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn check_target(located: &Located, options: &EditOptions) -> Result<(), EditError> {
    match &options.output {
        Some(output) => drop(Output::file(output, options.overwrite)?),
        None => {
            drop(Output::file(&located.path, true)?);
            open_for_saving(&located.path).map_err(|source| at(&located.path, source))?;
        }
    }
    Ok(())
}

pub(super) fn not_sealed(error: CoreError, path: &Path, located: &Located) -> EditError {
    match error {
        CoreError::Io(error) => at(path, error.0),
        CoreError::SizeDiffers { .. } => EditError::TextChanging,
        CoreError::SealerNotValid => EditError::NotNow,
        CoreError::WrongSigner => EditError::GrantRefused,
        CoreError::NotPermitted { right } => {
            let error = clausa_core::open::OpenError::NotPermitted { right };
            located.failed(error).into()
        }
        other => EditError::Internal {
            source: Box::new(other),
        },
    }
}

pub(super) fn at(path: &Path, source: std::io::Error) -> EditError {
    EditError::Io {
        path: path.to_owned(),
        source,
    }
}

impl From<OutputError> for EditError {
    fn from(error: OutputError) -> Self {
        match error {
            OutputError::Exists { path } => Self::OutputExists { path },
            OutputError::NotRegular { path } => Self::OutputNotRegular { path },
            OutputError::Io { path, source } => Self::Io { path, source },
            OutputError::Unconfirmed { path, source } => Self::OutputUnconfirmed { path, source },
            OutputError::Profile(error) => error.into(),
        }
    }
}
