//! What becomes of a request, and why.
//!
//! Job: the gate's own code ([`Policy::admit`], [`Route::authorise`]) decides, and this puts it into words. A store is never
//! asked: whoever asks says what has become of the credential.

use serde::Serialize;

use super::question::{NOW, Question, Standing, Who};
use super::{needs, steps, why, words};
use crate::config::{self, Access, Config};
use crate::gate::path;
use crate::gate::{Admission, Credential, Policy, Refusal, Route, Trial};
use crate::protocol::Answer;
use crate::resolve::Inactive;
use crate::{oauth, people};

/// A configuration, ready to be asked.
#[derive(Debug)]
pub struct Site<'c> {
    /// The configuration.
    pub config: &'c Config,
    pub(super) policy: Policy,
    pub(super) trial: Option<Trial>,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It goes on to the origin.
    Passes,
    /// It goes no further.
    Refused,
    /// The gate answers it itself: a CORS preflight.
    Answered,
    /// Postern has an endpoint there.
    Endpoint,
    /// It depends on a token or a cookie that was given as text.
    Depends,
}

/// A route: its place in the configuration, and its `match`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// `routes[0]`, `routes[1]`, ...
    pub index: usize,
    /// `match`.
    pub pattern: String,
}

/// What becomes of a request, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What becomes of it.
    pub outcome: Outcome,
    /// The status, where the gate answers.
    pub status: Option<u16>,
    /// The route that decides.
    pub route: Option<Place>,
    /// What that route asks for.
    pub needs: Option<String>,
    /// Where the request goes.
    pub origin: Option<String>,
    /// Where a browser is sent to.
    pub location: Option<String>,
    /// What `WWW-Authenticate` says.
    pub challenge: Option<String>,
    /// Why, as the log has it.
    pub reason: Option<&'static str>,
    /// Why, in words.
    pub why: String,
    /// How that was found, step by step.
    pub steps: Vec<String>,
    /// What is worth knowing beside it.
    pub notes: Vec<String>,
    /// What a route that is only tried would do.
    pub would: Option<Box<Self>>,
}

impl<'c> Site<'c> {
    /// Compiles the routes.
    #[must_use]
    pub fn new(config: &'c Config) -> Self {
        Self {
            config,
            policy: Policy::new(config),
            trial: Trial::of(config),
        }
    }

    /// The URL of a path of this site. What is a whole URL already stays.
    #[must_use]
    pub fn url(&self, target: &str) -> String {
        if target.contains("://") {
            target.to_owned()
        } else {
            self.config.issuer.url(target)
        }
    }

    /// What becomes of a request.
    #[must_use]
    pub fn explain(&self, question: &Question) -> Explanation {
        let raw = path::split(&question.url).0;
        let keys = oauth::Endpoint::Jwks;
        let is_keys = raw == keys.path() && keys.is_there(self.config);
        if let Some(name) = endpoint(raw).or(is_keys.then(|| keys.path())) {
            return endpoint_answers(raw, name);
        }
        let mut answer = explain_by(&self.policy, &self.config.routes, question);
        let is_routed = answer.route.is_some();
        let tried = self.trial.as_ref().and_then(|trial| {
            let (route, _) = trial.admit(question, &question.url, is_routed)?;
            let mut would = explain_by(trial.policy(), &self.config.tried, question);
            would.route = Some(place(route, &self.config.tried));
            Some(Box::new(would))
        });
        answer.would = tried;
        answer
    }
}

/// The endpoint of Postern's own at this path, whatever the configuration. That of the keys is there only where it has some.
pub(super) fn endpoint(raw: &str) -> Option<&'static str> {
    let people = people::endpoint(raw).map(people::Endpoint::path);
    let oauth = || oauth::endpoint(raw).filter(|endpoint| *endpoint != oauth::Endpoint::Jwks);
    people.or_else(|| oauth().map(oauth::Endpoint::path))
}

fn endpoint_answers(raw: &str, name: &'static str) -> Explanation {
    let why = format!("Postern answers at `{raw}` itself, whatever the routes say");
    Explanation {
        steps: vec![format!(
            "`{name}` belongs to Postern: no route is looked at"
        )],
        ..Explanation::new(Outcome::Endpoint, why)
    }
}

fn place(route: &Route, routes: &[config::Route]) -> Place {
    let at = usize::try_from(route.index).unwrap_or(usize::MAX);
    Place {
        index: routes.get(at).map_or(at, |route| route.place),
        pattern: route.pattern.as_str().to_owned(),
    }
}

fn explain_by(policy: &Policy, routes: &[config::Route], question: &Question) -> Explanation {
    let mut steps = steps::of_path(policy, routes, question);
    let admission = policy.admit(question, &question.url);
    let route = match &admission {
        Admission::Refused { route, .. } => *route,
        Admission::Answered(_) => None,
        Admission::Forward(route)
        | Admission::ForwardPreflight(route)
        | Admission::Authenticate { route, .. } => Some(*route),
    };
    let own = |route: &Route| routes.get(usize::try_from(route.index).unwrap_or(usize::MAX));
    let needs = route.and_then(own).map(needs::in_words);
    if let Some(needs) = &needs {
        steps.push(format!("that route asks for {needs}"));
    }
    let mut answer = match &admission {
        Admission::Refused { route, refusal } => refused(question, *route, refusal, &mut steps),
        Admission::Answered(answer) => answered(answer),
        Admission::Forward(route) => passes(route, open(own(route))),
        Admission::ForwardPreflight(route) => {
            let why = "the route lets CORS preflights through to the origin (`preflight = \"pass\"`), without \
                       identity and body"
                .to_owned();
            passes(route, why)
        }
        Admission::Authenticate {
            route, credential, ..
        } => authenticated(question, route, *credential, &mut steps),
    };
    answer.route = route.map(|route| place(route, routes));
    answer.needs = needs;
    steps.push(match (answer.outcome, answer.status) {
        (Outcome::Passes, _) => format!("so it passes: {}", answer.why),
        (_, Some(status)) => format!("so the answer is {status}: {}", answer.why),
        (_, None) => answer.why.clone(),
    });
    answer.steps = steps;
    answer
}

/// Why whoever comes passes.
fn open(route: Option<&config::Route>) -> String {
    let has_rules = route.is_some_and(|route| route.rules.is_some());
    let why = if has_rules {
        "the route is open to everyone who comes from there"
    } else {
        "the route is open to everyone"
    };
    why.to_owned()
}

fn passes(route: &Route, why: String) -> Explanation {
    let limited = route.rate_limit.as_ref().map(words::limited);
    Explanation {
        origin: route.origin.as_ref().map(words::origin),
        notes: limited.into_iter().collect(),
        ..Explanation::new(Outcome::Passes, why)
    }
}

fn answered(answer: &Answer) -> Explanation {
    let why =
        "it is a CORS preflight, and the route answers those itself (`preflight = \"answer\"`)"
            .to_owned();
    Explanation {
        status: Some(answer.status),
        ..Explanation::new(Outcome::Answered, why)
    }
}

fn authenticated(
    question: &Question,
    route: &Route,
    credential: Credential,
    steps: &mut Vec<String>,
) -> Explanation {
    let name = match &question.who {
        Who::Token { client, .. } => match question.subject() {
            Some(subject) => format!("a token that `{subject}` gave to `{client}`"),
            None => format!("a token of `{client}`"),
        },
        Who::Person { subject, .. } => format!("the login of `{subject}`"),
        Who::Nobody => "a token or a login of which no more is known".to_owned(),
    };
    steps.push(format!("the request brings {name}"));
    match question.standing {
        Standing::Ended(inactive) => {
            let refusal = match credential {
                Credential::Token => route.refuse_inactive(inactive, &question.url),
                Credential::Ticket { .. } => route.refuse_ended(inactive, question, &question.url),
            };
            return refused(question, Some(route), &refusal, steps);
        }
        Standing::Unknown => {
            let Some(grace) = route.demand.outage_grace else {
                return refused(question, Some(route), &route.refuse_unavailable(), steps);
            };
            let why = format!(
                "a store does not answer, and `on_outage = \"allow_cached\"` lets {name} pass for {} where this isolate \
                 has seen it a moment ago; elsewhere the answer is 503",
                words::lasting(grace.as_secs())
            );
            return passes(route, why);
        }
        Standing::Good => {}
    }
    let is_own = matches!(question.who, Who::Token { .. });
    if is_own && !route.demand.accept.takes_own() && matches!(credential, Credential::Token) {
        let refusal = route.refuse_inactive(Inactive::NotAccepted, &question.url);
        let mut ended = question.clone();
        ended.standing = Standing::Ended(Inactive::NotAccepted);
        return refused(&ended, Some(route), &refusal, steps);
    }
    // Only who it is decides now.
    let Some(record) = question.record() else {
        let why = "if it counts, and is all that the route asks for, it passes; what it is cannot be seen from here";
        return Explanation::new(Outcome::Depends, why.to_owned());
    };
    if let Err(refusal) = route.authorise(credential, &record, question, &question.url, NOW) {
        return refused(question, Some(route), &refusal, steps);
    }
    let why = match credential {
        Credential::Token => format!("{name} is all that the route asks for"),
        Credential::Ticket { .. } if route.has_rules() => {
            format!("{name} is enough, and every rule of the route fits")
        }
        Credential::Ticket { .. } => {
            format!("{name} is enough, because a login has every right that its person has")
        }
    };
    let mut answer = passes(route, why);
    answer.notes.push(match route.demand.max_staleness.as_secs() {
        0 => "the revocation log is asked each time: what was revoked is refused at once".to_owned(),
        seconds => format!(
            "once it is revoked or logged out, it may still pass for {} at most (`max_staleness`)",
            words::lasting(seconds)
        ),
    });
    answer
}

fn refused(
    question: &Question,
    route: Option<&Route>,
    refusal: &Refusal,
    steps: &mut Vec<String>,
) -> Explanation {
    let answer = &refusal.answer;
    let header = |name| answer.header(name).map(str::to_owned);
    let is_asked = route.is_some_and(|route| route.access != Access::Deny);
    if is_asked && question.is_bare() {
        steps.push("the request brings neither a token nor a login".to_owned());
    }
    Explanation {
        status: Some(refusal.status()),
        reason: Some(refusal.reason),
        location: header("location"),
        challenge: header("www-authenticate"),
        ..Explanation::new(Outcome::Refused, why::refused(question, route, refusal))
    }
}

impl Explanation {
    const fn new(outcome: Outcome, why: String) -> Self {
        Self {
            outcome,
            status: None,
            route: None,
            needs: None,
            origin: None,
            location: None,
            challenge: None,
            reason: None,
            why,
            steps: Vec::new(),
            notes: Vec::new(),
            would: None,
        }
    }
}
