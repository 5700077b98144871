//! Levels: named sets of rights that people choose from.

use std::fmt;
use std::str::FromStr;

use super::{Right, Rights};

/// A named set of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// Reads and answers.
    Viewer,
    /// Reads, changes and saves; neither copies out nor prints.
    Reviewer,
    /// Everything but changing the policy.
    CoAuthor,
    /// Everything.
    CoOwner,
    /// Nobody but the owner.
    OnlyMe,
}

impl Level {
    /// Every level, from reading to owning.
    pub const ALL: [Self; 5] = [
        Self::Viewer,
        Self::Reviewer,
        Self::CoAuthor,
        Self::CoOwner,
        Self::OnlyMe,
    ];

    /// What the level gives to each person it is granted to; nothing for [`OnlyMe`](Self::OnlyMe), because the owner
    /// needs no grant.
    pub fn rights(self) -> Rights {
        use Right::*;
        match self {
            Self::Viewer => [View, ViewRightsData, Reply, ReplyAll, ObjModel]
                .into_iter()
                .collect(),
            Self::Reviewer => [
                View,
                Edit,
                DocEdit,
                ViewRightsData,
                Reply,
                ReplyAll,
                Forward,
                ObjModel,
            ]
            .into_iter()
            .collect(),
            Self::CoAuthor => [
                View,
                Edit,
                DocEdit,
                Extract,
                ViewRightsData,
                ObjModel,
                Export,
                Print,
                Reply,
                ReplyAll,
                Forward,
            ]
            .into_iter()
            .collect(),
            Self::CoOwner => Self::CoAuthor.rights().with(EditRightsData).with(Owner),
            Self::OnlyMe => Rights::NONE,
        }
    }

    /// The name, as in `co-author`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Reviewer => "reviewer",
            Self::CoAuthor => "co-author",
            Self::CoOwner => "co-owner",
            Self::OnlyMe => "only-me",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text names no level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a level is one of viewer, reviewer, co-author, co-owner, only-me")]
pub struct InvalidLevel;

impl FromStr for Level {
    type Err = InvalidLevel;

    fn from_str(text: &str) -> Result<Self, InvalidLevel> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str().eq_ignore_ascii_case(text))
            .ok_or(InvalidLevel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_grow() {
        let sets = [Level::Viewer, Level::Reviewer, Level::CoAuthor, Level::CoOwner].map(Level::rights);
        for pair in sets.windows(2) {
            assert_eq!(pair[1].first_missing(pair[0]), None);
            assert!(pair[0].len() < pair[1].len());
        }
        assert_eq!(
            Level::Viewer.rights().to_string(),
            "VIEW,REPLY,REPLYALL,VIEWRIGHTSDATA,OBJMODEL"
        );
        assert!(Level::OnlyMe.rights().is_empty());
    }

    #[test]
    fn only_co_owners_own_and_viewers_cannot_take_protection_off() {
        assert!(!Level::CoAuthor.rights().contains(Right::Owner));
        assert!(!Level::Reviewer.rights().contains(Right::Export));
        assert!(Level::CoOwner.rights().contains(Right::Comment));
    }

    #[test]
    fn names_round_trip() {
        for level in Level::ALL {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        assert_eq!("editor".parse::<Level>(), Err(InvalidLevel));
    }
}
