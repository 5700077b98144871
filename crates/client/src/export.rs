//! Everything that an authority knows about its account, as a file.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clausa_api::export::{EXPORT_FORMAT, ExportEnd, ExportLine};
use clausa_api::paths;

use crate::client::Client;
use crate::error::ExportError;
use crate::file::Output;
use crate::transport::Call;

/// A large account takes its time.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// No line is longer.
const MAX_LINE: usize = 4 << 20;

/// An export that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportedAccount {
    /// The file; nobody but its user may read it.
    pub output: PathBuf,
    /// Its lines, the first and the last among them.
    pub lines: u64,
    /// False when there is more than an export holds.
    pub complete: bool,
}

impl Client {
    /// Writes everything that the authority knows about the account into a file that nobody else may read and that appears
    /// whole or not at all. Asks for a fresh proof ([`Client::step_up_state`]).
    ///
    /// # Errors
    ///
    /// [`ExportError`].
    pub async fn export_account(&self, to: &Path, overwrite: bool) -> Result<ExportedAccount, ExportError> {
        let origin = self.signed_in_origin().await?;
        let mut output = Output::file(to, overwrite)?;
        let mut seen = Seen::default();
        let call = Call::get(paths::ME_EXPORT).patience(PATIENCE);
        self.download_as_account(&origin, &call, &mut |bytes| {
            seen.look(bytes);
            output.write_all(bytes)
        })
        .await?
        .map_err(|source| ExportError::Io {
            path: to.to_owned(),
            source,
        })?;
        let end = seen.end().ok_or(ExportError::CutShort { origin })?;
        output.flush_to_disk()?;
        Ok(ExportedAccount {
            output: output.commit()?,
            lines: end.lines + 1,
            complete: end.complete,
        })
    }
}

/// What went by.
#[derive(Default)]
struct Seen {
    lines: u64,
    line: Vec<u8>,
    is_export: bool,
    end: Option<ExportEnd>,
    is_odd: bool,
}

impl Seen {
    fn look(&mut self, mut bytes: &[u8]) {
        while let Some(at) = bytes.iter().position(|byte| *byte == b'\n') {
            self.line.extend_from_slice(&bytes[..at]);
            self.finish_line();
            bytes = &bytes[at + 1..];
        }
        if self.line.len() + bytes.len() > MAX_LINE {
            self.is_odd = true;
            return;
        }
        self.line.extend_from_slice(bytes);
    }

    fn finish_line(&mut self) {
        // Nothing comes after the last line.
        self.is_odd |= self.end.is_some();
        if self.lines == 0 {
            let first = serde_json::from_slice(&self.line);
            self.is_export = matches!(&first, Ok(ExportLine::Export(begin)) if begin.format == EXPORT_FORMAT);
        } else if self.line.starts_with(b"{\"end\":") {
            self.end = match serde_json::from_slice(&self.line) {
                Ok(ExportLine::End(end)) if end.lines == self.lines => Some(end),
                _ => None,
            };
        }
        self.lines += 1;
        self.line.clear();
    }

    /// The last line, if everything was there.
    fn end(self) -> Option<ExportEnd> {
        let is_whole = self.is_export && !self.is_odd && self.line.is_empty();
        self.end.filter(|_| is_whole)
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    const WHOLE: &str = concat!(
        r#"{"export":{"format":"clausa-account-export/1","origin":"https://a.example","made_at":1,"limit":9}}"#,
        "\n",
        r#"{"group":"blue@contoso.example"}"#,
        "\n",
        r#"{"end":{"lines":2,"complete":true}}"#,
        "\n"
    );

    fn end_of(text: &str, piece: usize) -> Option<u64> {
        let mut seen = Seen::default();
        text.as_bytes().chunks(piece).for_each(|piece| seen.look(piece));
        seen.end().map(|end| end.lines)
    }

    #[test]
    fn only_a_whole_export_has_an_end() {
        for piece in [1, 7, 4_096] {
            assert_eq!(end_of(WHOLE, piece), Some(2));
        }
        for cut in 0..WHOLE.len() {
            assert_eq!(end_of(&WHOLE[..cut], 64), None, "{cut}");
        }
        let more = format!("{WHOLE}{{\"group\":\"red@contoso.example\"}}\n");
        assert_eq!(end_of(&more, 64), None);
        let fewer = WHOLE.replace("\"lines\":2", "\"lines\":3");
        assert_eq!(end_of(&fewer, 64), None);
        assert_eq!(end_of(&WHOLE.replace("export/1", "export/2"), 64), None);
    }
}
