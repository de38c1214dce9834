//! Whether the rules of routes and of `scopes_for` could ever be met.
//!
//! Job: each claim that a rule looks at must be kept of somebody, and each class of logins be said by somebody.

use super::access::Access;
use super::issuer::Issuer;
use super::provider::Provider;
use super::require::Require;
use super::routes::Routes;
use super::rule::{GOOGLE, Rule, Test};
use super::scopes_for::ScopesFor;
use super::table::{Problems, Read, listed};
use crate::protocol::introspection;

/// What a record has by itself, for a rule to look at.
const OF_RECORD: [&str; 7] = ["sub", "username", "client_id", "acr", "amr", "scope", "iss"];

/// What gives people their claims.
struct Sources<'a> {
    providers: &'a [Provider],
    issuers: &'a [Issuer],
}

/// Reports each rule that could never fit, as far as what it depends on could be read.
pub(super) fn check(
    routes: &Read<Routes>,
    scopes_for: &Read<ScopesFor>,
    providers: &Read<Vec<Provider>>,
    issuers: &Read<Vec<Issuer>>,
    problems: &mut Problems,
) -> Read<()> {
    let (Ok(Routes { routes, tried }), Ok(scopes_for), Ok(providers), Ok(issuers)) =
        (routes, scopes_for, providers, issuers)
    else {
        return Ok(());
    };
    let sources = &Sources { providers, issuers };
    let mut fits = Ok(());
    for route in if tried.is_empty() { routes } else { tried } {
        let Some(rules) = &route.rules else { continue };
        let path = format!("routes[{}]", route.place);
        if !rules.acr.is_empty() && sources.providers.is_empty() && sources.issuers.is_empty() {
            let message = "can't be met: a login with a password here has no `acr`, so add a `[[providers]]` or \
                           `[[issuers]]` that says it, or leave it out";
            fits = Err(problems.add(format!("{path}.acr"), message));
        }
        if let Some(require) = &rules.require {
            let unknown: &[&str] = if route.access == Access::Session {
                &["client_id", "scope"]
            } else {
                &[]
            };
            let path = format!("{path}.require");
            fits = fits.and(check_require(&path, require, unknown, sources, problems));
        }
    }
    for (at, one) in scopes_for.all().iter().enumerate() {
        let path = format!("scopes_for[{at}].require");
        let unknown = ["client_id", "scope"];
        fits = fits.and(check_require(
            &path,
            &one.require,
            &unknown,
            sources,
            problems,
        ));
    }
    fits
}

fn check_require(
    path: &str,
    require: &Require,
    unknown: &[&str],
    sources: &Sources<'_>,
    problems: &mut Problems,
) -> Read<()> {
    let mut fits = Ok(());
    for (place, rule) in require.rules() {
        let claims = std::iter::once((rule.claim.as_str(), "claim"));
        let tenant = rule.tenant.as_ref().map(|_| ("tid", "tenant"));
        for (claim, key) in claims.chain(tenant) {
            if let Some(message) = wrong(claim, rule, unknown, sources) {
                fits = Err(problems.add(format!("{path}{place}.{key}"), message));
            }
        }
    }
    fits
}

/// Why no claim of this name could ever fit.
fn wrong(claim: &str, rule: &Rule, unknown: &[&str], sources: &Sources<'_>) -> Option<String> {
    if unknown.contains(&claim) {
        return Some("is not a claim of a login: write a rule about the person".to_owned());
    }
    let kept = |claim: &str| {
        let mut of_providers = sources.providers.iter().flat_map(|one| &one.claims);
        let mut of_issuers = sources.issuers.iter().flat_map(|one| &one.claims);
        of_providers.any(|one| one == claim) || of_issuers.any(|one| one == claim)
    };
    if !OF_RECORD.contains(&claim) && !kept(claim) {
        return Some(if introspection::MEMBERS.contains(&claim) {
            format!(
                "is not a claim that a rule can look at: write one of {}",
                listed(&OF_RECORD)
            )
        } else {
            format!(
                "is a claim that nothing keeps: add `{claim}` to `claims` of the `[[providers]]` or `[[issuers]]` whose people have it"
            )
        });
    }
    if claim == "email" && matches!(rule.test, Test::Domain(_)) {
        let mut providers = sources.providers.iter().enumerate();
        let lacks_hd = |(_, one): &(usize, &Provider)| {
            one.issuer.as_str() == GOOGLE
                && one.claims.iter().any(|claim| claim == "email")
                && !one.claims.iter().any(|claim| claim == "hd")
        };
        if let Some((at, _)) = providers.find(lacks_hd) {
            return Some(format!(
                "needs `hd` too, because a Google account may have an address at any domain: add `hd` to `claims` of \
                 providers[{at}]"
            ));
        }
    }
    None
}
