//! Requests that go on: counted where their route has a limit, and handed to its origin.
//!
//! Job: what is done for a request whose credential is enough, before its origin gets it and beside that. Not its job:
//! whether it is enough.

use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen::JsValue;
use worker::worker_sys;

use super::fetch::Incoming;
use super::introduced::Introduced;
use super::noted::Noted;
use super::{host, platform, streams, task};
use crate::config::{Origin, RateLimit};
use crate::gate::{Credential, Found, Refusal, Route, forward};
use crate::issue::renewal;
use crate::issue::ticket::Lifetimes;
use crate::ports::{Limiter, Unavailable};
use crate::resolve::{Active, CachedSession, Inquiry, Resolution, Source};
use crate::telemetry::Event;
use crate::time::Time;
use crate::visitor::session_cookie;

impl Incoming {
    /// Counts this request where its route has a limit.
    ///
    /// # Errors
    /// What is answered where there were too many, or nobody knows.
    pub(super) async fn count(
        &self,
        route: &Route,
        limit: &RateLimit,
        session: Option<&CachedSession<Introduced>>,
    ) -> Result<(), Refusal> {
        let key = limit.key(route, session, &self.seen(), self.isolate.resolver.keys());
        let refusal = match self.outside().attempt(&limit.binding, &key).await {
            Ok(true) => return Ok(()),
            Ok(false) => Route::refuse_too_many(limit),
            Err(unavailable) => {
                platform::emit(&unavailable.event());
                route.refuse_unavailable()
            }
        };
        Err(route.readable(&self.seen(), refusal))
    }

    /// Sends the request on: its credential is enough. It came at `since`.
    pub(super) fn pass(
        self,
        route: &'static Route,
        credential: Credential,
        active: &Active<Introduced>,
        (since, now): (Time, Time),
    ) -> JsValue {
        let session = &active.session;
        if self.isolate.is_noting {
            let noted = Noted::passed(route).with(credential.kind(), Found::Active, since);
            self.note(&noted.of_whom(session.record()));
        }
        if let Some(outage) = &active.outage {
            let Unavailable {
                dependency, cause, ..
            } = &outage.unavailable;
            let (seen, ray) = (self.seen(), self.seen().ray());
            platform::emit(&Event::CachedSessionAllowed {
                route: route.pattern.as_str(),
                dependency: dependency.as_str(),
                cause,
                log_age: outage.log_age.as_secs(),
                request: seen.asked(ray.as_ref()),
            });
        }
        self.refresh_beside(route.demand.max_staleness, now);
        if let Source::Issuer { place, .. } = session.source() {
            self.refresh_keys_beside(place, now);
        }
        let is_renewable = matches!(credential, Credential::Ticket { renewable: true });
        let is_renewing = is_renewable && renewal::begin_renewal(session, now);
        let asserted = self.asserted(route, session, now);
        if let (false, Some(asserted)) = (is_renewing, &asserted) {
            return self.forward_known(route, credential, session, asserted, None);
        }
        if asserted.is_none()
            && let Err(unavailable) = task::room()
        {
            return self.refuse_unknown(route, &unavailable);
        }
        let (context, session) = (Rc::clone(&self.context), Rc::clone(session));
        let work = async move {
            let cookie = if is_renewing {
                self.renewed(&session).await
            } else {
                None
            };
            let asserted = match asserted {
                Some(asserted) => Ok(asserted),
                None => self.assert(route, &session).await,
            };
            Ok(match asserted {
                Ok(asserted) => {
                    self.forward_known(route, credential, &session, &asserted, cookie.as_deref())
                }
                Err(unavailable) => self.refuse_unknown(route, &unavailable),
            })
        };
        task::run_for(&context, work).into_value()
    }

    /// The next ticket of a session, for `Set-Cookie`.
    async fn renewed(&self, session: &CachedSession<Introduced>) -> Option<String> {
        let isolate = self.isolate;
        let lifetimes = Lifetimes::of(&isolate.config);
        let (record, outside) = (session.record(), self.outside());
        let ticket = renewal::renew_beside(record, lifetimes, &isolate.resolver, &outside).await;
        ticket.as_ref().map(session_cookie)
    }

    /// Sends the request on, with nobody's name.
    pub(super) fn forward_unknown(self, route: &'static Route, is_preflight: bool) -> JsValue {
        match &route.rate_limit {
            Some(limit) if !is_preflight => self.forward_counted(route, limit),
            _ => self.forward_nobody(route, is_preflight),
        }
    }

    fn forward_counted(self, route: &'static Route, limit: &'static RateLimit) -> JsValue {
        if let Err(unavailable) = task::room() {
            return self.refuse_unknown(route, &unavailable);
        }
        let context = Rc::clone(&self.context);
        let work = async move {
            Ok(match self.count(route, limit, None).await {
                Ok(()) => self.forward_nobody(route, false),
                Err(refusal) => self.refuse_noted(&Noted::refused(Some(route), &refusal)),
            })
        };
        task::run_for(&context, work).into_value()
    }

    fn forward_nobody(&self, route: &'static Route, is_preflight: bool) -> JsValue {
        if self.isolate.is_noting {
            self.note(&Noted::passed(route));
        }
        let nobody = JsValue::UNDEFINED;
        self.forward(route, [&nobody; 2], is_preflight, None)
    }

    /// Sends the request on, with who it is from.
    fn forward_known(
        &self,
        route: &'static Route,
        credential: Credential,
        session: &CachedSession<Introduced>,
        asserted: &JsValue,
        cookie: Option<&str>,
    ) -> JsValue {
        let introduced = session.attachment(|_| Introduced::default());
        let own = self.isolate.config.issuer.as_str();
        let issuer = self.isolate.other_issuer(session).unwrap_or(own);
        let identity = introduced.to(route, session.record(), issuer);
        let response = self.forward(route, [&identity, asserted], false, cookie);
        if route.cut_streams && self.head.method() != "HEAD" {
            let context: &worker_sys::Context = self.context.as_ref().as_ref();
            let home: [&JsValue; 3] = [self.request.as_ref(), self.env.as_ref(), context.as_ref()];
            streams::watched(&response, home, route, credential, session)
        } else {
            response
        }
    }

    /// Brings the copy of the revocation log up to now beside this request, so that no later one
    /// has to wait for it.
    pub(super) fn refresh_beside(&self, max_staleness: Duration, now: Time) {
        let isolate = self.isolate;
        if !isolate.resolver.log().begin_refresh(now, max_staleness) {
            return;
        }
        let outside = self.outside();
        task::run_for(&self.context, async move {
            let log = isolate.resolver.log();
            if let Err(unavailable) = log.refresh(&outside, max_staleness).await {
                platform::emit(&unavailable.event());
            }
            Ok(JsValue::UNDEFINED)
        });
    }

    /// Asks another issuer beside this request about a token whose meaning will soon be too old.
    #[cold]
    pub(super) fn renew_beside(&self, route: &'static Route, inquiry: Inquiry<Introduced>) {
        let (isolate, outside) = (self.isolate, self.outside());
        task::run_for(&self.context, async move {
            let resolution = isolate.resolver.finish(&outside, inquiry, &route.demand);
            if let Resolution::Unavailable(unavailable) = resolution.await {
                platform::emit(&unavailable.event());
            }
            Ok(JsValue::UNDEFINED)
        });
    }

    /// Renews the keys of another issuer beside this request, so that no later one has to wait for them.
    fn refresh_keys_beside(&self, place: u8, now: Time) {
        let issuers = self.isolate.resolver.issuers();
        if !issuers.begin_refresh(place, now) {
            return;
        }
        let outside = self.outside();
        task::run_for(&self.context, async move {
            if let Err(unavailable) = issuers.refresh(place, &outside).await {
                platform::emit(&unavailable.event());
            }
            Ok(JsValue::UNDEFINED)
        });
    }

    fn forward(
        &self,
        route: &'static Route,
        [identity, asserted]: [&JsValue; 2],
        is_preflight: bool,
        cookie: Option<&str>,
    ) -> JsValue {
        let url = match &route.origin {
            Some(Origin::Url(base) | Origin::Through { url: base, .. }) => {
                Some(forward::origin_url(base, self.head.url()))
            }
            Some(Origin::App | Origin::Assets | Origin::Service(_) | Origin::Zone) => None,
            None => return self.refuse_on(route, Route::refuse_denied()),
        };
        host::send(
            &self.request,
            &self.env,
            route.index,
            identity,
            asserted,
            url.as_deref(),
            is_preflight,
            cookie,
        )
    }
}
