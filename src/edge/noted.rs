//! What is written of each request: what became of it (`log_requests`), and what the routes with `report` would have done.
//!
//! Job: the lines, and the questions that a trial has to ask, beside the answer. Where neither is configured, nothing here
//! runs: callers look at `Isolate::is_noting` first. Not its job: what became of the request.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use worker::Context;

use super::head::Head;
use super::isolate::Isolate;
use super::outside::Outside;
use super::refusal::{Seen, issuer_of};
use super::{platform, task};
use crate::gate::trial::Verdict;
use crate::gate::{Found, InForce, Refusal, Route, Tried};
use crate::session::SessionRecord;
use crate::telemetry::{Became, Event, Outcome};
use crate::time::Time;
use crate::token::TokenKind;

/// What became of a request.
pub(super) struct Noted<'a> {
    pub(super) route: Option<&'a Route>,
    pub(super) refusal: Option<&'a Refusal>,
    became: Became<'a>,
    found: Option<(TokenKind, Found<'a>)>,
    since: Option<Time>,
}

impl<'a> Noted<'a> {
    /// It goes on to the origin of this route.
    pub(super) const fn passed(route: &'a Route) -> Self {
        Self::of(Some(route), Became::of(Outcome::Passed))
    }

    /// It goes no further.
    pub(super) const fn refused(route: Option<&'a Route>, refusal: &'a Refusal) -> Self {
        let became = Became::of(Outcome::Refused);
        Self {
            refusal: Some(refusal),
            ..Self::of(route, became.with(refusal.status(), Some(refusal.reason)))
        }
    }

    /// An endpoint of Postern's own answers it.
    pub(super) const fn endpoint(status: u16) -> Self {
        Self::of(None, Became::of(Outcome::Endpoint).with(status, None))
    }

    /// The gate answers it itself.
    pub(super) const fn answered(status: u16) -> Self {
        Self::of(None, Became::of(Outcome::Answered).with(status, None))
    }

    const fn of(route: Option<&'a Route>, became: Became<'a>) -> Self {
        Self {
            route,
            became,
            found: None,
            since: None,
            refusal: None,
        }
    }

    /// The same, and what was found out about its credential since it came.
    pub(super) const fn with(mut self, kind: TokenKind, found: Found<'a>, since: Time) -> Self {
        self.found = Some((kind, found));
        self.since = Some(since);
        self
    }

    /// The same, and whose it is.
    pub(super) fn of_whom(mut self, record: &'a SessionRecord) -> Self {
        self.became = self
            .became
            .whose(&record.subject, record.client_id.as_str());
        self
    }

    /// Writes it, and tries the routes that are only tried. `outside` is what the request may ask.
    #[cold]
    pub(super) fn write(
        &self,
        isolate: &'static Isolate,
        seen: Seen<'_>,
        request: &Rc<Context>,
        outside: impl FnOnce() -> Outside,
    ) {
        if isolate.config.log_requests {
            let refusal = self.refusal.filter(|refusal| refusal.issuer.is_some());
            let became = Became {
                issuer: refusal.and_then(|refusal| issuer_of(&isolate.config, refusal)),
                ..self.answered_as(seen)
            };
            seen.log(self.route, became);
        }
        let Some(trial) = isolate.trial.as_ref().filter(|_| !self.is_endpoint()) else {
            return;
        };
        let now = platform::now();
        let in_force = InForce {
            is_routed: self.route.is_some() || self.refusal.is_none(),
            since: self.since.unwrap_or(now),
            found: self.found,
        };
        let was = self.became.outcome;
        match trial.begin(&isolate.resolver, &seen, seen.head.url(), &in_force, now) {
            None => {}
            Some(Tried::Known(verdict)) => seen.log_trial(&verdict, was),
            Some(Tried::NeedsIo(question)) => {
                if let Err(unavailable) = task::spare() {
                    seen.log_trial(&question.unanswered(unavailable), was);
                    return;
                }
                let (outside, copy) = (outside(), Clone::clone(seen.request));
                // The answer does not wait for it.
                task::run_for(request, async move {
                    let head = Head::read(&copy);
                    let seen = Seen {
                        head: &head,
                        request: &copy,
                    };
                    let verdict = question
                        .answer(&outside, &isolate.resolver, &seen, head.url())
                        .await;
                    seen.log_trial(&verdict, was);
                    Ok(JsValue::UNDEFINED)
                });
            }
        }
    }

    fn is_endpoint(&self) -> bool {
        self.became.outcome == Outcome::Endpoint
    }

    /// A browser that looks for an icon gets one where it would be refused.
    fn answered_as(&self, seen: Seen<'_>) -> Became<'a> {
        match self.refusal {
            Some(refusal) if refusal.is_about_icon(&seen, seen.head.url()) => {
                Became::of(Outcome::Answered).with(200, None)
            }
            _ => self.became,
        }
    }
}

impl Seen<'_> {
    /// Writes what became of this request (`log_requests`).
    fn log(self, route: Option<&Route>, became: Became<'_>) {
        let ray = self.ray();
        platform::emit(&Event::Request {
            route: route.map(|route| route.pattern.as_str()),
            became,
            request: self.asked(ray.as_ref()),
        });
    }

    fn log_trial<A>(self, verdict: &Verdict<'_, A>, was: Outcome) {
        if let Some(unavailable) = &verdict.unavailable {
            platform::emit(&unavailable.event());
        }
        let ray = self.ray();
        platform::emit(&Event::WouldHave {
            route: verdict.route.pattern.as_str(),
            became: verdict.became(),
            was,
            request: self.asked(ray.as_ref()),
        });
    }
}
