//! What everyone, or whoever is signed in, may see of the site itself: for the pages, which lead back to it.

use super::access::Access;
use super::route::Route;
use crate::pages::{Brand, Home, Logo, icon};
use crate::protocol::{DisplayName, Issuer};

/// Whose pages people see.
pub(super) fn brand(
    issuer: &Issuer,
    name: Option<DisplayName>,
    logo: Option<Logo>,
    routes: &[Route],
) -> Brand {
    Brand {
        name: name.map_or_else(
            || Brand::default_name(issuer),
            |name| name.as_str().to_owned(),
        ),
        logo,
        home: home(routes),
        has_icon: has_icon(routes),
    }
}

/// Who may see the front page.
fn home(routes: &[Route]) -> Home {
    match access(routes, "/") {
        Some(Access::Public) => Home::Open,
        Some(Access::Session | Access::Any) => Home::SignedIn,
        Some(Access::Token | Access::Deny) | None => Home::Closed,
    }
}

/// Whether a public route fits the icon for which browsers ask by themselves.
fn has_icon(routes: &[Route]) -> bool {
    access(routes, icon::WELL_KNOWN) == Some(Access::Public)
}

/// What a GET for `path` needs, by the rule of the gate: the first pattern that matches decides, and among the routes
/// with that pattern the method.
pub(super) fn access(routes: &[Route], path: &str) -> Option<Access> {
    let first = routes.iter().find(|route| route.pattern.matches(path))?;
    let reads = |route: &&Route| {
        let methods = route.methods.as_ref();
        methods.is_none_or(|all| all.iter().any(|method| method == "GET"))
    };
    let mut group = routes.iter().filter(|one| one.pattern == first.pattern);
    group.find(reads).map(|route| route.access)
}
