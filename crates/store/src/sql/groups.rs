//! Groups in SQL.

use async_trait::async_trait;
use clausa_core::address::Address;
use clausa_core::id::{AccountId, TenantId};

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::{Action, Permit};
use crate::record::group::{
    Group, GroupMade, MAX_DEPTH, MAX_GROUPS, MAX_MEMBERS, Member, MemberAdded, MemberKind,
};
use crate::record::micros::Micros;
use crate::repo::{Groups, Tenants as _};

#[async_trait]
impl<S: Session> Groups for SqlUnit<'_, S> {
    async fn create_group(&mut self, permit: &Permit, group: &Group) -> Result<GroupMade, StoreError> {
        permit.covers_system()?;
        let (tenant, address) = (permit.tenant(), &group.address);
        if self
            .row(OF_DOMAIN, values![tenant, address.domain()])
            .await?
            .is_none()
        {
            return Ok(GroupMade::ForeignDomain);
        }
        if self.row(HOLDER, values![address]).await?.is_some() {
            return Ok(GroupMade::AccountHasAddress);
        }
        if self.group(permit, address).await?.is_some() {
            return Ok(GroupMade::Exists);
        }
        let groups = self.find_tenant(tenant).await?.map_or(0, |tenant| tenant.groups);
        if groups >= MAX_GROUPS {
            return Ok(GroupMade::TooMany);
        }
        if self.levels_above(tenant, address).await? >= MAX_DEPTH {
            return Ok(GroupMade::TooDeep);
        }
        self.execute(INSERT, values![tenant, address, group.name, group.created_at])
            .await?;
        self.execute(ONE_MORE, values![tenant]).await?;
        Ok(GroupMade::Made)
    }

    async fn group(&mut self, permit: &Permit, address: &Address) -> Result<Option<Group>, StoreError> {
        permit.covers_system()?;
        self.row(BY_ADDRESS, values![permit.tenant(), address])
            .await?
            .map(read)
            .transpose()
    }

    async fn groups(&mut self, permit: &Permit) -> Result<Vec<Group>, StoreError> {
        permit.covers_system()?;
        let rows = self.rows(ALL, values![permit.tenant()]).await?;
        rows.into_iter().map(read).collect()
    }

    async fn delete_group(&mut self, permit: &Permit, address: &Address) -> Result<bool, StoreError> {
        permit.covers_system()?;
        let tenant = permit.tenant();
        if !self.changes(DELETE, values![tenant, address]).await? {
            return Ok(false);
        }
        // Left where it was a member, the address would let in whoever gets it later.
        self.execute(LEAVE, values![tenant, address]).await?;
        self.execute(ONE_LESS, values![tenant]).await?;
        Ok(true)
    }

    async fn add_member(
        &mut self,
        permit: &Permit,
        group: &Address,
        member: &Address,
        at: Micros,
    ) -> Result<MemberAdded, StoreError> {
        permit.covers_system()?;
        let tenant = permit.tenant();
        if self.group(permit, group).await?.is_none() {
            return Ok(MemberAdded::NoGroup);
        }
        if self
            .row(IS_MEMBER, values![tenant, group, member])
            .await?
            .is_some()
        {
            return Ok(MemberAdded::Already);
        }
        let below = self.rows(BELOW, values![tenant, member, MAX_DEPTH]).await?;
        let mut levels = 0;
        for mut row in below {
            let (address, depth): (Address, u32) =
                (row.next("group_members.member")?, row.next("group depth")?);
            if address == *group {
                return Ok(MemberAdded::Circle);
            }
            levels = levels.max(depth);
        }
        if levels > 0 && self.levels_above(tenant, group).await? + 1 + levels > MAX_DEPTH {
            return Ok(MemberAdded::TooDeep);
        }
        let count = self.row(COUNT, values![tenant, group]).await?;
        let count: u64 = count.map_or(Ok(0), |mut row| row.next("group_members"))?;
        if count >= MAX_MEMBERS {
            return Ok(MemberAdded::TooMany);
        }
        self.execute(ADD, values![tenant, group, member, at]).await?;
        Ok(MemberAdded::Added)
    }

    async fn remove_member(
        &mut self,
        permit: &Permit,
        group: &Address,
        member: &Address,
    ) -> Result<bool, StoreError> {
        permit.covers_system()?;
        self.changes(REMOVE, values![permit.tenant(), group, member])
            .await
    }

    async fn members(&mut self, permit: &Permit, group: &Address) -> Result<Vec<Member>, StoreError> {
        permit.covers_system()?;
        let rows = self.rows(MEMBERS, values![permit.tenant(), group]).await?;
        let read = |mut row: Row| {
            let address = row.next("group_members.member")?;
            let kind = match (row.next("member_groups.address")?, row.next("addresses.address")?) {
                (true, _) => MemberKind::Group,
                (false, true) => MemberKind::Account,
                (false, false) => MemberKind::NoAccount,
            };
            Ok(Member { address, kind })
        };
        rows.into_iter().map(read).collect()
    }

    async fn groups_of(
        &mut self,
        permit: &Permit,
        account_tenant: TenantId,
        account: AccountId,
    ) -> Result<Vec<Address>, StoreError> {
        permit.covers_account(&[Action::RequestLicence, Action::ExportAccount], account)?;
        let rows = self
            .rows(OF_ACCOUNT, values![permit.tenant(), account_tenant, account])
            .await?;
        rows.into_iter()
            .map(|mut row| row.next("group_members.address"))
            .collect()
    }
}

impl<S: Session> SqlUnit<'_, S> {
    /// How many groups lie one in the other around whatever has this address.
    async fn levels_above(&mut self, tenant: TenantId, address: &Address) -> Result<u32, StoreError> {
        let row = self.row(ABOVE, values![tenant, address, MAX_DEPTH]).await?;
        row.map_or(Ok(0), |mut row| row.next("group depth"))
    }
}

fn read(mut row: Row) -> Result<Group, StoreError> {
    Ok(Group {
        address: row.next("member_groups.address")?,
        name: row.next("member_groups.name")?,
        created_at: row.next("member_groups.created_at")?,
    })
}

const OF_DOMAIN: &str = "SELECT 1 FROM domains WHERE tenant = $1 AND domain = $2";
const HOLDER: &str = "SELECT account FROM addresses WHERE address = $1";
const INSERT: &str = "INSERT INTO member_groups (tenant, address, name, created_at) VALUES ($1, $2, $3, $4)";
const ONE_MORE: &str = "UPDATE tenants SET group_count = group_count + 1 WHERE tenant = $1";
const ONE_LESS: &str = "UPDATE tenants SET group_count = group_count - 1 WHERE tenant = $1";
const BY_ADDRESS: &str =
    "SELECT address, name, created_at FROM member_groups WHERE tenant = $1 AND address = $2";
const ALL: &str = "SELECT address, name, created_at FROM member_groups WHERE tenant = $1 ORDER BY address";
const DELETE: &str = "DELETE FROM member_groups WHERE tenant = $1 AND address = $2";
const LEAVE: &str = "DELETE FROM group_members WHERE tenant = $1 AND member = $2";
const IS_MEMBER: &str = "SELECT 1 FROM group_members WHERE tenant = $1 AND address = $2 AND member = $3";
const COUNT: &str = "SELECT COUNT(*) FROM group_members WHERE tenant = $1 AND address = $2";
const ADD: &str = "INSERT INTO group_members (tenant, address, member, added_at) VALUES ($1, $2, $3, $4)";
const REMOVE: &str = "DELETE FROM group_members WHERE tenant = $1 AND address = $2 AND member = $3";
const MEMBERS: &str = "SELECT m.member, CASE WHEN g.address IS NULL THEN 0 ELSE 1 END, \
     CASE WHEN a.address IS NULL THEN 0 ELSE 1 END FROM group_members m \
     LEFT JOIN member_groups g ON g.tenant = m.tenant AND g.address = m.member \
     LEFT JOIN addresses a ON a.address = m.member \
     WHERE m.tenant = $1 AND m.address = $2 ORDER BY m.member";
/// `UNION` drops what was found before, so that it ends whatever the rows say.
const OF_ACCOUNT: &str = "WITH RECURSIVE found (address) AS ( \
     SELECT m.address FROM addresses a JOIN group_members m ON m.tenant = $1 AND m.member = a.address \
     WHERE a.tenant = $2 AND a.account = $3 \
     UNION SELECT m.address FROM found f JOIN group_members m ON m.tenant = $1 AND m.member = f.address) \
     SELECT address FROM found ORDER BY address";
/// The longest way up, counted to one level more than there may be.
const ABOVE: &str = "WITH RECURSIVE found (address, depth) AS ( \
     SELECT m.address, CAST(1 AS BIGINT) FROM group_members m WHERE m.tenant = $1 AND m.member = $2 \
     UNION SELECT m.address, f.depth + 1 FROM found f \
     JOIN group_members m ON m.tenant = $1 AND m.member = f.address WHERE f.depth <= $3) \
     SELECT COALESCE(MAX(depth), 0) FROM found";
/// The group itself and those below it, with their level; nothing for a person.
const BELOW: &str = "WITH RECURSIVE found (address, depth) AS ( \
     SELECT g.address, CAST(1 AS BIGINT) FROM member_groups g WHERE g.tenant = $1 AND g.address = $2 \
     UNION SELECT m.member, f.depth + 1 FROM found f \
     JOIN group_members m ON m.tenant = $1 AND m.address = f.address \
     JOIN member_groups g ON g.tenant = $1 AND g.address = m.member WHERE f.depth <= $3) \
     SELECT address, MAX(depth) FROM found GROUP BY address";
