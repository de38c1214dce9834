//! Who gets in at a place, and whether that is more or fewer than before.

use super::needs;
use crate::config::{Access, Implies, Network, Route, Rules};
use crate::protocol::ResourceUri;

/// Who gets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry<'r> {
    /// Everyone whom the rules let in.
    Everyone(Option<&'r Rules>),
    /// Those who bring something.
    Some {
        /// Whoever is logged in.
        people: bool,
        /// Programs with a token with this scope, for this audience.
        programs: Option<Programs<'r>>,
        /// What is asked beside that.
        rules: Option<&'r Rules>,
    },
    /// No one, and why.
    NoOne(&'static str),
}

/// Whose tokens are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Programs<'r> {
    /// Of each of these, a token needs one scope.
    scope: Vec<Vec<&'r str>>,
    audience: Option<&'r ResourceUri>,
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
    pub(super) fn of(route: &'r Route, implies: &'r Implies) -> Self {
        let rules = route.rules.as_deref();
        let tokens = || {
            let one = |token: &'r str| {
                let mut all = implies.for_token(token);
                all.push(token);
                all.sort_unstable();
                all
            };
            Some(Programs {
                scope: route.scope.tokens().map(one).collect(),
                audience: route.audience.as_ref(),
            })
        };
        let (people, programs) = match route.access {
            Access::Public => return Self::Everyone(rules),
            Access::Deny => return Self::NoOne("closed"),
            Access::Token => (false, tokens()),
            Access::Session => (true, None),
            Access::Any => (true, tokens()),
        };
        Self::Some {
            people,
            programs,
            rules,
        }
    }

    const fn rules(&self) -> Option<&'r Rules> {
        match self {
            Self::Everyone(rules) | Self::Some { rules, .. } => *rules,
            Self::NoOne(_) => None,
        }
    }

    /// Whether everyone whom `other` lets in gets in here.
    fn takes_all_of(&self, other: &Self) -> bool {
        let by_credential = match (self, other) {
            (_, Self::NoOne(_)) => return true,
            (Self::Everyone(_), _) => true,
            (_, Self::Everyone(_)) | (Self::NoOne(_), _) => false,
            (
                Self::Some {
                    people, programs, ..
                },
                Self::Some {
                    people: other_people,
                    programs: other_programs,
                    ..
                },
            ) => {
                let takes_programs = match (programs, other_programs) {
                    (_, None) => true,
                    (None, Some(_)) => false,
                    (Some(own), Some(others)) => own.take_all_of(others),
                };
                takes_programs && (*people || !other_people)
            }
        };
        by_credential && rules_take_all_of(self.rules(), other.rules())
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

impl Programs<'_> {
    fn take_all_of(&self, other: &Self) -> bool {
        let is_had = |own: &Vec<&str>| {
            let is_narrower = |needed: &Vec<&str>| needed.iter().all(|one| own.contains(one));
            other.scope.iter().any(is_narrower)
        };
        self.scope.iter().all(is_had)
            && (self.audience.is_none() || self.audience == other.audience)
    }
}

/// Whether whatever `other` lets pass passes `own`.
fn rules_take_all_of(own: Option<&Rules>, other: Option<&Rules>) -> bool {
    let Some(own) = own else { return true };
    let none = Rules::default();
    let other = other.unwrap_or(&none);
    let for_all = match (&own.require, &other.require) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(own), Some(other)) => own.covers(other),
    };
    let is_old_enough = match (own.max_auth_age, other.max_auth_age) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(own), Some(other)) => own >= other,
    };
    let covers = |network: &Network| own.networks.iter().any(|one| one.covers(network));
    for_all
        && is_old_enough
        && takes(&own.acr, &other.acr, |one| own.acr.contains(one))
        && takes(&own.networks, &other.networks, covers)
        && takes(&own.countries, &other.countries, |one| {
            own.countries.contains(one)
        })
}

/// An empty list takes all.
fn takes<T>(own: &[T], other: &[T], covers: impl Fn(&T) -> bool) -> bool {
    own.is_empty() || (!other.is_empty() && other.iter().all(covers))
}

/// The same in words.
pub(super) fn words(entry: &Entry<'_>, route: Option<&Route>) -> String {
    match (entry, route) {
        (Entry::NoOne(why), _) => (*why).to_owned(),
        (_, Some(route)) => needs::shortly(route),
        (_, None) => String::new(),
    }
}
