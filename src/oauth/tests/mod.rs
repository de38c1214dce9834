//! The endpoints, from request to answer, against stores that fail and lag.

mod authorization_code;
mod authorize;
mod client_auth;
mod consent;
mod cors;
mod introspect;
mod introspect_foreign;
mod metadata;
mod paths;
mod refresh_token;
mod revoke;
mod scopes_for;
mod token;
mod userinfo;

use std::time::Duration;

use base64ct::{Base64, Encoding};
use futures_executor::block_on;
use serde_json::Value;

use super::{Endpoint, answer, endpoint};
use crate::config::glob::Glob;
use crate::config::{
    Accept, Access, Client, Config, Introspect, OnOutage, Origin, Preflight, Route,
};
use crate::fakes::Fakes;
use crate::fixtures::config::{ISSUER, SECRET, client, digest_of, keys};
use crate::fixtures::{self, Headers};
use crate::protocol::{Answer, Body, Request, Scope};
use crate::resolve::Resolver;
use crate::token::{KeyRing, SigningRing};

const ORDERS: &str = "https://api.example.com/orders";
const USERS: &str = "https://api.example.com/users";

struct World {
    config: Config,
    resolver: Resolver<()>,
    fakes: Fakes,
}

fn isolate() -> Resolver<()> {
    Resolver::new(keys(), 1 << 20, [7; 16], crate::fixtures::A_LONG_LIFE)
}

/// `reports` and `other` get tokens; `bare` gets some without scope or audience; `gateway` and
/// `orders` only introspect, the latter tokens for its own audience.
fn clients() -> Vec<Client> {
    let only = |introspect| Client {
        grants: Vec::new(),
        introspect,
        ..client("gateway")
    };
    vec![
        client("reports"),
        client("other"),
        Client {
            scope: Scope::default(),
            audiences: Vec::new(),
            ..client("bare")
        },
        only(Introspect::All),
        Client {
            id: "orders".parse().unwrap(),
            secret_digests: client("orders").secret_digests,
            scope: "orders:write".parse().unwrap(),
            ..only(Introspect::Audiences(vec![ORDERS.parse().unwrap()]))
        },
    ]
}

fn route(audience: Option<&str>, scope: &str) -> Route {
    Route {
        place: 0,
        pattern: Glob::new("/*"),
        methods: None,
        access: Access::Token,
        scope: scope.parse().unwrap_or_default(),
        audience: audience.map(|a| a.parse().unwrap()),
        max_staleness: Duration::from_secs(5),
        on_outage: OnOutage::Deny,
        cut_streams: false,
        keep: false,
        paths: crate::config::Paths::Unambiguous,
        passes_authorization: false,
        accept: Accept::OWN,
        token_from: None,
        headers: None,
        identity: crate::config::Identity::default(),
        assertion: None,
        origin: Some(Origin::Assets),
        preflight: Preflight::Refuse,
        cors_origins: Vec::new(),
        rate_limit: None,
        rules: None,
        role: crate::config::Role::Decides,
    }
}

fn config() -> Config {
    Config {
        clients: clients().into(),
        ..fixtures::config::config()
    }
}

fn world() -> World {
    World {
        config: config(),
        resolver: isolate(),
        fakes: Fakes::default(),
    }
}

/// The `Authorization` header of a client.
fn basic(client: &str) -> String {
    basic_with(client, &format!("{client}{SECRET}"))
}

fn basic_with(id: &str, secret: &str) -> String {
    let encoded = Base64::encode_string(format!("{id}:{secret}").as_bytes());
    format!("Basic {encoded}")
}

fn form_request<'a>(path: &'a str, authorization: Option<&'a str>, form: &str) -> Request<'a> {
    Request {
        method: "POST",
        origin: ISSUER,
        path,
        query: None,
        authorization,
        content_type: Some("application/x-www-form-urlencoded"),
        body: Body::of(form.as_bytes().to_vec()),
        sender: &Headers(&[]),
    }
}

impl World {
    fn send(&self, request: Request<'_>) -> Answer {
        self.send_to(&self.resolver, request)
    }

    fn send_to(&self, isolate: &Resolver<()>, request: Request<'_>) -> Answer {
        let endpoint = endpoint(request.path).expect("tests send to endpoints");
        block_on(answer(
            endpoint,
            request,
            &self.config,
            isolate,
            &self.fakes,
        ))
    }

    fn get(&self, path: &str) -> Answer {
        self.get_at(ISSUER, path)
    }

    /// At another address of the Worker's.
    fn get_at(&self, origin: &str, path: &str) -> Answer {
        self.send(Request {
            method: "GET",
            origin,
            path,
            query: None,
            authorization: None,
            content_type: None,
            body: Body::None,
            sender: &Headers(&[]),
        })
    }

    /// Posts a form as `client`, with its credential in the header.
    fn post(&self, endpoint: Endpoint, client: &str, form: &str) -> Answer {
        self.send(form_request(endpoint.path(), Some(&basic(client)), form))
    }

    /// A token of `client`, just issued.
    fn token(&self, client: &str) -> String {
        let answer = self.post(Endpoint::Token, client, "grant_type=client_credentials");
        assert_eq!(answer.status, 200, "{}", answer.body);
        json(&answer)["access_token"].as_str().unwrap().to_owned()
    }

    fn introspect(&self, caller: &str, token: &str) -> Answer {
        self.post(Endpoint::Introspect, caller, &format!("token={token}"))
    }

    fn revoke(&self, client: &str, token: &str) -> Answer {
        self.post(Endpoint::Revoke, client, &format!("token={token}"))
    }

    /// Whether a strong check in an isolate that knows nothing yet lets this token through.
    fn counts_elsewhere(&self, token: &str) -> bool {
        let form = format!("token={token}");
        let authorization = basic("gateway");
        let request = form_request("/oauth/introspect", Some(&authorization), &form);
        let answer = self.send_to(&isolate(), request);
        assert_eq!(answer.status, 200, "{}", answer.body);
        json(&answer)["active"].as_bool().unwrap()
    }

    fn last_event(&self) -> Value {
        let events = self.fakes.events();
        serde_json::from_str(events.last().expect("an event was logged")).unwrap()
    }
}

/// What the token and revocation endpoints answer where something did not answer them.
fn unavailable() -> Answer {
    Endpoint::Token.readable(Answer::unavailable())
}

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

/// Asserts that this is an error as RFC 6749 section 5.2 writes it, and kept by no one.
#[track_caller]
fn assert_error(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    let body = json(answer);
    assert_eq!(body["error"], code);
    let description = body["error_description"].as_str().unwrap();
    // RFC 6749 section 5.2: %x20-21 / %x23-5B / %x5D-7E.
    let fits = |b: u8| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(description.bytes().all(fits), "{description}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let challenged = answer.header("www-authenticate").is_some();
    assert_eq!(challenged, status == 401);
    assert_eq!(answer.header("retry-after").is_some(), status == 503);
}

/// From now on these keys sign, the first one alone.
fn sign_with(world: &mut World, keys: &[(u8, u8)]) {
    let pairs = keys
        .iter()
        .map(|(id, byte)| KeyRing::write_pair(*id, &[*byte; 32]));
    let ring = SigningRing::parse(&pairs.collect::<Vec<_>>().join(","));
    world.config.signing = Some(ring.unwrap());
}
