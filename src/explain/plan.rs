//! What another configuration would open, close or end.
//!
//! Job: the changes, each with whom it concerns. Requests are compared and not texts: both policies are asked about paths in
//! which every difference between them is seen ([`super::witness`]). Not its job: what a deployment does to requests that are
//! under way.

use super::change::Change;
use super::clients;
use super::difference;
use super::issuers;
use super::site;
use crate::config::Config;

/// What changes if `new` takes the place of `old`: what opens first, then what closes, what ends, and the rest.
#[must_use]
pub fn plan(old: &Config, new: &Config) -> Vec<Change> {
    let mut changes = difference::of_routes(old, new);
    changes.extend(clients::changes(old, new));
    changes.extend(issuers::changes(old, new));
    changes.extend(site::changes(old, new));
    changes.sort_by_key(|change| change.effect);
    changes
}
