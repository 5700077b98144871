//! Log entries about people who are not signed in yet: signing up, signing in, signing out.

use clausa_api::log::RequestType;
use clausa_core::address::Address;
use clausa_core::id::AccountId;
use clausa_store::record::log::LogDraft;
use clausa_store::record::micros::Micros;

use super::acting::LogResult;
use crate::request::RequestContext;

/// An entry about `request` by the account that goes by `address`.
pub fn entry(
    request: RequestType,
    account: AccountId,
    address: &Address,
    result: LogResult,
    context: &RequestContext,
    at: Micros,
) -> LogDraft {
    LogDraft {
        at,
        request: request.as_str().to_owned(),
        user: address.to_string(),
        account: Some(account),
        result: result.as_str().to_owned(),
        correlation: context.id.clone(),
        client_info: context.client_info.clone(),
        client_ip: Some(context.client_ip.to_string()),
        ..LogDraft::default()
    }
}
