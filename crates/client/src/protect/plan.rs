//! What becomes of a source: the name inside the protected file, and where the file goes.

use super::ProtectOptions;
use crate::error::ProtectError;
use crate::file::{Sink, Source};

/// The ending of protected files.
const EXTENSION: &str = "clausa";

/// How a source is called inside its protected file, and where that file goes.
pub(super) struct Plan {
    pub(super) name: Option<String>,
    pub(super) sink: Sink,
}

impl Plan {
    pub(super) fn new(source: &Source, options: &ProtectOptions) -> Result<Self, ProtectError> {
        let name = inner_name(source, options);
        let sink = resolve_sink(source, options.output.as_ref(), name.as_deref())?;
        Ok(Self { name, sink })
    }
}

fn inner_name(source: &Source, options: &ProtectOptions) -> Option<String> {
    let of_source = || match source {
        Source::File(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
        Source::StandardInput => None,
    };
    options.inner_name.clone().or_else(of_source)
}

/// Where the protected file goes.
pub(super) fn resolve_sink(
    source: &Source,
    output: Option<&Sink>,
    name: Option<&str>,
) -> Result<Sink, ProtectError> {
    match (output, source) {
        (Some(Sink::File(folder)), _) if folder.is_dir() => {
            // The name goes into a path, so it has to be one that can do no harm there.
            let name = name
                .and_then(clausa_core::inner::safe_file_name)
                .ok_or(ProtectError::OutputUnnamed)?;
            Ok(Sink::File(folder.join(format!("{name}.{EXTENSION}"))))
        }
        (Some(sink), _) => Ok(sink.clone()),
        (None, Source::StandardInput) => Ok(Sink::StandardOutput),
        (None, Source::File(path)) => {
            let mut name = path.file_name().ok_or(ProtectError::OutputUnnamed)?.to_owned();
            name.push(".");
            name.push(EXTENSION);
            Ok(Sink::File(path.with_file_name(name)))
        }
    }
}
