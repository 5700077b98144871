//! Parts of one genuine file in another one: of the same publisher, of the same licence (and so under the same key), of
//! another tenant (clauses 3.9, 8.1, 8.3).

use std::sync::LazyLock;

use clausa_core::keys::{SoftwareSigner, Suite};

use crate::moves::with_segments;
use crate::subject::Subject;
use crate::tally::Tally;
use crate::world::{Person, Tenant, WORLD, World, sample};

const SEGMENT: usize = 65_536;
const LENGTH: usize = (1 << 20) + 100_000;

/// Another tenant of the same authority.
static NEIGHBOUR: LazyLock<World> = LazyLock::new(|| {
    let root = SoftwareSigner::from_secret_bytes(&WORLD.root.expose_secret_for_sealing().unwrap()).unwrap();
    World {
        anchors: WORLD.anchors.clone(),
        tenant: Tenant::new(&root, &[Suite::P256]),
        janet: Person::new("janet@fabrikam.example"),
        dover: Person::new("p.dover@contoso.example"),
        root,
    }
});

#[test]
fn of_two_files_of_one_publisher() {
    for length in [11, LENGTH] {
        let mine = Subject::published(Suite::P256, length);
        let other = Subject::published(Suite::P256, length);
        every_splice("one publisher", &mine, &other);
    }
}

/// Under one key: the FLOE IV alone tells the bodies apart.
#[test]
fn of_a_file_and_its_later_revisions() {
    for length in [11, LENGTH] {
        let first = Subject::published(Suite::P256, length);
        let second = first.republished(length);
        assert!(first.head() == second.head() && first.segments() != second.segments());
        every_splice("two revisions", &first, &second);
        every_splice("publisher and editor", &first, &first.edited(length));
        every_splice("two editions", &first.edited(length), &first.edited(length));
    }
}

#[test]
fn of_files_of_two_suites_and_of_two_tenants() {
    let mine = Subject::published(Suite::P256, 11);
    every_splice(
        "two suites",
        &mine,
        &Subject::published(Suite::MlKem768X25519, 11),
    );
    for length in [11, LENGTH] {
        let mine = Subject::published(Suite::P256, length);
        let plaintext = sample(length);
        let theirs = Subject::of(&NEIGHBOUR, NEIGHBOUR.protect(Suite::P256, &plaintext), plaintext);
        every_splice("two tenants", &mine, &theirs);
    }
}

fn every_splice(name: &str, one: &Subject, two: &Subject) {
    let mut tally = Tally::default();
    let genuine = [one, two];
    let mut judge = |damaged: &[u8], kind, case: &dyn std::fmt::Display| {
        // Parts that the two have in common make the same file again.
        if genuine.iter().all(|file| file.bytes != damaged) {
            tally.add(kind, Subject::judge(damaged, &genuine, case));
        }
    };
    // Every mixture of the seven parts.
    for mixture in 1_u32..127 {
        let part = |number: usize| {
            let file = genuine[(mixture >> number & 1) as usize];
            &file.bytes[file.parts[number]..file.parts[number + 1]]
        };
        let mixed = (0..7).map(part).collect::<Vec<_>>().concat();
        judge(&mixed, "mixture of parts", &format_args!("{name} {mixture:07b}"));
    }
    // Every segment of the one in the other, at its own place and at the next.
    for (mine, theirs) in [(one, two), (two, one)] {
        let segments: Vec<&[u8]> = mine.segments().chunks(SEGMENT).collect();
        for (number, segment) in theirs.segments().chunks(SEGMENT).enumerate() {
            for place in [number, (number + 1) % segments.len()] {
                let mut mixed = segments.clone();
                mixed[place] = segment;
                for damaged in with_segments(mine, &mixed) {
                    judge(
                        &damaged,
                        "segment of another file",
                        &format_args!("{name} {number} at {place}"),
                    );
                }
            }
        }
        let (list, end) = (mine.parts[5], mine.parts[6]);
        for place in (list..end).step_by(32) {
            let mut mixed = mine.bytes.clone();
            mixed[place..place + 32].copy_from_slice(&theirs.bytes[theirs.parts[5]..][..32]);
            judge(
                &mixed,
                "leaf value of another file",
                &format_args!("{name} {place}"),
            );
        }
    }
    tally.report(name, &["mixture of parts", "segment of another file"]);
}
