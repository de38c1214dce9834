//! Routes that are only tried.

use std::time::Duration;

use futures_executor::block_on;

use super::{Request, only, route};
use crate::browser::CookieName;
use crate::config::{Access, Config, OnOutage, Paths, Preflight, Role, Route};
use crate::fakes::Fault;
use crate::fakes::world::{World, keys};
use crate::gate::{Admission, Found, InForce, Policy, Trial, Tried};
use crate::ports::Clock;
use crate::resolve::{Lookup, Resolution};
use crate::telemetry::{Became, Outcome};
use crate::token::{Pointer, SessionId, TokenKind};

const SITE: &str = "https://auth.example.com";

fn report(route: Route) -> Route {
    Route {
        role: Role::Report,
        audience: None,
        ..route
    }
}

fn open(pattern: &str, access: Access) -> Route {
    Route {
        audience: None,
        ..route(pattern, access)
    }
}

fn strong(route: Route) -> Route {
    Route {
        max_staleness: Duration::ZERO,
        ..route
    }
}

/// A site with these routes.
struct Site {
    world: World,
    policy: Policy,
    trial: Option<Trial>,
}

impl Site {
    fn new(all: Vec<Route>) -> Self {
        let mut world = World::new();
        world.config.routes = all.iter().filter(|r| !r.is_report()).cloned().collect();
        if all.iter().any(Route::is_report) {
            world.config.tried = all;
        }
        let config: &Config = &world.config;
        Self {
            policy: Policy::new(config),
            trial: Trial::of(config),
            world,
        }
    }

    /// What the gate does with a request, and what the trial says of it, each in one line.
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> (String, Option<String>) {
        block_on(self.answer(method, path, headers))
    }

    async fn answer(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (String, Option<String>) {
        let (request, url) = (Request::new(method, headers), format!("{SITE}{path}"));
        let (resolver, fakes) = (&self.world.resolver, &self.world.fakes);
        let since = fakes.now();
        let mut in_force = InForce {
            is_routed: true,
            since,
            found: None,
        };
        let resolution;
        let became = match self.policy.admit(&request, &url) {
            Admission::Refused { route, refusal } => {
                in_force.is_routed = route.is_some();
                format!("{} {}", refusal.status(), refusal.reason)
            }
            Admission::Answered(answer) => answer.status.to_string(),
            Admission::Forward(_) | Admission::ForwardPreflight(_) => "passed".to_owned(),
            Admission::Authenticate {
                route,
                credential,
                token,
            } => {
                let kind = credential.kind();
                resolution = match resolver.look(kind, token.expose(), &route.demand, since) {
                    Lookup::Known(resolution) | Lookup::Due(resolution, _) => resolution,
                    Lookup::NeedsIo(inquiry) => {
                        let resolution = resolver.finish(fakes, inquiry, &route.demand).await;
                        // Whoever has waited finds a clock that has moved.
                        fakes.advance(Duration::from_millis(3));
                        resolution
                    }
                };
                match &resolution {
                    Resolution::Active(active) => {
                        in_force.found = Some((kind, Found::Active));
                        match route.authorise(
                            credential,
                            active.session.record(),
                            &request,
                            &url,
                            since,
                        ) {
                            Ok(()) => "passed".to_owned(),
                            Err(refusal) => format!("{} {}", refusal.status(), refusal.reason),
                        }
                    }
                    Resolution::Inactive(inactive) => {
                        in_force.found = Some((kind, Found::Inactive(*inactive)));
                        inactive.as_str().to_owned()
                    }
                    Resolution::Unavailable(unavailable) => {
                        in_force.found = Some((kind, Found::Unavailable(unavailable)));
                        "unavailable".to_owned()
                    }
                }
            }
        };
        let Some(trial) = &self.trial else {
            return (became, None);
        };
        let tried = trial.begin(resolver, &request, &url, &in_force, fakes.now());
        let verdict = match tried {
            None => return (became, None),
            Some(Tried::Known(verdict)) => verdict,
            Some(Tried::NeedsIo(question)) => {
                question.answer(fakes, resolver, &request, &url).await
            }
        };
        let said = said(verdict.route.pattern.as_str(), verdict.became());
        (became, Some(said))
    }

    /// How often a store or the log was asked since the last time.
    fn asked(&self, act: impl FnOnce()) -> u32 {
        let before = self.world.fakes.io();
        act();
        self.world.fakes.io() - before
    }

    fn bearer(&self, client: &str) -> String {
        format!("Bearer {}", self.world.client_token(client))
    }
}

fn said(route: &str, became: Became<'_>) -> String {
    let outcome = match became.outcome {
        Outcome::Passed => "passed",
        Outcome::Refused => "refused",
        Outcome::Answered => "answered",
        Outcome::Unknown => "unknown",
        Outcome::Endpoint => "endpoint",
    };
    let status = became.status.map(|status| format!(" {status}"));
    let reason = became.reason.map(|reason| format!(" {reason}"));
    let who = became.subject.zip(became.client);
    let who = who.map(|(subject, client)| format!(", {subject} by {client}"));
    let parts = [status, reason, who].map(Option::unwrap_or_default);
    format!("{route}: {outcome}{}", parts.concat())
}

#[track_caller]
fn assert_tried(site: &Site, request: (&str, &str), is: &str, would: Option<&str>) {
    let (became, said) = site.send(request.0, request.1, &[]);
    assert_eq!(
        (became.as_str(), said.as_deref()),
        (is, would),
        "{request:?}"
    );
}

#[test]
fn a_route_that_is_only_tried_changes_nothing_and_says_what_it_would_have_done() {
    let site = Site::new(vec![
        report(only(&["GET"], route("/docs/internal/*", Access::Session))),
        open("/docs/internal/open", Access::Public),
        report(route("/admin/*", Access::Deny)),
        report(open("/closed/*", Access::Public)),
        open("/closed/*", Access::Deny),
        only(&["POST"], open("/mixed", Access::Public)),
        report(only(&["GET", "POST"], route("/mixed", Access::Token))),
        open("/docs/*", Access::Public),
        report(open("/nowhere", Access::Public)),
        report(route("/docs/never", Access::Deny)),
    ]);
    let inside = Some("/docs/internal/*: refused 401 no_session");
    for (request, is, would) in [
        (("GET", "/docs/internal/a"), "passed", inside),
        (("HEAD", "/docs/internal/a"), "passed", inside),
        // The whole policy would ask the first pattern, and that has no route for POST.
        (
            ("POST", "/docs/internal/a"),
            "passed",
            Some("/docs/internal/*: refused 405 method_not_allowed"),
        ),
        (("GET", "/docs/internal/open"), "passed", inside),
        (("GET", "/docs/a"), "passed", None),
        (("GET", "/docs/never"), "passed", None),
        (
            ("GET", "/admin/a"),
            "404 no_route",
            Some("/admin/*: refused 403 denied"),
        ),
        (
            ("GET", "/closed/a"),
            "403 denied",
            Some("/closed/*: passed"),
        ),
        (
            ("GET", "/nowhere"),
            "404 no_route",
            Some("/nowhere: passed"),
        ),
        (("POST", "/mixed"), "passed", None),
        (
            ("GET", "/mixed"),
            "405 method_not_allowed",
            Some("/mixed: refused 401 no_credentials"),
        ),
        (("PUT", "/mixed"), "405 method_not_allowed", None),
        (("GET", "/elsewhere"), "404 no_route", None),
        (("GET", "/docs//internal"), "400 path_empty_segment", None),
    ] {
        assert_tried(&site, request, is, would);
    }
    assert_eq!(site.world.fakes.io(), 0);
}

#[test]
fn preflights_and_paths_as_sent_are_tried_too() {
    let answers = |route| Route {
        preflight: Preflight::Answer,
        cors_origins: vec!["https://app.example.com".to_owned()],
        ..route
    };
    let as_sent = |route| Route {
        paths: Paths::AsSent,
        ..route
    };
    let site = Site::new(vec![
        report(answers(only(&["PUT"], route("/api/*", Access::Token)))),
        answers(only(&["GET"], open("/api/*", Access::Public))),
        report(as_sent(open("/npm/*", Access::Public))),
        report(route("/files/closed/*", Access::Deny)),
        as_sent(open("/files/*", Access::Public)),
    ]);
    let preflight = |method| {
        let headers = [
            ("origin", "https://app.example.com"),
            ("access-control-request-method", method),
        ];
        site.send("OPTIONS", "/api/x", &headers)
    };
    assert_eq!(preflight("GET"), ("204".to_owned(), None));
    let (is, would) = preflight("PUT");
    assert_eq!(is, "405 method_not_allowed");
    assert_eq!(would.as_deref(), Some("/api/*: answered 204"));
    assert_tried(
        &site,
        ("GET", "/npm/@a%2fb"),
        "400 path_encoded_slash",
        Some("/npm/*: passed"),
    );
    assert_tried(&site, ("GET", "/files/a%2fb"), "passed", None);
    assert_tried(
        &site,
        ("GET", "/files/closed%2fb"),
        "passed",
        Some("/files/closed/*: refused 400 path_encoded_slash"),
    );
}

#[test]
fn a_credential_is_looked_up_for_a_public_page_and_its_owner_is_named() {
    let site = Site::new(vec![
        report(route("/api/*", Access::Any)),
        open("/*", Access::Public),
    ]);
    let bearer = site.bearer("robot");
    let token = [("authorization", bearer.as_str())];
    let passed = (
        "passed".to_owned(),
        Some("/api/*: passed, robot by robot".to_owned()),
    );
    let first = site.asked(|| assert_eq!(site.send("GET", "/api/x", &token), passed));
    assert_eq!(first, 2, "its record and the log");
    let next = site.asked(|| assert_eq!(site.send("GET", "/api/x", &token), passed));
    assert_eq!(next, 0);
    let browser = site.world.logged_in("ann");
    let cookie = format!(
        "{}={}",
        CookieName::SESSION.as_str(),
        browser.cookie(CookieName::SESSION.as_str()).unwrap()
    );
    let (is, would) = site.send("GET", "/api/x", &[("cookie", cookie.as_str())]);
    assert_eq!(is, "passed");
    assert_eq!(would.as_deref(), Some("/api/*: passed, ann by postern"));
    // A page of another site may be shown here, and would not be.
    let (_, would) = site.send("POST", "/api/x", &[("cookie", cookie.as_str())]);
    assert_eq!(would.as_deref(), Some("/api/*: refused 403 cross_site"));
    let forged = [("authorization", "Bearer pst_at_forged")];
    let none = site.asked(|| {
        let (_, would) = site.send("GET", "/api/x", &forged);
        assert_eq!(would.as_deref(), Some("/api/*: refused 401 malformed"));
    });
    assert_eq!(none, 0);
}

/// Whatever the two routes are, a request asks the stores no more often than one of them would by itself.
#[test]
fn stores_are_asked_no_more_than_if_the_route_decided() {
    let kinds = [Access::Public, Access::Token];
    for (access, is_strong, tried_is_strong) in kinds
        .into_iter()
        .flat_map(|access| [true, false].map(|one| (access, one)))
        .flat_map(|(access, one)| [true, false].map(|other| (access, one, other)))
    {
        let as_wanted = |is_strong, route| if is_strong { strong(route) } else { route };
        let tried = as_wanted(tried_is_strong, open("/*", Access::Token));
        let decides = as_wanted(is_strong, open("/*", access));
        let alone = |route: &Route| requests(&Site::new(vec![route.clone()]));
        let both = requests(&Site::new(vec![report(tried.clone()), decides.clone()]));
        let (tried, decides) = (alone(&tried), alone(&decides));
        for ((both, tried), decides) in both.iter().zip(&tried).zip(&decides) {
            let most = *tried.max(decides);
            assert!(
                both <= &most,
                "{access:?} {is_strong} {tried_is_strong}: {both}, {tried} and {decides}"
            );
        }
    }
}

/// How often the stores are asked for each of several requests: with a token that is new, known, and then revoked, and lost, in
/// an isolate that forgets it, and during an outage.
fn requests(site: &Site) -> Vec<u32> {
    let bearer = site.bearer("robot");
    let token = [("authorization", bearer.as_str())];
    let fakes = &site.world.fakes;
    let ask = || {
        site.asked(|| {
            site.send("GET", "/x", &token);
        })
    };
    let mut counts = vec![ask(), ask(), ask()];
    fakes.advance(Duration::from_secs(70));
    counts.push(ask());
    fakes.calls.since.set_fault(Fault::Before);
    fakes.calls.record_read.set_fault(Fault::Before);
    fakes.advance(Duration::from_secs(70));
    counts.extend([ask(), ask()]);
    fakes.calls.since.set_fault(Fault::None);
    fakes.calls.record_read.set_fault(Fault::None);
    fakes.advance(Duration::from_secs(70));
    site.world.api(
        "/oauth/revoke",
        "robot",
        &[("token", bearer.strip_prefix("Bearer ").unwrap())],
    );
    block_on(fakes.run_alarms());
    fakes.advance(Duration::from_secs(70));
    counts.extend([ask(), ask(), ask()]);
    // Well sealed, and nobody knows it any more.
    let now = fakes.now();
    let pointer = Pointer {
        session: SessionId::from_bytes([8; 16]),
        issued_at: now,
        expires_at: now.plus(Duration::from_hours(1)),
    };
    let lost = keys().seal(TokenKind::Access, &pointer, [8; 24]);
    let bearer = format!("Bearer {}", lost.expose());
    for _ in 0..3 {
        counts.push(site.asked(|| {
            site.send("GET", "/x", &[("authorization", &bearer)]);
        }));
    }
    counts
}

#[test]
fn what_could_not_be_found_out_is_said_and_asked_once() {
    let site = Site::new(vec![
        report(Route {
            scope: "write".parse().unwrap(),
            ..open("/*", Access::Token)
        }),
        open("/*", Access::Token),
    ]);
    let bearer = site.bearer("robot");
    let token = [("authorization", bearer.as_str())];
    let fakes = &site.world.fakes;
    fakes.calls.record_read.set_fault(Fault::Before);
    let (is, would) = site.send("GET", "/x", &token);
    assert_eq!(is, "unavailable");
    assert_eq!(would.as_deref(), Some("/*: unknown 503 unavailable"));
    assert_eq!(fakes.calls.record_read.count(), 1);
    fakes.calls.record_read.set_fault(Fault::None);
    let (is, would) = site.send("GET", "/x", &token);
    assert_eq!(is, "passed");
    assert_eq!(
        would.as_deref(),
        Some("/*: refused 403 insufficient_scope, robot by robot")
    );
}

#[test]
fn during_an_outage_a_trial_says_what_is_allowed() {
    let site = Site::new(vec![
        report(Route {
            on_outage: OnOutage::AllowCached,
            ..open("/*", Access::Token)
        }),
        open("/*", Access::Public),
    ]);
    let bearer = site.bearer("robot");
    let token = [("authorization", bearer.as_str())];
    site.send("GET", "/x", &token);
    let fakes = &site.world.fakes;
    fakes.calls.since.set_fault(Fault::Before);
    fakes.advance(Duration::from_secs(10));
    let (_, would) = site.send("GET", "/x", &token);
    assert_eq!(
        would.as_deref(),
        Some("/*: passed cached_session_allowed, robot by robot")
    );
}

#[test]
fn without_such_a_route_there_is_no_trial() {
    assert!(Site::new(vec![open("/*", Access::Public)]).trial.is_none());
}
