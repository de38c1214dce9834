//! Routes with `report = true`: what they would have done with a request, if they decided.
//!
//! Job: the policy in which they decide as well, and what it says of a request that the policy in force has dealt with. Not
//! its job: any answer. Nothing here changes what becomes of a request, and no store is asked more than if the route decided:
//! what was found out about the credential for the policy in force is not asked again.

use std::rc::Rc;
use std::time::Duration;

use super::admission::Admission;
use super::credential::Credential;
use super::path;
use super::policy::{Policy, Route};
use super::refusal::Refusal;
use super::request_head::RequestHead;
use crate::config::{Config, Role};
use crate::ports::{Ports, Unavailable};
use crate::resolve::{CachedSession, Demand, Inactive, Inquiry, Lookup, Resolution, Resolver};
use crate::telemetry::{Became, Outcome};
use crate::time::Time;
use crate::token::TokenKind;

/// The policy with all routes, where some of them are only tried.
#[derive(Clone, Debug)]
pub struct Trial {
    policy: Policy,
}

/// What the policy in force found out about a request.
#[derive(Clone, Copy, Debug)]
pub struct InForce<'a> {
    /// Whether a route of it took the request.
    pub is_routed: bool,
    /// When the request came.
    pub since: Time,
    /// The kind of credential that it looked at, and what came of that.
    pub found: Option<(TokenKind, Found<'a>)>,
}

/// What came of a credential.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    /// It counts.
    Active,
    /// It does not.
    Inactive(Inactive),
    /// A store did not answer.
    Unavailable(&'a Unavailable),
}

/// A trial that has begun.
#[derive(Debug)]
pub enum Tried<'p, A> {
    /// Its end.
    Known(Verdict<'p, A>),
    /// A store or the log must be asked.
    NeedsIo(Question<'p, A>),
}

/// A trial that needs I/O.
#[derive(Debug)]
pub struct Question<'p, A> {
    route: &'p Route,
    credential: Credential,
    demand: Demand,
    inquiry: Inquiry<A>,
}

/// What a route would have done.
#[derive(Debug)]
pub struct Verdict<'p, A> {
    /// The route.
    pub route: &'p Route,
    outcome: Outcome,
    status: Option<u16>,
    reason: Option<&'static str>,
    session: Option<Rc<CachedSession<A>>>,
    /// Because of whom that could not be found out.
    pub unavailable: Option<Unavailable>,
}

impl Trial {
    /// `None` where no route is only tried.
    #[must_use]
    pub fn of(config: &Config) -> Option<Self> {
        (!config.tried.is_empty()).then(|| Self {
            policy: Policy::of(config, &config.tried),
        })
    }

    /// The policy in which all routes decide.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The routes that decide about a request if all do, and what would become of it; `None` where that is no route that
    /// is only tried.
    pub fn admit<R: RequestHead>(
        &self,
        request: &R,
        url: &str,
        is_routed: bool,
    ) -> Option<(&Route, Admission<'_>)> {
        let groups = self.policy.groups(path::split(url).0);
        let tried = groups.iter().find_map(|group| group.report())?;
        let admission = self.policy.admit(request, url);
        let route = match &admission {
            Admission::Refused { route: None, .. } => {
                // With its methods alone, or because the readings of the path lead to different routes.
                let is_its_own = match groups.as_slice() {
                    [group] => group.is_report(),
                    _ => is_routed,
                };
                return is_its_own.then_some((tried, admission));
            }
            Admission::Refused {
                route: Some(route), ..
            }
            | Admission::Forward(route)
            | Admission::ForwardPreflight(route)
            | Admission::Authenticate { route, .. } => *route,
            // The route for the method that the preflight asks about.
            Admission::Answered(_) => {
                let method = request.header("access-control-request-method")?;
                groups.first()?.route(&method)?
            }
        };
        (route.role == Role::Report).then_some((route, admission))
    }

    /// Begins to try the routes on a request.
    pub fn begin<A, R: RequestHead>(
        &self,
        resolver: &Resolver<A>,
        request: &R,
        url: &str,
        in_force: &InForce<'_>,
        now: Time,
    ) -> Option<Tried<'_, A>> {
        let (route, admission) = self.admit(request, url, in_force.is_routed)?;
        let (credential, token) = match admission {
            Admission::Refused { refusal, .. } => {
                return Some(Tried::Known(Verdict::refused(route, &refusal, None)));
            }
            Admission::Answered(answer) => {
                let verdict = Verdict::new(route, Outcome::Answered);
                return Some(Tried::Known(Verdict {
                    status: Some(answer.status),
                    ..verdict
                }));
            }
            Admission::Forward(_) | Admission::ForwardPreflight(_) => {
                return Some(Tried::Known(Verdict::new(route, Outcome::Passed)));
            }
            Admission::Authenticate {
                credential, token, ..
            } => (credential, token),
        };
        let mut demand = route.demand;
        // A request has one credential of each kind.
        match in_force
            .found
            .filter(|(kind, _)| *kind == credential.kind())
        {
            // Whose tokens count is said by each route.
            Some((_, Found::Inactive(inactive))) if !inactive.is_by_route() => {
                let resolution = Resolution::Inactive(inactive);
                let verdict = conclude(route, credential, resolution, (request, url), now);
                return Some(Tried::Known(verdict));
            }
            Some((_, Found::Unavailable(unavailable))) => {
                let verdict = Verdict::unknown(route, unavailable.clone());
                return Some(Tried::Known(verdict));
            }
            // What was asked since the request came is as new as any check needs.
            Some((_, Found::Active)) if now > in_force.since => {
                let since = now.since(in_force.since) + Duration::from_millis(1);
                demand.max_staleness = demand.max_staleness.max(since);
            }
            Some((_, Found::Active | Found::Inactive(_))) | None => {}
        }
        // Exposed to be looked up.
        let looked = resolver.look(credential.kind(), token.expose(), &demand, now);
        Some(match looked {
            Lookup::Known(resolution) | Lookup::Due(resolution, _) => {
                Tried::Known(conclude(route, credential, resolution, (request, url), now))
            }
            Lookup::NeedsIo(inquiry) => Tried::NeedsIo(Question {
                route,
                credential,
                demand,
                inquiry,
            }),
        })
    }
}

impl<'p, A> Question<'p, A> {
    /// Asks the stores. `request` is the one that it is about.
    pub async fn answer<P: Ports, R: RequestHead>(
        self,
        ports: &P,
        resolver: &Resolver<A>,
        request: &R,
        url: &str,
    ) -> Verdict<'p, A> {
        let resolution = resolver.finish(ports, self.inquiry, &self.demand).await;
        conclude(
            self.route,
            self.credential,
            resolution,
            (request, url),
            ports.now(),
        )
    }

    /// Nobody is asked, because of this.
    #[must_use]
    pub fn unanswered(self, unavailable: Unavailable) -> Verdict<'p, A> {
        Verdict::unknown(self.route, unavailable)
    }
}

fn conclude<'p, A, R: RequestHead>(
    route: &'p Route,
    credential: Credential,
    resolution: Resolution<A>,
    (request, url): (&R, &str),
    now: Time,
) -> Verdict<'p, A> {
    match resolution {
        Resolution::Active(active) => {
            let session = active.session;
            match route.authorise(credential, session.record(), request, url, now) {
                Ok(()) => Verdict {
                    reason: active.outage.map(|_| "cached_session_allowed"),
                    session: Some(session),
                    ..Verdict::new(route, Outcome::Passed)
                },
                Err(refusal) => Verdict::refused(route, &refusal, Some(session)),
            }
        }
        Resolution::Inactive(inactive) => {
            let refusal = match credential {
                Credential::Token => route.refuse_inactive(inactive, url),
                Credential::Ticket { .. } => route.refuse_ended(inactive, request, url),
            };
            Verdict::refused(route, &refusal, None)
        }
        Resolution::Unavailable(unavailable) => Verdict::unknown(route, unavailable),
    }
}

impl<'p, A> Verdict<'p, A> {
    const fn new(route: &'p Route, outcome: Outcome) -> Self {
        Self {
            route,
            outcome,
            status: None,
            reason: None,
            session: None,
            unavailable: None,
        }
    }

    const fn refused(
        route: &'p Route,
        refusal: &Refusal,
        session: Option<Rc<CachedSession<A>>>,
    ) -> Self {
        Self {
            route,
            outcome: Outcome::Refused,
            status: Some(refusal.status()),
            reason: Some(refusal.reason),
            session,
            unavailable: None,
        }
    }

    /// It would have been refused, and not because of what was sent.
    fn unknown(route: &'p Route, unavailable: Unavailable) -> Self {
        Self {
            status: Some(503),
            reason: Some("unavailable"),
            unavailable: Some(unavailable),
            ..Self::new(route, Outcome::Unknown)
        }
    }

    /// What would have become of the request.
    #[must_use]
    pub fn became(&self) -> Became<'_> {
        let became = Became {
            status: self.status,
            reason: self.reason,
            ..Became::of(self.outcome)
        };
        match &self.session {
            Some(session) => {
                let record = session.record();
                became.whose(&record.subject, record.client_id.as_str())
            }
            None => became,
        }
    }
}
