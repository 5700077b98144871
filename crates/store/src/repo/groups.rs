//! Groups of an organisation.

use async_trait::async_trait;
use clausa_core::address::Address;
use clausa_core::id::{AccountId, TenantId};

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::group::{Group, GroupMade, Member, MemberAdded};
use crate::record::micros::Micros;

/// Groups. A member is an address: of a person, who need not have an account yet, or of another group of the tenant.
#[async_trait]
pub trait Groups {
    /// Makes a group without members.
    async fn create_group(&mut self, permit: &Permit, group: &Group) -> Result<GroupMade, StoreError>;

    /// One group.
    async fn group(&mut self, permit: &Permit, address: &Address) -> Result<Option<Group>, StoreError>;

    /// Every group, by address.
    async fn groups(&mut self, permit: &Permit) -> Result<Vec<Group>, StoreError>;

    /// Deletes a group, which leaves the groups it was in. False when there is none.
    async fn delete_group(&mut self, permit: &Permit, address: &Address) -> Result<bool, StoreError>;

    /// Puts a person or a group into a group.
    async fn add_member(
        &mut self,
        permit: &Permit,
        group: &Address,
        member: &Address,
        at: Micros,
    ) -> Result<MemberAdded, StoreError>;

    /// Takes a person or a group out of a group. False when it was not in it.
    async fn remove_member(
        &mut self,
        permit: &Permit,
        group: &Address,
        member: &Address,
    ) -> Result<bool, StoreError>;

    /// Who is in the group itself, by address.
    async fn members(&mut self, permit: &Permit, group: &Address) -> Result<Vec<Member>, StoreError>;

    /// The groups of the permit's tenant that an account, of whichever tenant, belongs to by one of its proven addresses
    /// or through other groups.
    async fn groups_of(
        &mut self,
        permit: &Permit,
        account_tenant: TenantId,
        account: AccountId,
    ) -> Result<Vec<Address>, StoreError>;
}
