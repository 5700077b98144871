//! Files made by the crate's own writer, whose bytes must not change by themselves (SEC-25).

use clausa_core::certificate::{LicensorChain, TrustAnchors};
use clausa_core::hazmat::hpke::Kem;
use clausa_core::id::{AccountId, LicenceId, TenantId};
use clausa_core::inner::InnerHeader;
use clausa_core::keys::{DeviceDecryptionKey, KeyUnwrapper, Signer, SoftwareUnwrapper, Suite};
use clausa_core::policy::{Grant, Grants, NamedData, OfflineWindow, Policy, Principal, Terms};
use clausa_core::protect::protect;
use clausa_core::publishing::{PublishRequest, publish};
use clausa_core::rights::Rights;
use clausa_core::time::Timestamp;
use clausa_core::use_licence::UseLicenceDraft;

use crate::assemble::Assembled;
use crate::recipe::{Content, Part, Recipe, Wrap};
use crate::vector::Vector;
use crate::world::{DAY, NOW, Who};

const LETTER: &[u8] = include_bytes!("../../../../../testdata/samples/letter.md");

type Failed = Box<dyn std::error::Error>;

/// The vectors, and what is not as they say.
pub fn vectors() -> Vec<(Vector, Vec<String>)> {
    let make = |name: &str, suites: &[u64], content: Content, comment: &str| {
        let mut recipe = Recipe::new(format!("writer/{name}")).says("opens", 25, "8.1", comment);
        recipe.wraps = suites.iter().map(|suite| Wrap::new(*suite, "wrapping")).collect();
        recipe.content = content;
        let made = write(&recipe).expect("the writer works");
        recipe.finish(made)
    };
    vec![
        make(
            "suite_2",
            &[2],
            Content::of(LETTER),
            "The sample letter as this crate writes it, with suite 2.",
        ),
        make(
            "suite_3",
            &[3],
            Content::of(LETTER),
            "The sample letter as this crate writes it, with suite 3.",
        ),
        make(
            "empty",
            &[2],
            Content::of(b""),
            "No content, as this crate writes it.",
        ),
        make(
            "two_segments",
            &[2],
            Content::zeros(65_600),
            "A little more than a segment, as this crate writes it.",
        ),
    ]
}

fn write(recipe: &Recipe) -> Result<Assembled, Failed> {
    let world = &recipe.world;
    let mut rng = world.rng("writer");
    let at = Timestamp::from_seconds;
    let tenant = TenantId::from_bytes(world.draw("tenant"));
    let licensor = recipe.licensor(tenant.as_bytes());
    let issuer = recipe.tenant_certificate(Part::Issuer, Who::Licensor, 1);
    let unwrappers: Vec<SoftwareUnwrapper> = recipe
        .wraps
        .iter()
        .map(|wrap| {
            let suite = Suite::try_from(wrap.suite as u16)?;
            Ok(SoftwareUnwrapper::from_secret_bytes(
                suite,
                recipe.wrapping_secret(wrap).expose_bytes(),
            )?)
        })
        .collect::<Result<_, Failed>>()?;
    let rights = Rights::from_bits(recipe.rights as u16).ok_or("rights of the closed set")?;
    let principal = Principal::Account("p.dover@fabrikam.example".parse()?);
    let terms = Terms::AdHoc(Grants::new(vec![Grant { principal, rights }])?);
    let mut policy = Policy::new("janet@contoso.example".parse()?, terms);
    policy.offline = Some(OfflineWindow::from_days(7)?);
    let keys: Vec<_> = unwrappers.iter().map(|key| key.public().clone()).collect();
    let request = PublishRequest {
        origin: recipe.reader.origin.parse()?,
        tenant,
        issued_at: at(NOW),
        policy: &policy,
        wrapping_keys: &keys,
        hint: None,
        extensions: NamedData::default(),
        chain: LicensorChain::parse(&[licensor, issuer])?,
        allow_mixed_suites: false,
    };
    let publisher = world.signer(Who::Publisher);
    let published = publish(request, &*publisher, &mut rng)?;
    let licence = published.licence().clone();
    let known: Vec<&dyn KeyUnwrapper> = unwrappers.iter().map(|key| key as &dyn KeyUnwrapper).collect();
    let block = licence
        .clone()
        .verify(&TrustAnchors::new(world.key(Who::Root)))?
        .unwrap_keys(&known)?;
    let device = world.hpke(recipe.sealed_to, Kem::P256);
    let use_licence = UseLicenceDraft {
        id: LicenceId::generate(&mut rng)?,
        digest: licence.digest(),
        content_id: licence.content_id(),
        tenant,
        subject: AccountId::from_bytes(world.draw("reader")),
        device: world.key(Who::Reader).thumbprint()?,
        rights,
        issued_at: at(NOW),
        not_after: Some(at(NOW + 30 * DAY)),
        offline_until: at(NOW + 7 * DAY),
        server_time: at(NOW),
        epoch: 7,
        nonce: world.draw("nonce"),
        obligations: NamedData::default(),
        edit_grant: None,
    }
    .issue(
        &block.content_key,
        &DeviceDecryptionKey::from_secret_bytes(device.expose_bytes())?.public(),
        &*world.signer(Who::Licence) as &dyn Signer,
        &mut rng,
    )?;
    let content = recipe.content.bytes();
    let inner = InnerHeader::named("letter.md")?.with_size(content.len() as u64);
    Ok(Assembled {
        file: protect(
            published,
            &inner,
            &content,
            &*publisher,
            at(Recipe::sealed_at()),
            &mut rng,
        )?,
        tenant_certificate: recipe.tenant_certificate(Part::LicenceIssuer, Who::Licence, 2),
        use_licence,
        policy: policy.to_bytes(),
    })
}
