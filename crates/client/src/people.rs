//! An organisation's people, for its administrator.

use clausa_api::account::{AccountEntry, AccountPage, AccountQuery, RoleRequest};
use clausa_api::paths;
use clausa_core::id::AccountId;

use crate::client::Client;
use crate::error::AccountError;
use crate::transport::Call;

impl Client {
    /// One page of the people of the organisation that one administers.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn people(&self, query: &AccountQuery) -> Result<AccountPage, AccountError> {
        let origin = self.signed_in_origin().await?;
        let mut call = Call::get(paths::ACCOUNTS);
        for (name, value) in [("search", &query.search), ("after", &query.after)] {
            if let Some(value) = value {
                call = call.query(name, value);
            }
        }
        if let Some(limit) = query.limit {
            call = call.query("limit", &limit.to_string());
        }
        Ok(self.call_as_account(&origin, &call).await?)
    }

    /// Who has this address, among the people of the organisation that one administers.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`] when nobody has it.
    pub async fn person(&self, address: &str) -> Result<AccountEntry, AccountError> {
        let mut query = AccountQuery {
            search: Some(address.to_owned()),
            ..AccountQuery::default()
        };
        loop {
            let page = self.people(&query).await?;
            let found = page.accounts.into_iter().find(|one| one.address == address);
            match (found, page.next) {
                (Some(person), _) => return Ok(person),
                (None, Some(next)) => query.after = Some(next),
                (None, None) => {
                    let what = format!("anybody with the address {address}");
                    return Err(AccountError::NotFound { what });
                }
            }
        }
    }

    /// Makes somebody the organisation's administrator, or a member again. Asks for a fresh proof
    /// ([`Client::step_up_state`]).
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn set_role(&self, account: AccountId, role: &str) -> Result<(), AccountError> {
        let role = role.to_owned();
        let path = paths::fill(paths::ACCOUNT_ROLE, &account.to_string());
        let call = Call::put(path, &RoleRequest { role })?;
        let origin = self.signed_in_origin().await?;
        self.call_as_account_for_nothing(&origin, &call)
            .await
            .map_err(|error| AccountError::or_not_found(error, "this person"))
    }
}
