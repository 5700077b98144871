//! Grants: principal and rights.

use std::fmt;

use crate::address::{Address, Domain};
use crate::id::TenantId;
use crate::rights::Rights;

/// Somebody, or some group of people, whom a grant names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// The person with this proven address.
    Account(Address),
    /// The members of the group with this address.
    Group(Address),
    /// Everybody with a proven address of this very domain.
    Domain(Domain),
    /// Every active, non-guest account of the tenant at the time of the request.
    TenantMembers(TenantId),
    /// Everybody who is signed in.
    AnyAuthenticated,
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(address) => write!(f, "{address}"),
            Self::Group(address) => write!(f, "group {address}"),
            Self::Domain(domain) => write!(f, "@{domain}"),
            Self::TenantMembers(tenant) => write!(f, "members of {tenant}"),
            Self::AnyAuthenticated => f.write_str("anyone signed in"),
        }
    }
}

/// What one principal may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who.
    pub principal: Principal,
    /// What.
    pub rights: Rights,
}

/// At most [`Grants::MAX`] grants, one for each principal, none empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants(Vec<Grant>);

/// Why grants do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidGrants {
    /// More than [`Grants::MAX`].
    #[error("a policy names at most {} people or groups", Grants::MAX)]
    TooMany,
    /// A principal is named without any right.
    #[error("{0} is named without any right")]
    Empty(Principal),
}

impl Grants {
    /// Most grants of a policy (clause 5.3).
    pub const MAX: usize = 4_096;

    /// Sorts by principal and unites the rights of a principal that is named twice.
    ///
    /// # Errors
    ///
    /// [`InvalidGrants`] when there are too many, or one has no right.
    pub fn new(grants: Vec<Grant>) -> Result<Self, InvalidGrants> {
        let mut merged = std::collections::BTreeMap::<Principal, Rights>::new();
        for grant in grants {
            if grant.rights.is_empty() {
                return Err(InvalidGrants::Empty(grant.principal));
            }
            let rights = merged.entry(grant.principal).or_default();
            *rights = rights.union(grant.rights);
        }
        if merged.len() > Self::MAX {
            return Err(InvalidGrants::TooMany);
        }
        Ok(Self(
            merged
                .into_iter()
                .map(|(principal, rights)| Grant { principal, rights })
                .collect(),
        ))
    }
}

impl std::ops::Deref for Grants {
    type Target = [Grant];

    fn deref(&self) -> &[Grant] {
        &self.0
    }
}

impl TryFrom<Vec<Grant>> for Grants {
    type Error = InvalidGrants;

    fn try_from(grants: Vec<Grant>) -> Result<Self, InvalidGrants> {
        Self::new(grants)
    }
}

impl<'a> IntoIterator for &'a Grants {
    type Item = &'a Grant;
    type IntoIter = std::slice::Iter<'a, Grant>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rights::Right;

    fn account(text: &str, rights: &str) -> Grant {
        Grant {
            principal: Principal::Account(text.parse().unwrap()),
            rights: rights.parse().unwrap(),
        }
    }

    #[test]
    fn a_principal_named_twice_has_both_sets() {
        let grants = Grants::new(vec![
            account("b@x.example", "VIEW"),
            account("a@x.example", "VIEW"),
            account("b@x.example", "PRINT"),
        ])
        .unwrap();
        assert_eq!(grants.len(), 2);
        assert_eq!(grants[0], account("a@x.example", "VIEW"));
        assert!(grants[1].rights.listed(Right::View) && grants[1].rights.listed(Right::Print));
    }

    #[test]
    fn empty_and_too_many_are_refused() {
        let nothing = account("a@x.example", "");
        assert_eq!(
            Grants::new(vec![nothing.clone()]),
            Err(InvalidGrants::Empty(nothing.principal))
        );
        let many = (0..=Grants::MAX)
            .map(|i| account(&format!("p{i}@x.example"), "VIEW"))
            .collect();
        assert_eq!(Grants::new(many), Err(InvalidGrants::TooMany));
    }
}
