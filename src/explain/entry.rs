//! Who gets in at a place, and whether that is more or fewer than before.

use super::words;
use crate::config::{Access, Route};
use crate::protocol::{ResourceUri, Scope};

/// Who gets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry<'r> {
    /// Everyone.
    Everyone,
    /// Those who bring something.
    Some {
        /// Whoever is logged in.
        people: bool,
        /// Programs with a token with this scope, for this audience.
        programs: Option<(&'r Scope, Option<&'r ResourceUri>)>,
    },
    /// No one, and why.
    NoOne(&'static str),
}

/// How two of them differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The same get in.
    None,
    /// Some get in who did not.
    More,
    /// Some do not get in who did.
    Fewer,
    /// Both.
    Others,
}

impl<'r> Entry<'r> {
    pub(super) fn of(route: &'r Route) -> Self {
        let tokens = || Some((&route.scope, route.audience.as_ref()));
        let (people, programs) = match route.access {
            Access::Public => return Self::Everyone,
            Access::Deny => return Self::NoOne("closed"),
            Access::Token => (false, tokens()),
            Access::Session => (true, None),
            Access::Any => (true, tokens()),
        };
        Self::Some { people, programs }
    }

    /// Whether everyone whom `other` lets in gets in here.
    fn takes_all_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everyone, _) | (_, Self::NoOne(_)) => true,
            (_, Self::Everyone) | (Self::NoOne(_), _) => false,
            (
                Self::Some { people, programs },
                Self::Some {
                    people: other_people,
                    programs: other_programs,
                },
            ) => {
                let takes_programs = match (programs, other_programs) {
                    (_, None) => true,
                    (None, Some(_)) => false,
                    (Some((scope, audience)), Some((other_scope, other_audience))) => {
                        other_scope.covers(scope)
                            && (audience.is_none() || audience == other_audience)
                    }
                };
                takes_programs && (*people || !other_people)
            }
        }
    }

    /// What changes if this becomes `new`.
    pub(super) fn change(&self, new: &Self) -> Change {
        match (new.takes_all_of(self), self.takes_all_of(new)) {
            (true, true) => Change::None,
            (true, false) => Change::More,
            (false, true) => Change::Fewer,
            (false, false) => Change::Others,
        }
    }
}

/// The same in words.
pub(super) fn words(entry: &Entry<'_>, route: Option<&Route>) -> String {
    match (entry, route) {
        (Entry::NoOne(why), _) => (*why).to_owned(),
        (_, Some(route)) => {
            words::needs_shortly(route.access, &route.scope, route.audience.as_ref())
        }
        (_, None) => String::new(),
    }
}
