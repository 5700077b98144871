//! From the wish to administer to the administrator, and everything that stops it.

use clausa_api::claim::{Claim, ClaimList, ClaimRequest, ClaimStarted};
use clausa_api::{ProblemType, paths};
use std::time::Duration;

use clausa_server::jobs::take_over;
use clausa_server::mail::sink::ReceivedMail;
use clausa_server::usecase::claim::Fate;
use clausa_store::record::account::{AccountState, Role};
use clausa_store::record::tenant::Plan;
use clausa_store::{Permit, StoreError, SystemAct};
use clausa_testkit::{DnsAnswer, DnsServer};

use crate::support::{Answer, House, Person};

pub const DOMAIN: &str = "contoso.example";
const DELAY: u64 = 72 * 3_600;

/// An authority, and the three resolvers that it asks.
pub struct Town {
    pub house: House,
    pub resolvers: Vec<DnsServer>,
}

impl Town {
    pub async fn open() -> Self {
        let resolvers: Vec<_> = (0..3)
            .map(|_| DnsServer::start(DnsAnswer::Empty).unwrap())
            .collect();
        let addresses = resolvers.iter().map(DnsServer::address).collect();
        let house = House::open_with(|config| config.claims.resolvers = addresses).await;
        Self { house, resolvers }
    }

    /// Everybody who is signed in has just shown who he is.
    pub async fn all_fresh(&self) {
        let now = self.house.authority.state().now_micros().0;
        let statement = format!("UPDATE sessions SET proven_at = {now}");
        self.house.sql(statement.leak()).await;
    }

    pub async fn try_start(&self, who: &Person, domain: &str) -> Answer {
        let domain = domain.to_owned();
        who.post(&self.house, paths::CLAIMS, &ClaimRequest { domain })
            .await
    }

    pub async fn start(&self, who: &Person) -> ClaimStarted {
        self.all_fresh().await;
        self.try_start(who, DOMAIN).await.json()
    }

    pub fn publish(&self, value: &str) {
        for resolver in &self.resolvers {
            resolver.answer(DnsAnswer::text(value));
        }
    }

    pub async fn try_check(&self, who: &Person, claim: &str) -> Answer {
        let path = paths::fill(paths::CLAIM_CHECK, claim);
        self.house.send(who.request("POST", &path, None)).await
    }

    /// Starts a claim and proves it.
    pub async fn prove(&self, who: &Person) -> Claim {
        let started = self.start(who).await;
        self.publish(&started.record_value);
        self.try_check(who, &started.claim.id).await.json()
    }

    async fn end(&self, who: &Person, method: &str, path: &str, claim: &str) -> Answer {
        self.house
            .send(who.request(method, &paths::fill(path, claim), None))
            .await
    }

    pub async fn state_of(&self, who: &Person, claim: &str) -> String {
        let list: ClaimList = who.get(&self.house, paths::CLAIMS).await.json();
        let found = list.claims.into_iter().find(|one| one.id == claim);
        found.map_or_else(|| "unseen".to_owned(), |claim| claim.state)
    }

    /// The mails that have left, by recipient.
    pub async fn mails(&self) -> Vec<ReceivedMail> {
        let waiting = "SELECT COUNT(*) FROM outbox";
        for _ in 0..400 {
            if self.house.count(waiting).await == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let folder = self.house.folder.path().join("data/outbox");
        let files = std::fs::read_dir(folder).unwrap();
        let mut mails: Vec<_> = files
            .map(|file| ReceivedMail::parse(&std::fs::read(file.unwrap().path()).unwrap()))
            .collect();
        mails.sort_by_key(|mail| mail.header("To"));
        mails
    }

    pub async fn delay(&self) -> Vec<Fate> {
        self.house.clock.advance_seconds(DELAY);
        take_over::round(self.house.authority.state()).await.unwrap()
    }

    pub async fn role_of(&self, who: &Person) -> (Role, bool, Plan) {
        let (permit, account) = (Permit::system(SystemAct::SignIn(who.tenant)), who.account);
        self.house
            .authority
            .store()
            .read("test role", move |tx| {
                Box::pin(async move {
                    let account = tx.account(&permit, account).await?.unwrap();
                    let tenant = tx.tenant(&permit).await?.unwrap();
                    Ok::<_, StoreError>((account.role, tenant.managed, tenant.plan))
                })
            })
            .await
            .unwrap()
    }

    async fn close(&self, who: &Person) {
        let (permit, account) = (Permit::system(SystemAct::SignIn(who.tenant)), who.account);
        let closed = self.house.authority.store().transact("test close", move |tx| {
            Box::pin(async move { tx.set_account_state(&permit, account, AccountState::Closed).await })
        });
        assert!(closed.await.unwrap());
    }
}

const NOTHING: Vec<Fate> = Vec::new();
const MEMBER: (Role, bool, Plan) = (Role::Member, false, Plan::Individual);

#[tokio::test]
async fn a_member_becomes_administrator_after_notice_and_delay() {
    let town = Town::open().await;
    let janet = town.house.person("janet@contoso.example").await;
    let sam = town.house.person("sam@contoso.example").await;
    let gone = town.house.person("gone@contoso.example").await;
    let stranger = town.house.person("p.dover@fabrikam.example").await;
    town.close(&gone).await;
    town.try_start(&janet, DOMAIN)
        .await
        .refused(ProblemType::StepUpNeeded);

    let started = town.start(&janet).await;
    assert_eq!(started.record_name, "_clausa-challenge.contoso.example");
    assert_eq!(
        (started.claim.state.as_str(), started.claim.own),
        ("waiting", true)
    );
    let id = &started.claim.id;
    // Nobody else sees it, or can do anything with it, before it is proven.
    assert_eq!(town.state_of(&sam, id).await, "unseen");
    for (who, method, path) in [
        (&sam, "POST", paths::CLAIM_DISPUTE),
        (&sam, "DELETE", paths::CLAIM),
        (&sam, "POST", paths::CLAIM_CHECK),
        (&stranger, "DELETE", paths::CLAIM),
        (&stranger, "POST", paths::CLAIM_CHECK),
        (&janet, "POST", paths::CLAIM_DISPUTE),
    ] {
        town.end(who, method, path, id)
            .await
            .refused(ProblemType::NotFound);
    }
    town.try_check(&janet, id)
        .await
        .refused(ProblemType::ClaimUnproven);
    assert_eq!(town.mails().await.len(), 0);

    town.publish(&started.record_value);
    let proven: Claim = town.try_check(&janet, id).await.json();
    assert_eq!(proven.state, "proven");
    let now = town.house.authority.state().now().seconds();
    assert_eq!(proven.due_at, Some(now + DELAY));
    // Both active members are told, and nobody else.
    let mails = town.mails().await;
    let to: Vec<_> = mails.iter().filter_map(|mail| mail.header("To")).collect();
    assert_eq!(to, ["janet@contoso.example", "sam@contoso.example"]);
    for mail in &mails {
        for body in [mail.text(), mail.html()] {
            assert!(
                body.contains("janet@contoso.example") && body.contains(DOMAIN),
                "{body}"
            );
            assert!(body.contains("2026-11-24 09:00"), "{body}");
        }
    }
    assert_eq!(town.state_of(&sam, id).await, "proven");
    assert_eq!(town.state_of(&stranger, id).await, "unseen");
    // The record works once.
    town.try_check(&janet, id)
        .await
        .refused(ProblemType::ClaimRefused);

    town.house.clock.advance_seconds(DELAY - 1);
    assert_eq!(
        take_over::round(town.house.authority.state()).await.unwrap(),
        NOTHING
    );
    assert_eq!(town.role_of(&janet).await, MEMBER);
    town.house.clock.advance_seconds(1);
    assert_eq!(
        take_over::round(town.house.authority.state()).await.unwrap(),
        [Fate::Fulfilled]
    );
    assert_eq!(
        town.role_of(&janet).await,
        (Role::Administrator, true, Plan::Individual)
    );
    assert_eq!(town.role_of(&sam).await, (Role::Member, true, Plan::Individual));
    assert_eq!(town.role_of(&stranger).await, MEMBER);
    assert_eq!(
        take_over::round(town.house.authority.state()).await.unwrap(),
        NOTHING
    );
    let rows = "SELECT COUNT(*) FROM log WHERE request IN ('ClaimDomain', 'ProveDomain', 'TakeOver')";
    assert_eq!(town.house.count(rows).await, 3);
    let marked = "SELECT COUNT(*) FROM log WHERE request = 'TakeOver' AND admin_action = 1";
    assert_eq!(town.house.count(marked).await, 1);
    // There is an administrator now: nobody claims any more.
    town.all_fresh().await;
    town.try_start(&sam, DOMAIN)
        .await
        .refused(ProblemType::ClaimRefused);
}

/// SEC-87: a value proves its own claimant's claim, once, for seven days; and nothing else.
#[tokio::test]
async fn a_value_is_the_claimants_own() {
    let town = Town::open().await;
    let janet = town.house.person("janet@contoso.example").await;
    let sam = town.house.person("sam@contoso.example").await;
    let (hers, his) = (town.start(&janet).await, town.start(&sam).await);
    assert_ne!(hers.record_value, his.record_value);
    town.publish(&hers.record_value);
    town.try_check(&sam, &his.claim.id)
        .await
        .refused(ProblemType::ClaimUnproven);
    // A newer claim of hers makes the older record worthless.
    let newer = town.start(&janet).await;
    town.try_check(&janet, &hers.claim.id)
        .await
        .refused(ProblemType::ClaimRefused);
    town.try_check(&janet, &newer.claim.id)
        .await
        .refused(ProblemType::ClaimUnproven);
    // After seven days nothing proves it.
    town.publish(&newer.record_value);
    town.house.clock.advance_days(7);
    town.try_check(&janet, &newer.claim.id)
        .await
        .refused(ProblemType::ClaimRefused);
    // Of the value itself nothing is stored.
    let stored = town.house.database.bytes();
    let value = newer
        .record_value
        .trim_start_matches("clausa-challenge=")
        .as_bytes();
    assert!(!stored.windows(value.len()).any(|window| window == value));
}

#[tokio::test]
async fn a_domain_of_others_is_refused() {
    let town = Town::open().await;
    let janet = town.house.person("janet@contoso.example").await;
    town.house.person("p.dover@fabrikam.example").await;
    let reader = town.house.personal("reader@mail.example").await;
    town.all_fresh().await;
    for domain in [
        "fabrikam.example",
        "dept.contoso.example",
        "example",
        "",
        "a b",
        "mail.example",
    ] {
        town.try_start(&janet, domain)
            .await
            .refused(ProblemType::ClaimRefused);
    }
    town.try_start(&reader, "mail.example")
        .await
        .refused(ProblemType::NotPermitted);
}

#[tokio::test]
async fn one_objection_stops_a_claim() {
    let town = Town::open().await;
    let janet = town.house.person("janet@contoso.example").await;
    let sam = town.house.person("sam@contoso.example").await;
    let waiting = town.start(&sam).await;
    let claim = town.prove(&janet).await;
    // Another claim waits until this one is settled.
    town.publish(&waiting.record_value);
    town.try_check(&sam, &waiting.claim.id)
        .await
        .refused(ProblemType::ClaimRefused);
    let disputed = town.end(&sam, "POST", paths::CLAIM_DISPUTE, &claim.id).await;
    assert_eq!(disputed.status, 204);
    town.end(&sam, "POST", paths::CLAIM_DISPUTE, &claim.id)
        .await
        .refused(ProblemType::ClaimRefused);
    assert_eq!(town.state_of(&janet, &claim.id).await, "disputed");
    // Two members were told of the claim, and the claimant of the objection.
    assert_eq!(town.mails().await.len(), 3);
    assert_eq!(town.delay().await, NOTHING);
    assert_eq!(town.role_of(&janet).await, MEMBER);
    // The record of a disputed claim proves nothing any more; a new one, with notice and delay, does.
    town.try_check(&janet, &claim.id)
        .await
        .refused(ProblemType::ClaimRefused);
    town.prove(&janet).await;
    assert_eq!(town.delay().await, [Fate::Fulfilled]);
}

#[tokio::test]
async fn a_claimant_gives_up() {
    let town = Town::open().await;
    let janet = town.house.person("janet@contoso.example").await;
    let claim = town.prove(&janet).await;
    assert_eq!(
        town.end(&janet, "DELETE", paths::CLAIM, &claim.id).await.status,
        204
    );
    town.end(&janet, "DELETE", paths::CLAIM, &claim.id)
        .await
        .refused(ProblemType::ClaimRefused);
    assert_eq!(town.delay().await, NOTHING);
    assert_eq!(town.role_of(&janet).await, MEMBER);
}

/// Whoever holds the domain's name servers for a moment gets nothing: the record has to be there at the end too.
#[tokio::test]
async fn a_record_that_is_gone_at_the_end_proves_nothing() {
    let town = Town::open().await;
    let janet = town.house.person("janet@contoso.example").await;
    let claim = town.prove(&janet).await;
    // One resolver that cannot be asked postpones it.
    town.resolvers[0].answer(DnsAnswer::Code(2));
    assert_eq!(town.delay().await, [Fate::Postponed]);
    for resolver in &town.resolvers {
        resolver.answer(DnsAnswer::Empty);
    }
    assert_eq!(town.delay().await, [Fate::Lapsed]);
    assert_eq!(town.state_of(&janet, &claim.id).await, "lapsed");
    assert_eq!(town.role_of(&janet).await, MEMBER);
}

#[tokio::test]
async fn a_claimant_who_left_gets_nothing() {
    let town = Town::open().await;
    let janet = town.house.person("janet@contoso.example").await;
    let sam = town.house.person("sam@contoso.example").await;
    let claim = town.prove(&janet).await;
    town.close(&janet).await;
    assert_eq!(town.delay().await, [Fate::Lapsed]);
    assert_eq!(town.state_of(&sam, &claim.id).await, "lapsed");
    assert!(!town.role_of(&sam).await.1);
}

#[tokio::test]
async fn ten_checks_an_hour() {
    let town = Town::open().await;
    let janet = town.house.person("janet@contoso.example").await;
    let sam = town.house.person("sam@contoso.example").await;
    let (hers, his) = (town.start(&janet).await, town.start(&sam).await);
    for _ in 0..5 {
        town.try_check(&janet, &hers.claim.id)
            .await
            .refused(ProblemType::ClaimUnproven);
        town.try_check(&sam, &his.claim.id)
            .await
            .refused(ProblemType::ClaimUnproven);
    }
    let asked = town.resolvers[0].asked();
    // The limit is the organisation's.
    town.try_check(&janet, &hers.claim.id)
        .await
        .refused(ProblemType::RateLimited);
    town.try_check(&sam, &his.claim.id)
        .await
        .refused(ProblemType::RateLimited);
    assert_eq!(town.resolvers[0].asked(), asked);
}

#[tokio::test]
async fn without_resolvers_nobody_claims() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    house
        .sql("UPDATE sessions SET proven_at = 1795251600000000")
        .await;
    let domain = DOMAIN.to_owned();
    let answer = janet.post(&house, paths::CLAIMS, &ClaimRequest { domain }).await;
    let problem = answer.problem();
    assert_eq!(problem.problem_type(), Some(ProblemType::ClaimRefused));
    assert!(problem.detail.unwrap().contains("operator"));
}
