//! Words for what the configuration says.

use crate::config::{Identity, IdentityHeader, LimitedBy, Origin, RateLimit, Route};

/// In which headers an origin is told who is there.
pub(super) fn told(identity: &Identity) -> String {
    let header = |header: &IdentityHeader| format!("{} ({})", header.name, header.fact);
    match identity.headers() {
        [] => "no header says who is there".to_owned(),
        headers => and(&headers.iter().map(header).collect::<Vec<_>>()),
    }
}

/// For whom an origin gets a signed statement.
pub(super) fn signed(route: &Route) -> String {
    match &route.assertion {
        None => "no signed statement".to_owned(),
        Some(assertion) => format!("a signed statement for {}", assertion.audience),
    }
}

/// `a`, `b` and `c`.
pub(super) fn and<S: AsRef<str>>(words: &[S]) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// Where requests go, as it is configured.
pub(super) fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Assets => "assets".to_owned(),
        Origin::Service(binding) => format!("service:{binding}"),
        Origin::Through { binding, url } => format!("service:{binding} ({url})"),
        Origin::Url(url) => url.clone(),
        Origin::Zone => "zone".to_owned(),
        Origin::App => "app".to_owned(),
    }
}

/// A duration in seconds, as people say it.
pub(super) fn lasting(seconds: u64) -> String {
    let (number, unit) = match seconds {
        s if s >= 86_400 && s % 86_400 == 0 => (s / 86_400, "day"),
        s if s >= 3_600 && s % 3_600 == 0 => (s / 3_600, "hour"),
        s if s >= 60 && s % 60 == 0 => (s / 60, "minute"),
        s => (s, "second"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

/// What a rate limit does.
pub(super) fn limited(limit: &RateLimit) -> String {
    let RateLimit {
        binding,
        by,
        limit,
        period,
    } = limit;
    let whose = match by {
        LimitedBy::Subject => "the same subject",
        LimitedBy::Client => "the same client",
        LimitedBy::Token => "the same token or login",
        LimitedBy::Address => "the same address",
    };
    format!(
        "`{binding}` lets about {limit} requests of {whose} through in {} at each location; one more gets 429",
        lasting(u64::from(*period))
    )
}
