//! As much of MIME (RFC 2045, 2047) as is needed to read our own mails back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A header's value, unfolded and with encoded words decoded.
pub(super) fn header(raw: &[u8], name: &str) -> Option<String> {
    let (head, _) = split(raw);
    raw_header(&head, name).map(|value| decode_words(&value))
}

/// The decoded body of the first part of type `media`, with line feeds alone.
pub(super) fn body(raw: &[u8], media: &str) -> Option<String> {
    let (head, body) = split(raw);
    let content_type = raw_header(&head, "Content-Type").unwrap_or_else(|| "text/plain".to_owned());
    if content_type.to_ascii_lowercase().starts_with("multipart/") {
        let boundary = parameter(&content_type, "boundary")?;
        return parts(body, &boundary)
            .into_iter()
            .find_map(|part| self::body(&part, media));
    }
    if !content_type.to_ascii_lowercase().starts_with(media) {
        return None;
    }
    let encoding = raw_header(&head, "Content-Transfer-Encoding")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let bytes = match encoding.as_str() {
        "base64" => {
            let packed: Vec<u8> = body
                .iter()
                .copied()
                .filter(|byte| !byte.is_ascii_whitespace())
                .collect();
            STANDARD.decode(packed).ok()?
        }
        "quoted-printable" => quoted_printable(body),
        _ => body.to_vec(),
    };
    Some(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))
}

fn split(raw: &[u8]) -> (String, &[u8]) {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n");
    match end {
        Some(end) => (String::from_utf8_lossy(&raw[..end]).into_owned(), &raw[end + 4..]),
        None => (String::from_utf8_lossy(raw).into_owned(), &[]),
    }
}

fn raw_header(head: &str, name: &str) -> Option<String> {
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded.split("\r\n").find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

fn parameter(content_type: &str, name: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|pair| {
        let (found, value) = pair.split_once('=')?;
        found
            .trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn parts(body: &[u8], boundary: &str) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(body);
    let delimiter = format!("--{boundary}");
    text.split(&delimiter)
        .skip(1)
        .filter(|part| !part.starts_with("--"))
        .map(|part| part.trim_start_matches("\r\n").as_bytes().to_vec())
        .collect()
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        if *byte != b'=' {
            out.push(*byte);
            continue;
        }
        if let Some(after) = tail.strip_prefix(b"\r\n") {
            rest = after;
        } else if let Some((value, after)) = hex_pair(tail) {
            out.push(value);
            rest = after;
        } else {
            out.push(b'=');
        }
    }
    out
}

fn hex_pair(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (pair, rest) = bytes.split_at_checked(2)?;
    let text = std::str::from_utf8(pair).ok()?;
    Some((u8::from_str_radix(text, 16).ok()?, rest))
}

/// Encoded words `=?utf-8?b?…?=` and `=?utf-8?q?…?=`; white space between two of them does not count.
fn decode_words(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    let mut last_was_word = false;
    while let Some(start) = rest.find("=?") {
        let Some((decoded, after)) = decode_word(&rest[start..]) else {
            break;
        };
        let between = &rest[..start];
        if !(last_was_word && between.trim().is_empty()) {
            out.push_str(between);
        }
        out.push_str(&decoded);
        last_was_word = true;
        rest = after;
    }
    out.push_str(rest);
    out
}

fn decode_word(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix("=?")?;
    let mut fields = inner.splitn(3, '?');
    let (_charset, encoding, rest) = (fields.next()?, fields.next()?, fields.next()?);
    let (payload, after) = rest.split_once("?=")?;
    let bytes = match encoding {
        "b" | "B" => STANDARD.decode(payload).ok()?,
        "q" | "Q" => quoted_printable(payload.replace('_', " ").as_bytes()),
        _ => return None,
    };
    Some((String::from_utf8_lossy(&bytes).into_owned(), after))
}
