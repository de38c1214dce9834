//! `jurisdiction` and `log_location_hint`: where the Durable Objects are.

use super::table::{Problems, Read, Table, choose};

/// Where the Durable Objects are, as far as Cloudflare is told.
///
/// <https://developers.cloudflare.com/durable-objects/reference/data-location/>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// `jurisdiction`: all objects run and store only there. It is part of which object a name means, so another one is
    /// another log, which knows of no revocation. `None` where Cloudflare chooses.
    pub jurisdiction: Option<&'static str>,
    /// `log_location_hint`: where the revocation log is made, if possible. It has no effect on a log that is there
    /// already. `None`: near to where its first question comes from.
    pub log_hint: Option<&'static str>,
}

const JURISDICTIONS: &[(&str, &str)] = &[("eu", "eu"), ("us", "us"), ("fedramp", "fedramp")];

const LOCATIONS: &[(&str, &str)] = &[
    ("wnam", "wnam"),
    ("enam", "enam"),
    ("sam", "sam"),
    ("weur", "weur"),
    ("eeur", "eeur"),
    ("apac", "apac"),
    ("oc", "oc"),
    ("afr", "afr"),
    ("me", "me"),
];

pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Read<Place> {
    let jurisdiction = table.parsed("jurisdiction", |text| choose(JURISDICTIONS, text), problems);
    let log_hint = table.parsed(
        "log_location_hint",
        |text| choose(LOCATIONS, text),
        problems,
    );
    Ok(Place {
        jurisdiction: jurisdiction?,
        log_hint: log_hint?,
    })
}
