//! The routes, compiled: which of them decides about a request.
//!
//! Job: everything about a route that can be known before the first request comes. The first
//! pattern that matches the path decides, even if it has no route for the method: a later, broader
//! pattern must not open what a narrower one closed. Routes with the same `match` text are one
//! group and differ in their methods.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::config::{
    Access, Assertion, Config, Glob, HeaderPattern, Identity, IssuersOf, OnOutage, Origin, Paths,
    Preflight, RateLimit, Role, TokenFrom,
};
use crate::pages::Told;
use crate::protocol::join::join;
use crate::protocol::{Issuer, ResourceUri, Scope, Sorted};
use crate::resolve::Demand;

use super::audience;
use super::challenge::RouteChallenges;
use super::forward::Guard;
use super::path::{self, Ambiguous};
use super::readings::readings;
use super::refusal::told;
use super::route_rules::RouteRules;
use super::search::Search;

/// A route of the gate.
#[derive(Clone, Debug)]
pub struct Route {
    /// The paths that it matches. Its text names the route in the log.
    pub pattern: Glob,
    /// What it needs of a request.
    pub access: Access,
    /// All that a token must be allowed to do. A login session need not be.
    pub scope: Scope,
    /// The resource that a token must be meant for.
    pub audience: Option<ResourceUri>,
    /// Where else a token may be.
    pub(super) token_from: Option<&'static TokenFrom>,
    /// What the names of those clients begin with whose issuer alone says what their tokens must be meant for, as its list
    /// in the configuration does not have [`Self::audience`].
    pub(super) other_audiences: Vec<String>,
    /// How fresh the answer about a credential must be, and whose tokens are taken.
    pub demand: Demand,
    /// Whether an answer that is under way ends with its credential.
    pub cut_streams: bool,
    /// What becomes of paths that some servers read in another way.
    pub paths: Paths,
    /// Whether its origin gets the client's `Authorization`.
    pub passes_authorization: bool,
    /// Whether a browser may keep the parts of pages.
    pub keep: bool,
    /// The client's headers that its origin gets; `None` for all that do not stop everywhere.
    pub headers: Option<Vec<HeaderPattern>>,
    /// In which headers its origin is told who is there.
    pub identity: Identity,
    /// The signed statement of who is there that its origin gets.
    pub assertion: Option<Assertion>,
    /// Where its requests go; `None` for a route that denies.
    pub origin: Option<Origin>,
    /// For each token of `scope`, the scopes that do for it (`implies`); empty where none does.
    pub(super) implied_by: Box<[Vec<String>]>,
    /// What it asks beside a credential; `None` for nothing.
    pub(super) rules: Option<RouteRules>,
    /// The web origins that a browser may call it from.
    pub cors_origins: Vec<String>,
    /// How often the same sender may ask.
    pub rate_limit: Option<RateLimit>,
    /// Its place among the routes of its policy.
    pub index: u32,
    /// Whether it decides or is only tried.
    pub role: Role,
    /// Where people log in.
    pub issuer: Issuer,
    /// What people are told who want to log in at another address.
    pub(super) elsewhere: &'static Told,
    pub(super) preflight: Preflight,
    /// `None` for all.
    pub(super) methods: Option<Vec<String>>,
    /// The methods as a list for a header, `HEAD` with `GET`; empty for all.
    pub(super) methods_listed: String,
    pub(super) challenges: OnceCell<RouteChallenges>,
}

impl Route {
    fn new(
        index: u32,
        route: &crate::config::Route,
        config: &Config,
        elsewhere: &'static Told,
        issuers: &Rc<IssuersOf>,
    ) -> Self {
        let outage_grace = match route.on_outage {
            OnOutage::Deny => None,
            OnOutage::AllowCached => Some(config.outage_grace),
        };
        let issuer: &Issuer = &config.issuer;
        Self {
            pattern: route.pattern.clone(),
            access: route.access,
            scope: route.scope.clone(),
            audience: route.audience.clone(),
            // Once for each such route of an isolate, which keeps it as long as it lives.
            token_from: route
                .token_from
                .clone()
                .map(|from| &*Box::leak(Box::new(from))),
            other_audiences: audience::others(route, config),
            demand: Demand {
                max_staleness: route.max_staleness,
                outage_grace,
                accept: route.accept,
            },
            cut_streams: route.cut_streams,
            paths: route.paths,
            passes_authorization: route.passes_authorization,
            keep: route.keep,
            headers: route.headers.clone(),
            identity: route.identity.clone(),
            assertion: route.assertion.clone(),
            origin: route.origin.clone(),
            implied_by: config.implies.for_scope(&route.scope).into(),
            rules: route.rules.as_ref().map(|rules| RouteRules {
                rules: Rc::clone(rules),
                issuers: Rc::clone(issuers),
            }),
            cors_origins: route.cors_origins.clone(),
            rate_limit: route.rate_limit.clone(),
            index,
            role: route.role,
            issuer: issuer.clone(),
            elsewhere,
            preflight: route.preflight,
            methods: route.methods.clone(),
            methods_listed: listed(route.methods.iter().flatten()),
            challenges: OnceCell::new(),
        }
    }

    /// Which credentials it takes. Its responses are private if it takes any.
    #[must_use]
    pub const fn guard(&self) -> Guard {
        Guard {
            tokens: self.access.takes_tokens(),
            // A browser does not send the header or the cookie with every request, so it must not keep pages either.
            sessions: self.access.takes_sessions() || self.token_from.is_some(),
            cors: false,
            keeps: self.keep,
        }
    }

    /// Whether it admits `method`. Methods are case-sensitive (RFC 9110 section 9.1).
    fn admits(&self, method: &str) -> bool {
        self.methods.as_ref().is_none_or(|methods| {
            methods
                .iter()
                .any(|m| m == method || (m == "GET" && method == "HEAD"))
        })
    }

    /// Whether it names `method`. A route that admits all methods names none.
    pub(super) fn names(&self, method: &str) -> bool {
        self.methods.iter().flatten().any(|m| m == method)
    }
}

/// The routes with the same `match` text.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pattern: Glob,
    routes: Vec<Route>,
    /// The value of `Allow` (RFC 9110 section 10.2.1).
    allow: String,
    /// Whether a CORS preflight may be treated here in another way than any other `OPTIONS` request.
    pub(super) minds_preflights: bool,
}

impl Group {
    fn new(pattern: &Glob) -> Self {
        Self {
            pattern: pattern.clone(),
            routes: Vec::new(),
            allow: String::new(),
            minds_preflights: false,
        }
    }

    fn push(&mut self, route: Route) {
        self.minds_preflights |=
            route.preflight != Preflight::Refuse || route.access == Access::Deny;
        self.routes.push(route);
        self.allow = listed(self.routes.iter().flat_map(|r| r.methods.iter().flatten()));
    }

    /// The route for a method.
    pub(super) fn route(&self, method: &str) -> Option<&Route> {
        self.routes.iter().find(|route| route.admits(method))
    }

    /// The methods that it has a route for.
    pub(super) fn allow(&self) -> &str {
        &self.allow
    }

    /// The first of its routes that is only tried.
    pub(super) fn report(&self) -> Option<&Route> {
        self.routes.iter().find(|route| route.role == Role::Report)
    }

    /// Whether all of them are only tried.
    pub(super) fn is_report(&self) -> bool {
        self.routes.iter().all(|route| route.role == Role::Report)
    }
}

/// Methods as a list for a header, each once, with `HEAD` after `GET`.
fn listed<'a>(methods: impl Iterator<Item = &'a String>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for method in methods {
        let head = (method == "GET").then_some("HEAD");
        for name in [method.as_str()].into_iter().chain(head) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    join(&names, ", ")
}

/// What a policy says about a method and a path.
#[derive(Clone, Copy, Debug)]
pub enum Decision<'p> {
    /// This route decides.
    Route(&'p Route),
    /// A pattern matches, and has no route for the method (RFC 9110 section 15.5.6).
    MethodNotAllowed {
        /// The value of `Allow`.
        allow: &'p str,
    },
    /// No pattern matches.
    NotFound,
}

/// All routes of the gate.
#[derive(Clone, Debug)]
pub struct Policy {
    search: Search,
    groups: Vec<Group>,
    /// For each route, in the order of the configuration: its group, and its place in that.
    places: Vec<(u32, u32)>,
    /// The route that gives everyone the site's own page for what is not there: its place in the configuration.
    not_found: Option<u32>,
    /// Whether any route takes paths as they were sent.
    any_as_sent: bool,
}

/// The site's own page for what is not there, as static assets have it.
const NOT_FOUND: &str = "/404.html";

impl Policy {
    /// Compiles the routes of a configuration that decide.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self::of(config, &config.routes)
    }

    /// Compiles these routes of a configuration.
    pub(super) fn of(config: &Config, routes: &[crate::config::Route]) -> Self {
        let elsewhere = told::other_address(&config.issuer);
        let issuers = Rc::new(config.issuers_of());
        let mut patterns = Vec::new();
        for (index, route) in (0..).zip(routes) {
            patterns.push((route.pattern.as_str(), index));
        }
        let patterns = Sorted::new(patterns);
        let mut groups: Vec<Group> = Vec::new();
        let mut places: Vec<(u32, u32)> = Vec::with_capacity(routes.len());
        for (index, route) in (0..).zip(routes) {
            // The first route with this pattern has begun the group, unless it is this one.
            let (_, first) = patterns.of(route.pattern.as_str())[0];
            let at = match places.get(first as usize) {
                Some((group, _)) => *group as usize,
                None => groups.len(),
            };
            if at == groups.len() {
                groups.push(Group::new(&route.pattern));
            }
            let within = groups[at].routes.len();
            places.push((number(at), number(within)));
            groups[at].push(Route::new(index, route, config, elsewhere, &issuers));
        }
        let mut policy = Self {
            any_as_sent: routes.iter().any(|route| route.paths == Paths::AsSent),
            search: Search::new(
                &groups
                    .iter()
                    .map(|group| &group.pattern)
                    .collect::<Vec<_>>(),
            ),
            groups,
            places,
            not_found: None,
        };
        if let Decision::Route(route) = policy.decide("GET", NOT_FOUND)
            && route.access == Access::Public
            && route.rules.is_none()
            && route.origin == Some(Origin::Assets)
        {
            policy.not_found = Some(route.index);
        }
        policy
    }

    /// The route at which everyone may read the site's own page for what is not there, and where that page is. It is the
    /// answer where no route matches. A page that is behind a route which needs something is nobody's answer: it may
    /// name what is not public.
    #[must_use]
    pub fn own_not_found(&self) -> Option<(u32, &'static str)> {
        self.not_found.map(|index| (index, NOT_FOUND))
    }

    /// What the routes say about `method`, exactly as received, and `path`, as returned by
    /// [`super::path::normalise`].
    #[must_use]
    pub fn decide(&self, method: &str, path: &str) -> Decision<'_> {
        match self.group(path) {
            None => Decision::NotFound,
            Some(group) => match group.route(method) {
                Some(route) => Decision::Route(route),
                None => Decision::MethodNotAllowed {
                    allow: &group.allow,
                },
            },
        }
    }

    /// The route at this place in the configuration.
    #[must_use]
    pub fn route(&self, index: u32) -> Option<&Route> {
        let (group, within) = self.places.get(index as usize)?;
        self.groups
            .get(*group as usize)?
            .routes
            .get(*within as usize)
    }

    /// The route for a path that some servers read in another way (`paths = "as-sent"`). All readings must lead to the same
    /// routes: what decides must not depend on who reads.
    ///
    /// # Errors
    /// Why the path is refused: `ambiguous`, or what is wrong with one of the readings.
    pub(super) fn group_as_sent(
        &self,
        raw: &str,
        method: &str,
        ambiguous: Ambiguous,
    ) -> Result<&Group, Ambiguous> {
        if !self.any_as_sent {
            return Err(ambiguous);
        }
        let mut groups = readings(raw)?.into_iter().map(|path| self.group(&path));
        let group = groups.next().flatten().ok_or(ambiguous)?;
        let is_one = groups.all(|other| other.is_some_and(|other| std::ptr::eq(other, group)));
        let takes = group
            .route(method)
            .is_some_and(|route| route.paths == Paths::AsSent);
        if is_one && takes {
            Ok(group)
        } else {
            Err(ambiguous)
        }
    }

    /// The groups to which the readings of a path lead: one, or several where a route takes paths as they were sent.
    pub(super) fn groups(&self, raw: &str) -> Vec<&Group> {
        match path::normalise(raw) {
            Ok(path) => self.group(&path).into_iter().collect(),
            Err(_) if self.any_as_sent => {
                let all = readings(raw).unwrap_or_default();
                all.iter().filter_map(|path| self.group(path)).collect()
            }
            Err(_) => Vec::new(),
        }
    }

    /// The first group whose pattern matches.
    pub(super) fn group(&self, path: &str) -> Option<&Group> {
        let found = self
            .search
            .first(path, |at| self.groups[at].pattern.matches(path));
        found.map(|at| &self.groups[at])
    }
}

/// A place among the routes. The configuration has a limit for them.
fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
