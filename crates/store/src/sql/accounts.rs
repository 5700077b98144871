//! Accounts and their addresses in SQL.

use async_trait::async_trait;
use clausa_core::address::Address;
use clausa_core::id::{AccountId, TenantId};

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::{Action, Permit};
use crate::record::account::{
    Account, AccountRow, AccountState, AddressClaim, ListedAccount, NewAccount, Role, RoleChange,
};
use crate::record::secret::Secret;
use crate::repo::Accounts;
use crate::sealed::Place;

#[async_trait]
impl<S: Session> Accounts for SqlUnit<'_, S> {
    async fn create_account(
        &mut self,
        permit: &Permit,
        account: &NewAccount,
    ) -> Result<AddressClaim, StoreError> {
        permit.covers_system()?;
        if let Some(holder) = self.holder(&account.address).await? {
            return Ok(AddressClaim::Taken(holder));
        }
        self.execute(
            INSERT,
            values![
                permit.tenant(),
                account.id,
                account.role,
                AccountState::Active,
                account.display_name,
                account.created_at
            ],
        )
        .await?;
        self.claim(permit.tenant(), account.id, &account.address).await
    }

    async fn account(&mut self, permit: &Permit, account: AccountId) -> Result<Option<Account>, StoreError> {
        permit.covers_account(Action::ALL, account)?;
        self.row(BY_ID, values![permit.tenant(), account])
            .await?
            .map(read)
            .transpose()
    }

    async fn account_by_address(&mut self, address: &Address) -> Result<Option<Account>, StoreError> {
        self.directory_row(BY_ADDRESS, values![address])
            .await?
            .map(read)
            .transpose()
    }

    async fn addresses(&mut self, permit: &Permit, account: AccountId) -> Result<Vec<Address>, StoreError> {
        permit.covers_account(Action::ALL, account)?;
        let rows = self.rows(ADDRESSES, values![permit.tenant(), account]).await?;
        rows.into_iter()
            .map(|mut row| row.next("addresses.address"))
            .collect()
    }

    async fn member_addresses(&mut self, permit: &Permit) -> Result<Vec<Address>, StoreError> {
        permit.covers_system()?;
        let rows = self
            .rows(
                MEMBERS,
                values![permit.tenant(), AccountState::Active, Role::Guest],
            )
            .await?;
        rows.into_iter()
            .map(|mut row| row.next("addresses.address"))
            .collect()
    }

    async fn list_accounts(
        &mut self,
        permit: &Permit,
        search: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<ListedAccount>, StoreError> {
        permit.covers(&[Action::ReadAccounts])?;
        let rows = self
            .rows(LIST, values![permit.tenant(), containing(search), after, limit])
            .await?;
        rows.into_iter()
            .map(|mut row| {
                let address = row.next("addresses.address")?;
                let account = read(row)?;
                Ok(ListedAccount { account, address })
            })
            .collect()
    }

    async fn change_role(
        &mut self,
        permit: &Permit,
        account: AccountId,
        role: Role,
    ) -> Result<RoleChange, StoreError> {
        permit.covers(&[Action::ChangeRoles])?;
        let tenant = permit.tenant();
        // Two administrators who take each other's role back at the same moment come one after the other.
        if !self.changes(LOCK_MANAGED, values![tenant]).await? {
            return Ok(RoleChange::Unknown);
        }
        let found = self
            .row(BY_ID, values![tenant, account])
            .await?
            .map(read)
            .transpose()?;
        let Some(found) = found.filter(Account::is_member) else {
            return Ok(RoleChange::Unknown);
        };
        if found.role == role {
            return Ok(RoleChange::Same);
        }
        let others = values![tenant, account, Role::Administrator, AccountState::Active];
        if found.role == Role::Administrator && self.row(OTHERS, others).await?.is_none() {
            return Ok(RoleChange::LastAdministrator);
        }
        self.execute(SET_ROLE, values![tenant, account, role]).await?;
        Ok(RoleChange::Changed)
    }

    async fn accounts(
        &mut self,
        permit: &Permit,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<AccountRow>, StoreError> {
        permit.covers_system()?;
        let after = after.map_or_else(Vec::new, |after| after.as_bytes().to_vec());
        let rows = self.rows(ROWS, values![permit.tenant(), after, limit]).await?;
        let listed = |mut row: Row| {
            let address = row.next("addresses.address")?;
            Ok(AccountRow {
                account: read(row)?,
                address,
            })
        };
        rows.into_iter().map(listed).collect()
    }

    async fn add_address(
        &mut self,
        permit: &Permit,
        account: AccountId,
        address: &Address,
    ) -> Result<AddressClaim, StoreError> {
        permit.covers_system()?;
        self.claim(permit.tenant(), account, address).await
    }

    async fn set_display_name(
        &mut self,
        permit: &Permit,
        account: AccountId,
        name: Option<&str>,
    ) -> Result<bool, StoreError> {
        permit.covers_system()?;
        self.changes(SET_DISPLAY_NAME, values![permit.tenant(), account, name])
            .await
    }

    async fn password_hash(
        &mut self,
        permit: &Permit,
        account: AccountId,
    ) -> Result<Option<Secret>, StoreError> {
        permit.covers_system()?;
        let Some(mut row) = self.row(PASSWORD, values![permit.tenant(), account]).await? else {
            return Ok(None);
        };
        let sealed: Option<Vec<u8>> = row.next("accounts.password_hash")?;
        let tenant = permit.tenant();
        let row = [tenant.as_bytes().as_slice(), account.as_bytes()];
        sealed
            .map(|sealed| self.open(password_of(&row), &sealed))
            .transpose()
    }

    async fn set_password_hash(
        &mut self,
        permit: &Permit,
        account: AccountId,
        hash: Option<&Secret>,
    ) -> Result<bool, StoreError> {
        permit.covers_system()?;
        let tenant = permit.tenant();
        let row = [tenant.as_bytes().as_slice(), account.as_bytes()];
        let sealed = hash.map(|hash| self.seal(password_of(&row), hash)).transpose()?;
        self.changes(SET_PASSWORD, values![permit.tenant(), account, sealed])
            .await
    }

    async fn set_account_state(
        &mut self,
        permit: &Permit,
        account: AccountId,
        state: AccountState,
    ) -> Result<bool, StoreError> {
        permit.covers_system()?;
        self.changes(SET_STATE, values![permit.tenant(), account, state])
            .await
    }
}

impl<S: Session> SqlUnit<'_, S> {
    async fn holder(&mut self, address: &Address) -> Result<Option<AccountId>, StoreError> {
        let row = self.row(HOLDER, values![address]).await?;
        row.map(|mut row| row.next("addresses.account")).transpose()
    }

    async fn claim(
        &mut self,
        tenant: TenantId,
        account: AccountId,
        address: &Address,
    ) -> Result<AddressClaim, StoreError> {
        if self.changes(CLAIM, values![address, tenant, account]).await? {
            return Ok(AddressClaim::Claimed);
        }
        match self.holder(address).await? {
            Some(holder) => Ok(AddressClaim::Taken(holder)),
            None => Err(StoreError::Corrupt {
                what: "addresses.account",
            }),
        }
    }
}

/// A pattern for whatever contains `text`.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for one in text.chars() {
        if matches!(one, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(one);
    }
    pattern.push('%');
    pattern
}

fn read(mut row: Row) -> Result<Account, StoreError> {
    Ok(Account {
        tenant: row.next("accounts.tenant")?,
        id: row.next("accounts.account")?,
        role: row.next("accounts.role")?,
        state: row.next("accounts.state")?,
        display_name: row.next("accounts.display_name")?,
        has_password: row.next("accounts.password_hash")?,
        created_at: row.next("accounts.created_at")?,
    })
}

fn password_of<'a>(row: &'a [&'a [u8]]) -> Place<'a> {
    Place {
        table: "accounts",
        row,
        column: "password_hash",
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.tenant, a.account, a.role, a.state, a.display_name, \
             CASE WHEN a.password_hash IS NULL THEN 0 ELSE 1 END, a.created_at FROM accounts a ",
            $rest
        )
    };
}

const INSERT: &str = "INSERT INTO accounts (tenant, account, role, state, display_name, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6)";
const BY_ID: &str = select!("WHERE a.tenant = $1 AND a.account = $2");
const BY_ADDRESS: &str =
    select!("JOIN addresses d ON d.tenant = a.tenant AND d.account = a.account WHERE d.address = $1");
const ADDRESSES: &str = "SELECT address FROM addresses WHERE tenant = $1 AND account = $2 ORDER BY position";
const MEMBERS: &str = "SELECT d.address FROM accounts a JOIN addresses d ON d.tenant = a.tenant AND d.account = a.account \
     WHERE a.tenant = $1 AND a.state = $2 AND a.role <> $3 AND d.position = 0 ORDER BY d.address";
const LIST: &str = "SELECT d.address, a.tenant, a.account, a.role, a.state, a.display_name, \
     CASE WHEN a.password_hash IS NULL THEN 0 ELSE 1 END, a.created_at \
     FROM accounts a JOIN addresses d ON d.tenant = a.tenant AND d.account = a.account \
     WHERE a.tenant = $1 AND d.position = 0 AND d.address LIKE $2 ESCAPE '!' AND d.address > $3 \
     ORDER BY d.address LIMIT $4";
const LOCK_MANAGED: &str = "UPDATE tenants SET managed = managed WHERE tenant = $1 AND managed = 1";
const OTHERS: &str =
    "SELECT account FROM accounts WHERE tenant = $1 AND account <> $2 AND role = $3 AND state = $4 LIMIT 1";
const SET_ROLE: &str = "UPDATE accounts SET role = $3 WHERE tenant = $1 AND account = $2";
const ROWS: &str = "SELECT d.address, a.tenant, a.account, a.role, a.state, a.display_name, \
     CASE WHEN a.password_hash IS NULL THEN 0 ELSE 1 END, a.created_at FROM accounts a \
     LEFT JOIN addresses d ON d.tenant = a.tenant AND d.account = a.account AND d.position = 0 \
     WHERE a.tenant = $1 AND a.account > $2 ORDER BY a.account LIMIT $3";
const HOLDER: &str = "SELECT account FROM addresses WHERE address = $1";
const CLAIM: &str = "INSERT INTO addresses (address, tenant, account, position) \
     SELECT $1, $2, $3, (SELECT COUNT(*) FROM addresses d WHERE d.tenant = $2 AND d.account = $3) \
     WHERE true ON CONFLICT (address) DO NOTHING";
const SET_DISPLAY_NAME: &str = "UPDATE accounts SET display_name = $3 WHERE tenant = $1 AND account = $2";
const PASSWORD: &str = "SELECT password_hash FROM accounts WHERE tenant = $1 AND account = $2";
const SET_PASSWORD: &str = "UPDATE accounts SET password_hash = $3 WHERE tenant = $1 AND account = $2";
const SET_STATE: &str = "UPDATE accounts SET state = $3 WHERE tenant = $1 AND account = $2";
