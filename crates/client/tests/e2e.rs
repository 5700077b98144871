//! The client against a real authority: HTTP, database and mail included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use clausa_api::ProblemType;
use clausa_api::log::{LogQuery, RequestType};
use clausa_api::signup::SignupStep;
use clausa_client::error::NoLicence;
use clausa_client::{
    Client, ClientOptions, ContentReference, ErrorKind, Freshness, KeyringChoice, LicenceOrigin, LoginError,
    OpenError, PolicyChoice, ProfileDirectory, ProtectOptions, Recipient, SignupError, SignupProfile, Sink,
    Source, UnprotectOptions, Until,
};
use clausa_core::origin::Origin;
use clausa_core::rights::{Level, Right, Rights};
use clausa_testkit::{TestAuthority, TestPerson};
use zeroize::Zeroizing;

const CONTENT: &[u8] = b"the plan for next year";

fn viewers() -> PolicyChoice {
    PolicyChoice::template("confidential-view-only")
}

fn view_and_print_for(address: &str) -> PolicyChoice {
    PolicyChoice::rights(
        [address.parse::<Recipient>().unwrap()],
        "VIEW,PRINT".parse().unwrap(),
    )
}

/// What is in a folder, the profile left out.
fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name != "profile").collect();
    names.sort();
    names
}

async fn unprotect(person: &TestPerson, file: &Path) -> Result<PathBuf, OpenError> {
    Ok(person
        .client()
        .unprotect(Source::file(file), UnprotectOptions::default())
        .await?
        .output)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_reads_what_the_template_gives_and_the_owner_sees_it_in_the_log() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let colleague = authority.sign_up("colleague@contoso.example").await;
    let file = janet.protect("plan.txt", CONTENT, viewers()).await;
    assert_eq!(files(janet.folder()), ["plan.txt", "plan.txt.clausa"]);

    let (rights, content) = colleague.open(&file).await.unwrap();
    assert_eq!(content, CONTENT);
    assert_eq!(rights, "VIEW,VIEWRIGHTSDATA".parse::<Rights>().unwrap());

    let opened = colleague.client().open(Source::file(&file)).await.unwrap();
    assert_eq!(
        opened.facts().origin,
        LicenceOrigin::Kept,
        "the first licence is good for a week"
    );
    assert_eq!(
        (opened.name().as_deref(), opened.media_type()),
        (Some("plan.txt"), Some("text/plain"))
    );
    assert_eq!(opened.publisher().as_str(), "janet@contoso.example");
    assert!(opened.facts().works_offline());

    let content_id = opened.content_id();
    let query = LogQuery {
        content: Some(content_id),
        ..LogQuery::default()
    };
    let entries = janet.client().log(&query).await.unwrap().entries;
    let licence = entries
        .iter()
        .find(|entry| entry.request == RequestType::AcquireLicense)
        .unwrap();
    assert_eq!(
        (licence.user.as_str(), licence.result.as_str()),
        ("colleague@contoso.example", "Success")
    );
    assert_eq!(licence.file_name.as_deref(), Some("plan.txt"));
    let content = janet
        .client()
        .content(&ContentReference::File(file))
        .await
        .unwrap();
    assert_eq!(content.owner.as_str(), "janet@contoso.example");
}

/// Clause 5.2.2.
#[tokio::test(flavor = "multi_thread")]
async fn taking_protection_off_needs_the_right_and_is_on_record() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let dover = authority.sign_up("p.dover@fabrikam.example").await;
    let file = janet
        .protect(
            "plan.txt",
            CONTENT,
            view_and_print_for("p.dover@fabrikam.example"),
        )
        .await;
    let copy = dover.folder().join("plan.txt.clausa");
    std::fs::copy(&file, &copy).unwrap();

    let error = unprotect(&dover, &copy).await.unwrap_err();
    let OpenError::RightMissing { right, contact } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(
        (*right, contact.as_deref()),
        (Right::Export, Some("janet@contoso.example"))
    );
    assert_eq!(error.kind(), ErrorKind::NotPermitted);
    assert_eq!(
        files(dover.folder()),
        ["plan.txt.clausa"],
        "nothing is left behind"
    );
    assert_eq!(
        dover.open(&copy).await.unwrap().1,
        CONTENT,
        "reading is still allowed"
    );

    std::fs::remove_file(janet.folder().join("plan.txt")).unwrap();
    let output = unprotect(&janet, &file).await.unwrap();
    assert_eq!(std::fs::read(&output).unwrap(), CONTENT);
    assert_eq!(output, janet.folder().join("plan.txt"));
    let error = unprotect(&janet, &file).await.unwrap_err();
    assert!(
        matches!(error, OpenError::OutputExists { .. }),
        "SEC-59: {error:?}"
    );

    let entries = janet.client().log(&LogQuery::default()).await.unwrap().entries;
    let removals: Vec<_> = entries
        .iter()
        .filter(|entry| entry.request == RequestType::RemoveProtection)
        .collect();
    assert!(removals.iter().any(|entry| entry.result == "Success"));
    let refused = removals
        .iter()
        .find(|entry| entry.user == "p.dover@fabrikam.example")
        .unwrap();
    assert_eq!(refused.result, ProblemType::RightMissing.code());
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_an_account_signs_up_and_comes_back_to_the_file() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let file = janet
        .protect(
            "plan.txt",
            CONTENT,
            view_and_print_for("p.dover@fabrikam.example"),
        )
        .await;

    let mut dover = authority.newcomer("p.dover@fabrikam.example").await;
    let error = dover.open(&file).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SignInRequired);
    let waiting = error.waiting().unwrap().clone();
    assert_eq!(
        waiting.publisher.as_ref().unwrap().as_str(),
        "janet@contoso.example"
    );
    let flow = dover
        .client()
        .signup(dover.address(), Some(waiting))
        .await
        .unwrap();
    assert!(matches!(flow.state().next, SignupStep::MailProof { .. }));
    drop(flow);

    // Each step in a process of its own.
    dover.reopen().await;
    let code = authority.mailed_code(dover.address()).await;
    let mut flow = dover.client().resume_signup().await.unwrap().unwrap();
    flow.submit_code(&format!(" {} {}", &code[..4], &code[4..]))
        .await
        .unwrap();
    dover.reopen().await;
    let mut flow = dover.client().resume_signup().await.unwrap().unwrap();
    assert_eq!(flow.state().next, SignupStep::Profile);
    let signed_up = flow.complete_profile(SignupProfile::default()).await.unwrap();
    assert_eq!(signed_up.waiting.unwrap().path.as_deref(), Some(file.as_path()));
    assert!(signed_up.done.organisation_is_new);
    assert!(dover.client().resume_signup().await.unwrap().is_none());
    assert_eq!(
        dover.open(&file).await.unwrap(),
        ("VIEW,PRINT".parse().unwrap(), CONTENT.to_vec())
    );

    let outsider = authority.sign_up("eve@tailspin.example").await;
    let error = outsider.open(&file).await.unwrap_err();
    let OpenError::NotNamed { contact } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(contact.as_deref(), Some("janet@contoso.example"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_five_times_voids_it() {
    let authority = TestAuthority::start().await;
    let janet = authority.newcomer("janet@contoso.example").await;
    let mut flow = janet.client().signup(janet.address(), None).await.unwrap();
    let code = authority.mailed_code(janet.address()).await;
    let wrong = if code == "00000000" {
        "00000001"
    } else {
        "00000000"
    };
    for left in (1..5).rev() {
        let error = flow.submit_code(wrong).await.unwrap_err();
        assert!(
            matches!(error, SignupError::CodeWrong { tries_left } if tries_left == left),
            "{left}: {error:?}"
        );
    }
    assert_eq!(
        flow.submit_code(wrong).await.unwrap_err().kind(),
        ErrorKind::CodeVoid
    );
    assert_eq!(
        flow.submit_code(&code).await.unwrap_err().kind(),
        ErrorKind::CodeVoid
    );
    flow.resend().await.unwrap();
    let code = authority.mailed_code(janet.address()).await;
    flow.submit_code(&code).await.unwrap();
    flow.complete_profile(SignupProfile::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_what_is_on_the_device_is_used_as_long_as_it_may_be() {
    let mut authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let colleague = authority.sign_up("colleague@contoso.example").await;
    let file = janet.protect("plan.txt", CONTENT, viewers()).await;
    colleague.open(&file).await.unwrap();

    authority.stop().await;
    assert_eq!(colleague.open(&file).await.unwrap().1, CONTENT);
    let report = colleague.client().rights(Source::file(&file)).await.unwrap();
    assert_eq!(report.facts.origin, LicenceOrigin::Kept);
    let identity = colleague.client().whoami().await.unwrap();
    assert!(!identity.confirmed);

    // Protecting needs no network; the authority is told later.
    let other = janet.write("offline.txt", b"made on a train");
    let protected = janet
        .client()
        .protect(Source::file(other), ProtectOptions::new(viewers()))
        .await
        .unwrap();
    assert!(!protected.registered);
    assert_eq!(janet.client().whoami().await.unwrap().registrations_pending, 1);
    let no_licence = |error: OpenError| match error {
        OpenError::NoNetwork { licence, .. } => licence,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        no_licence(colleague.open(&protected.output).await.unwrap_err()),
        NoLicence::None
    );
    let error = unprotect(&janet, &file).await.unwrap_err();
    assert_eq!(no_licence(error), NoLicence::AlwaysAsked);

    // SEC-44: seven days are over, and setting the clock back does not bring them back.
    authority.clock().advance_days(8);
    let error = colleague.open(&file).await.unwrap_err();
    assert!(matches!(no_licence(error), NoLicence::WindowEnded { .. }));

    authority.start_again().await;
    assert_eq!(colleague.open(&file).await.unwrap().1, CONTENT);
    authority.stop().await;
    authority.clock().rewind_seconds(3 * 86_400);
    assert_eq!(
        no_licence(colleague.open(&file).await.unwrap_err()),
        NoLicence::ClockBehind
    );
    authority.clock().advance_days(3);
    assert_eq!(colleague.open(&file).await.unwrap().1, CONTENT);

    authority.start_again().await;
    assert_eq!(janet.client().register_pending().await.unwrap(), 1);
    assert_eq!(janet.client().whoami().await.unwrap().registrations_pending, 0);
    let content = janet
        .client()
        .content(&ContentReference::Id(protected.content_id))
        .await
        .unwrap();
    assert_eq!(content.file_name.as_deref(), Some("offline.txt"));
    assert_eq!(
        colleague.open(&protected.output).await.unwrap().1,
        b"made on a train"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_and_expired_files_say_so() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let colleague = authority.sign_up("colleague@contoso.example").await;
    let mut online_only = ProtectOptions::new(viewers());
    online_only.offline_seconds = Some(0);
    let revoked = janet
        .protect_with("revoked.txt", CONTENT, online_only.clone())
        .await;
    colleague.open(&revoked).await.unwrap();
    let content = janet
        .client()
        .revoke(&ContentReference::File(revoked.clone()), false)
        .await
        .unwrap();
    assert!(content.revoked_at.is_some());
    let error = colleague.open(&revoked).await.unwrap_err();
    assert!(
        matches!(&error, OpenError::Revoked { contact: Some(_), .. }),
        "{error:?}"
    );
    assert_eq!(
        janet.open(&revoked).await.unwrap().1,
        CONTENT,
        "the owner is bound only when asked for"
    );

    let mut short = ProtectOptions::new(view_and_print_for("colleague@contoso.example"));
    short.until = Some("2d".parse().unwrap());
    let expiring = janet.protect_with("expiring.txt", CONTENT, short).await;
    colleague.open(&expiring).await.unwrap();
    authority.clock().advance_days(3);
    let error = colleague.open(&expiring).await.unwrap_err();
    let OpenError::Expired {
        since: Some(since), ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert!(*since < authority.clock().shared().now());
    assert_eq!(
        janet.open(&expiring).await.unwrap().1,
        CONTENT,
        "expiry does not bind the owner"
    );

    let mut later = ProtectOptions::new(viewers());
    later.not_before = Some(authority.clock().shared().now().plus_days(1));
    let early = janet.protect_with("early.txt", CONTENT, later).await;
    let error = colleague.open(&early).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotYetValid, "{error:?}");
    let mut past = ProtectOptions::new(viewers());
    past.until = Some(Until::Time(authority.clock().shared().now()));
    let source = janet.write("past.txt", CONTENT);
    let error = janet
        .client()
        .protect(Source::file(source), past)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
}

/// SEC-56: a profile that is copied without the keyring of its machine opens nothing and calls nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_copied_profile_opens_nothing_where_the_keyring_is_another() {
    let mut authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let file = janet.protect("plan.txt", CONTENT, viewers()).await;
    janet.open(&file).await.unwrap();

    let mut thief = authority.newcomer("janet@contoso.example").await;
    copy_folder(&janet.folder().join("profile"), &thief.folder().join("profile"));
    // The file stands in for the keyring, which does not come along.
    std::fs::remove_file(thief.folder().join("profile").join("secrets.json")).unwrap();
    thief.reopen().await;
    assert_eq!(
        thief.open(&file).await.unwrap_err().kind(),
        ErrorKind::SignInRequired
    );
    assert_eq!(
        thief.client().whoami().await.unwrap_err().kind(),
        ErrorKind::SignInRequired
    );
    let source = thief.write("other.txt", CONTENT);
    let error = thief
        .client()
        .protect(Source::file(source), ProtectOptions::new(viewers()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SignInRequired);
    authority.stop().await;
    assert_eq!(
        thief.open(&file).await.unwrap_err().kind(),
        ErrorKind::SignInRequired
    );
    assert_eq!(janet.open(&file).await.unwrap().1, CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_and_in_again_keeps_the_device() {
    let authority = TestAuthority::start().await;
    let mut janet = authority.newcomer("janet@contoso.example").await;
    let password = "correct horse battery staple";
    let mut flow = janet.client().signup(janet.address(), None).await.unwrap();
    flow.submit_code(&authority.mailed_code(janet.address()).await)
        .await
        .unwrap();
    let profile = SignupProfile {
        first_name: Some("Janet".to_owned()),
        last_name: Some("Doe".to_owned()),
        password: Some(Zeroizing::new(password.to_owned())),
    };
    let device = flow.complete_profile(profile).await.unwrap().identity.device;
    let file = janet.protect("plan.txt", CONTENT, viewers()).await;

    assert!(janet.client().logout().await.unwrap().authority_told);
    assert_eq!(
        janet.open(&file).await.unwrap_err().kind(),
        ErrorKind::SignInRequired
    );
    let refused = janet
        .client()
        .login_with_password(janet.address(), "correct horse battery")
        .await
        .unwrap_err();
    assert!(matches!(refused, LoginError::Refused), "{refused:?}");
    let signed_in = janet
        .client()
        .login_with_password(janet.address(), password)
        .await
        .unwrap();
    assert_eq!(signed_in.identity.device, device);
    assert_eq!(
        signed_in.identity.identity.display_name.as_deref(),
        Some("Janet Doe")
    );

    janet.client().logout().await.unwrap();
    janet
        .client()
        .login_with_code(janet.address(), None)
        .await
        .unwrap();
    let code = authority.mailed_code(janet.address()).await;
    janet.reopen().await;
    let flow = janet.client().resume_login().await.unwrap().unwrap();
    assert_eq!(flow.submit_code(&code).await.unwrap().identity.device, device);
    assert!(janet.client().resume_login().await.unwrap().is_none());
    assert_eq!(janet.client().devices().await.unwrap().len(), 1);
    assert_eq!(janet.open(&file).await.unwrap().1, CONTENT);

    let second = authority.another_device_of("janet@contoso.example").await;
    assert_eq!(second.open(&file).await.unwrap().1, CONTENT);
    let devices = janet.client().devices().await.unwrap();
    let other = devices.iter().find(|device| !device.current).unwrap();
    janet.client().remove_device(&other.thumbprint).await.unwrap();
    let error = second.client().log(&LogQuery::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SignInRequired);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_renewed_when_the_access_token_has_run_out() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    authority.clock().advance_days(1);
    assert!(janet.client().whoami().await.unwrap().confirmed);
    authority.clock().advance_days(1);
    // A refresh token that is used twice ends the session: of many callers only one may renew.
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = janet.client().clone();
            tokio::spawn(async move {
                client
                    .templates(Freshness::Now)
                    .await
                    .map(|given| given.templates.len())
            })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), 2);
    }
    assert!(janet.client().whoami().await.unwrap().confirmed);
}

#[tokio::test(flavor = "multi_thread")]
async fn levels_folders_and_names_are_understood() {
    let authority = TestAuthority::start().await;
    let janet = authority.sign_up("janet@contoso.example").await;
    let colleague = authority.sign_up("colleague@contoso.example").await;
    let client = janet.client();
    let level = |level, recipients: &[&str]| PolicyChoice::Level {
        level,
        recipients: recipients.iter().map(|text| text.parse().unwrap()).collect(),
    };
    let own = janet.protect("own.txt", CONTENT, level(Level::OnlyMe, &[])).await;
    assert_eq!(
        colleague.open(&own).await.unwrap_err().kind(),
        ErrorKind::NotPermitted
    );
    assert!(janet.open(&own).await.unwrap().0.contains(Right::Owner));
    let domain = janet
        .protect(
            "domain.txt",
            CONTENT,
            level(Level::Reviewer, &["@contoso.example"]),
        )
        .await;
    assert_eq!(colleague.open(&domain).await.unwrap().0, Level::Reviewer.rights());
    let anybody = janet
        .protect("anybody.txt", CONTENT, level(Level::CoAuthor, &["anybody"]))
        .await;
    let output = unprotect(&colleague, &anybody).await;
    assert!(
        matches!(output, Err(OpenError::OutputExists { .. })),
        "anybody.txt is beside it"
    );

    for (choice, kind) in [
        (level(Level::Viewer, &[]), ErrorKind::Usage),
        (
            level(Level::OnlyMe, &["colleague@contoso.example"]),
            ErrorKind::Usage,
        ),
        (PolicyChoice::template("secret"), ErrorKind::NotFound),
    ] {
        let source = Source::file(janet.folder().join("own.txt"));
        let mut options = ProtectOptions::new(choice);
        options.overwrite = true;
        assert_eq!(client.protect(source, options).await.unwrap_err().kind(), kind);
    }

    let folder = janet.folder().join("out");
    std::fs::create_dir(&folder).unwrap();
    let mut options = ProtectOptions::new(PolicyChoice::template("Contoso - Confidential View Only"));
    options.output = Some(Sink::file(&folder));
    let sources =
        ["own.txt", "domain.txt", "missing.txt"].map(|name| Source::file(janet.folder().join(name)));
    let outcomes = client.protect_all(sources.to_vec(), options).await;
    let outcomes = match outcomes {
        Ok(outcomes) => outcomes,
        // The organisation's name may be written another way; its short name is not.
        Err(error) => panic!(
            "{error:?}: {:?}",
            client.templates(Freshness::Kept).await.unwrap().templates
        ),
    };
    assert_eq!(files(&folder), ["domain.txt.clausa", "own.txt.clausa"]);
    assert_eq!(outcomes[2].1.as_ref().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(
        colleague.open(&folder.join("own.txt.clausa")).await.unwrap().1,
        CONTENT
    );
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The browser comes back through the loopback door with a code that only this client can use (RFC 8252, RFC 7636).
#[tokio::test(flavor = "multi_thread")]
async fn the_browser_signs_in() {
    let authority = TestAuthority::start().await;
    let mut janet = authority.newcomer("janet@contoso.example").await;
    let password = "correct horse battery staple";
    let mut flow = janet.client().signup(janet.address(), None).await.unwrap();
    flow.submit_code(&authority.mailed_code(janet.address()).await)
        .await
        .unwrap();
    let profile = SignupProfile {
        password: Some(Zeroizing::new(password.to_owned())),
        ..SignupProfile::default()
    };
    let device = flow.complete_profile(profile).await.unwrap().identity.device;
    janet.client().logout().await.unwrap();
    janet.reopen().await;
    let (origin, address) = (authority.origin().clone(), janet.address().to_owned());
    let signed_in = janet
        .client()
        .login_in_browser(move |page| {
            let page = page.to_owned();
            tokio::spawn(async move { browse(&page, origin.as_str(), &address, password).await });
        })
        .await
        .unwrap();
    assert_eq!(signed_in.identity.device, device);
    assert!(janet.client().whoami().await.unwrap().confirmed);
}

/// What a person does in a browser: opens the page, types address and password, and is sent back.
async fn browse(page: &str, origin: &str, address: &str, password: &str) {
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let shown = browser.get(page).send().await.unwrap();
    let cookie = shown.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let html = shown.text().await.unwrap();
    let token = html
        .split("name=\"form_token\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let fields = [
        ("form_token", token),
        ("step", "password"),
        ("address", address),
        ("password", password),
    ];
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let answer = browser
        .post(page)
        .header("cookie", cookie)
        .header("origin", origin)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    let back = answer.headers()["location"].to_str().unwrap().to_owned();
    browser.get(back).send().await.unwrap();
}

/// Over TLS with a private certificate authority: nothing is trusted unless the person named its certificate.
#[tokio::test(flavor = "multi_thread")]
async fn https_works_with_a_named_certificate_authority_and_not_without() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let origin: Origin = format!("https://localhost:{port}").parse().unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let of_test = |name: &str| {
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/tls")
            .join(name)
    };
    // The authority refuses a key that others may read, which is how a checkout leaves it.
    let key_file = folder.path().join("key.pem");
    std::fs::copy(of_test("key.pem"), &key_file).unwrap();
    std::fs::set_permissions(&key_file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let authority = TestAuthority::start_with(|config| {
        config.server.listen = ([127, 0, 0, 1], port).into();
        config.server.origin = Some(origin.clone());
        let (certificate, key) = (of_test("certificate.pem"), key_file.display());
        let tls = format!(
            "certificate_file = '{}'\nkey_file = '{key}'",
            certificate.display()
        );
        config.server.tls = Some(toml::from_str(&tls).unwrap());
    })
    .await;
    let open = |name: &str, tls_roots: Option<PathBuf>| {
        let options = ClientOptions {
            clock: authority.clock().shared(),
            keyring: KeyringChoice::File,
            tls_roots,
            ..ClientOptions::default()
        };
        Client::open_profile(ProfileDirectory::at(folder.path().join(name)), options)
    };
    let stranger = open("stranger", None).await.unwrap();
    assert_eq!(
        stranger.trust(&origin).await.unwrap_err().kind(),
        ErrorKind::NoNetwork
    );
    let janet = open("janet", Some(of_test("ca.pem"))).await.unwrap();
    janet.trust(&origin).await.unwrap();
    let mut flow = janet.signup("janet@contoso.example", None).await.unwrap();
    flow.submit_code(&authority.mailed_code("janet@contoso.example").await)
        .await
        .unwrap();
    flow.complete_profile(SignupProfile::default()).await.unwrap();
    let source = folder.path().join("plan.txt");
    std::fs::write(&source, CONTENT).unwrap();
    let protected = janet
        .protect(Source::file(source), ProtectOptions::new(viewers()))
        .await
        .unwrap();
    assert!(protected.registered);
    assert!(
        janet
            .rights(Source::file(protected.output))
            .await
            .unwrap()
            .rights
            .contains(Right::Owner)
    );
}
