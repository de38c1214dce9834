//! What an identity provider says, or someone in its place.

use std::cell::LazyCell;

use base64ct::{Base64UrlUnpadded, Encoding};
use futures_executor::block_on;
use postern::config::Provider;
use postern::jose::Failure;
use postern::protocol::web_url::encode;
use postern::protocol::{Form, Issuer, Prompt, WebUrl};
use postern::provider::{Ask, KnownProviders, LoginState, LogoutOf, LogoutRefusal, Person};
use postern::time::Time;
use serde_json::{Map, Value};

use super::{configuration, sealed};
use crate::Outcome;
use crate::input::text;
use crate::provider_world::{ISSUER, NOW, World, keys, signature, signed};

const HEADER: &str = r#"{"alg":"RS256","kid":"a"}"#;

thread_local! {
    static PROVIDER: LazyCell<Provider> = LazyCell::new(|| configuration::example().providers.remove(0));
}

fn provider() -> Provider {
    PROVIDER.with(|provider| Provider::clone(provider))
}

fn issuer() -> Issuer {
    sealed::ISSUER.parse().expect("an issuer")
}

fn logged_out(world: &World, token: &str) -> Result<LogoutOf, Failure<LogoutRefusal>> {
    block_on(KnownProviders::new().logout_token(&provider(), token, world))
}

/// What a login comes to, whose ID token this is.
fn login(world: &World, ask: &Ask<'_>) -> Option<Person> {
    login_with(world, provider(), ask)
}

fn login_with(world: &World, provider: Provider, ask: &Ask<'_>) -> Option<Person> {
    let (known, issuer) = (KnownProviders::new(), issuer());
    let begun = block_on(known.begin(&provider, &issuer, ask, world));
    let (_, state) = begun.ok()?;
    let query = encode(&[("state", &state.state()), ("code", "the code")]);
    let form = Form::parse(query.as_bytes()).expect("it is a form");
    let providers = [provider];
    block_on(known.finish(&providers, &issuer, &form, &state, world)).ok()
}

/// The claims of a token, as anyone can read them.
fn claims(token: &str) -> Map<String, Value> {
    let claims = token.split('.').nth(1).expect("it has claims");
    let claims = Base64UrlUnpadded::decode_vec(claims).expect("they are base64url");
    serde_json::from_slice(&claims).expect("they are an object")
}

/// What holds for the claims of every token that is taken.
fn check_claims(claims: &Map<String, Value>) {
    assert_eq!(claims["iss"], ISSUER);
    let audiences = match &claims["aud"] {
        Value::Array(audiences) => audiences.clone(),
        audience => vec![audience.clone()],
    };
    assert!(audiences.contains(&Value::from("postern")), "{audiences:?}");
    let party = claims.get("azp").unwrap_or(&Value::Null);
    assert!(party.is_null() || party == "" || party == "postern");
    let now = seconds(NOW.seconds());
    assert!(time(claims, "exp").is_none_or(|at| at > now));
    assert!(time(claims, "nbf").is_none_or(|at| at <= now + 60.0));
    let issued_at = time(claims, "iat").expect("it says when it was issued");
    // What is smaller than a millisecond is dropped.
    assert!((now - 600.001..=now + 60.001).contains(&issued_at));
}

fn seconds(whole: u64) -> f64 {
    f64::from(u32::try_from(whole).expect("it is this century"))
}

/// The time of a claim, read by another reader of numbers than Postern's.
fn time(claims: &Map<String, Value>, name: &str) -> Option<f64> {
    let value = claims.get(name).filter(|value| !value.is_null())?;
    let number = value.as_number().expect("it is a time");
    Some(number.to_string().parse().expect("it is a number"))
}

fn check_logout(claims: &Map<String, Value>, logout: &LogoutOf) {
    check_claims(claims);
    assert!(claims["events"]["http://schemas.openid.net/event/backchannel-logout"].is_object());
    assert!(
        claims.get("nonce").is_none_or(Value::is_null),
        "an ID token logs somebody out"
    );
    assert!(claims.contains_key("jti"));
    let text = |name: &str| {
        let text = claims.get(name).and_then(Value::as_str);
        text.filter(|text| !text.is_empty())
    };
    let subject = text("sub").map(|subject| format!("acme:{subject}"));
    assert_eq!(logout.subject, subject);
    assert_eq!(logout.provider_session.is_some(), text("sid").is_some());
    assert!(logout.subject.is_some() || logout.provider_session.is_some());
    assert!(logout.expires > NOW, "a token that is over is taken");
}

/// Any text, as a token.
pub fn jwt(bytes: &[u8]) -> Outcome {
    let token = text(bytes);
    let world = World::new();
    let outcome = logged_out(&world, &token);
    // A token that is not taken apart asks for no signature, and one token for few.
    assert!(world.verified_with.borrow().len() <= 8);
    if let Ok(logout) = &outcome {
        let (signed, given) = token.rsplit_once('.').expect("it has a signature");
        let given = Base64UrlUnpadded::decode_vec(given).expect("it is base64url");
        assert_eq!(
            given,
            signature(signed.as_bytes()),
            "a token that nobody signed is taken"
        );
        assert!(token.len() <= 32 * 1024);
        check_logout(&claims(&token), logout);
    }
    assert!(
        !matches!(outcome, Err(Failure::Unavailable(_))),
        "a token makes the provider unavailable"
    );
    Outcome::of(outcome.is_ok())
}

const LOGOUT: &str = r#"{"iss":"https://id.example.com","aud":"postern","iat":999990,"exp":1000100,"jti":"7",
    "events":{"http://schemas.openid.net/event/backchannel-logout":{}},"sub":"ann","sid":"s"}"#;

pub fn jwt_seeds() -> Vec<Vec<u8>> {
    let headers = [
        HEADER,
        r#"{"alg":"ES256","typ":"logout+jwt"}"#,
        r#"{"alg":"none"}"#,
        r#"{"alg":"HS256"}"#,
        r#"{"alg":"EdDSA","kid":"b","crit":["x"]}"#,
        r#"{"alg":"EdDSA","kid":"c"}"#,
    ];
    let tokens = headers.map(|header| signed(header, LOGOUT.as_bytes()).into_bytes());
    tokens
        .into_iter()
        .chain([b"a.b.c".to_vec(), b"e30.e30.".to_vec()])
        .collect()
}

/// Any claims, under a signature that holds.
pub fn logout_token(bytes: &[u8]) -> Outcome {
    let token = signed(r#"{"alg":"RS256","kid":"a","typ":"logout+jwt"}"#, bytes);
    let outcome = logged_out(&World::new(), &token);
    if let Ok(logout) = &outcome {
        check_logout(&claims(&token), logout);
    }
    // An ID token with the same claims lets nobody in.
    let mut world = World::new();
    world.token_answer = format!(r#"{{"id_token":"{token}"}}"#).into_bytes();
    assert_eq!(
        login(&world, &Ask::default()),
        None,
        "a logout token lets somebody in"
    );
    Outcome::of(outcome.is_ok())
}

pub fn logout_token_seeds() -> Vec<Vec<u8>> {
    let several = LOGOUT.replace(r#""postern""#, r#"["postern","other"],"azp":"postern""#);
    let without = LOGOUT.replace(r#","sid":"s""#, "");
    let with_nonce = LOGOUT.replace(r#""sid":"s""#, r#""sid":"s","nonce":"n""#);
    vec![
        LOGOUT.as_bytes().to_vec(),
        several.into_bytes(),
        without.into_bytes(),
        with_nonce.into_bytes(),
        ID.as_bytes().to_vec(),
    ]
}

/// `nonce` is what sixteen bytes of 7 come to.
const ID: &str = r#"{"iss":"https://id.example.com","aud":["postern"],"iat":999990,"exp":1000100,"nonce":"BwcHBwcHBwcHBwcHBwcHBw",
    "sub":"ann","groups":["staff"],"preferred_username":"Ann","auth_time":999000,"amr":["pwd"],"acr":"1","sid":"s"}"#;

/// Any claims of an ID token, under a signature that holds.
pub fn id_token(bytes: &[u8]) -> Outcome {
    let token = signed(HEADER, bytes);
    let mut world = World::new();
    world.token_answer = format!(r#"{{"id_token":"{token}"}}"#).into_bytes();
    let person = login(&world, &Ask::default());
    if let Some(person) = &person {
        let claims = claims(&token);
        check_claims(&claims);
        assert_eq!(claims["nonce"], "BwcHBwcHBwcHBwcHBwcHBw");
        assert!(claims.contains_key("exp"));
        let subject = claims["sub"].as_str().expect("it names somebody");
        assert_eq!(person.subject, format!("acme:{subject}"));
        assert!(
            !subject.is_empty() && subject.len() <= 255 && !subject.chars().any(char::is_control)
        );
        let is_staff = match &claims["groups"] {
            Value::Array(groups) => groups.contains(&Value::from("staff")),
            group => group == "staff",
        };
        assert!(is_staff, "somebody gets in whom no rule lets in");
        assert!(person.amr.len() <= 16);
        // Somebody who had to prove it just now did.
        let strict = Ask {
            max_age: Some(60),
            ..Ask::default()
        };
        if login(&world, &strict).is_some() {
            let auth_time = time(&claims, "auth_time").expect("it says when");
            let now = seconds(NOW.seconds());
            assert!(
                (now - 120.001..=now + 60.001).contains(&auth_time),
                "{auth_time}"
            );
        }
    }
    Outcome::of(person.is_some())
}

pub fn id_token_seeds() -> Vec<Vec<u8>> {
    let just_now = ID
        .replace("999000", "999999")
        .replace(r#"["staff"]"#, r#""staff""#);
    let stranger = ID.replace("staff", "guests");
    vec![
        ID.as_bytes().to_vec(),
        just_now.into_bytes(),
        stranger.into_bytes(),
        LOGOUT.as_bytes().to_vec(),
    ]
}

/// Any answer of the `UserInfo` endpoint.
pub fn userinfo(bytes: &[u8]) -> Outcome {
    let mut world = World::new();
    let claims = ID.replace(r#""groups":["staff"],"#, r#""email":"a@b.c","#);
    let token = signed(HEADER, claims.as_bytes());
    world.token_answer =
        format!(r#"{{"id_token":"{token}","access_token":"t","token_type":"Bearer"}}"#)
            .into_bytes();
    world.userinfo = bytes.to_vec();
    let provider = Provider {
        userinfo: true,
        claims: vec!["email".to_owned(), "groups".to_owned()],
        ..provider()
    };
    let person = login_with(&world, provider, &Ask::default());
    let Some(person) = person else {
        return Outcome::Refused;
    };
    let more: Map<String, Value> =
        serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
            .expect("what is taken is an object");
    // It is about the same person, and says nothing about the login.
    assert_eq!(more["sub"], "ann");
    assert_eq!(person.subject, "acme:ann");
    assert_eq!(person.auth_time.map(Time::seconds), Some(999_000));
    assert_eq!((person.acr.as_deref(), person.amr.len()), (Some("1"), 1));
    assert_eq!(person.username.as_deref(), Some("Ann"));
    if let Some(email) = person.claims.get("email") {
        assert_eq!(*email, "a@b.c", "another address is verified");
        assert_eq!(more["email"], "a@b.c");
    }
    assert!(Value::Object(person.claims).to_string().len() <= 4_096);
    Outcome::Accepted
}

pub fn userinfo_seeds() -> Vec<Vec<u8>> {
    let groups: Vec<String> = (0..300).map(|at| format!(r#""{at:036}""#)).collect();
    [
        r#"{"sub":"ann","groups":["staff"],"email":"a@b.c","email_verified":true}"#.to_owned(),
        r#"{"sub":"ann","groups":["staff"],"email":"x@b.c","email_verified":true,"auth_time":1,"acr":"9"}"#.to_owned(),
        r#"{"sub":"bob","groups":["staff"]}"#.to_owned(),
        format!(r#"{{"sub":"ann","groups":["staff",{}]}}"#, groups.join(",")),
        "eyJhbGciOiJSUzI1NiJ9.e30.c2ln".to_owned(),
    ]
    .map(String::into_bytes)
    .into()
}

/// Any answer as a key set.
pub fn jwks(bytes: &[u8]) -> Outcome {
    let mut accepted = false;
    for header in [
        r#"{"alg":"RS256"}"#,
        r#"{"alg":"ES256","kid":"a"}"#,
        r#"{"alg":"EdDSA"}"#,
    ] {
        let mut world = World::new();
        world.keys = bytes.to_vec();
        let taken = logged_out(&world, &signed(header, LOGOUT.as_bytes()));
        let keys = world.verified_with.borrow();
        assert!(
            keys.len() <= 8,
            "one token has {} signatures checked",
            keys.len()
        );
        for key in keys.iter() {
            let key: Map<String, Value> = serde_json::from_str(key).expect("a key is an object");
            for (name, value) in &key {
                assert!(
                    ["crv", "e", "kty", "n", "x", "y"].contains(&name.as_str()),
                    "{name} is passed on"
                );
                assert!(value.is_string());
            }
            let kind = if header.contains("RS") {
                "RSA"
            } else if header.contains("ES") {
                "EC"
            } else {
                "OKP"
            };
            assert_eq!(key["kty"], kind);
        }
        assert!(
            taken.is_err() || !keys.is_empty(),
            "a token is taken without a key"
        );
        // Anyone can send a token, so a key that is missing is asked for once.
        assert!(world.asked.borrow().len() <= 3);
        accepted |= taken.is_ok();
    }
    Outcome::of(accepted)
}

pub fn jwks_seeds() -> Vec<Vec<u8>> {
    let private = keys().replace(r#""use":"sig""#, r#""use":"sig","d":"private""#);
    let encryption = keys().replace(r#""use":"sig""#, r#""use":"enc""#);
    let many = format!(
        r#"{{"keys":[{}]}}"#,
        [r#"{"kty":"OKP","crv":"Ed25519","x":"x"}"#; 70].join(",")
    );
    [
        keys(),
        private,
        encryption,
        many,
        r#"{"keys":7}"#.to_owned(),
    ]
    .map(String::into_bytes)
    .into()
}

/// A URL with scheme and host in lower case.
fn in_lower_case(url: &str) -> WebUrl {
    let (scheme, rest) = url.split_once("://").expect("it is a URL");
    let host = rest.find(['/', '?']).unwrap_or(rest.len());
    let start = scheme.len() + 3 + host;
    let url = format!("{}{}", url[..start].to_ascii_lowercase(), &url[start..]);
    url.parse().expect("it is a URL")
}

/// Any answer as metadata.
pub fn discovery(bytes: &[u8]) -> Outcome {
    let mut world = World::new();
    world.metadata = bytes.to_vec();
    world.token_answer =
        format!(r#"{{"id_token":"{}"}}"#, signed(HEADER, ID.as_bytes())).into_bytes();
    let (known, provider) = (KnownProviders::new(), provider());
    let hint = text(bytes);
    let ask = Ask {
        login_hint: Some(&hint),
        prompt: Some(Prompt::Login),
        ..Ask::default()
    };
    let Ok((url, _)) = block_on(known.begin(&provider, &issuer(), &ask, &world)) else {
        return Outcome::Refused;
    };
    let document: Value = serde_json::from_slice(bytes).expect("metadata is JSON");
    assert_eq!(
        document["issuer"], ISSUER,
        "another issuer's metadata is taken"
    );
    let endpoint = document["authorization_endpoint"]
        .as_str()
        .expect("there is one");
    let leads_out = |url: &str, endpoint: &str| {
        // Letter case does not count in scheme and host.
        let parsed = in_lower_case(endpoint);
        assert!(
            parsed.is_https() && url.starts_with(parsed.as_str()),
            "{url}"
        );
        assert!(url.bytes().all(|byte| byte.is_ascii_graphic()), "{url}");
    };
    leads_out(&url, endpoint);
    let out = block_on(known.logout_url(&provider, &issuer(), None, Some(&hint), &world));
    if let Some(url) = out.expect("the metadata is known") {
        leads_out(
            &url,
            document["end_session_endpoint"]
                .as_str()
                .expect("there is one"),
        );
    }
    let person = login(&world, &Ask::default());
    let token_endpoint = document["token_endpoint"].as_str().map(in_lower_case);
    let token_endpoint = token_endpoint.expect("there is one");
    let token_endpoint = token_endpoint.as_str();
    // Only the token endpoint is shown the secret, and nothing is asked of a server without https.
    for request in world.asked.borrow().iter() {
        assert!(request.url.starts_with("https://"), "{}", request.url);
        let form = request.form.as_ref().map_or("", |form| form.expose());
        let shows_secret = request.authorization.is_some() || form.contains("client_secret=");
        assert_eq!(
            shows_secret,
            request.form.is_some() && request.url == token_endpoint
        );
    }
    let names = |name: &str, entry: &str| {
        document[name]
            .as_array()
            .is_none_or(|list| list.iter().any(|item| item == entry))
    };
    assert!(person.is_none() || names("id_token_signing_alg_values_supported", "RS256"));
    Outcome::Accepted
}

pub fn discovery_seeds() -> Vec<Vec<u8>> {
    let plain = text(&World::new().metadata);
    let with = |more: &str| plain.replacen('{', &format!("{{{more},"), 1);
    vec![
        plain.clone().into_bytes(),
        with(r#""token_endpoint_auth_methods_supported":["client_secret_post"]"#).into_bytes(),
        with(r#""token_endpoint_auth_methods_supported":["private_key_jwt"]"#).into_bytes(),
        with(r#""id_token_signing_alg_values_supported":["RS256","HS256"]"#).into_bytes(),
        with(r#""authorization_response_iss_parameter_supported":true"#).into_bytes(),
        with(r#""code_challenge_methods_supported":["plain"]"#).into_bytes(),
        plain
            .replace(
                "https://id.example.com/token",
                "http://id.example.com/token",
            )
            .into_bytes(),
        plain
            .replace("/authorize", "/authorize?tenant=1")
            .into_bytes(),
    ]
}

/// What a cookie remembers of a login, once its seal is off.
pub fn login_state(bytes: &[u8]) -> Outcome {
    let Some(state) = LoginState::from_bytes(bytes) else {
        return Outcome::Refused;
    };
    assert_eq!(*state.to_bytes().expose(), bytes, "a login has two forms");
    assert_eq!(state.state().len(), 22);
    let shown = format!("{state:?}");
    assert!(
        shown.matches("Secret(..)").count() >= 3,
        "a secret is printed: {shown}"
    );
    Outcome::Accepted
}

pub fn login_state_seeds() -> Vec<Vec<u8>> {
    let asks = [
        Ask::default(),
        Ask {
            return_to: Some("/a?b"),
            max_age: Some(60),
            ..Ask::default()
        },
        Ask {
            prompt: Some(Prompt::Login),
            is_again: true,
            ..Ask::default()
        },
    ];
    let begin = |ask: &Ask<'_>| {
        let begun =
            block_on(KnownProviders::new().begin(&provider(), &issuer(), ask, &World::new()));
        begun.expect("it begins").1.to_bytes().expose().clone()
    };
    asks.iter().map(begin).collect()
}
