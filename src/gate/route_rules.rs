//! The rules of a route, ready to be asked.
//!
//! Job: where a request comes from, and how somebody has logged in, held against `networks`, `countries`, `acr` and
//! `max_auth_age`.

use std::net::IpAddr;
use std::rc::Rc;

use crate::config::{IssuersOf, Rules};
use crate::session::SessionRecord;
use crate::time::Time;

use super::request_head::RequestHead;

/// The header in which Cloudflare says from which address a request came. Clients can't set it.
const ADDRESS: &str = "cf-connecting-ip";

/// The rules of a route, and who says who somebody is.
#[derive(Clone, Debug)]
pub(super) struct RouteRules {
    pub(super) rules: Rc<Rules>,
    pub(super) issuers: Rc<IssuersOf>,
}

/// What of where a request comes from is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// Its network.
    ToNetwork,
    /// Its country.
    ToCountry,
}

/// What a login lacks that is asked for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lacks {
    /// It is too long ago.
    Age,
    /// It has not the class that is needed.
    Class,
}

impl Lacks {
    /// Its name in the log.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Age => "login_too_old",
            Self::Class => "login_too_weak",
        }
    }
}

impl RouteRules {
    /// What of where a request comes from is closed. Each header and property is read only where a rule is about it.
    pub(super) fn closed_to<R: RequestHead>(&self, request: &R) -> Option<Closed> {
        let rules = &*self.rules;
        if !rules.networks.is_empty() {
            let address = request.header(ADDRESS);
            let address = address.and_then(|text| text.parse::<IpAddr>().ok());
            let is_in = |address| rules.networks.iter().any(|one| one.contains(address));
            if !address.is_some_and(is_in) {
                return Some(Closed::ToNetwork);
            }
        }
        if !rules.countries.is_empty() {
            let country = request.country().unwrap_or_default();
            if !rules.countries.iter().any(|one| one.is(&country)) {
                return Some(Closed::ToCountry);
            }
        }
        None
    }

    /// What this login lacks.
    pub(super) fn lacking(&self, record: &SessionRecord, now: Time) -> Option<Lacks> {
        let rules = &*self.rules;
        if !rules.acr.is_empty() {
            let acr = record.acr.as_deref().unwrap_or_default();
            if !rules.acr.iter().any(|one| one == acr) {
                return Some(Lacks::Class);
            }
        }
        if let Some(most) = rules.max_auth_age {
            let is_fresh = |time| now.since(time).as_secs() <= most.into();
            if !record.auth_time.is_some_and(is_fresh) {
                return Some(Lacks::Age);
            }
        }
        None
    }
}
