//! What `packaging/` gives to other systems is true, and their own tools understand it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, reason = "says which tools are missing")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clausa_core::prefix::{MAGIC, PREFIX_LENGTH};

const MEDIA_TYPE: &str = "application/vnd.clausa";

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../packaging")
        .join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(at(path)).unwrap()
}

/// Runs a tool that may not be there. Says so, and fails if `CLAUSA_PACKAGING=required`.
fn tool(name: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(name).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            let required = std::env::var("CLAUSA_PACKAGING").is_ok_and(|value| value == "required");
            assert!(!required, "{name}: {error}");
            println!("{name} is not installed: not checked with it");
            None
        }
    }
}

/// The first bytes of a protected file of a version.
fn begin_of_a_file(major: u8, minor: u8) -> [u8; PREFIX_LENGTH] {
    let mut prefix = [0; PREFIX_LENGTH];
    prefix[..8].copy_from_slice(&MAGIC);
    (prefix[8], prefix[9]) = (major, minor);
    prefix[12..].copy_from_slice(&1_234_u32.to_be_bytes());
    prefix
}

/// `\x89CLS\r\n` and its like as bytes.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        bytes.push(match c {
            '\\' => match rest.next().unwrap() {
                'r' => b'\r',
                'n' => b'\n',
                'x' => {
                    let digits: String = rest.by_ref().take(2).collect();
                    u8::from_str_radix(&digits, 16).unwrap()
                }
                other => panic!("an escape that this test does not know: {other}"),
            },
            c => u8::try_from(c).unwrap(),
        });
    }
    bytes
}

/// Clause 3.1
#[test]
fn magic_type_and_name_are_those_of_the_format() {
    let magic = text("magic/clausa");
    let line = magic
        .lines()
        .find(|line| line.starts_with("0\tstring\t"))
        .unwrap();
    assert_eq!(unescaped(line.split('\t').nth(2).unwrap()), MAGIC);
    assert!(magic.contains(&format!("!:mime\t{MEDIA_TYPE}\n")) && magic.contains("!:ext\tclausa\n"));

    let mime = text("mime/clausa.xml");
    assert!(
        mime.contains(&format!("<mime-type type=\"{MEDIA_TYPE}\">")) && mime.contains("pattern=\"*.clausa\"")
    );
    let value = mime.split_once("value=\"").unwrap().1.split_once('"').unwrap().0;
    assert_eq!(unescaped(value), MAGIC);

    let desktop = text("applications/clausa-open.desktop");
    for line in [
        &format!("MimeType={MEDIA_TYPE};"),
        "Exec=clausa open %f",
        "Terminal=true",
    ] {
        assert!(desktop.lines().any(|found| found == line), "{line}");
    }
    let specification = std::fs::read_to_string(at("../docs/spec/format.md")).unwrap();
    assert!(specification.contains(MEDIA_TYPE) && specification.contains("<name>.clausa"));
}

#[test]
fn the_icons_are_where_the_names_say() {
    let name = MEDIA_TYPE.replace('/', "-");
    assert!(text("mime/clausa.xml").contains(&format!("<icon name=\"{name}\"/>")));
    assert!(text("applications/clausa-open.desktop").contains(&format!("Icon={name}\n")));
    let readme = text("README.md");
    for path in [
        format!("icons/scalable/{name}.svg"),
        format!("icons/symbolic/{name}-symbolic.svg"),
    ] {
        assert!(
            text(&path).contains("viewBox=\"0 0 16 16\"") && readme.contains(&path),
            "{path}"
        );
        for width in ["16", "256"] {
            let rendered = tool("rsvg-convert", &["-w", width, at(&path).to_str().unwrap()]);
            if let Some(rendered) = rendered {
                assert!(
                    rendered.status.success() && rendered.stdout.starts_with(b"\x89PNG"),
                    "{path}"
                );
            }
        }
    }
}

#[test]
fn file_knows_the_kind_and_the_version() {
    let folder = tempfile::tempdir().unwrap();
    let magic = at("magic/clausa");
    let magic = magic.to_str().unwrap();
    for (major, minor) in [(1, 0), (2, 7), (255, 255)] {
        let path = folder.path().join("file");
        std::fs::write(&path, begin_of_a_file(major, minor)).unwrap();
        let path = path.to_str().unwrap();
        let Some(told) = tool("file", &["-b", "-m", magic, path]) else {
            return;
        };
        let expected =
            format!("Clausa rights-managed file, version {major}.{minor}, licence of 1234 bytes\n");
        assert_eq!(String::from_utf8_lossy(&told.stdout), expected);
        let told = tool("file", &["-b", "--mime-type", "-m", magic, path]).unwrap();
        assert_eq!(String::from_utf8_lossy(&told.stdout), format!("{MEDIA_TYPE}\n"));
    }
    let path = folder.path().join("other");
    std::fs::write(&path, [&[0x88], &begin_of_a_file(1, 0)[1..]].concat()).unwrap();
    let told = tool("file", &["-b", "-m", magic, path.to_str().unwrap()]).unwrap();
    assert!(!String::from_utf8_lossy(&told.stdout).contains("Clausa"));
}

#[test]
fn desktops_take_the_type_and_the_entry() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("packages")).unwrap();
    std::fs::copy(at("mime/clausa.xml"), folder.path().join("packages/clausa.xml")).unwrap();
    if let Some(made) = tool("update-mime-database", &[folder.path().to_str().unwrap()]) {
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let globs = std::fs::read_to_string(folder.path().join("globs2")).unwrap();
        assert!(globs.contains(&format!(":{MEDIA_TYPE}:*.clausa\n")), "{globs}");
        let magic = std::fs::read(folder.path().join("magic")).unwrap();
        assert!(magic.windows(8).any(|window| window == MAGIC));
        let icons = std::fs::read_to_string(folder.path().join("icons")).unwrap();
        assert!(icons.contains(&format!("{MEDIA_TYPE}:application-vnd.clausa\n")));
    }
    let entry = at("applications/clausa-open.desktop");
    if let Some(judged) = tool("desktop-file-validate", &[entry.to_str().unwrap()]) {
        let told = String::from_utf8_lossy(&judged.stdout).into_owned();
        assert!(judged.status.success() && told.is_empty(), "{told}");
    }
}

/// What a first configuration needs fits on a page, and the program's own reader takes it.
#[test]
fn the_example_configuration_is_short_and_sound() {
    let example = text("authority.toml");
    assert!(example.lines().count() <= 20, "{} lines", example.lines().count());
    let config = clausa_server::Config::from_toml(&example).unwrap();
    assert!(config.server.tls.is_some() && config.mail.relay.is_some());
    assert!(text("README.md").contains("`authority.toml`"));
}

#[test]
fn systemd_takes_the_unit_and_finds_it_confined() {
    assert!(text("README.md").contains("`clausa.service`"));
    let unit = text("clausa.service");
    let folder = tempfile::tempdir().unwrap();
    // The check wants the programs to be there.
    let program = folder.path().join("clausa");
    std::fs::write(&program, "#!/bin/sh\n").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = folder.path().join("clausa.service");
    std::fs::write(&path, unit.replace("/usr/bin/clausa", program.to_str().unwrap())).unwrap();
    let path = path.to_str().unwrap();
    if let Some(judged) = tool("systemd-analyze", &["verify", "--man=no", path]) {
        let told = String::from_utf8_lossy(&judged.stderr).into_owned();
        assert!(
            judged.status.success() && !told.contains("clausa.service"),
            "{told}"
        );
    }
    // 0 is confined in every way that systemd knows, 10 in none; `ssh` has 9.6.
    let security = ["security", "--offline=yes", "--threshold=20", "--no-pager", path];
    if let Some(judged) = tool("systemd-analyze", &security) {
        let told = String::from_utf8_lossy(&judged.stdout).into_owned();
        assert!(judged.status.success(), "{told}");
    }
}
