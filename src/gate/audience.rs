//! What tokens of other issuers must be meant for.
//!
//! Job: where the list of an issuer in the configuration has the audience of a route, a token must have that very one.
//! Where it has not, that list alone decides, which was looked at when the token was read.

use crate::config::{Config, Issuer, Route};
use crate::protocol::ResourceUri;

/// What the names of the clients of those issuers begin with whose tokens a route takes, and whose lists of audiences do
/// not have its own.
pub(super) fn others(route: &Route, config: &Config) -> Vec<String> {
    let Some(own) = &route.audience else {
        return Vec::new();
    };
    let has_own = |issuer: &Issuer| {
        let mut audiences = issuer.audiences.iter();
        audiences.any(|text| text.parse().is_ok_and(|listed: ResourceUri| listed == *own))
    };
    let accepted = route.accept.issuers();
    accepted
        .filter_map(|place| config.issuers.get(usize::from(place)))
        .filter(|issuer| !has_own(issuer))
        .map(Issuer::client_prefix)
        .collect()
}
