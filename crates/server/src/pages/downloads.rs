//! The client programs that the operator offers: the files of one folder, the visitor's platform first.

use std::io;
use std::path::Path;

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use clausa_api::ProblemType;
use tokio::io::AsyncReadExt as _;
use utoipa_axum::router::OpenApiRouter;

use super::shell::{Frame, page};
use crate::http::{ApiError, ApiPath, ApiResult};
use crate::state::AppState;

pub(super) const DOWNLOADS: &str = "/downloads";
const FILE: &str = "/downloads/{name}";
/// Files that are offered; a folder with more is not one for people.
const MAX_FILES: usize = 64;
/// How much of a file is in memory at a time.
const CHUNK: usize = 64 * 1_024;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .route(DOWNLOADS, get(list))
        .route(FILE, get(file))
}

/// What a program runs on, as far as a browser says and a file's name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Platform {
    Windows,
    Macos,
    Linux,
    Mobile,
}

/// One file.
pub(super) struct Offer {
    pub(super) name: String,
    pub(super) mebibytes: u32,
    pub(super) fits: bool,
}

#[derive(Template)]
#[template(path = "pages/downloads.html")]
struct Downloads {
    frame: Frame,
    offers: Vec<Offer>,
}

async fn list(State(state): State<AppState>, frame: Frame, headers: HeaderMap) -> ApiResult<Response> {
    let offers = offers(&state, &headers).await;
    page(&Downloads { frame, offers }, None)
}

/// What is offered, what fits the visitor's platform first. A folder that cannot be read offers nothing.
pub(super) async fn offers(state: &AppState, headers: &HeaderMap) -> Vec<Offer> {
    let Some(folder) = &state.config().server.downloads_folder else {
        return Vec::new();
    };
    let platform = visitors_platform(headers);
    let mut found = match read_folder(folder).await {
        Ok(found) => found,
        Err(error) => {
            tracing::error!(%error, "the folder of downloads cannot be read");
            Vec::new()
        }
    };
    for offer in &mut found {
        offer.fits = platform.is_some() && platform_of(&offer.name) == platform;
    }
    found.sort_by(|one, other| (other.fits, &one.name).cmp(&(one.fits, &other.name)));
    found
}

async fn read_folder(folder: &Path) -> io::Result<Vec<Offer>> {
    let mut found = Vec::new();
    let mut entries = tokio::fs::read_dir(folder).await?;
    while let Some(entry) = entries.next_entry().await? {
        let (name, about) = (entry.file_name(), entry.metadata().await?);
        let Some(name) = name.to_str().filter(|name| is_plain(name)) else {
            continue;
        };
        if about.is_file() && found.len() < MAX_FILES {
            found.push(Offer {
                name: name.to_owned(),
                mebibytes: u32::try_from(about.len().div_ceil(1 << 20)).unwrap_or(u32::MAX),
                fits: false,
            });
        }
    }
    Ok(found)
}

/// Names that need no escaping anywhere and lead nowhere else.
fn is_plain(name: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    name.len() <= 100 && !name.starts_with('.') && !name.is_empty() && name.bytes().all(letters)
}

async fn file(State(state): State<AppState>, ApiPath(name): ApiPath<String>) -> ApiResult<Response> {
    let folder = state.config().server.downloads_folder.as_ref();
    let missing = || ApiError::new(ProblemType::NotFound);
    let path = folder
        .filter(|_| is_plain(&name))
        .ok_or_else(missing)?
        .join(&name);
    // A link could lead out of the folder.
    let about = tokio::fs::symlink_metadata(&path).await.map_err(|_| missing())?;
    if !about.is_file() {
        return Err(missing());
    }
    let opened = tokio::fs::File::open(&path).await.map_err(|_| missing())?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, about.len().to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    let chunks = futures_util::stream::try_unfold(opened, |mut opened| async move {
        let mut chunk = vec![0; CHUNK];
        let read = opened.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok::<_, io::Error>((read > 0).then(|| (Bytes::from(chunk), opened)))
    });
    Ok((headers, Body::from_stream(chunks)).into_response())
}

fn visitors_platform(headers: &HeaderMap) -> Option<Platform> {
    let text = headers.get(header::USER_AGENT)?.to_str().ok()?;
    let names = [
        ("Android", Platform::Mobile),
        ("iPhone", Platform::Mobile),
        ("iPad", Platform::Mobile),
        ("Windows", Platform::Windows),
        ("Macintosh", Platform::Macos),
        ("Linux", Platform::Linux),
    ];
    names
        .into_iter()
        .find_map(|(name, platform)| text.contains(name).then_some(platform))
}

fn platform_of(file: &str) -> Option<Platform> {
    let name = file.to_ascii_lowercase();
    let has = |signs: &[&str]| signs.iter().any(|sign| name.contains(sign));
    if has(&["windows", ".exe", ".msi"]) {
        Some(Platform::Windows)
    } else if has(&["macos", "darwin", ".dmg", ".pkg"]) {
        Some(Platform::Macos)
    } else if has(&["android", ".apk", "ios"]) {
        Some(Platform::Mobile)
    } else if has(&["linux", ".deb", ".rpm", ".appimage"]) {
        Some(Platform::Linux)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::{Platform, is_plain, platform_of, visitors_platform};

    #[test]
    fn a_file_and_a_browser_tell_their_platform() {
        for (name, expected) in [
            ("clausa-linux-x86_64.tar.gz", Some(Platform::Linux)),
            ("clausa_0.1.0_amd64.deb", Some(Platform::Linux)),
            ("Clausa-0.1.msi", Some(Platform::Windows)),
            ("clausa-macos-arm64.dmg", Some(Platform::Macos)),
            ("SHA256SUMS", None),
        ] {
            assert_eq!(platform_of(name), expected, "{name}");
        }
        for (agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
                Some(Platform::Windows),
            ),
            ("Mozilla/5.0 (Linux; Android 15; Pixel 9)", Some(Platform::Mobile)),
            ("Mozilla/5.0 (X11; Linux x86_64)", Some(Platform::Linux)),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0)",
                Some(Platform::Macos),
            ),
            ("curl/8", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("user-agent", agent.parse().unwrap());
            assert_eq!(visitors_platform(&headers), expected, "{agent}");
        }
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        assert!(is_plain("clausa-linux-x86_64.tar.gz"));
        for name in ["", "..", ".hidden", "a/b", "a\\b", "a b", "a\"b", "ä", "%2e%2e"] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
