//! What a person is told whom a page is not for: who they are here, whom it is for, and how to come as somebody else.
//!
//! No claim of theirs is in it, and none of anybody else: a rule that names one person is "a certain account".

use crate::browser::ReturnTo;
use crate::config::{Require, Rule, Test};
use crate::session::SessionRecord;

/// What the page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Barred {
    /// What they are called here.
    pub who: String,
    /// Whom the page is for: one of these is enough.
    pub needed: Vec<String>,
    /// Where to sign in with another account, and come back.
    pub login: String,
}

impl Barred {
    pub(super) fn new(record: &SessionRecord, require: &Require, place: &ReturnTo) -> Self {
        let mut needed: Vec<String> = Vec::new();
        for all in require.any() {
            let all: Vec<String> = all.iter().map(words).collect();
            let words = all.join(", and ");
            if !needed.contains(&words) {
                needed.push(words);
            }
        }
        Self {
            who: record.username.as_ref().unwrap_or(&record.subject).clone(),
            needed,
            login: place.login() + "&prompt=select_account",
        }
    }
}

/// Claims that name one person.
const NAMES: [&str; 9] = [
    "sub",
    "username",
    "email",
    "preferred_username",
    "upn",
    "name",
    "phone_number",
    "oid",
    "client_id",
];

/// A rule in words: "the group staff", "an address at example.com".
fn words(rule: &Rule) -> String {
    let claim = rule.claim.as_str();
    match &rule.test {
        Test::Domain(domain) if claim == "hd" => format!("an account of {domain}"),
        Test::Domain(domain) => format!("an address at {domain}"),
        Test::Is(_) if NAMES.contains(&claim) => "a certain account".to_owned(),
        Test::Is(_) if claim == "tid" => "an account of a certain organization".to_owned(),
        Test::Is(text) | Test::Has(text) => match claim {
            "groups" | "group" => format!("the group {text}"),
            "amr" => format!("a sign-in with {text}"),
            "iss" => format!("an account at {text}"),
            "hd" => format!("an account of {text}"),
            _ if claim.contains("role") => format!("the role {text}"),
            _ => format!("{text} ({claim})"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_in_words() {
        for (claim, test, expected) in [
            ("groups", Test::Has("staff".into()), "the group staff"),
            ("groups", Test::Is("staff".into()), "the group staff"),
            (
                "urn:zitadel:iam:org:project:roles",
                Test::Has("boss".into()),
                "the role boss",
            ),
            (
                "email",
                Test::Domain("example.com".into()),
                "an address at example.com",
            ),
            (
                "email",
                Test::Is("ann@example.com".into()),
                "a certain account",
            ),
            ("sub", Test::Is("acme:ann".into()), "a certain account"),
            ("amr", Test::Has("mfa".into()), "a sign-in with mfa"),
            ("department", Test::Is("sales".into()), "sales (department)"),
            (
                "hd",
                Test::Is("example.com".into()),
                "an account of example.com",
            ),
            (
                "tid",
                Test::Is("8eaef023".into()),
                "an account of a certain organization",
            ),
        ] {
            let claim = claim.to_owned();
            let rule = Rule {
                claim,
                test,
                tenant: None,
            };
            assert_eq!(words(&rule), expected);
        }
    }
}
