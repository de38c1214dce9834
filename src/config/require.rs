//! `require`: whom something is for.
//!
//! ```toml
//! require = [
//!     { claim = "groups", has = "staff" },
//!     { all = [{ claim = "email", domain = "example.com" }, { claim = "amr", has = "mfa" }] },
//! ]
//! ```
//! Job: the list, and whether it fits a session's record.

use std::rc::Rc;

use serde_json::Value;

use super::issuers_of::IssuersOf;
use super::rule::{self, Rule};
use super::table::{Problems, Read, Reported, Table};
use crate::session::{Claim, SessionRecord};

/// Rules that must all fit. It is not empty.
pub type Requirement = Vec<Rule>;

/// Whom something is for: those whom one of these fits. It is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Require(Vec<Requirement>);

const KEY: &str = "require";
const HOW: &str = "such as `require = [{ claim = \"groups\", has = \"staff\" }]`; one of its rules must fit, and \
                   `{ all = [...] }` is for rules that must all fit";

impl Require {
    /// These.
    #[must_use]
    pub const fn new(any: Vec<Requirement>) -> Self {
        Self(any)
    }

    /// What fits one of these.
    #[must_use]
    pub fn any(&self) -> &[Requirement] {
        &self.0
    }

    /// Whether it is for whom this record stands for.
    #[must_use]
    pub fn fits(&self, record: &SessionRecord, issuers: &IssuersOf) -> bool {
        let issuer = || issuers.of(record);
        let look = |name: &str| match name {
            "iss" => Some(Claim::Text(issuer())),
            _ => record.claim(name),
        };
        self.0
            .iter()
            .any(|all| all.iter().all(|rule| rule.fits(&look, &issuer)))
    }

    /// Whether everyone whom `other` is for is one of those whom this is for, as far as the rules alone tell.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|narrow| {
            let is_wider = |wide: &Requirement| wide.iter().all(|rule| narrow.contains(rule));
            self.0.iter().any(is_wider)
        })
    }

    /// Every rule, with its place behind `require`.
    pub(super) fn rules(&self) -> impl Iterator<Item = (String, &Rule)> {
        self.0.iter().enumerate().flat_map(|(at, all)| {
            let is_one = all.len() == 1;
            all.iter().enumerate().map(move |(within, rule)| {
                let place = if is_one {
                    format!("[{at}]")
                } else {
                    format!("[{at}].all[{within}]")
                };
                (place, rule)
            })
        })
    }
}

/// Reads `require`, if it is there.
pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Read<Option<Rc<Require>>> {
    let items = match table.value(KEY) {
        None => return Ok(None),
        Some(Value::Array(items)) if !items.is_empty() => items,
        Some(_) => {
            let message = format!("must be a list of rules that is not empty, {HOW}");
            return Err(problems.add(table.key(KEY), message));
        }
    };
    let mut any = Vec::with_capacity(items.len());
    let mut fits = Ok(());
    for (at, item) in items.iter().enumerate() {
        let path = format!("{}[{at}]", table.key(KEY));
        match requirement(path, item, problems) {
            Ok(all) => any.push(all),
            Err(Reported) => fits = Err(Reported),
        }
    }
    fits.map(|()| Some(Rc::new(Require(any))))
}

fn requirement(path: String, value: &Value, problems: &mut Problems) -> Read<Requirement> {
    if value.get("all").is_none() {
        return rule::read(path, value, problems).map(|rule| vec![rule]);
    }
    let table = Table::open(path, value, &["all"], problems)?;
    let items = match table.value("all") {
        Some(Value::Array(items)) if items.len() > 1 => items,
        _ => {
            let message =
                "must be a list of two rules or more: write one rule by itself, without `all`";
            return Err(problems.add(table.key("all"), message));
        }
    };
    let mut all = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        all.push(rule::read(
            format!("{}[{at}]", table.key("all")),
            item,
            problems,
        ));
    }
    all.into_iter().collect()
}
