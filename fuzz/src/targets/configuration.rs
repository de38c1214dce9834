//! What operators write: the configuration, its globs, and the secrets.

use base64ct::{Base64UrlUnpadded, Encoding};
use postern::accounts::Accounts;
use postern::config::{BindingKind, Config, Environment, Glob, Setting, names};
use postern::gate::path::normalise;
use postern::secret::Secret;
use postern::time::Time;
use postern::token::{KeyRing, KeyRingError, Pointer, SessionId, SigningRing, TokenKind};

use super::sealed::ISSUER;
use crate::Outcome;
use crate::input::{joined, parts, text};
use crate::reference;

pub fn glob(bytes: &[u8]) -> Outcome {
    let [one, two, path] = parts(bytes);
    let (one, two, path) = (text(one), text(two), text(path));
    let Ok(one) = one.parse::<Glob>() else {
        return Outcome::Refused;
    };
    let matches = |glob: &Glob, path: &str| {
        let matches = glob.matches(path);
        // A path and everything below it are two patterns.
        let plain = |text: &str| reference::matches(text.as_bytes(), path.as_bytes());
        let expected = match glob.as_str().strip_suffix("/**") {
            Some(tree) => plain(tree) || plain(&format!("{tree}/*")),
            None => plain(glob.as_str()),
        };
        assert_eq!(matches, expected, "{glob} {path:?}");
        matches
    };
    assert_eq!(one.to_string().parse().as_ref(), Ok(&one));
    matches(&one, &path);
    // A glob is not written in vain: there is a path that it matches and the gate does not refuse.
    let example: String = one.as_str().replace('*', "x");
    assert!(matches(&one, &example), "{one}");
    let written =
        percent_encoding::utf8_percent_encode(&example, percent_encoding::CONTROLS).to_string();
    assert_eq!(
        normalise(&written).as_deref(),
        Ok(example.as_str()),
        "{one} never matches"
    );
    let Ok(two) = two.parse::<Glob>() else {
        return Outcome::Accepted;
    };
    assert!(one.covers(&one));
    if one.covers(&two) {
        assert!(
            !matches(&two, &path) || matches(&one, &path),
            "{one} does not cover {two}: {path:?}"
        );
        // `/a/**` without its stars is `/a/`, which it matches.
        assert!(matches(&one, &two.as_str().replace('*', "")));
    }
    // No literal is a control character, so only a star takes it: such a path speaks for all of them.
    let any = two.as_str().replace('*', "\u{1}");
    let tree = two.as_str().strip_suffix("/**");
    let covers = match tree {
        Some(tree) => matches(&one, tree) && matches(&one, &format!("{tree}/\u{1}")),
        None => matches(&one, &any),
    };
    assert_eq!(one.covers(&two), covers, "{one} {two}");
    Outcome::Accepted
}

pub fn glob_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        ["/api/*", "/api/admin/*", "/api/admin/x"],
        ["/*.json", "/api/*", "/a.json"],
        ["/*a*b", "/xaxb*", "/xaxab"],
        ["/café/*", "/caf*", "/café/"],
        ["/a", "/a", "/a"],
        ["/a/**", "/a/b/**", "/a"],
        ["/a*", "/a/**", "/a/x"],
        ["/a/x", "/a/*", "/a/b"],
        ["/a/./b", "", ""],
    ];
    seeds.map(|seed| joined(&seed)).into()
}

/// The text of every secret that a configuration may name.
const SECRET: &str = "s3cr3t-7d9f1c";

struct Known;

impl Environment for Known {
    fn setting(&self, name: &str) -> Setting {
        match name {
            names::KEYS | names::SIGNING_KEYS => {
                Setting::Value(Secret::new(KeyRing::write_pair(1, &[9; 32])))
            }
            names::USERS => Setting::Missing,
            _ if name.ends_with("_SHA256") => Setting::Value(Secret::new("5e".repeat(32))),
            _ if name.ends_with("_HIDDEN") => Setting::Hidden,
            _ => Setting::Value(Secret::new(SECRET.to_owned())),
        }
    }

    fn has_binding(&self, name: &str, _kind: BindingKind) -> Option<bool> {
        Some(!name.starts_with("NO_"))
    }
}

pub fn config(bytes: &[u8]) -> Outcome {
    let json = text(bytes);
    match Config::read(&json, &Known) {
        Ok(config) => {
            assert!(config.keys.is_some());
            assert!(
                !format!("{config:?}").contains(SECRET),
                "a secret is printed"
            );
            for route in &config.routes {
                assert_eq!(
                    route.pattern.to_string().parse().as_ref(),
                    Ok(&route.pattern)
                );
            }
            for client in config.clients.iter() {
                assert_eq!(
                    config.client(client.id.as_str()).map(|found| &found.id),
                    Some(&client.id)
                );
                assert!(config.longest_life() >= client.token_lifetime);
            }
            Outcome::Accepted
        }
        Err(problems) => {
            assert!(
                !problems.is_empty(),
                "it is refused, and nobody is told why"
            );
            let mut length = 0;
            for problem in &problems {
                let problem = problem.to_string();
                assert!(!problem.contains(SECRET), "a secret is printed: {problem}");
                length += problem.len();
            }
            // Each value has few problems, so the list is no longer than a few lines for each.
            assert!(
                length <= 4_096 + 1_024 * json.len(),
                "{length} bytes of problems"
            );
            Outcome::Refused
        }
    }
}

/// A configuration with a route of each kind.
const EXAMPLE: &str = r#"{
    "issuer": "https://auth.example.com",
    "audience": "https://api.example.com",
    "clients": [{ "id": "reports", "secret_sha256": ["env:REPORTS_SHA256"], "scopes": ["read"],
        "audiences": ["https://api.example.com"], "grants": ["client_credentials"] }],
    "providers": [{ "id": "acme", "issuer": "https://id.example.com", "client_id": "postern",
        "client_secret": "env:ACME_SECRET", "allow": [{ "claim": "groups", "has": "staff" }] }],
    "routes": [
        { "match": "/public/*", "access": "public", "origin": "https://origin.example.com" },
        { "match": "/denied/*", "access": "deny" },
        { "match": "/api/pass/*", "access": "token", "preflight": "pass",
            "cors_origins": ["https://app.example.com"], "origin": "https://origin.example.com" },
        { "match": "/api/answer/*", "access": "token", "preflight": "answer", "methods": ["GET", "PUT"],
            "cors_origins": ["https://app.example.com"], "origin": "https://origin.example.com" },
        { "match": "/api/*", "access": "token", "scopes": ["read"], "origin": "https://origin.example.com" },
        { "match": "/any/*", "access": "any", "origin": "https://origin.example.com" },
        { "match": "/me/*", "access": "session", "origin": "https://origin.example.com" },
        { "match": "/*", "access": "deny" }
    ]
}"#;

/// The configuration that other targets use.
pub fn example() -> Config {
    Config::read(EXAMPLE, &Known).unwrap_or_else(|problems| panic!("{problems:?}"))
}

pub fn config_seeds() -> Vec<Vec<u8>> {
    let clients = r#"{"issuer":"https://a.example","clients":[
        {"id":"orders","secret_sha256":["env:ORDERS_SHA256"],"scopes":["read"],"audiences":["urn:a"],
         "grants":["client_credentials"],"token_lifetime":600,"introspect":true},
        {"id":"desktop","public":true,"name":"Desktop","first_party":true,
         "grants":["authorization_code","refresh_token"],"redirect_uris":["http://127.0.0.1/cb"],
         "scopes":["read"],"refresh_idle":86400,"refresh_lifetime":2592000}],
        "routes":[{"match":"/*","access":"token","audience":"urn:a","origin":"assets"}]}"#;
    let times = r#"{"issuer":"https://a.example","session_idle":300,"session_lifetime":7776000,
        "store_timeout_ms":50,"cache_bytes":65536,"outage_grace":0,"log_refusals":true,"name":"A","logo":"/l.svg",
        "routes":[{"match":"/a","access":"public","origin":"service:NO_SUCH"},{"match":"/*","access":"deny"}]}"#;
    let issuers = r#"{"issuer":"https://a.example","issuers":[
        {"id":"auth","issuer":"https://b.example","tokens":"jwt","audiences":["x"],"types":["at+jwt"],"leeway":5},
        {"id":"zitadel","issuer":"https://c.example","tokens":"opaque","audiences":["1"],"client_id":"gate",
         "client_secret":"env:ACME_SECRET","client_auth":"post","max_age":0,"signed_introspection":true,
         "introspection_endpoint":"https://c.example/i"},
        {"id":"keyed","issuer":"https://d.example","tokens":"opaque","audiences":["1"],"client_key":"env:KEY_HIDDEN"}],
        "routes":[{"match":"/*","access":"token","accept":["auth","zitadel"],"origin":"assets"}]}"#;
    [
        EXAMPLE,
        clients,
        times,
        issuers,
        "null",
        "[]",
        r#"{"issuer":7,"nonsense":"env:ACME_SECRET"}"#,
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .into()
}

/// What may be a key or a hash: no message has a word like that by itself.
fn secrets(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_+/".contains(c)));
    words.filter(|word| word.len() > 20)
}

pub fn keys(bytes: &[u8]) -> Outcome {
    let written = text(bytes);
    let ring = match KeyRing::parse(&written, ISSUER) {
        Ok(ring) => ring,
        Err(error) => {
            let message = error.to_string();
            let is_shown = secrets(&written).any(|secret| message.contains(secret));
            assert!(!is_shown, "a key is printed: {message}");
            assert!(
                SigningRing::parse(&written).is_err(),
                "it is no pairs, and signs"
            );
            return Outcome::Refused;
        }
    };
    // What signs is written in the same way, but not every 32 bytes are a scalar.
    match SigningRing::parse(&written) {
        Ok(signing) => {
            let ids = signing.all().map(|(id, _)| id.to_owned());
            let own = written.split(|c: char| c == ',' || c.is_ascii_whitespace());
            let own = own.filter_map(|pair| pair.split_once(':')?.0.parse::<u8>().ok());
            assert!(ids.eq(own.map(|id| id.to_string())));
            assert!(
                signing
                    .all()
                    .all(|(_, key)| key.pkcs8().expose().len() == 67)
            );
        }
        Err(error) => assert!(
            matches!(error, KeyRingError::CannotSign(_)),
            "{error} in what seals"
        ),
    }
    // The first key seals, and every key opens.
    let pointer = Pointer {
        session: SessionId::from_bytes([1; 16]),
        issued_at: Time::from_seconds(1),
        expires_at: Time::from_seconds(9),
    };
    let pairs: Vec<&str> = written
        .split(|c: char| c == ',' || c.is_ascii_whitespace())
        .filter(|pair| !pair.is_empty())
        .collect();
    for (at, pair) in pairs.iter().enumerate() {
        let alone = KeyRing::parse(pair, ISSUER).expect("each pair is a ring");
        let token = alone.seal(TokenKind::Access, &pointer, [5; 24]);
        let opened = ring.open(TokenKind::Access, token.expose(), Time::from_seconds(2));
        assert_eq!(opened, Ok(pointer));
        let first = ring.seal(TokenKind::Access, &pointer, [5; 24]) == token;
        assert!(first || at > 0, "the first key does not seal");
        let key = pair.split_once(':').expect("it is a pair").1;
        assert_eq!(
            Base64UrlUnpadded::decode_vec(key).map(|key| key.len()),
            Ok(32)
        );
        assert!(!format!("{ring:?}").contains(key), "a key is printed");
    }
    Outcome::Accepted
}

pub fn keys_seeds() -> Vec<Vec<u8>> {
    let (one, two) = (
        KeyRing::write_pair(1, &[9; 32]),
        KeyRing::write_pair(200, &[8; 32]),
    );
    let seeds = [
        one.clone(),
        format!("{one},{two}"),
        format!(" {two}\n{one} "),
        format!("{one},{one}"),
    ];
    seeds.map(String::into_bytes).into()
}

pub fn accounts(bytes: &[u8]) -> Outcome {
    let written = text(bytes);
    let lines: Vec<&str> = written.lines().map(str::trim).collect();
    match Accounts::parse(&written) {
        Ok(accounts) => {
            let wanted = lines
                .iter()
                .filter(|line| !line.is_empty() && !line.starts_with('#'));
            assert_eq!(
                accounts.len(),
                wanted.count(),
                "a line is left out in silence"
            );
            assert!(
                accounts.memory() <= 64 << 20,
                "a check takes {} bytes",
                accounts.memory()
            );
            let mut names: Vec<String> = accounts
                .iter()
                .map(|a| a.name().to_ascii_lowercase())
                .collect();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), accounts.len(), "two accounts have one name");
            let output = written
                .rsplit('$')
                .next()
                .map(str::trim)
                .unwrap_or_default();
            // A comment may say what is printed of no account, and a name may look like a hash.
            let is_hash = output.len() >= 20
                && output.bytes().all(|byte| byte.is_ascii_alphanumeric())
                && !accounts
                    .iter()
                    .any(|account| account.name().contains(output));
            let shown = format!("{accounts:?}");
            assert!(!is_hash || !shown.contains(output), "a hash is printed");
            Outcome::of(!accounts.is_empty())
        }
        Err(bad) => {
            assert!(!bad.is_empty());
            for bad in bad {
                let line = lines[bad.number - 1];
                assert!(!line.is_empty() && !line.starts_with('#'));
                let message = bad.to_string();
                let is_shown = secrets(line).any(|secret| message.contains(secret));
                assert!(!is_shown, "a line is printed: {message}");
            }
            Outcome::Refused
        }
    }
}

pub fn accounts_seeds() -> Vec<Vec<u8>> {
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let seeds = [
        format!("# people\nann:{hash}\r\n\nBob@example.com:{hash}\n"),
        format!("ann:{hash}\nANN:{hash}"),
        "ann:$2b$12$x".to_owned(),
        format!("ann:{}", hash.replace("19456", "4096")),
        format!("ann:{}", hash.replace("p=1", "p=9")),
        "no colon".to_owned(),
    ];
    seeds.map(String::into_bytes).into()
}
