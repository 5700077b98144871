//! Writes the test vectors of `testdata/vectors/container/`, the same bytes every time.
//!
//! `cargo run -p clausa-core --no-default-features --features portable --example vectors -- testdata/vectors`
//!
//! Only the portable backend takes all its randomness from the caller; AWS-LC draws some of its own, so with it this
//! program refuses to run. Each vector has its own seed, its name, so that adding one leaves the others as they are.

mod edit;
mod forge;
mod seeded;
mod vector;
mod world;

use std::error::Error;
use std::path::Path;

use clausa_core::keys::Suite;
use clausa_core::rights::{Right, Rights};

use vector::Vector;
use world::World;

fn main() -> Result<(), Box<dyn Error>> {
    if cfg!(feature = "aws-lc") {
        return Err("run it with --no-default-features --features portable".into());
    }
    let folder = std::env::args_os()
        .nth(1)
        .ok_or("name the folder of the vectors")?;
    let folder = Path::new(&folder).join("container");
    std::fs::create_dir_all(&folder)?;
    for vector in all()? {
        std::fs::write(folder.join(vector.name), vector.to_bytes())?;
    }
    Ok(())
}

const LETTER: &[u8] = include_bytes!("../../../../testdata/samples/letter.md");

fn all() -> Result<Vec<Vector>, Box<dyn Error>> {
    let mut vectors = vec![
        Vector::of(&World::new("opens_suite_2", Suite::P256)?, "letter.md", LETTER)?
            .comment("The sample letter, wrapped with suite 2."),
        Vector::of(
            &World::new("opens_suite_3", Suite::MlKem768X25519)?,
            "letter.md",
            LETTER,
        )?
        .comment("The sample letter, wrapped with suite 3."),
        Vector::of(&World::new("opens_empty", Suite::P256)?, "empty", b"")?
            .comment("No content at all is content too: the plaintext stream still has its inner header.")
            .requirement("SEC-24"),
        Vector::of(
            &World::new("opens_two_segments", Suite::P256)?,
            "zeros",
            &[0; 65_600],
        )?
        .comment("A little more than one segment.")
        .requirement("SEC-24"),
        Vector::of(
            &World::new("opens_two_leaves", Suite::P256)?,
            "zeros",
            &[0; 1_048_100],
        )?
        .comment("A little more than one leaf: the only vector with a leaf list, whose values are no plain hashes.")
        .requirement("SEC-16"),
    ];
    vectors.extend(altered()?);
    vectors.extend(strangers()?);
    vectors.push(forge::reader_rewrites()?);
    vectors.extend(edit::vectors()?);
    Ok(vectors)
}

/// One good file, spoilt in one place each.
fn altered() -> Result<Vec<Vector>, Box<dyn Error>> {
    let spoil = |name, expect, requirement, comment, change: &dyn Fn(&mut Vec<u8>)| {
        let world = World::new(name, Suite::P256)?;
        let mut vector = Vector::of(&world, "letter.md", LETTER)?;
        change(&mut vector.file);
        Ok::<_, Box<dyn Error>>(vector.expect(expect).requirement(requirement).comment(comment))
    };
    let flip = |place: usize| move |file: &mut Vec<u8>| file[place] ^= 1;
    let flip_from_end = |place: usize| {
        move |file: &mut Vec<u8>| {
            let index = file.len() - place;
            file[index] ^= 1;
        }
    };
    Ok(vec![
        spoil(
            "prefix_magic",
            "prefix",
            "SEC-1",
            "One bit of the magic bytes.",
            &flip(0),
        )?,
        spoil(
            "prefix_major_version",
            "prefix",
            "SEC-1",
            "A later version must be refused by name.",
            &|file| file[8] = 2,
        )?,
        spoil(
            "prefix_flags",
            "prefix",
            "SEC-1",
            "Flags are zero in version 1.",
            &|file| file[11] = 1,
        )?,
        spoil(
            "prefix_no_licence",
            "prefix",
            "SEC-1",
            "A licence has at least one byte.",
            &|file| {
                file[12..16].fill(0);
            },
        )?,
        spoil(
            "licence_payload_bit",
            "publishing-licence",
            "SEC-2",
            "The signature covers every byte.",
            &flip(200),
        )?,
        spoil(
            "body_first_segment_bit",
            "altered-body",
            "SEC-14",
            "One bit of the first segment's ciphertext.",
            &|file| {
                let place = body_of(file) + 74 + 100;
                file[place] ^= 1;
            },
        )?,
        spoil(
            "body_header_bit",
            "altered-body",
            "SEC-10",
            "One bit of the FLOE header's IV.",
            &|file| {
                let place = body_of(file) + 20;
                file[place] ^= 1;
            },
        )?,
        spoil(
            "body_other_profile",
            "altered-body",
            "SEC-12",
            "Another segment length, which FLOE itself would allow.",
            &|file| {
                let place = body_of(file) + 3;
                file[place] ^= 1;
            },
        )?,
        spoil(
            "seal_signature_bit",
            "altered-seal",
            "SEC-14",
            "One bit of the seal's signature.",
            &flip_from_end(17),
        )?,
        spoil(
            "tail_magic",
            "unsealed",
            "SEC-13",
            "The last byte of the file.",
            &flip_from_end(1),
        )?,
        spoil(
            "cut_one_byte",
            "unsealed",
            "SEC-13",
            "The last byte is missing.",
            &|file| {
                file.pop();
            },
        )?,
        spoil(
            "cut_seal",
            "unsealed",
            "SEC-14",
            "Everything behind the body is missing.",
            &|file| {
                let seal = seal_length(file);
                file.truncate(file.len() - 16 - seal);
            },
        )?,
        spoil(
            "one_byte_more",
            "unsealed",
            "SEC-13",
            "One byte follows the tail.",
            &|file| file.push(0),
        )?,
    ])
}

/// A good file, opened by somebody or with something that does not fit.
fn strangers() -> Result<Vec<Vector>, Box<dyn Error>> {
    let one = |name, expect, requirement, comment, change: &dyn Fn(&mut World)| {
        let mut world = World::new(name, Suite::P256)?;
        change(&mut world);
        let vector = Vector::of(&world, "letter.md", LETTER)?;
        Ok::<_, Box<dyn Error>>(vector.expect(expect).requirement(requirement).comment(comment))
    };
    let mut vectors = vec![
        one(
            "use_licence_other_device",
            "use-licence",
            "SEC-40",
            "Issued to another device of the same person.",
            &|world| {
                world.licence_device = world.other_device;
            },
        )?,
        one(
            "use_licence_other_subject",
            "use-licence",
            "SEC-40",
            "Issued to another person on the same device.",
            &|world| {
                world.licence_subject = world.other_account;
            },
        )?,
        one(
            "use_licence_other_file",
            "use-licence",
            "SEC-40",
            "Issued for another file.",
            &|world| {
                world.licence_for_other_file = true;
            },
        )?,
        one(
            "use_licence_old_epoch",
            "use-licence",
            "SEC-40",
            "An epoch below the highest that was seen.",
            &|world| {
                world.minimum_epoch = world.epoch + 1;
            },
        )?,
        one(
            "use_licence_other_nonce",
            "use-licence",
            "SEC-49",
            "The answer to another request.",
            &|world| {
                world.expected_nonce = Some([0x55; 16]);
            },
        )?,
        one(
            "use_licence_expired",
            "use-licence",
            "SEC-43",
            "A kept licence, opened one second after its end.",
            &|world| {
                world.expected_nonce = None;
                world.opened_at = world.not_after.plus_seconds(1);
            },
        )?,
        one(
            "use_licence_clock_behind",
            "use-licence",
            "SEC-44",
            "A kept licence, and a clock more than five minutes below the floor.",
            &|world| {
                world.expected_nonce = None;
                world.clock_floor = world.opened_at.plus_seconds(301);
            },
        )?,
        one(
            "use_licence_offline_window_over",
            "use-licence",
            "SEC-43",
            "A kept licence, still valid, whose offline window is over.",
            &|world| {
                world.expected_nonce = None;
                world.opened_at = world.offline_until.plus_seconds(1);
            },
        )?,
        one(
            "use_licence_sealed_to_other_device",
            "unwrap",
            "SEC-40",
            "Names this device, but the key is sealed to another.",
            &|world| {
                world.seal_to_other_device = true;
            },
        )?,
        one(
            "other_root",
            "publishing-licence",
            "SEC-39",
            "The chain leads to a root that is not pinned.",
            &|world| {
                world.pin_other_root = true;
            },
        )?,
    ];
    let mut world = World::new("opens_with_a_kept_licence", Suite::P256)?;
    world.expected_nonce = None;
    world.opened_at = world.offline_until;
    vectors.push(
        Vector::of(&world, "letter.md", LETTER)?
            .comment("In the last second of the offline window.")
            .requirement("SEC-43"),
    );
    let mut world = World::new("opens_with_every_right", Suite::P256)?;
    world.rights = Right::ALL.into_iter().collect::<Rights>();
    vectors.push(
        Vector::of(&world, "all.txt", b"everything")?
            .comment("Every right of the closed set.")
            .requirement("SEC-42"),
    );
    Ok(vectors)
}

fn body_of(file: &[u8]) -> usize {
    16 + file[12..16]
        .iter()
        .fold(0, |length, byte| length << 8 | usize::from(*byte))
}

/// The seal is followed by the tail, whose first eight bytes are its length.
fn seal_length(file: &[u8]) -> usize {
    let tail = file.len() - 16;
    file[tail..tail + 8]
        .iter()
        .fold(0, |length, byte| length << 8 | usize::from(*byte))
}
