//! Enrolling and removing devices.

use clausa_api::device::{DeviceList, EnrolDeviceAnswer, EnrolDeviceRequest, Keystore};
use clausa_api::token::{GRANT_MAIL_CODE, GRANT_REFRESH, TokenAnswer};
use clausa_api::{Bytes, ProblemType, paths};
use clausa_core::certificate::{LicensorChain, Scope, SignedTenantKeySet};
use clausa_core::time::Clock as _;

use super::support::{Desk, Device, Member};
use crate::support::Answer;

async fn enrol(desk: &Desk, member: &Member, name: &str) -> Answer {
    let request = EnrolDeviceRequest {
        decryption_key: Bytes(member.device.decryption.public().as_bytes().to_vec()),
        name: name.to_owned(),
        platform: "Linux, clausa 0.1.0".to_owned(),
        keystore: Keystore::File,
    };
    desk.call(
        member,
        "POST",
        paths::DEVICES,
        Some(serde_json::to_string(&request).unwrap()),
    )
    .await
}

async fn list(desk: &Desk, member: &Member) -> DeviceList {
    desk.call(member, "GET", paths::DEVICES, None).await.json()
}

/// The same person on another device.
async fn another(desk: &Desk, address: &str) -> Member {
    use base64::Engine as _;
    let (login, _) = desk.request_login(address).await;
    let code = desk.code_for(address).await;
    let verifier = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(login.verifier);
    let fields = [
        ("grant_type", GRANT_MAIL_CODE),
        ("login", &login.id),
        ("code", &code),
        ("verifier", &verifier),
    ];
    let device = Device::new();
    let tokens: TokenAnswer = desk.token(&device, &fields).await.json();
    Member::new(device, &tokens)
}

fn chain(answer: &EnrolDeviceAnswer) -> LicensorChain {
    let bytes: Vec<&[u8]> = answer.licensor_chain.iter().map(AsRef::as_ref).collect();
    LicensorChain::parse(&bytes).unwrap()
}

#[tokio::test]
async fn a_device_gets_a_certificate_that_verifies_to_the_root() {
    let desk = Desk::open().await;
    let janet = desk.member("janet@contoso.example").await;
    let answer: EnrolDeviceAnswer = enrol(&desk, &janet, "Janet's laptop").await.json();
    assert_eq!(answer.thumbprint.to_string(), janet.device.thumbprint());
    let (anchors, now) = (desk.authority().state().anchors(), desk.clock.now());
    let chain = chain(&answer);
    chain.verify(anchors, now).unwrap();
    let claims = chain.leaf().claims();
    assert_eq!(claims.address.as_str(), "janet@contoso.example");
    assert_eq!(claims.key.thumbprint().unwrap(), answer.thumbprint);
    assert_eq!(claims.scope, Scope::ALL);
    assert!(claims.expires.seconds_since(claims.not_before) <= 400 * 86_400);
    let set = SignedTenantKeySet::parse(&answer.key_set.0).unwrap();
    assert_eq!(
        set.verify(anchors, claims.tenant, now)
            .unwrap()
            .organisation
            .as_deref(),
        Some("Contoso")
    );

    // Asking again changes nothing but the name, until half the time is over.
    let again: EnrolDeviceAnswer = enrol(&desk, &janet, "Janet's new name").await.json();
    assert_eq!(again.licensor_chain, answer.licensor_chain);
    assert_eq!(list(&desk, &janet).await.devices[0].name, "Janet's new name");
    assert_eq!(desk.count("SELECT count(*) FROM certificates").await, 1);
    let logged = |request: &str| -> &'static str {
        format!("SELECT count(*) FROM log WHERE request = '{request}'").leak()
    };
    assert_eq!(desk.count(logged("Certify")).await, 1);
    assert_eq!(desk.count(logged("GetClientLicensorCert")).await, 1);
}

#[tokio::test]
async fn half_way_a_certificate_is_renewed() {
    let desk = Desk::open_with(|config| config.keys.licensor_days = 10).await;
    let mut janet = desk.member("janet@contoso.example").await;
    let first: EnrolDeviceAnswer = enrol(&desk, &janet, "laptop").await.json();
    for (days, renewed) in [(4, false), (2, true)] {
        desk.clock.advance_days(days);
        let fields = [
            ("grant_type", GRANT_REFRESH),
            ("refresh_token", janet.refresh.as_str()),
        ];
        let tokens: TokenAnswer = desk.token(&janet.device, &fields).await.json();
        janet = Member::new(janet.device, &tokens);
        let answer: EnrolDeviceAnswer = enrol(&desk, &janet, "laptop").await.json();
        assert_eq!(answer.licensor_chain != first.licensor_chain, renewed);
        chain(&answer)
            .verify(desk.authority().state().anchors(), desk.clock.now())
            .unwrap();
    }
    assert_eq!(desk.count("SELECT count(*) FROM certificates").await, 2);
}

#[tokio::test]
async fn a_removed_device_is_shut_out_at_once() {
    let desk = Desk::open().await;
    let laptop = desk.member("janet@contoso.example").await;
    enrol(&desk, &laptop, "laptop").await.json::<EnrolDeviceAnswer>();
    desk.clock.advance_seconds(1);
    let phone = another(&desk, "janet@contoso.example").await;
    enrol(&desk, &phone, "phone").await.json::<EnrolDeviceAnswer>();
    let devices = list(&desk, &phone).await.devices;
    let names: Vec<_> = devices
        .iter()
        .map(|device| (device.name.as_str(), device.current))
        .collect();
    assert_eq!(names, [("laptop", false), ("phone", true)]);

    let path = paths::fill(paths::DEVICE, &laptop.device.thumbprint());
    let stranger = desk.member("sam@contoso.example").await;
    desk.call(&stranger, "DELETE", &path, None)
        .await
        .refused(ProblemType::NotFound);
    assert_eq!(desk.call(&phone, "DELETE", &path, None).await.status, 204);
    desk.call(&phone, "DELETE", &path, None)
        .await
        .refused(ProblemType::NotFound);
    desk.call(&laptop, "GET", paths::ME, None)
        .await
        .refused(ProblemType::NotSignedIn);
    let fields = [
        ("grant_type", GRANT_REFRESH),
        ("refresh_token", laptop.refresh.as_str()),
    ];
    desk.token(&laptop.device, &fields)
        .await
        .refused(ProblemType::SignInRefused);
    assert_eq!(
        desk.count("SELECT count(*) FROM certificates WHERE revoked_at IS NOT NULL")
            .await,
        1
    );
    assert_eq!(
        desk.count("SELECT count(*) FROM log WHERE request = 'RemoveDevice'")
            .await,
        1
    );
    assert_eq!(list(&desk, &phone).await.devices.len(), 1);
}

#[tokio::test]
async fn fields_have_bounds_and_a_personal_account_does_not_publish() {
    let desk = Desk::open().await;
    let janet = desk.member("janet@contoso.example").await;
    for name in ["", &"x".repeat(101), "a\nb"] {
        enrol(&desk, &janet, name)
            .await
            .refused(ProblemType::InvalidRequest);
    }
    let mut request = EnrolDeviceRequest {
        decryption_key: Bytes(janet.device.decryption.public().as_bytes().to_vec()),
        name: "laptop".to_owned(),
        platform: "Linux".to_owned(),
        keystore: Keystore::OsKeyring,
    };
    request.decryption_key.0[64] ^= 1;
    let off_the_curve = serde_json::to_string(&request).unwrap();
    desk.call(&janet, "POST", paths::DEVICES, Some(off_the_curve))
        .await
        .refused(ProblemType::InvalidRequest);

    let reader = desk.member("reader@gmail.com").await;
    let answer: EnrolDeviceAnswer = enrol(&desk, &reader, "laptop").await.json();
    assert_eq!(chain(&answer).leaf().claims().scope, Scope::SEAL);

    // A guest may not register files, so he gets no certificate with which to publish them offline either.
    desk.member("guest@contoso.example").await;
    desk.count("UPDATE accounts SET role = 'guest' RETURNING 1").await;
    let guest = another(&desk, "guest@contoso.example").await;
    let answer: EnrolDeviceAnswer = enrol(&desk, &guest, "laptop").await.json();
    assert_eq!(chain(&answer).leaf().claims().scope, Scope::SEAL);
}

#[tokio::test]
async fn nobody_has_more_devices_than_a_list_can_show() {
    let desk = Desk::open().await;
    let mut last = None;
    for number in 0..=50 {
        let member = match number {
            0 => desk.member("janet@contoso.example").await,
            _ => another(&desk, "janet@contoso.example").await,
        };
        last = Some(enrol(&desk, &member, "one of many").await);
    }
    last.unwrap().refused(ProblemType::NotPermitted);
    assert_eq!(desk.count("SELECT count(*) FROM devices").await, 50);
}
