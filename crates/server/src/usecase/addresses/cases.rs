//! The table of addresses (`SEC-78`, `SEC-79`, `SEC-90`): what is typed, and what becomes of it.

use super::AddressError as E;
use super::AddressRefusal as R;
use super::{AddressClass, AddressPolicy, classify, read};

/// What becomes of a typed text.
#[derive(Debug, PartialEq)]
enum Fate {
    /// Refused as malformed.
    Bad(E),
    /// Well-formed, and may not sign up.
    No(R),
    /// The domain stands for an organisation.
    Org(&'static str),
    /// A personal account.
    Own(&'static str),
}
use Fate::{Bad, No, Org, Own};

fn fate(typed: &str) -> Result<String, Fate> {
    let address = read(typed).map_err(Bad)?;
    assert_eq!(
        read(address.as_str()).as_ref(),
        Ok(&address),
        "SEC-78: reading again changes nothing"
    );
    match classify(&address, &AddressPolicy::default()) {
        Ok(AddressClass::Organisation(domain)) => {
            assert_eq!(domain, address.domain());
            Ok(format!("org {address}"))
        }
        Ok(AddressClass::Personal) => Ok(format!("own {address}")),
        Err(refusal) => Err(No(refusal)),
    }
}

#[rustfmt::skip]
const TABLE: &[(&str, Fate)] = &[
    // Friendly.
    ("janet@contoso.example", Org("janet@contoso.example")),
    ("Janet@Contoso.Example", Org("janet@contoso.example")),
    ("  janet@contoso.example\r\n", Org("janet@contoso.example")),
    ("\tjanet@contoso.example", Org("janet@contoso.example")),
    ("p.dover@fabrikam.example", Org("p.dover@fabrikam.example")),
    ("p.dover+files@fabrikam.example", Org("p.dover+files@fabrikam.example")),
    ("P.Dover+Files@fabrikam.example", Org("p.dover+files@fabrikam.example")),
    ("o'brien@contoso.example", Org("o'brien@contoso.example")),
    ("anne-marie@contoso.example", Org("anne-marie@contoso.example")),
    ("anne_marie@contoso.example", Org("anne_marie@contoso.example")),
    ("a@b.test", Org("a@b.test")),
    ("1@b2.test", Org("1@b2.test")),
    ("x.y.z@deep.under.contoso.example", Org("x.y.z@deep.under.contoso.example")),
    ("alice@dept.uni.edu", Org("alice@dept.uni.edu")),
    ("alice@uni.edu", Org("alice@uni.edu")),
    ("alice@bbc.co.uk", Org("alice@bbc.co.uk")),
    ("alice@my-company.com", Org("alice@my-company.com")),
    ("alice@3m.com", Org("alice@3m.com")),
    ("alice@foo.github.io", Org("alice@foo.github.io")),
    ("alice@example.com", Org("alice@example.com")),
    ("alice@contoso.museum", Org("alice@contoso.museum")),
    ("{a}|b~c^d`e@contoso.example", Org("{a}|b~c^d`e@contoso.example")),
    ("a/b@contoso.example", Org("a/b@contoso.example")),
    ("a=b@contoso.example", Org("a=b@contoso.example")),
    ("a#b$c&d*e@contoso.example", Org("a#b$c&d*e@contoso.example")),
    ("a?b@contoso.example", Bad(E::LocalNotAscii)),
    ("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl@contoso.example",
        Org("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl@contoso.example")),
    // International domains.
    ("janet@münchen.example", Org("janet@xn--mnchen-3ya.example")),
    ("janet@MÜNCHEN.example", Org("janet@xn--mnchen-3ya.example")),
    ("janet@xn--mnchen-3ya.example", Org("janet@xn--mnchen-3ya.example")),
    ("janet@XN--MNCHEN-3YA.example", Org("janet@xn--mnchen-3ya.example")),
    ("janet@straße.example", Org("janet@xn--strae-oqa.example")),
    ("janet@例え.テスト", Org("janet@xn--r8jz45g.xn--zckzah")),
    ("janet@παράδειγμα.example", Org("janet@xn--hxajbheg2az3al.example")),
    ("janet@президент.рф", Org("janet@xn--d1abbgf6aiiy.xn--p1ai")),
    ("janet@bücher.ch", Org("janet@xn--bcher-kva.ch")),
    // International domains in hostile spellings.
    ("janet@ｃｏｎｔｏｓｏ.example", Bad(E::DomainNotCanonical)),
    ("janet@contoſo.example", Bad(E::DomainNotCanonical)),
    ("janet@contoso。example", Bad(E::DomainNotCanonical)),
    ("janet@contoso．example", Bad(E::DomainNotCanonical)),
    ("janet@\u{212a}ontoso.example", Bad(E::DomainNotCanonical)),
    ("janet@İstanbul.example", Bad(E::DomainNotCanonical)),
    ("janet@①.example", Bad(E::DomainNotCanonical)),
    ("janet@ℂontoso.example", Bad(E::DomainNotCanonical)),
    ("janet@ﬁsh.example", Bad(E::DomainNotCanonical)),
    ("janet@mu\u{308}nchen.example", Bad(E::DomainNotCanonical)),
    ("janet@con\u{200b}toso.example", Bad(E::DomainNotCanonical)),
    ("janet@con\u{00ad}toso.example", Bad(E::DomainNotCanonical)),
    ("janet@con\u{200d}toso.example", Bad(E::DomainInvalid)),
    ("janet@con\u{202e}toso.example", Bad(E::DomainInvalid)),
    ("janet@\u{301}contoso.example", Bad(E::DomainInvalid)),
    ("janet@a\u{2044}b.example", Bad(E::DomainInvalid)),
    ("janet@a\u{2100}b.example", Bad(E::DomainInvalid)),
    ("janet@xn--0049.example", Bad(E::DomainInvalid)),
    ("janet@xn--.example", Bad(E::DomainInvalid)),
    ("janet@xn--a.example", Bad(E::DomainInvalid)),
    ("janet@xn--contoso-.example", Bad(E::DomainInvalid)),
    ("janet@☃.example", Bad(E::DomainInvalid)),
    ("janet@xn--n3h.example", Bad(E::DomainInvalid)),
    ("janet@💌.example", Bad(E::DomainInvalid)),
    ("janet@a·b.example", Org("janet@xn--ab-0ea.example")),
    ("janet@हिन्दी.example", Org("janet@xn--j2bd4cyah0f.example")),
    ("janet@xn--mnchen-9999999.example", Bad(E::DomainInvalid)),
    ("janet@xn--MNCHEN-3ya.xn--", Bad(E::DomainInvalid)),
    ("janet@ab--cd.example", Bad(E::DomainInvalid)),
    ("janet@xx--cd.example", Bad(E::DomainInvalid)),
    // Local parts outside ASCII: the 2016 case of one `mike` taking over another.
    ("mıke@contoso.example", Bad(E::LocalNotAscii)),
    ("mi\u{212a}e@contoso.example", Bad(E::LocalNotAscii)),
    ("jänet@contoso.example", Bad(E::LocalNotAscii)),
    ("ｊanet@contoso.example", Bad(E::LocalNotAscii)),
    ("jаnet@contoso.example", Bad(E::LocalNotAscii)),
    ("用户@contoso.example", Bad(E::LocalNotAscii)),
    ("janet\u{200b}@contoso.example", Bad(E::LocalNotAscii)),
    ("janet\u{feff}@contoso.example", Bad(E::LocalNotAscii)),
    ("\u{202e}tenaj@contoso.example", Bad(E::LocalNotAscii)),
    ("janet＠contoso.example", Bad(E::NoAt)),
    // Shape.
    ("", Bad(E::Empty)),
    ("   ", Bad(E::Empty)),
    ("janet", Bad(E::NoAt)),
    ("contoso.example", Bad(E::NoAt)),
    ("@", Bad(E::LocalEmpty)),
    ("@contoso.example", Bad(E::LocalEmpty)),
    ("janet@", Bad(E::DomainIncomplete)),
    ("janet@contoso", Bad(E::DomainIncomplete)),
    ("janet@localhost", Bad(E::DomainIncomplete)),
    ("janet@@contoso.example", Bad(E::SeveralAt)),
    ("janet@evil.example@contoso.example", Bad(E::SeveralAt)),
    ("janet@contoso.example@", Bad(E::SeveralAt)),
    (".janet@contoso.example", Bad(E::LocalDots)),
    ("janet.@contoso.example", Bad(E::LocalDots)),
    ("ja..net@contoso.example", Bad(E::LocalDots)),
    (".@contoso.example", Bad(E::LocalDots)),
    ("janet@.contoso.example", Bad(E::DomainInvalid)),
    ("janet@contoso.example.", Bad(E::DomainInvalid)),
    ("janet@contoso..example", Bad(E::DomainInvalid)),
    ("janet@.", Bad(E::DomainInvalid)),
    ("janet@-contoso.example", Bad(E::DomainInvalid)),
    ("janet@contoso-.example", Bad(E::DomainInvalid)),
    ("janet@con_toso.example", Bad(E::DomainInvalid)),
    ("janet@con*toso.example", Bad(E::DomainInvalid)),
    ("janet@con/toso.example", Bad(E::DomainInvalid)),
    ("janet@contoso.example/path", Bad(E::DomainInvalid)),
    ("janet@contoso.example?x=y", Bad(E::DomainInvalid)),
    ("janet@contoso.example#x", Bad(E::DomainInvalid)),
    ("janet@contoso%2eexample.test", Bad(E::DomainInvalid)),
    ("janet@con'toso.example", Bad(E::DomainInvalid)),
    ("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm@contoso.example", Bad(E::TooLong)),
    ("janet@abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm.example", Bad(E::DomainInvalid)),
    // Spaces, controls, line breaks: header injection.
    ("ja net@contoso.example", Bad(E::SpaceOrControl)),
    ("janet @contoso.example", Bad(E::SpaceOrControl)),
    ("janet@ contoso.example", Bad(E::SpaceOrControl)),
    ("janet@contoso.example\nBcc: all@contoso.example", Bad(E::SpaceOrControl)),
    ("janet@contoso.example\r\nBcc:all@contoso.example", Bad(E::SpaceOrControl)),
    ("janet\r\n@contoso.example", Bad(E::SpaceOrControl)),
    ("janet\0@contoso.example", Bad(E::SpaceOrControl)),
    ("janet@contoso.example\0", Bad(E::SpaceOrControl)),
    ("janet@contoso\0.example", Bad(E::SpaceOrControl)),
    ("janet\u{7f}@contoso.example", Bad(E::SpaceOrControl)),
    ("janet\u{a0}@contoso.example", Bad(E::SpaceOrControl)),
    ("janet\u{2028}@contoso.example", Bad(E::SpaceOrControl)),
    ("janet\u{85}@contoso.example", Bad(E::SpaceOrControl)),
    ("janet@contoso.example, eve@evil.example", Bad(E::SpaceOrControl)),
    // Quotes, comments, lists, display names.
    ("\"janet\"@contoso.example", Bad(E::Quoted)),
    ("\"janet@evil.example\"@contoso.example", Bad(E::Quoted)),
    ("\"\"@contoso.example", Bad(E::Quoted)),
    ("janet(comment)@contoso.example", Bad(E::Quoted)),
    ("(comment)janet@contoso.example", Bad(E::Quoted)),
    ("janet@contoso.example(evil.example)", Bad(E::Quoted)),
    ("janet@(evil.example)contoso.example", Bad(E::Quoted)),
    ("<janet@contoso.example>", Bad(E::Quoted)),
    ("Janet<janet@contoso.example>", Bad(E::Quoted)),
    ("janet@contoso.example>evil", Bad(E::Quoted)),
    ("janet@contoso.example,eve@evil.example", Bad(E::Quoted)),
    ("janet@contoso.example;eve@evil.example", Bad(E::Quoted)),
    ("janet\\@evil.example", Bad(E::Quoted)),
    ("mailto:janet@contoso.example", Bad(E::Quoted)),
    ("janet@contoso.example:25", Bad(E::Quoted)),
    ("ja[net@contoso.example", Bad(E::Quoted)),
    ("@evil.example:janet@contoso.example", Bad(E::Quoted)),
    // Routing and encoded words.
    ("janet%evil.example@contoso.example", Bad(E::Routing)),
    ("evil.example!janet@contoso.example", Bad(E::Routing)),
    ("!janet@contoso.example", Bad(E::Routing)),
    ("=?utf-8?q?janet=40evil.example=3e=00?=@contoso.example", Bad(E::Routing)),
    ("=?x?q?=41=42?=@contoso.example", Bad(E::Routing)),
    ("janet=?@contoso.example", Bad(E::Routing)),
    ("janet@=?utf-8?q?contoso?=.example", Bad(E::Routing)),
    // Addresses of machines.
    ("janet@127.0.0.1", Bad(E::IpAddress)),
    ("janet@1.2.3.4", Bad(E::IpAddress)),
    ("janet@[127.0.0.1]", Bad(E::IpAddress)),
    ("janet@[IPv6:::1]", Bad(E::IpAddress)),
    ("janet@0x7f.0.0.0x1", Bad(E::IpAddress)),
    ("janet@127.1", Bad(E::IpAddress)),
    ("janet@contoso.0", Bad(E::IpAddress)),
    ("janet@contoso.0xff", Bad(E::IpAddress)),
    ("janet@2130706433", Bad(E::DomainIncomplete)),
    ("janet@１２７.０.０.１", Bad(E::DomainNotCanonical)),
    // Reserved names.
    ("janet@mail.localhost", No(R::ReservedName)),
    ("janet@contoso.localhost", No(R::ReservedName)),
    ("janet@localhost.localdomain", No(R::ReservedName)),
    ("janet@contoso.invalid", No(R::ReservedName)),
    ("janet@printer.local", No(R::ReservedName)),
    ("janet@contoso.internal", No(R::ReservedName)),
    ("janet@router.home.arpa", No(R::ReservedName)),
    ("janet@4.3.2.1.in-addr.arpa", No(R::ReservedName)),
    ("janet@contoso.alt", No(R::ReservedName)),
    ("janet@duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion", No(R::ReservedName)),
    // Public suffixes, both divisions.
    ("janet@co.uk", No(R::PublicSuffix)),
    ("janet@com.au", No(R::PublicSuffix)),
    ("janet@gov.uk", No(R::PublicSuffix)),
    ("janet@github.io", No(R::PublicSuffix)),
    ("janet@blogspot.com", No(R::PublicSuffix)),
    ("janet@herokuapp.com", No(R::PublicSuffix)),
    ("janet@s3.amazonaws.com", No(R::PublicSuffix)),
    ("janet@azurewebsites.net", No(R::PublicSuffix)),
    ("janet@k12.ca.us", No(R::PublicSuffix)),
    ("janet@s3.dualstack.eu-west-1.amazonaws.com", No(R::PublicSuffix)),
    ("janet@city.kawasaki.jp", Org("janet@city.kawasaki.jp")),
    ("janet@any.kawasaki.jp", No(R::PublicSuffix)),
    ("janet@公司.cn", No(R::PublicSuffix)),
    // Roles and ticket systems.
    ("postmaster@contoso.example", No(R::RoleAddress)),
    ("abuse@contoso.example", No(R::RoleAddress)),
    ("ABUSE@contoso.example", No(R::RoleAddress)),
    ("support@contoso.example", No(R::RoleAddress)),
    ("support+id4711@contoso.example", No(R::RoleAddress)),
    ("Sup.Port@contoso.example", No(R::RoleAddress)),
    ("help-desk@contoso.example", No(R::RoleAddress)),
    ("service_desk@contoso.example", No(R::RoleAddress)),
    ("no-reply@contoso.example", No(R::RoleAddress)),
    ("noreply-billing@contoso.example", No(R::RoleAddress)),
    ("do.not.reply@contoso.example", No(R::RoleAddress)),
    ("tickets-1234@contoso.example", No(R::RoleAddress)),
    ("bounces+janet=contoso.example@contoso.example", No(R::RoleAddress)),
    ("mailer-daemon@contoso.example", No(R::RoleAddress)),
    ("admin@contoso.example", No(R::RoleAddress)),
    ("root@contoso.example", No(R::RoleAddress)),
    ("info@gmail.com", No(R::RoleAddress)),
    ("hr@contoso.example", No(R::RoleAddress)),
    ("ssladmin@contoso.example", No(R::RoleAddress)),
    ("administrator+x@contoso.example", No(R::RoleAddress)),
    ("informer@contoso.example", Org("informer@contoso.example")),
    ("adminah@contoso.example", Org("adminah@contoso.example")),
    ("sales.person@contoso.example", Org("sales.person@contoso.example")),
    ("rooth@contoso.example", Org("rooth@contoso.example")),
    // Consumer and throw-away mail.
    ("janet@gmail.com", Own("janet@gmail.com")),
    ("Janet.Q+x@GMail.com", Own("janet.q+x@gmail.com")),
    ("janet@googlemail.com", Own("janet@googlemail.com")),
    ("janet@outlook.com", Own("janet@outlook.com")),
    ("janet@yahoo.co.jp", Own("janet@yahoo.co.jp")),
    ("janet@web.de", Own("janet@web.de")),
    ("janet@163.com", Own("janet@163.com")),
    ("janet@proton.me", Own("janet@proton.me")),
    ("janet@mailinator.com", Own("janet@mailinator.com")),
    ("janet@any.mailinator.com", Own("janet@any.mailinator.com")),
    ("janet@yopmail.com", Own("janet@yopmail.com")),
    ("janet@notgmail.com", Org("janet@notgmail.com")),
    ("janet@gmail.com.contoso.example", Org("janet@gmail.com.contoso.example")),
    ("janet@mailinator.com.contoso.example", Org("janet@mailinator.com.contoso.example")),
];

#[test]
fn every_case_of_the_table() {
    let mut wrong = Vec::new();
    for (typed, expected) in TABLE {
        let found = fate(typed);
        let fits = match (expected, &found) {
            (Org(address), Ok(found)) => *found == format!("org {address}"),
            (Own(address), Ok(found)) => *found == format!("own {address}"),
            (expected, Err(found)) => expected == found,
            _ => false,
        };
        if !fits {
            wrong.push(format!("{typed:?}: expected {expected:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(TABLE.len() >= 150);
}

#[test]
fn overlong_texts_are_refused() {
    assert_eq!(read(&"a".repeat(2_000)), Err(E::TooLong));
    assert_eq!(
        read(&format!("{}@contoso.example", "ü".repeat(40))),
        Err(E::LocalNotAscii)
    );
    let label = "abcdefgh.".repeat(30);
    assert!(
        read(&format!("janet@{label}example")).is_err(),
        "a domain has at most 253 bytes"
    );
    let long_enough = format!("{}@{}example", "a".repeat(64), "abcdefg.".repeat(23));
    assert_eq!(
        read(&long_enough),
        Err(E::TooLong),
        "an address has at most 254 bytes"
    );
}

#[test]
fn the_operator_may_refuse_more() {
    let address = |text: &str| read(text).unwrap();
    let policy = AddressPolicy {
        refuse_consumer: true,
        refuse_disposable: true,
        refused_domains: vec!["fabrikam.example".to_owned()],
        consumer_domains: vec!["village.example".to_owned()],
        ..AddressPolicy::default()
    };
    assert_eq!(classify(&address("a@gmail.com"), &policy), Err(R::Consumer));
    assert_eq!(classify(&address("a@village.example"), &policy), Err(R::Consumer));
    assert_eq!(
        classify(&address("a@mailinator.com"), &policy),
        Err(R::Disposable)
    );
    assert_eq!(
        classify(&address("a@fabrikam.example"), &policy),
        Err(R::OperatorList)
    );
    assert_eq!(
        classify(&address("a@uk.fabrikam.example"), &policy),
        Err(R::OperatorList)
    );
    assert!(classify(&address("a@notfabrikam.example"), &policy).is_ok());
}
