//! Who may do what: the one authorisation function, and the proof of its answer that repositories ask for.
//!
//! Authorisation and the rights decision are two things. [`authorise`] says whether an authenticated caller may use a
//! function of the authority; whether a *file's policy* names them is `clausa_core::decision`.
//!
//! A [`Permit`] cannot be made any other way:
//!
//! ```compile_fail,E0451
//! use clausa_store::{Permit, permit::Action};
//! let tenant = clausa_core::id::TenantId::from_bytes([1; 16]);
//! let forged = Permit { tenant, basis: todo!() };
//! ```

use clausa_core::id::{AccountId, ContentId, DeviceThumbprint, TenantId};

use crate::error::StoreError;
use crate::record::account::Role;

/// An authenticated caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub account: AccountId,
    /// Its tenant, from the session.
    pub tenant: TenantId,
    /// What it may do there.
    pub role: Role,
    /// True when an administrator has proven the tenant's domain.
    pub managed: bool,
    /// True when the tenant is that of one consumer address, which opens but does not publish.
    pub personal: bool,
    /// True when the tenant asks for two factors and the session was begun with one: until another is shown, only that
    /// can be done.
    pub needs_factor: bool,
    /// The device that signed the call, once enrolled.
    pub device: Option<DeviceThumbprint>,
}

impl Actor {
    /// True when the account is of a kind that protects files: no guest, and in an organisation.
    pub fn may_publish(&self) -> bool {
        self.role != Role::Guest && !self.personal
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A function of the authority that a caller may ask for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $name,)* }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The action's name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}

actions! {
    /// See one's own account.
    ReadIdentity,
    /// End one's own session.
    SignOut,
    /// List one's own sessions.
    ListSessions,
    /// End one's own sessions.
    EndSessions,
    /// Show again who one is.
    StepUp,
    /// Set one's own password.
    ChangePassword,
    /// Add or remove one's own further factors.
    ChangeFactors,
    /// Read everything about oneself.
    ExportAccount,
    /// Close one's own account.
    CloseAccount,
    /// List one's own devices.
    ListDevices,
    /// Enrol the calling device, or renew its certificate.
    EnrolDevice,
    /// Remove one of one's own devices.
    RemoveDevice,
    /// See the tenant's templates.
    ReadTemplates,
    /// See the tenant's signed key set.
    ReadKeySet,
    /// Register a published file in one's tenant.
    PublishContent,
    /// See what the authority knows of one's own file.
    ReadContent,
    /// Revoke one's own file.
    RevokeContent,
    /// Ask for a use licence; the file is often of another tenant.
    RequestLicence,
    /// Read the log.
    ReadLog,
    /// Ask to administer one's tenant by proving its domain, and give that up.
    ClaimTenant,
    /// See who asks to administer one's tenant.
    ReadClaims,
    /// Object to somebody's claim to administer one's tenant.
    DisputeClaim,
    /// See what an administrator has set for one's tenant, and whom it concerns.
    ReadControls,
    /// Set it.
    ChangeControls,
    /// Look through one's tenant's people.
    ReadAccounts,
    /// Say who administers one's tenant.
    ChangeRoles,
}

impl Action {
    /// True for what somebody does on the way to his second factor, and for leaving. Nothing of this opens or protects a
    /// file: an enrolled device has a certificate, and registering under it waits.
    fn is_before_second_factor(self) -> bool {
        matches!(
            self,
            Self::ReadIdentity
                | Self::SignOut
                | Self::ListSessions
                | Self::EndSessions
                | Self::StepUp
                | Self::ChangeFactors
                | Self::ListDevices
                | Self::EnrolDevice
                | Self::ReadKeySet
        )
    }
}

/// What an action is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A tenant's common things: templates, key set, log, the place for new files.
    Tenant(TenantId),
    /// Something of one account: the account itself, its sessions, its devices.
    Account {
        /// The account's tenant.
        tenant: TenantId,
        /// The account.
        account: AccountId,
    },
    /// A protected file.
    Content {
        /// The file's tenant.
        tenant: TenantId,
        /// The file.
        content: ContentId,
        /// The account it belongs to, when its owner is of that tenant.
        owner: Option<AccountId>,
    },
}

/// Why a caller may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Denied {
    /// The call has to come from an enrolled device.
    #[error("this needs an enrolled device")]
    DeviceNeeded,
    /// The caller's role or kind of account does not do this.
    #[error("not permitted")]
    NotPermitted,
    /// The tenant asks for two factors; the caller has shown one.
    #[error("this needs a second factor")]
    FactorNeeded,
    /// It belongs to somebody else; answer as if it did not exist.
    #[error("nothing of that name belongs to the caller")]
    NotYours,
}

/// What the authority does on its own account, always inside one named tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemAct {
    /// A proven address makes a tenant, its keys, its templates and an account.
    SignUp(TenantId),
    /// A person is being signed in: account and password are read before anybody is authenticated.
    SignIn(TenantId),
    /// Keys, certificates and key sets are renewed.
    KeyCare(TenantId),
    /// The operator changes groups.
    KeepGroups(TenantId),
    /// An account is closed, by its person, the operator or whoever provisions it.
    CloseAccount(TenantId),
    /// Old rows are cleared, counters are read, backups are checked.
    Housekeeping(TenantId),
    /// A domain was proven; its tenant is taken over when the delay ends.
    TakeOver(TenantId),
    /// What an administrator has set is applied to somebody.
    Govern(TenantId),
}

/// Which entries of a tenant's log a permit shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogScope {
    /// What this account did, and what was done to its own files.
    Own(AccountId),
    /// All of it.
    Tenant,
}

/// Proof that somebody may do something in one tenant. Repositories take the tenant from it (`SEC-92`, `SEC-95`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    tenant: TenantId,
    basis: Basis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Basis {
    Caller {
        action: Action,
        actor: Actor,
        resource: Resource,
    },
    System(SystemAct),
}

/// Says whether `actor` may do `action` to `resource`. Everything that is not listed is denied.
///
/// A licence request is the one action that leaves the caller's tenant: its permit is for the *file's* tenant, whose
/// keys, templates, licences and log the use case then works on, and grants nothing but issuing and recording one.
///
/// # Errors
///
/// [`Denied`], with what an honest caller can do about it.
pub fn authorise(actor: &Actor, action: Action, resource: &Resource) -> Result<Permit, Denied> {
    let permit = |tenant| {
        Ok(Permit {
            tenant,
            basis: Basis::Caller {
                action,
                actor: *actor,
                resource: *resource,
            },
        })
    };
    if actor.needs_factor && !action.is_before_second_factor() {
        return Err(Denied::FactorNeeded);
    }
    match (action, *resource) {
        (
            Action::ReadIdentity
            | Action::SignOut
            | Action::ListSessions
            | Action::EndSessions
            | Action::StepUp
            | Action::ChangePassword
            | Action::ChangeFactors
            | Action::ExportAccount
            | Action::CloseAccount
            | Action::ListDevices
            | Action::EnrolDevice
            | Action::RemoveDevice,
            Resource::Account { tenant, account },
        ) if tenant == actor.tenant && account == actor.account => permit(tenant),

        (Action::ReadTemplates | Action::ReadKeySet | Action::ReadLog, Resource::Tenant(tenant))
            if tenant == actor.tenant =>
        {
            permit(tenant)
        }

        (Action::ClaimTenant | Action::ReadClaims | Action::DisputeClaim, Resource::Tenant(tenant))
            if tenant == actor.tenant =>
        {
            if actor.role == Role::Guest || actor.personal {
                return Err(Denied::NotPermitted);
            }
            permit(tenant)
        }

        (
            Action::ReadControls | Action::ChangeControls | Action::ReadAccounts | Action::ChangeRoles,
            Resource::Tenant(tenant),
        ) if tenant == actor.tenant => {
            if actor.role != Role::Administrator || !actor.managed {
                return Err(Denied::NotPermitted);
            }
            permit(tenant)
        }

        (Action::PublishContent, Resource::Tenant(tenant)) if tenant == actor.tenant => {
            if !actor.may_publish() {
                return Err(Denied::NotPermitted);
            }
            actor.device.ok_or(Denied::DeviceNeeded)?;
            permit(tenant)
        }

        (Action::ReadContent | Action::RevokeContent, Resource::Content { tenant, owner, .. })
            if tenant == actor.tenant && owner == Some(actor.account) =>
        {
            permit(tenant)
        }

        (Action::RequestLicence, Resource::Content { tenant, .. }) => {
            actor.device.ok_or(Denied::DeviceNeeded)?;
            permit(tenant)
        }

        _ => Err(Denied::NotYours),
    }
}

impl Permit {
    /// The permit for what the authority does on its own account.
    pub fn system(act: SystemAct) -> Self {
        let (SystemAct::SignUp(tenant)
        | SystemAct::SignIn(tenant)
        | SystemAct::KeyCare(tenant)
        | SystemAct::KeepGroups(tenant)
        | SystemAct::CloseAccount(tenant)
        | SystemAct::Housekeeping(tenant)
        | SystemAct::TakeOver(tenant)
        | SystemAct::Govern(tenant)) = act;
        Self {
            tenant,
            basis: Basis::System(act),
        }
    }

    /// The tenant in which it holds.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The account that asked, unless the authority acts on its own account.
    pub fn account(&self) -> Option<AccountId> {
        match self.basis {
            Basis::Caller { actor, .. } => Some(actor.account),
            Basis::System(_) => None,
        }
    }

    /// Which log entries it shows: one's own, except to the administrator of a managed tenant (`SEC-86`).
    pub fn log_scope(&self) -> LogScope {
        match self.basis {
            Basis::Caller { actor, action, .. }
                if actor.managed && actor.role == Role::Administrator && action != Action::ExportAccount =>
            {
                LogScope::Tenant
            }
            Basis::Caller { actor, .. } => LogScope::Own(actor.account),
            Basis::System(_) => LogScope::Tenant,
        }
    }

    /// Checks that it was given for one of `actions`, or for an act of the authority itself.
    pub(crate) fn covers(&self, actions: &[Action]) -> Result<(), StoreError> {
        match (self.basis, actions.first()) {
            (Basis::System(_), _) => Ok(()),
            (Basis::Caller { action, .. }, _) if actions.contains(&action) => Ok(()),
            (Basis::Caller { action, .. }, needed) => Err(StoreError::PermitScope {
                given: action.as_str(),
                needed: needed.map_or("system", |a| a.as_str()),
            }),
        }
    }

    /// As [`Permit::covers`], and for this file.
    pub(crate) fn covers_content(&self, actions: &[Action], content: ContentId) -> Result<(), StoreError> {
        self.covers(actions)?;
        match self.basis {
            Basis::Caller {
                resource: Resource::Content {
                    content: permitted, ..
                },
                ..
            } if permitted != content => Err(StoreError::PermitScope {
                given: "another file",
                needed: "this file",
            }),
            _ => Ok(()),
        }
    }

    /// As [`Permit::covers`], and for things of this account.
    pub(crate) fn covers_account(&self, actions: &[Action], account: AccountId) -> Result<(), StoreError> {
        self.covers(actions)?;
        match self.basis {
            Basis::Caller { actor, .. } if actor.account != account => Err(StoreError::PermitScope {
                given: "another account",
                needed: "this account",
            }),
            _ => Ok(()),
        }
    }

    /// As [`Permit::covers`], and for the permit's tenant or that of the caller.
    pub(crate) fn covers_home(&self, actions: &[Action], tenant: TenantId) -> Result<(), StoreError> {
        self.covers(actions)?;
        let is_callers = matches!(self.basis, Basis::Caller { actor, .. } if actor.tenant == tenant);
        match tenant == self.tenant || is_callers {
            true => Ok(()),
            false => Err(StoreError::PermitScope {
                given: "another tenant",
                needed: "this tenant",
            }),
        }
    }

    /// Checks that the authority acts on its own account.
    pub(crate) fn covers_system(&self) -> Result<(), StoreError> {
        self.covers(&[])
    }
}

#[cfg(test)]
mod tests;
