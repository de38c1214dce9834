//! Who is meant: from a subject identifier to what is ended here.
//!
//! Somebody is found only by the very text by which they are called here. Whoever cannot be found so is nobody: an event
//! must never end somebody else.

use super::meaning::Meaning;
use super::subject::{Identifier, Subject};
use crate::config::{Config, Names};
use crate::protocol::Issuer;
use crate::revocation::{Target, foreign};
use crate::time::Time;

/// How those are called here whom `issuer` (a URL, to the letter) knows; `None` if it is nobody's here.
#[must_use]
pub fn names_of(config: &Config, issuer: &str) -> Option<Names> {
    Names::of(issuer, &config.providers, &config.issuers)
}

/// What an event ends that means this and is about `subject`. `names` says how those are called here whom it may be about;
/// `own` is this site's issuer. Whatever began before `not_before` is ended. Empty if it is nobody here.
#[must_use]
pub fn targets(
    meaning: Meaning,
    subject: &Subject,
    names: &Names,
    own: &Issuer,
    not_before: Time,
) -> Vec<Target> {
    let session = |identifier: &Identifier| {
        let sid = match identifier {
            Identifier::Opaque(sid) => sid,
            Identifier::IssuerSubject { issuer, subject } if *issuer == names.issuer => subject,
            _ => return None,
        };
        Some(Target::ProviderSession {
            name: foreign::session(&names.issuer, sid),
            not_before,
        })
    };
    let people = || {
        let people = subject
            .person
            .iter()
            .flat_map(|one| subjects(one, names, own));
        people.map(|subject| Target::Subject {
            subject,
            not_before,
        })
    };
    let tokens = subject.person.iter().chain(&subject.session);
    let tokens = tokens.filter_map(|identifier| match identifier {
        Identifier::Token { issuer, id } if *issuer == names.issuer => {
            Some(Target::ForeignToken(foreign::token(issuer, id)))
        }
        _ => None,
    });
    let mut found: Vec<Target> = tokens.collect();
    let at_issuer = subject.session.iter().find_map(session);
    match (meaning, at_issuer) {
        // The session of this person, and not their others.
        (Meaning::Session, Some(session)) => found.push(session),
        // It does not say whether it is a person's name or a session's.
        (Meaning::Session, None) if !subject.is_complex => {
            found.extend(subject.person.iter().filter_map(session));
            found.extend(people());
        }
        (Meaning::Session | Meaning::Person, session) => {
            found.extend(people());
            if found.is_empty() {
                found.extend(session);
            }
        }
        (Meaning::Nothing | Meaning::Stream | Meaning::Unknown, _) => found.clear(),
    }
    let mut targets: Vec<Target> = Vec::with_capacity(found.len());
    for target in found {
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    targets
}

/// What this one is called here.
fn subjects(identifier: &Identifier, names: &Names, own: &Issuer) -> Vec<String> {
    let called = |claim: &str, name: &str| {
        let of_claim = names.people.iter().filter(|one| one.claim == claim);
        of_claim
            .map(|one| format!("{}{name}", one.prefix))
            .collect()
    };
    match identifier {
        Identifier::IssuerSubject { issuer, subject } if *issuer == names.issuer => {
            called("sub", subject)
        }
        // As they are called here already.
        Identifier::IssuerSubject { issuer, subject } if issuer == own.as_str() => {
            let is_theirs = |prefix: &str| subject.starts_with(prefix);
            let may = names.people.iter().any(|one| is_theirs(&one.prefix));
            may.then(|| subject.clone()).into_iter().collect()
        }
        Identifier::Opaque(name) => called("sub", name),
        Identifier::Claim(claim, value) => called(claim, value),
        Identifier::IssuerSubject { .. } | Identifier::Token { .. } | Identifier::Other => {
            Vec::new()
        }
    }
}
