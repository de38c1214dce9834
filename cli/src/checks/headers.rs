//! What an allow list names must be able to reach the origin.

use postern::config::{HeaderPattern, Route};
use postern::gate::forward::should_strip;

use crate::findings::Findings;

/// Finds names that no route passes on.
pub fn check(routes: &[Route], findings: &mut Findings) {
    for route in routes {
        let at = route.place;
        for (index, pattern) in route.headers.iter().flatten().enumerate() {
            let (HeaderPattern::Name(name) | HeaderPattern::Family(name)) = pattern;
            if should_strip(name) {
                findings.config_error(
                    format!("routes[{at}].headers[{index}]"),
                    format!(
                        "`{name}` stops on every route, because an origin could take a client's word for another \
                         gate's or another proxy's: leave it out"
                    ),
                );
            }
        }
    }
}
