//! People and things that the behaviours are told with.

use clausa_core::address::{Address, Domain};
use clausa_core::id::{AccountId, ContentId, DeviceThumbprint, LicenceDigest, LicenceId, TenantId};
use clausa_core::random::{Randomness as _, SystemRandom};
use clausa_store::permit::{Action, Resource};
use clausa_store::record::account::{AddressClaim, NewAccount, Role};
use clausa_store::record::claim::{Claim, ClaimScope, ClaimState};
use clausa_store::record::content::Content;
use clausa_store::record::device::{Device, Keystore};
use clausa_store::record::hash::ClaimHash;
use clausa_store::record::ident::ClaimId;
use clausa_store::record::licence::Licence;
use clausa_store::record::log::LogDraft;
use clausa_store::record::micros::Micros;
use clausa_store::record::tenant::{Plan, Tenant};
use clausa_store::{Actor, Permit, Store, StoreError, SystemAct, authorise};

/// The day on which everything happens.
pub const NOW: Micros = Micros(1_795_000_000_000_000);

/// Runs a transaction that borrows copies of the named variables.
#[macro_export]
macro_rules! commit {
    ($store:expr, [$($name:ident),* $(,)?], |$tx:ident| $body:expr) => {
        $store
            .transact_with("test", ($($name.clone(),)*), |($($name,)*), $tx| {
                Box::pin(async move { Ok::<_, clausa_store::StoreError>($body) })
            })
            .await
            .unwrap()
    };
}

/// Runs a read that borrows copies of the named variables.
#[macro_export]
macro_rules! look {
    ($store:expr, [$($name:ident),* $(,)?], |$tx:ident| $body:expr) => {
        $store
            .read_with("test", ($($name.clone(),)*), |($($name,)*), $tx| {
                Box::pin(async move { Ok::<_, clausa_store::StoreError>($body) })
            })
            .await
            .unwrap()
    };
}

/// `N` bytes that nobody had before.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom.fill(&mut bytes).unwrap();
    bytes
}

/// A permit for the authority's own acts.
pub fn system(tenant: TenantId) -> Permit {
    Permit::system(SystemAct::SignUp(tenant))
}

/// A tenant that is not stored.
pub fn tenant() -> Tenant {
    Tenant {
        id: TenantId::from_bytes(random()),
        name: "Contoso".to_owned(),
        plan: Plan::Individual,
        managed: false,
        personal: false,
        epoch: 0,
        groups: 0,
        successions: 0,
        created_at: NOW,
    }
}

/// A stored tenant.
pub async fn stored_tenant(store: &Store) -> TenantId {
    let tenant = tenant();
    assert!(commit!(store, [tenant], |tx| tx
        .create_tenant(&system(tenant.id), tenant)
        .await?));
    tenant.id
}

/// A person with an enrolled device.
#[derive(Clone, Debug)]
pub struct Person {
    pub actor: Actor,
    pub address: Address,
    pub device: Device,
}

impl Person {
    /// A member of `tenant`, stored with an enrolled device.
    pub async fn stored(store: &Store, tenant: TenantId, address: &str) -> Self {
        let person = Self::imagined(tenant, address);
        let account = person.account();
        let device = person.device.clone();
        commit!(store, [account, device], |tx| {
            let permit = system(*tenant_of(account));
            let claim = tx.create_account(&permit, &account.0).await?;
            assert_eq!(claim, AddressClaim::Claimed);
            tx.enrol_device(&permit, device).await?
        });
        person
    }

    /// One who is not stored.
    pub fn imagined(tenant: TenantId, address: &str) -> Self {
        let account = AccountId::from_bytes(random());
        let thumbprint = DeviceThumbprint::from_bytes(random());
        Self {
            actor: Actor {
                account,
                tenant,
                role: Role::Member,
                managed: false,
                personal: false,
                needs_factor: false,
                device: Some(thumbprint),
            },
            address: address.parse().unwrap(),
            device: Device {
                thumbprint,
                account,
                signing_key: vec![2; 33],
                decryption_key: vec![4; 65],
                name: "janet's laptop".to_owned(),
                platform: "Linux, clausa 0.1.0".to_owned(),
                keystore: Keystore::File,
                enrolled_at: NOW,
                last_seen_at: NOW,
                removed_at: None,
            },
        }
    }

    /// The account as it is made, with its tenant.
    pub fn account(&self) -> (NewAccount, TenantId) {
        let account = NewAccount {
            id: self.actor.account,
            role: self.actor.role,
            address: self.address.clone(),
            display_name: Some("Janet Lee".to_owned()),
            created_at: NOW,
        };
        (account, self.actor.tenant)
    }

    /// A claim to administer the tenant of this domain.
    pub fn claim(&self, domain: &Domain) -> Claim {
        Claim {
            id: ClaimId::from_bytes(random()),
            account: self.id(),
            domain: domain.clone(),
            scope: ClaimScope::Domain,
            value: ClaimHash::from_bytes(random()),
            state: ClaimState::Waiting,
            created_at: NOW,
            expires_at: NOW.plus_seconds(600),
            proven_at: None,
            due_at: None,
            ended_at: None,
        }
    }

    pub fn id(&self) -> AccountId {
        self.actor.account
    }

    pub fn tenant(&self) -> TenantId {
        self.actor.tenant
    }

    /// A permit for something in the person's own tenant.
    pub fn in_tenant(&self, action: Action) -> Permit {
        authorise(&self.actor, action, &Resource::Tenant(self.actor.tenant)).unwrap()
    }

    /// A permit for something of the person's own.
    pub fn own(&self, action: Action) -> Permit {
        let resource = Resource::Account {
            tenant: self.actor.tenant,
            account: self.actor.account,
        };
        authorise(&self.actor, action, &resource).unwrap()
    }

    /// A permit for a file of `tenant`, as its owner or as somebody who wants to open it.
    pub fn on(&self, action: Action, tenant: TenantId, content: ContentId) -> Permit {
        let resource = Resource::Content {
            tenant,
            content,
            owner: Some(self.actor.account),
        };
        authorise(&self.actor, action, &resource).unwrap()
    }

    /// A file of this person's that is not registered.
    pub fn content(&self) -> Content {
        Content {
            id: ContentId::from_bytes(random()),
            digest: LicenceDigest::from_bytes(random()),
            owner: self.address.clone(),
            owner_account: Some(self.actor.account),
            issuer: self.address.clone(),
            issuer_account: self.actor.account,
            template: None,
            parent: None,
            policy: None,
            file_name: None,
            published_at: NOW,
            registered_at: NOW,
            expires_at: None,
            revocation: None,
        }
    }

    /// Registers a new file of this person's.
    pub async fn publish(&self, store: &Store) -> Content {
        let content = self.content();
        let permit = self.in_tenant(Action::PublishContent);
        commit!(store, [permit, content], |tx| tx
            .register_content(permit, content)
            .await?);
        content
    }

    /// A licence for this person.
    pub fn licence(&self, content: ContentId) -> Licence {
        Licence {
            id: LicenceId::from_bytes(random()),
            content,
            account: self.actor.account,
            account_tenant: self.actor.tenant,
            device: self.device.thumbprint,
            rights: "VIEW,PRINT".to_owned(),
            issued_at: NOW,
            not_after: None,
            offline_until: NOW.plus_seconds(60),
        }
    }

    /// A log entry of this person's.
    pub fn entry(&self, request: &str) -> LogDraft {
        LogDraft {
            at: NOW,
            request: request.to_owned(),
            user: self.address.to_string(),
            account: Some(self.actor.account),
            result: "Success".to_owned(),
            correlation: "c".to_owned(),
            ..LogDraft::default()
        }
    }
}

fn tenant_of(account: &(NewAccount, TenantId)) -> &TenantId {
    &account.1
}

/// Janet of a new tenant.
pub async fn janet(store: &Store) -> Person {
    let tenant = stored_tenant(store).await;
    Person::stored(store, tenant, "janet@contoso.example").await
}

/// Runs `count` tasks at once and collects what they answer.
pub async fn at_once<T, F>(count: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|index| tokio::spawn(task(index))).collect();
    let mut answers = Vec::with_capacity(count);
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

/// The error of something that must not work.
pub fn refused<T: std::fmt::Debug>(result: Result<T, StoreError>) -> StoreError {
    result.unwrap_err()
}
