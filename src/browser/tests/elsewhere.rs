//! People who come to another address than the issuer's.

use crate::browser::Elsewhere;

use Elsewhere::{Apart, Led};

#[test]
fn where_people_go() {
    let (site, local) = ("https://a.example", "http://localhost:8787");
    for (issuer, origin, expected) in [
        (site, "https://a.example", None),
        (site, "https://A.Example", None),
        (site, "http://a.example", Some(Led)),
        (site, "https://a.example:444", Some(Led)),
        (site, "https://b.a.example", Some(Led)),
        (site, "https://localhost.example", Some(Led)),
        (site, "http://localhost:8787", Some(Apart)),
        (site, "http://LOCALHOST", Some(Apart)),
        (site, "http://127.0.0.1:1", Some(Apart)),
        (site, "http://[::1]:1", Some(Apart)),
        (local, "http://localhost:8787", None),
        (local, "http://localhost", Some(Led)),
        (local, "http://127.0.0.1:8787", Some(Led)),
        (local, "https://a.example", Some(Apart)),
        // A URL that the platform could not make.
        (site, "", Some(Led)),
    ] {
        let found = Elsewhere::of(&issuer.parse().unwrap(), origin);
        assert_eq!(found, expected, "{issuer} {origin}");
    }
}
