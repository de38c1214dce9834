//! What a route asks beside a credential (`require`, `max_auth_age`, `acr`, `networks`, `countries`).
//!
//! Job: whether a request and the record of its credential are all that is asked, and which refusal it gets if not. Where a
//! request comes from is looked at before its credential: what is closed to a place is closed to everyone there. Whom the
//! route is not for gets 403, whatever their login. Whose login is too old or too weak is asked for another one (RFC 9470).
//! Not its job: what the refusals say.

use std::time::Duration;

use crate::protocol::Scope;
use crate::session::SessionRecord;
use crate::time::Time;

use super::credential::Credential;
use super::policy::Route;
use super::refusal::Refusal;
use super::request_head::RequestHead;
use super::route_rules::{Closed, RouteRules};

impl Route {
    /// The refusal of a request that comes from where the route is closed.
    pub(super) fn refuse_place<R: RequestHead>(&self, request: &R) -> Option<Refusal> {
        let closed = self.rules.as_ref()?.closed_to(request)?;
        Some(match closed {
            Closed::ToNetwork => Refusal::other_network(),
            Closed::ToCountry => Refusal::other_country(),
        })
    }

    /// Whether its rules let a request pass whose credential is enough otherwise.
    #[inline(never)]
    pub(super) fn obey<R: RequestHead>(
        &self,
        of_route: &RouteRules,
        credential: Credential,
        record: &SessionRecord,
        (request, url): (&R, &str),
        now: Time,
    ) -> Result<(), Refusal> {
        if let Some(require) = &of_route.rules.require
            && !require.fits(record, &of_route.issuers)
        {
            return Err(self.refuse_person(require, credential, record, (request, url)));
        }
        match of_route.lacking(record, now) {
            None => Ok(()),
            Some(lacks) => {
                Err(self.refuse_login(lacks, &of_route.rules, credential, (request, url)))
            }
        }
    }

    /// From when on its rules would not let this record pass any more; `None` where that depends on no time.
    #[must_use]
    pub fn fresh_until(&self, record: &SessionRecord) -> Option<Time> {
        let most = self.rules.as_ref()?.rules.max_auth_age?;
        let seconds = u64::from(most) + 1;
        Some(record.auth_time?.plus(Duration::from_secs(seconds)))
    }

    /// Whether it asks anything beside a credential.
    #[must_use]
    pub const fn has_rules(&self) -> bool {
        self.rules.is_some()
    }

    /// The scopes that it needs, and that neither `scope` has nor anything that `scope` has implies.
    pub fn lacking<'s>(&'s self, scope: &'s Scope) -> impl Iterator<Item = &'s str> {
        let more = self.implied_by.iter().map(Vec::as_slice);
        let implied_by = more.chain(std::iter::repeat(&[][..]));
        let all = self.scope.tokens().zip(implied_by);
        let has = |(token, more): &(&str, &[String])| {
            scope.contains(token) || more.iter().any(|one| scope.contains(one))
        };
        all.filter(move |one| !has(one)).map(|(token, _)| token)
    }
}
