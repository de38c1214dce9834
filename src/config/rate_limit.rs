//! `rate_limit` of a route: how often the same sender may ask.

use serde_json::Value;

use super::access::Access;
use super::environment::{BindingKind, Environment};
use super::table::{Problems, Read, Table, choose};

/// How often the same sender may ask, by a rate-limiting binding. The binding counts at each location of the network by
/// itself, and roughly: it lets a few more through than it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// `binding`: the rate-limiting binding. What it counts and for how long is in the wrangler file.
    pub binding: String,
    /// `by`.
    pub by: LimitedBy,
    /// `limit`: how many requests the binding lets through in a period, from 1 to 1000000.
    pub limit: u32,
    /// `period` of the binding, in seconds: 10 or 60.
    pub period: u32,
}

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitedBy {
    /// `subject`: those of one subject.
    Subject,
    /// `client`: those of one client.
    Client,
    /// `token`: those with one token, or with one login session.
    Token,
    /// `address`: those from one IPv4 address, or from the first 64 bits of an IPv6 address.
    Address,
}

const KEYS: &[&str] = &["binding", "by", "limit", "period"];

const BY: &[(&str, LimitedBy)] = &[
    ("subject", LimitedBy::Subject),
    ("client", LimitedBy::Client),
    ("token", LimitedBy::Token),
    ("address", LimitedBy::Address),
];

const KEY: &str = "rate_limit";

/// Reads `rate_limit`, and checks that its binding is there.
pub(super) fn read(
    table: &Table<'_>,
    access: Read<Access>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Option<RateLimit>> {
    let Some(value) = table.value(KEY) else {
        return Ok(None);
    };
    let limit = Table::open(table.key(KEY), value, KEYS, problems)?;
    let advice = "write the `name` of one of the `[[ratelimits]]` of the wrangler file";
    let binding = limit.needed("binding", advice, binding, problems);
    let advice =
        "write `subject`, `client`, `token` or `address`: whose requests are counted together";
    let by = limit.needed("by", advice, |text| choose(BY, text), problems);
    let advice = "write how many requests the binding lets through in a period, from 1 to 1000000: the same as its \
                  `simple.limit` in the wrangler file";
    let most = number(
        &limit,
        "limit",
        |n| (1..=1_000_000).contains(&n),
        advice,
        problems,
    );
    let advice = "write 10 or 60, the same as `simple.period` of the binding in the wrangler file";
    let period = number(&limit, "period", |n| n == 10 || n == 60, advice, problems);
    let (binding, by) = (binding?, by?);
    if environment.has_binding(&binding, BindingKind::RateLimiter) == Some(false) {
        let message = format!(
            "needs the rate-limiting binding {binding}: add `[[ratelimits]]` with `name = \"{binding}\"`, a \
             `namespace_id` of your own and `simple = {{ limit = ..., period = 10 or 60 }}` to the wrangler file"
        );
        return Err(problems.add(limit.key("binding"), message));
    }
    match access {
        Ok(Access::Deny) => {
            let message =
                "means nothing with `access = \"deny\"`, which forwards nothing: leave it out";
            return Err(problems.add(table.key(KEY), message));
        }
        Ok(Access::Public) if by != LimitedBy::Address => {
            let message = "must be `address` where no token is asked for: nobody is known there";
            return Err(problems.add(limit.key("by"), message));
        }
        _ => {}
    }
    Ok(Some(RateLimit {
        binding,
        by,
        limit: most?,
        period: period?,
    }))
}

fn number(
    table: &Table<'_>,
    key: &str,
    fits: impl Fn(u32) -> bool,
    advice: &str,
    problems: &mut Problems,
) -> Read<u32> {
    let number = table.value(key).and_then(Value::as_u64);
    let number = number.and_then(|number| u32::try_from(number).ok());
    number
        .filter(|number| fits(*number))
        .ok_or_else(|| problems.add(table.key(key), advice))
}

fn binding(text: &str) -> Result<String, &'static str> {
    let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_name {
        Ok(text.to_owned())
    } else {
        Err("is not the name of a binding: write letters, digits and `_`, such as `API_LIMIT`")
    }
}
