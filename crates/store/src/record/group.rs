//! Groups of an organisation, and who belongs to them.

use clausa_core::address::Address;

use super::micros::Micros;

/// Most groups of a tenant.
pub const MAX_GROUPS: u32 = 10_000;
/// Most members of a group, groups among them counted as one each.
pub const MAX_MEMBERS: u64 = 10_000;
/// Most groups from one down to the last that it contains, both counted.
pub const MAX_DEPTH: u32 = 8;

/// A group. Its address is what policies name, so it never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// In a domain of the tenant, and no account's.
    pub address: Address,
    /// For people; may be empty.
    pub name: String,
    /// When it was made.
    pub created_at: Micros,
}

/// What a member is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// A group of the same tenant.
    Group,
    /// Somebody with an account, here or in another tenant.
    Account,
    /// Nobody has proven the address yet; whoever does is a member then.
    NoAccount,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The person's or the group's.
    pub address: Address,
    /// What it is.
    pub kind: MemberKind,
}

/// What became of a group that was to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupMade {
    /// It exists now.
    Made,
    /// There is such a group.
    Exists,
    /// An account has the address.
    AccountHasAddress,
    /// The address is in no domain of the tenant.
    ForeignDomain,
    /// The address is a member where a group would lie deeper than [`MAX_DEPTH`].
    TooDeep,
    /// There are [`MAX_GROUPS`].
    TooMany,
}

/// What became of somebody who was to come into a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberAdded {
    /// A member now.
    Added,
    /// A member before.
    Already,
    /// There is no such group.
    NoGroup,
    /// The group would contain itself.
    Circle,
    /// Groups would lie deeper than [`MAX_DEPTH`].
    TooDeep,
    /// There are [`MAX_MEMBERS`].
    TooMany,
}
