//! Every vector of `testdata/vectors/` through the real program: exit code, content, and that nothing is left behind. What
//! the vector's reader has, his pinned root, keys and kept licence, is written into a profile of its own, and the clock is
//! the vector's. There is no network.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clausa_api::Bytes;
use clausa_core::hazmat::backends::sha256;
use clausa_core::open::read_header;
use clausa_testkit::Vector;
use serde_json::{Value, json};

use crate::stage::PROGRAM;

/// Vectors whose use licence answers a request of this moment need an authority that gives just that answer.
const ONLINE: usize = 10;

/// SEC-53, SEC-61
#[test]
fn the_program_comes_to_the_verdict_of_the_vector() {
    let root = tempfile::tempdir().unwrap();
    let preload = compile_preload(root.path());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/vectors");
    let all = Vector::all(&folder);
    let (online, kept): (Vec<_>, Vec<_>) = all.iter().partition(|vector| vector.reader.nonce.is_some());
    assert!(
        online.len() <= ONLINE && kept.len() >= 400,
        "{} {}",
        online.len(),
        kept.len()
    );
    let run = |some: &[&Vector]| -> Vec<String> {
        let wrong = |vector: &&Vector| open(vector, root.path(), &preload).err();
        some.iter().filter_map(wrong).collect()
    };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let halves = kept.chunks(kept.len().div_ceil(2));
        let threads: Vec<_> = halves.map(|half| scope.spawn(move || run(half))).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(
        failures.is_empty(),
        "{} of {}: {failures:#?}",
        failures.len(),
        kept.len()
    );
}

/// Opens one file; what is not as the vector says is an error.
fn open(vector: &Vector, root: &Path, preload: &Path) -> Result<(), String> {
    let folder = root.join(vector.name.replace('/', "-"));
    make_private(&folder.join("tmp"));
    write_profile(vector, &folder.join("profile"));
    std::fs::write(folder.join("FILE.clausa"), &vector.file).unwrap();
    let output = Command::new(PROGRAM)
        .args([
            "--no-progress",
            "open",
            "FILE.clausa",
            "--viewer",
            "dd of=shown status=none bs=65536",
        ])
        .current_dir(&folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", &folder)
        .env("TMPDIR", folder.join("tmp"))
        .env("CLAUSA_PROFILE", folder.join("profile"))
        .env("CLAUSA_KEYRING", "file")
        .env("LD_PRELOAD", preload)
        .env("VECTOR_NOW", vector.reader.now.seconds().to_string())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let wrong = |what: String| Err(format!("{}: {what}: {told}", vector.name));
    let exit = output.status.code();
    if exit != Some(vector.exit.into()) {
        return wrong(format!("{exit:?} instead of {}", vector.exit));
    }
    let shown = std::fs::read(folder.join("shown")).unwrap_or_default();
    let is_content = vector.content.range(0, shown.len()) == shown;
    let is_whole = shown.len() as u64 == vector.content.length;
    if !is_content || vector.exit == 0 && !is_whole {
        return wrong(format!("showed {} bytes that are not the content", shown.len()));
    }
    let mut left = names(&folder);
    left.remove("shown");
    if left != BTreeSet::from(["FILE.clausa", "profile", "tmp"].map(str::to_owned)) {
        return wrong(format!("left {left:?} behind"));
    }
    if !names(&folder.join("tmp")).is_empty() {
        return wrong("left something in the folder for temporary files".to_owned());
    }
    std::fs::remove_dir_all(&folder).unwrap();
    Ok(())
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}

/// What signing in, enrolling and opening once would have left in the profile.
fn write_profile(vector: &Vector, folder: &Path) {
    let reader = &vector.reader;
    let origin = reader.origin.as_str();
    let mut name = origin.replace("://", "_").replace([':', '[', ']'], "_");
    if name.len() > 255 {
        name = sha256(&[origin.as_bytes()])
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
    }
    let licences = folder.join("cache").join(name).join("licences");
    make_private(&licences);
    let roots: Vec<_> = reader
        .anchors()
        .roots
        .iter()
        .map(|root| text(root.as_bytes()))
        .collect();
    let configuration = format!(
        "version = 1\ndefault = {origin:?}\n\n[[authority]]\norigin = {origin:?}\nname = \"Contoso\"\nroots = {roots:?}\n"
    );
    std::fs::write(folder.join("config.toml"), configuration).unwrap();
    let nobody = "00000000-0000-0000-0000-000000000000";
    write_json(
        &folder.join("accounts.json"),
        &json!({ "version": 1, "accounts": { origin: {
        "identity": {
            "account": reader.subject,
            "addresses": ["p.dover@fabrikam.example"],
            "display_name": null,
            "tenant": nobody,
            "organisation": null,
            "managed": false,
            "plan": "individual",
            "device": reader.device,
        },
        "signed_in": true,
        "device": reader.device,
        "device_name": "vectors",
        "enrolment": { "licensor_chain": [], "key_set": "", "keys_fetched_at": 0 },
    } } }),
    );
    // Version, length of the signing key, its kind and scalar, which opening does not use, and the decryption key.
    let keys = [&[1, 33, 2][..], &[7; 32], &reader.device_key].concat();
    let session = json!({ "access_token": "a", "refresh_token": "r", "expires": u32::MAX });
    let freshness = json!({ "server_time": reader.clock_floor, "local_time": 0, "epochs": {} });
    write_json(
        &folder.join("secrets.json"),
        &json!({ "version": 1, "secrets": {
        format!("device:{origin}"): text(&keys),
        format!("session:{origin}"): text(session.to_string().as_bytes()),
        format!("freshness:{origin}"): text(freshness.to_string().as_bytes()),
    } }),
    );
    if let Ok(header) = read_header(vector.file.as_slice()) {
        let licence = licences.join(format!("{}.json", header.licence().content_id()));
        write_json(
            &licence,
            &json!({
                "version": 1,
                "device": reader.device,
                "use_licence": text(&reader.use_licence),
                "certificate": text(&reader.tenant_certificate),
                "epoch": reader.minimum_epoch,
            }),
        );
    }
}

fn text(bytes: &[u8]) -> String {
    Bytes(bytes.to_vec()).to_text()
}

fn write_json(path: &Path, value: &Value) {
    std::fs::write(path, value.to_string()).unwrap();
}

fn make_private(folder: &Path) {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .unwrap();
}

/// A library that is loaded before the system's: the wall clock is the vector's, and there is no network.
fn compile_preload(folder: &Path) -> PathBuf {
    let library = folder.join("moment.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/moment.c");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .arg(&library)
        .args([source, "-ldl"])
        .status()
        .unwrap();
    assert!(status.success());
    library
}
