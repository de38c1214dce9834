//! What people see and do, against stores that fail and with another provider in memory.

mod admin;
mod admin_foreign;
mod answers;
mod backchannel;
mod callback;
mod foreign;
mod global_revocation;
mod led_on;
mod login;
mod logout;
mod paths;
mod refused_events;
mod security_events;
mod sessions;
mod step_up;

use std::cell::RefCell;
use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

use crate::config::{Allow, Provider};
use crate::fakes::Fakes;
use crate::fakes::world::{Browser, World, hidden, location};
use crate::ports::{Clock, HttpRequest, HttpResponse};
use crate::protocol::{Answer, Form};
use crate::secret::Secret;

const IDP: &str = "https://id.example.com";
const LOGIN: &str = "/_postern/login";
const LOGOUT: &str = "/_postern/logout";
const SESSIONS: &str = "/_postern/sessions";

/// A provider of this name.
fn provider(id: &str) -> Provider {
    Provider {
        id: id.parse().unwrap(),
        name: id.to_uppercase().parse().ok(),
        issuer: IDP.parse().unwrap(),
        client_id: "postern".to_owned(),
        client_secret: Some(Secret::new("pr0vider-s3cret".to_owned())),
        scope: "openid".parse().unwrap(),
        subject: "sub".to_owned(),
        subject_prefix: format!("{id}:"),
        username: None,
        claims: vec!["team".to_owned()],
        allow: Allow::Anyone,
        userinfo: false,
        form_post: false,
        logout: true,
    }
}

/// A site whose people log in at `acme`, a provider that does what a test tells it to.
struct Site {
    world: World,
    /// Its answer to a code: status and body.
    token: Rc<RefCell<(u16, String)>>,
    /// Whether it has a logout endpoint.
    has_logout: Rc<RefCell<bool>>,
}

impl std::ops::Deref for Site {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

fn jwk() -> Value {
    json!({ "kty": "RSA", "n": "A".repeat(342), "e": "AQAB" })
}

impl Site {
    /// Without accounts, so that there is only one way to log in.
    fn new() -> Self {
        let mut world = World::new();
        world.config.accounts = crate::accounts::Roster::default();
        world.config.providers = vec![provider("acme")];
        let token = Rc::new(RefCell::new((200, String::new())));
        let has_logout = Rc::new(RefCell::new(true));
        let (answer, logout) = (Rc::clone(&token), Rc::clone(&has_logout));
        world.fakes.set_provider(move |request: &HttpRequest| {
            let (status, body) = match request.url.strip_prefix(IDP).unwrap() {
                "/.well-known/openid-configuration" => {
                    let mut document = json!({
                        "issuer": IDP,
                        "authorization_endpoint": format!("{IDP}/authorize"),
                        "token_endpoint": format!("{IDP}/token"),
                        "jwks_uri": format!("{IDP}/jwks"),
                    });
                    if *logout.borrow() {
                        document["end_session_endpoint"] = json!(format!("{IDP}/logout"));
                    }
                    (200, document.to_string())
                }
                "/.well-known/ssf-configuration" => {
                    let jwks = format!("{IDP}/jwks");
                    (200, json!({ "issuer": IDP, "jwks_uri": jwks }).to_string())
                }
                "/jwks" => (200, json!({ "keys": [jwk()] }).to_string()),
                "/token" => answer.borrow().clone(),
                other => panic!("{other}"),
            };
            HttpResponse {
                status,
                max_age: None,
                body: Secret::new(body.into_bytes()),
            }
        });
        Self {
            world,
            token,
            has_logout,
        }
    }

    fn sign(claims: &Value) -> String {
        Self::sign_as(&json!({ "alg": "RS256" }), claims)
    }

    fn sign_as(header: &Value, claims: &Value) -> String {
        let encode = |text: String| Base64UrlUnpadded::encode_string(text.as_bytes());
        let header = encode(header.to_string());
        let signed = format!("{header}.{}", encode(claims.to_string()));
        let signature = Fakes::sign(&jwk().to_string(), signed.as_bytes());
        format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature))
    }

    /// Goes to the provider; the parameters of the request to it.
    fn begin(&self, browser: &Browser, return_to: &str) -> Form {
        let target = format!("{LOGIN}?return_to={return_to}");
        let (url, asked) = location(&self.get(browser, &target));
        assert_eq!(url, format!("{IDP}/authorize"));
        asked
    }

    /// From now on it gives an ID token with these claims beside the good ones.
    fn give(&self, asked: &Form, more: &Value) -> String {
        let now = self.fakes.now().seconds();
        let mut claims = json!({
            "iss": IDP, "aud": "postern", "sub": "7", "iat": now, "exp": now + 300,
            "nonce": asked.get("nonce"), "sid": "s-1",
        });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let id_token = Self::sign(&claims);
        let body = json!({ "id_token": id_token, "access_token": "x", "token_type": "Bearer" });
        *self.token.borrow_mut() = (200, body.to_string());
        id_token
    }

    /// Comes back with the provider's answer.
    fn come_back(&self, browser: &Browser, asked: &Form, query: &str) -> Answer {
        let state = asked.get("state").unwrap();
        self.get(
            browser,
            &format!("/_postern/callback?state={state}&{query}"),
        )
    }

    /// A browser in which `acme:7` has logged in, and the ID token of that login.
    fn person(&self, more: &Value) -> (Browser, String) {
        let browser = Browser::default();
        let asked = self.begin(&browser, "/");
        let id_token = self.give(&asked, more);
        let answer = self.come_back(&browser, &asked, "code=c0de");
        assert_eq!(answer.status, 303, "{}", answer.body);
        (browser, id_token)
    }
}

/// Sends in the form of the page at `path`.
fn send_form(world: &World, browser: &Browser, path: &str, more: &[(&str, &str)]) -> Answer {
    let token = hidden(&world.get(browser, path), "form_token");
    let mut form = vec![("form_token", token.as_str())];
    form.extend_from_slice(more);
    world.submit(browser, path, &form)
}
