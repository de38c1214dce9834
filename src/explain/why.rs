//! Why a request is refused, in words.

use super::question::{Question, Standing, Who};
use super::{readings, words};
use crate::browser::Elsewhere;
use crate::gate::path::{self, Ambiguous};
use crate::gate::{Refusal, Route};
use crate::protocol::{ResourceUri, Sender};
use crate::resolve::Inactive;
use crate::token::Unsealable;

/// Why, as somebody would say it who knows who asks. The client is told less.
pub(super) fn refused(question: &Question, route: Option<&Route>, refusal: &Refusal) -> String {
    let status = refusal.status();
    if let Standing::Ended(inactive) = question.standing
        && inactive.as_str() == refusal.reason
    {
        return ended(inactive, status);
    }
    match (refusal.reason, &question.who, route) {
        ("no_route", _, _) => "no route has a `match` that fits this path".to_owned(),
        ("method_not_allowed", _, _) => {
            let allow = refusal.answer.header("allow").unwrap_or_default();
            format!(
                "the first `match` that fits this path has no route for {}, only for {allow}; later routes are not looked at",
                question.method
            )
        }
        ("denied", _, _) => "the route is closed to everyone (`access = \"deny\"`)".to_owned(),
        ("no_session", _, Some(route)) if status == 303 => led(question, route),
        ("no_session", _, _) => {
            "there is no login, and this is not a person who opens a page: a script or a program gets 401 in place of the \
             login page"
                .to_owned()
        }
        ("no_credentials", Who::Person { .. }, _) => {
            "the route takes access tokens only, and a login is none".to_owned()
        }
        ("no_credentials", _, _) => "the request brings no access token".to_owned(),
        ("wrong_audience", Who::Token { audiences, .. }, Some(route)) => {
            let own: Vec<&str> = audiences.iter().map(ResourceUri::as_str).collect();
            let own = if own.is_empty() {
                "nothing in particular".to_owned()
            } else {
                words::and(&own)
            };
            let wanted = route.audience.as_ref().map_or("", |a| a.as_str());
            format!("the token is meant for {own}, and the route takes tokens for {wanted}")
        }
        ("insufficient_scope", Who::Token { scope, .. }, Some(route)) => {
            let lacking: Vec<String> = route
                .lacking(scope)
                .map(|token| format!("`{token}`"))
                .collect();
            format!("the token lacks the scope {}", words::and(&lacking))
        }
        ("rule_unmet", _, _) => {
            let who = question.subject().unwrap_or("a client by itself");
            format!("no rule of `require` fits {who}")
        }
        ("login_too_old", _, _) => again(
            question,
            status,
            &format!(
                "signed in {} ago, which is longer than `max_auth_age`",
                words::lasting(question.signed_in)
            ),
        ),
        ("login_too_weak", _, _) => again(question, status, "has a login of none of the classes in `acr`"),
        ("other_network", _, _) => match question.header("cf-connecting-ip") {
            Some(address) => format!("the address {address} is in none of the `networks`"),
            None => "no address is known, so it is in none of the `networks`".to_owned(),
        },
        ("other_country", _, _) => match &question.country {
            Some(country) => format!("the country {country} is none of the `countries`"),
            None => "no country is known, so it is none of the `countries`".to_owned(),
        },
        ("unavailable", _, _) => {
            "a store does not answer, so nobody knows whether the token or the login counts (`on_outage = \"deny\"`)"
                .to_owned()
        }
        ("cross_site", _, _) => {
            "it comes from a page of another site: with a login, whatever changes something or opens a WebSocket is taken \
             only from this site's own pages"
                .to_owned()
        }
        (reason, _, _) => path_reason(question, reason).unwrap_or_else(|| detail(refusal)),
    }
}

/// Why another login is needed, and how it is asked for.
fn again(question: &Question, status: u16, why: &str) -> String {
    let then = if status == 303 {
        "the person is sent to the login, and comes back to this page"
    } else {
        "the answer says what login is needed"
    };
    match question.subject() {
        Some(subject) => format!("{subject} {why}: {then}"),
        None => "a client by itself has no login, and the route asks for one".to_owned(),
    }
}

/// Why a credential does not count, and what becomes of its request.
fn ended(inactive: Inactive, status: u16) -> String {
    let why = match inactive {
        Inactive::Revoked => "was revoked, or its login is over",
        Inactive::NotAccepted => {
            "is one of Postern's own, and this route takes those of other issuers alone"
        }
        Inactive::Foreign { issuer: None, .. } => "is of nobody whose tokens this route takes",
        Inactive::Foreign { .. } => "does not count, as its issuer has it",
        Inactive::NoRecord => "is known to no store: it was revoked long ago, or never issued",
        Inactive::Unsealable(Unsealable::Malformed) => "is not whole, or is of another kind",
        Inactive::Unsealable(Unsealable::UnknownKey) => {
            "was sealed with a key that is not in POSTERN_KEYS"
        }
        Inactive::Unsealable(Unsealable::Forged) => "has a seal that does not hold",
        Inactive::Unsealable(Unsealable::Expired) => "has expired",
    };
    if status == 303 {
        format!("the cookie {why}, so the person is sent to the login, and comes back to this page")
    } else {
        format!("what the request brings {why}")
    }
}

/// Where a person is led who is not logged in.
fn led(question: &Question, route: &Route) -> String {
    let is_elsewhere =
        Elsewhere::of(&route.issuer, path::origin(&question.url)) == Some(Elsewhere::Led);
    if is_elsewhere {
        format!(
            "nobody is logged in, and people log in at {} only: they are led to the same page there",
            route.issuer.as_str()
        )
    } else {
        "nobody is logged in, so the person is sent to the login, and comes back to this page"
            .to_owned()
    }
}

/// Why a path is refused, with the two readings that it has.
fn path_reason(question: &Question, reason: &str) -> Option<String> {
    let ambiguous = Ambiguous::ALL.into_iter().find(|a| a.as_str() == reason)?;
    let raw = path::split(&question.url).0;
    let (one, other) = readings::two(raw, ambiguous)?;
    Some(format!(
        "the path has two readings: some servers take it for `{one}`, others for `{other}`, and each could be another route"
    ))
}

/// What the answer tells a developer.
fn detail(refusal: &Refusal) -> String {
    let body = serde_json::from_str::<serde_json::Value>(&refusal.answer.body);
    let detail = body.ok().and_then(|body| {
        let detail = body
            .get("detail")?
            .as_str()?
            .trim_end_matches('.')
            .to_owned();
        let mut letters = detail.chars();
        let first = letters.next()?.to_lowercase();
        Some(format!("{first}{}", letters.as_str()))
    });
    detail.unwrap_or_else(|| refusal.reason.to_owned())
}
