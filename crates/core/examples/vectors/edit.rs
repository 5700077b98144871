//! Changes that a reader saves under an edit grant, and a signature that has a second form.

use std::error::Error;
use std::io::Write as _;

use clausa_core::certificate::{
    EditGrant, Purpose, SignedTenantCertificate, TenantCertificate, TrustAnchors,
};
use clausa_core::inner::InnerHeader;
use clausa_core::keys::{Signer as _, SoftwareSigner, Suite};
use clausa_core::open::read_header;
use clausa_core::protect::{FileSealer, ProtectWriter, protect};
use clausa_core::rights::{Right, Rights};
use clausa_core::use_licence::{Expected, UseLicence};

use crate::vector::{Vector, unwrap};
use crate::world::{NOW, World};

pub fn vectors() -> Result<Vec<Vector>, Box<dyn Error>> {
    Ok(vec![
        changed("opens_sealed_by_an_editor", Purpose::Edit)?
            .comment("A reader with EDIT has saved a change; the seal is his, and carries his edit grant.")
            .requirement("SEC-15"),
        changed("sealer_without_the_purpose", Purpose::Checkpoint)?
            .expect("sealer")
            .comment("The edit grant is signed by a key of the tenant's that is not for edit grants.")
            .requirement("SEC-15"),
        high_s()?,
    ])
}

/// The sample, changed by the reader, sealed in the last second of his grant.
fn changed(name: &'static str, purpose: Purpose) -> Result<Vector, Box<dyn Error>> {
    let mut world = World::new(name, Suite::P256)?;
    let expires = NOW.plus_days(7);
    world.rights = Rights::from(Right::View).with(Right::Edit);
    let (edit_signer, certificate) = edit_key(&world, purpose)?;
    let published = world.publish()?;
    let keys = unwrap(&world, &published)?;
    let grant = EditGrant {
        tenant: world.tenant,
        licence: published.licence().digest(),
        subject: world.reader,
        address: "p.dover@fabrikam.example".parse()?,
        key: world.reader_signer.verifying_key(),
        right: Right::Edit.into(),
        not_before: NOW,
        expires,
    };
    world.edit_grant = Some(grant.issue(&edit_signer, &certificate)?);
    let use_licence = world.issue(published.licence().digest(), &published, &keys)?;

    let inner = InnerHeader::named("letter.md")?;
    let mut rng = world.rng.borrow_mut();
    let (publisher, at) = (&world.publisher, world.sealed_at());
    let original = protect(published, &inner, b"Before.", publisher, at, &mut *rng)?;
    let anchors = TrustAnchors::new(world.root.verifying_key());
    let header = read_header(original.as_slice())?.verify(&anchors)?;
    let expected = Expected {
        anchors: &anchors,
        device: world.device,
        subject: world.reader,
        nonce: world.expected_nonce,
        minimum_epoch: world.minimum_epoch,
        clock_floor: world.clock_floor,
        now: world.opened_at,
    };
    let licence = world.licence_certificate.as_bytes();
    let open =
        UseLicence::parse_verify(&use_licence, licence, &header, &expected)?.unseal(&world.device_key)?;
    let sealer = FileSealer::revise(&header, &open, 0, &inner, &mut *rng)?;
    let mut writer = ProtectWriter::with_sealer(sealer, Vec::new(), &mut *rng)?;
    writer.write_all(b"After.")?;
    let file = writer.finish(&world.reader_signer, expires)?.out;
    drop(rng);
    Vector::new(&world, file, &use_licence, "letter.md", b"After.")
}

fn edit_key(
    world: &World,
    purpose: Purpose,
) -> Result<(SoftwareSigner, SignedTenantCertificate), Box<dyn Error>> {
    let signer = SoftwareSigner::generate_ed25519(&mut *world.rng.borrow_mut())?;
    let certificate = TenantCertificate {
        tenant: world.tenant,
        purpose,
        key: signer.verifying_key(),
        not_before: NOW,
        expires: NOW.plus_days(3_650),
    }
    .issue(&world.root)?;
    Ok((signer, certificate))
}

/// The order of the P-256 group.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The publisher's own seal, its `s` replaced by `n - s`: it verifies as mathematics, and is a second encoding.
fn high_s() -> Result<Vector, Box<dyn Error>> {
    let world = World::new("seal_high_s", Suite::P256)?;
    let mut vector = Vector::of(&world, "empty", b"")?;
    // The file has one leaf, so the signature's last byte stands right before the 16 bytes of the tail.
    let end = vector.file.len() - 16;
    let mut borrow = 0;
    for (digit, order) in vector.file[end - 32..end].iter_mut().zip(ORDER).rev() {
        let difference = i16::from(order) - i16::from(*digit) - borrow;
        borrow = i16::from(difference < 0);
        *digit = difference.rem_euclid(256) as u8;
    }
    Ok(vector
        .expect("altered-seal")
        .requirement("SEC-2")
        .comment("The publisher's seal with the higher of the two forms of its ECDSA signature."))
}
