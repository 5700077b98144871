//! What goes into a statement and what comes out of it.

use clausa_core::address::{Address, Domain};
use clausa_core::id::{
    AccountId, ContentId, DeviceThumbprint, KeyId, LicenceDigest, LicenceId, Serial, TemplateId, TenantId,
};

use crate::error::StoreError;
use crate::record::account::{AccountState, Role};
use crate::record::challenge::ChallengePurpose;
use crate::record::claim::{ClaimScope, ClaimState};
use crate::record::device::Keystore;
use crate::record::factor::FactorKind;
use crate::record::hash::{
    AccessTokenHash, AuthorisationCodeHash, ClaimHash, CodeMac, CookieHash, OwnerMac, RecoveryCodeMac,
    RefreshTokenHash, ReplayKey, TicketHash, VerifierHash,
};
use crate::record::ident::{ChallengeId, ClaimId, FactorId, MailId, SessionId, SignupId};
use crate::record::micros::Micros;
use crate::record::proof::Factors;
use crate::record::signup::SignupStep;
use crate::record::tenant::Plan;
use crate::record::tenant_key::{KeyPurpose, KeyState};

/// A parameter. The absent ones keep their type, because some engines ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Int(i64),
    Bytes(Vec<u8>),
    Text(String),
    /// Bytes as well; as the first parameter it also says whose rows the statement is about.
    Tenant(TenantId),
    NoInt,
    NoBytes,
    NoText,
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Bytes(Vec<u8>),
    Text(String),
}

/// What can be a parameter.
pub(crate) trait Bind {
    /// What stands for an absent one.
    const NONE: Value;

    fn value(&self) -> Value;
}

/// What can be read from a row; `None` when the cell cannot be one.
pub(crate) trait Read: Sized {
    fn read(cell: Cell) -> Option<Self>;
}

/// A row, read from left to right in the order of the statement's columns.
#[derive(Debug)]
pub(crate) struct Row(std::vec::IntoIter<Cell>);

impl Row {
    pub(crate) fn new(cells: Vec<Cell>) -> Self {
        Self(cells.into_iter())
    }

    /// All columns.
    pub(crate) fn into_cells(self) -> Vec<Cell> {
        self.0.collect()
    }

    /// The next column. `what` names it when it cannot be read.
    pub(crate) fn next<T: Read>(&mut self, what: &'static str) -> Result<T, StoreError> {
        self.0
            .next()
            .and_then(T::read)
            .ok_or(StoreError::Corrupt { what })
    }
}

/// A list of parameters.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$(crate::sql::Bind::value(&$value)),*] };
}
pub(crate) use values;

impl<T: Bind> Bind for Option<T> {
    const NONE: Value = T::NONE;

    fn value(&self) -> Value {
        self.as_ref().map_or(T::NONE, T::value)
    }
}

impl<T: Read> Read for Option<T> {
    fn read(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            cell => T::read(cell).map(Some),
        }
    }
}

impl<T: Bind + ?Sized> Bind for &T {
    const NONE: Value = T::NONE;

    fn value(&self) -> Value {
        T::value(self)
    }
}

macro_rules! ints {
    ($($int:ty),*) => {$(
        impl Bind for $int {
            const NONE: Value = Value::NoInt;

            /// Beyond the column's range there is only the end of time and the largest count.
            fn value(&self) -> Value {
                Value::Int(i64::try_from(*self).unwrap_or(i64::MAX))
            }
        }

        impl Read for $int {
            fn read(cell: Cell) -> Option<Self> {
                match cell {
                    Cell::Int(int) => int.try_into().ok(),
                    _ => None,
                }
            }
        }
    )*};
}
ints!(u8, u32, u64);

impl Bind for Micros {
    const NONE: Value = Value::NoInt;

    fn value(&self) -> Value {
        self.0.value()
    }
}

impl Read for Micros {
    fn read(cell: Cell) -> Option<Self> {
        u64::read(cell).map(Self)
    }
}

impl Bind for bool {
    const NONE: Value = Value::NoInt;

    fn value(&self) -> Value {
        Value::Int(i64::from(*self))
    }
}

impl Read for bool {
    fn read(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Int(0) => Some(false),
            Cell::Int(1) => Some(true),
            _ => None,
        }
    }
}

impl Bind for str {
    const NONE: Value = Value::NoText;

    fn value(&self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl Bind for String {
    const NONE: Value = Value::NoText;

    fn value(&self) -> Value {
        Value::Text(self.clone())
    }
}

impl Read for String {
    fn read(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Bind for [u8] {
    const NONE: Value = Value::NoBytes;

    fn value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
}

impl Bind for Vec<u8> {
    const NONE: Value = Value::NoBytes;

    fn value(&self) -> Value {
        Value::Bytes(self.clone())
    }
}

impl Read for Vec<u8> {
    fn read(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl<const N: usize> Bind for [u8; N] {
    const NONE: Value = Value::NoBytes;

    fn value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
}

impl<const N: usize> Read for [u8; N] {
    fn read(cell: Cell) -> Option<Self> {
        Vec::read(cell)?.try_into().ok()
    }
}

macro_rules! byte_strings {
    ($($name:ty),* $(,)?) => {$(
        impl Bind for $name {
            const NONE: Value = Value::NoBytes;

            fn value(&self) -> Value {
                self.as_bytes().value()
            }
        }

        impl Read for $name {
            fn read(cell: Cell) -> Option<Self> {
                Read::read(cell).map(Self::from_bytes)
            }
        }
    )*};
}
byte_strings!(
    AccessTokenHash,
    AccountId,
    AuthorisationCodeHash,
    ChallengeId,
    ClaimHash,
    ClaimId,
    CodeMac,
    ContentId,
    CookieHash,
    DeviceThumbprint,
    FactorId,
    KeyId,
    LicenceDigest,
    LicenceId,
    MailId,
    OwnerMac,
    RecoveryCodeMac,
    RefreshTokenHash,
    ReplayKey,
    Serial,
    SessionId,
    SignupId,
    TemplateId,
    TicketHash,
    VerifierHash,
);

impl Bind for Factors {
    const NONE: Value = Value::NoText;

    fn value(&self) -> Value {
        Value::Text(self.to_string())
    }
}

impl Read for Factors {
    fn read(cell: Cell) -> Option<Self> {
        String::read(cell).map(|text| Self::from_text(&text))
    }
}

impl Bind for TenantId {
    const NONE: Value = Value::NoBytes;

    fn value(&self) -> Value {
        Value::Tenant(*self)
    }
}

impl Read for TenantId {
    fn read(cell: Cell) -> Option<Self> {
        Read::read(cell).map(Self::from_bytes)
    }
}

macro_rules! texts {
    ($($name:ty: $read:expr),* $(,)?) => {$(
        impl Bind for $name {
            const NONE: Value = Value::NoText;

            fn value(&self) -> Value {
                self.as_str().value()
            }
        }

        impl Read for $name {
            fn read(cell: Cell) -> Option<Self> {
                $read(&String::read(cell)?)
            }
        }
    )*};
}
texts!(
    AccountState: AccountState::from_word,
    Address: |text: &str| text.parse().ok(),
    ChallengePurpose: ChallengePurpose::from_word,
    ClaimScope: ClaimScope::from_word,
    ClaimState: ClaimState::from_word,
    Domain: |text: &str| text.parse().ok(),
    KeyPurpose: KeyPurpose::from_word,
    KeyState: KeyState::from_word,
    FactorKind: FactorKind::from_word,
    Keystore: Keystore::from_word,
    Plan: Plan::from_word,
    Role: Role::from_word,
    SignupStep: SignupStep::from_word,
);
