//! What real issuers send: the members that matter, with other values.

use super::*;

/// An issuer of this URL whose tokens are for `audience`, with the rights in `scope_claim`.
fn world(url: &str, audience: &str, scope_claim: &str) -> World {
    World::with(|issuer| {
        issuer.issuer = url.parse().unwrap();
        issuer.audiences = vec![audience.to_owned()];
        issuer.scope_claims = vec![scope_claim.to_owned()];
    })
}

/// What becomes of this token. Its times are good.
fn read(
    world: &mut World,
    header: Value,
    mut claims: Value,
) -> Result<Foreign, Failure<JwtRefusal>> {
    world.header = header;
    claims["iss"] = json!(world.url());
    claims["iat"] = json!(START.seconds());
    claims["exp"] = json!(START.seconds() + 300);
    world.read(&world.sign(&claims, &key("RS256", "k1")))
}

/// Subject, client and scope.
fn told(foreign: &Foreign) -> (String, String, String) {
    let record = &foreign.record;
    (
        record.subject.clone(),
        record.client_id.to_string(),
        record.scope.to_string(),
    )
}

fn is_told(found: Result<Foreign, Failure<JwtRefusal>>, subject: &str, client: &str, scope: &str) {
    let expected = (subject.to_owned(), client.to_owned(), scope.to_owned());
    assert_eq!(told(&found.unwrap()), expected);
}

fn plain() -> Value {
    json!({ "alg": "RS256", "kid": "k1", "typ": "JWT" })
}

#[test]
fn auth0() {
    let mut world = world("https://acme.eu.auth0.com/", API, "scope");
    let person = json!({
        "sub": "auth0|1", "aud": [API, "https://acme.eu.auth0.com/userinfo"],
        "azp": "abc", "scope": "openid orders:read",
    });
    is_told(
        read(&mut world, plain(), person),
        "acme:auth0|1",
        "acme:abc",
        "openid orders:read",
    );
    let program =
        json!({ "sub": "abc@clients", "aud": API, "gty": "client-credentials", "azp": "abc" });
    is_told(
        read(&mut world, plain(), program),
        "acme:abc@clients",
        "acme:abc",
        "",
    );
    let id_token = json!({ "sub": "auth0|1", "aud": "abc", "nonce": "n", "sid": "s" });
    refused(read(&mut world, plain(), id_token), JwtRefusal::Type);
}

#[test]
fn keycloak() {
    let mut world = world("https://sso.example.com/realms/acme", API, "scope");
    let access = |version: &str| {
        let mut claims = json!({
            "typ": "Bearer", "azp": "web", "sub": "f00", "aud": [API, "account"], "sid": "s1", "acr": "1",
            "scope": "email profile", "preferred_username": "ann", "email_verified": true,
            "realm_access": { "roles": ["staff"] },
        });
        if version == "23" {
            claims["nonce"] = json!("n");
        }
        claims
    };
    for version in ["23", "26"] {
        let found = read(&mut world, plain(), access(version));
        assert_eq!(
            found.as_ref().unwrap().record.username.as_deref(),
            Some("ann")
        );
        is_told(found, "acme:f00", "acme:web", "email profile");
    }
    for (kind, more) in [
        ("ID", "at_hash"),
        ("Refresh", "x"),
        ("Logout", "x"),
        ("Offline", "x"),
    ] {
        let claims = json!({ "typ": kind, "azp": "web", "sub": "f00", "aud": API, more: "h" });
        refused(read(&mut world, plain(), claims), JwtRefusal::Type);
    }
}

#[test]
fn okta() {
    let mut world = world(
        "https://acme.okta.com/oauth2/default",
        "api://default",
        "scp",
    );
    let header = json!({ "alg": "RS256", "kid": "k1" });
    let access = json!({
        "ver": 1, "aud": "api://default", "cid": "0oa1", "uid": "00u1", "scp": ["openid", "orders:read"],
        "auth_time": START.seconds(), "sub": "ann@example.com",
    });
    let found = read(&mut world, header.clone(), access);
    is_told(
        found,
        "acme:ann@example.com",
        "acme:0oa1",
        "openid orders:read",
    );
    let id_token = json!({ "ver": 1, "aud": "0oa1", "sub": "00u1", "at_hash": "h", "idp": "00o1" });
    refused(read(&mut world, header, id_token), JwtRefusal::Type);
}

const TENANT: &str = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";

#[test]
fn entra_in_both_versions_of_its_tokens() {
    let id = "11111111-2222-3333-4444-555555555555";
    for (version, url, client) in [
        (
            "2.0",
            format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
            "azp",
        ),
        ("1.0", format!("https://sts.windows.net/{TENANT}/"), "appid"),
    ] {
        let mut world = World::with(|issuer| {
            issuer.issuer = url.parse().unwrap();
            issuer.audiences = vec![id.to_owned(), format!("api://{id}")];
            issuer.scope_claims = vec!["scp".to_owned(), "roles".to_owned()];
            issuer.subject = "oid".to_owned();
        });
        let acr = if version == "2.0" {
            "azpacr"
        } else {
            "appidacr"
        };
        let access = |more: (&str, Value)| {
            let mut claims = json!({
                "aud": id, client: "app1", acr: "1", "oid": "o1", "sub": "pairwise", "tid": TENANT, "ver": version,
            });
            claims[more.0] = more.1;
            claims
        };
        let person = access(("scp", json!("Orders.Read")));
        is_told(
            read(&mut world, plain(), person.clone()),
            "acme:o1",
            "acme:app1",
            "Orders.Read",
        );
        let program = access(("roles", json!(["Orders.Read.All"])));
        is_told(
            read(&mut world, plain(), program),
            "acme:o1",
            "acme:app1",
            "Orders.Read.All",
        );
        // An ID token of an application that is its own API.
        let id_token = json!({
            "aud": id, "oid": "o1", "sub": "p", "tid": TENANT, "ver": version, "roles": ["x"], "name": "Ann",
        });
        refused(read(&mut world, plain(), id_token), JwtRefusal::Type);
        // Entra says of each key for which issuer it is.
        for (of, fits) in [
            ("https://login.microsoftonline.com/{tenantid}/v2.0", true),
            (world.url(), true),
            (
                "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
                false,
            ),
            ("https://evil.example/{tenantid}/v2.0", false),
        ] {
            let mut k1 = key("RS256", "k1");
            k1["issuer"] = json!(of);
            let mut fresh = World::with(|issuer| *issuer = world.known.get(0).unwrap().clone());
            fresh.publish(&[k1]);
            let found = read(&mut fresh, plain(), person.clone());
            assert_eq!(found.is_ok(), fits, "{of}");
        }
    }
}

#[test]
fn zitadel() {
    let mut world = world(
        "https://acme.zitadel.cloud",
        "project1",
        "urn:zitadel:iam:org:project:roles",
    );
    let access = json!({
        "sub": "163", "aud": ["client1", "project1"], "client_id": "client1", "jti": "j",
        "urn:zitadel:iam:org:project:roles": { "admin": { "1": "acme.zitadel.cloud" } },
    });
    let header = json!({ "alg": "RS256", "kid": "k1", "typ": "JWT" });
    is_told(
        read(&mut world, header.clone(), access),
        "acme:163",
        "acme:client1",
        "admin",
    );
    let id_token = json!({
        "sub": "163", "aud": ["client1", "project1"], "azp": "client1", "client_id": "client1", "at_hash": "h",
        "amr": ["pwd"],
    });
    refused(read(&mut world, header, id_token), JwtRefusal::Type);
}

#[test]
fn a_standard_one() {
    // The example of RFC 9068 section 2.2.
    let mut world = world(
        "https://authorization-server.example.com/",
        "https://rs.example.com/",
        "scope",
    );
    let header = json!({ "typ": "at+JWT", "alg": "RS256", "kid": "k1" });
    let claims = json!({
        "sub": "5ba552d67", "aud": "https://rs.example.com/", "jti": "dbe39bf3a3ba4238a513f51d6e1691c4",
        "client_id": "s6BhdRkqt3", "scope": "openid profile reademail",
    });
    is_told(
        read(&mut world, header, claims),
        "acme:5ba552d67",
        "acme:s6BhdRkqt3",
        "openid profile reademail",
    );
}
