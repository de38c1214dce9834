//! The paths of the endpoints.

use crate::people::{Endpoint, endpoint};

#[test]
fn paths_are_compared_exactly() {
    for found in [
        Endpoint::Login,
        Endpoint::Callback,
        Endpoint::Logout,
        Endpoint::Sessions,
        Endpoint::Admin,
        Endpoint::Style,
    ] {
        assert_eq!(endpoint(found.path()), Some(found));
        assert_eq!(endpoint(&format!("{}/", found.path())), None);
        assert_eq!(endpoint(&found.path().to_ascii_uppercase()), None);
    }
    assert_eq!(
        endpoint("/_postern/backchannel/idp"),
        Some(Endpoint::Backchannel)
    );
    assert_eq!(endpoint("/_postern/backchannel"), None);
    assert_eq!(endpoint("/_postern/health"), None);
    assert_eq!(endpoint("/login"), None);
}
