//! Tokens of other issuers beside our own: the cache, the log, outages, and what is remembered of refusals.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

use super::*;
use crate::config::Issuer;
use crate::fixtures;
use crate::jose::JwtRefusal;
use crate::ports::{HttpRequest, HttpResponse};
use crate::revocation::foreign;
use crate::secret::Secret;

const URL: &str = "https://id.example.com";

fn issuers() -> Vec<Issuer> {
    let issuer = |id: &str, url: &str| Issuer {
        audiences: vec!["api".to_owned()],
        jwks_uri: format!("{url}/keys").parse().ok(),
        ..fixtures::config::issuer(id, url)
    };
    vec![
        issuer("other", "https://other.example"),
        issuer("acme", URL),
    ]
}

fn public() -> Value {
    json!({ "e": "AQAB", "kty": "RSA", "n": "A".repeat(342) })
}

/// An isolate whose second issuer is there, and what it signs.
fn world() -> (Fakes, Resolver<()>) {
    let fakes = Fakes::default();
    fakes.set_provider(|request: &HttpRequest| {
        assert_eq!(request.url, format!("{URL}/keys"));
        HttpResponse {
            status: 200,
            max_age: None,
            body: Secret::new(json!({ "keys": [public()] }).to_string().into_bytes()),
        }
    });
    (fakes, resolver().with_issuers(&issuers()))
}

fn sign(change: impl FnOnce(&mut Value)) -> PlainToken {
    let now = START.seconds();
    let mut claims = json!({
        "iss": URL, "aud": "api", "sub": "7", "client_id": "app", "iat": now, "exp": now + 3_600, "jti": "j1",
        "sid": "s1",
    });
    change(&mut claims);
    let encode = |text: String| Base64UrlUnpadded::encode_string(text.as_bytes());
    let header = json!({ "alg": "RS256", "typ": "at+jwt" });
    let signed = format!(
        "{}.{}",
        encode(header.to_string()),
        encode(claims.to_string())
    );
    let signature = Fakes::sign(&public().to_string(), signed.as_bytes());
    let signature = Base64UrlUnpadded::encode_string(&signature);
    PlainToken::new(format!("{signed}.{signature}"))
}

fn accepting(demand: Demand) -> Demand {
    Demand {
        accept: Accept::OWN.and(1),
        ..demand
    }
}

fn refused(issuer: Option<u8>, reason: JwtRefusal) -> Outcome {
    Outcome::Inactive(Inactive::Foreign { issuer, reason })
}

/// How often anything was asked or computed outside.
fn costs(fakes: &Fakes) -> u32 {
    fakes.io() + fakes.calls.http.count() + fakes.calls.verify.count()
}

#[test]
fn a_jwt_is_verified_once_and_then_costs_what_our_own_tokens_cost() {
    let (fakes, resolver) = world();
    let (token, weak) = (sign(|_| ()), accepting(WEAK));
    assert_eq!(ask(&resolver, &fakes, &token, &weak), Outcome::Active);
    assert_eq!(fakes.calls.verify.count(), 1);
    let before = costs(&fakes);
    for _ in 0..10 {
        let looked = resolver.look(TokenKind::Access, token.expose(), &weak, fakes.now());
        let Lookup::Known(Resolution::Active(active)) = looked else {
            panic!("it is in the cache: {looked:?}");
        };
        let source = Source::Issuer {
            place: 1,
            asked_at: None,
        };
        assert_eq!(active.session.source(), source);
        assert_eq!(active.session.record().subject, "acme:7");
    }
    assert_eq!(costs(&fakes), before);
    // After a minute the signature is checked again, by the keys that are there.
    fakes.advance(Duration::from_mins(1));
    assert_eq!(ask(&resolver, &fakes, &token, &weak), Outcome::Active);
    assert_eq!(
        (fakes.calls.verify.count(), fakes.calls.http.count()),
        (2, 1)
    );
}

#[test]
fn it_counts_only_where_its_issuer_is_accepted() {
    let (fakes, resolver) = world();
    let token = sign(|_| ());
    let malformed = Outcome::Inactive(Inactive::Unsealable(Unsealable::Malformed));
    assert_eq!(ask(&resolver, &fakes, &token, &WEAK), malformed);
    assert_eq!(costs(&fakes), 0);
    assert_eq!(
        ask(&resolver, &fakes, &token, &accepting(WEAK)),
        Outcome::Active
    );
    // It is in the cache now.
    let other = Demand {
        accept: Accept::OWN.and(0),
        ..WEAK
    };
    let nobodys = refused(None, JwtRefusal::Issuer);
    assert_eq!(ask(&resolver, &fakes, &token, &other), nobodys);
    assert_eq!(ask(&resolver, &fakes, &token, &WEAK), malformed);
    assert_eq!(
        ask(&resolver, &fakes, &token, &accepting(WEAK)),
        Outcome::Active
    );
    // A ticket is none of theirs.
    let demand = accepting(WEAK);
    let as_ticket = resolver.look(TokenKind::Ticket, token.expose(), &demand, fakes.now());
    assert!(matches!(as_ticket, Lookup::Known(Resolution::Inactive(_))));
}

#[test]
fn what_is_refused_for_good_costs_nothing_again() {
    let (fakes, resolver) = world();
    let good = sign(|_| ());
    let (signed, _) = good.expose().rsplit_once('.').unwrap();
    let forged = PlainToken::new(format!("{signed}.AAAA"));
    let bad = refused(Some(1), JwtRefusal::Signature);
    let strong = accepting(STRONG);
    assert_eq!(ask(&resolver, &fakes, &forged, &strong), bad);
    // Whose key that might be, it does not say; so they were asked for twice at most.
    let before = costs(&fakes);
    for _ in 0..10 {
        assert_eq!(ask(&resolver, &fakes, &forged, &strong), bad);
    }
    assert_eq!(costs(&fakes), before);
    assert_eq!(ask(&resolver, &fakes, &good, &strong), Outcome::Active);
    // One that does not count yet is no such token.
    let early = sign(|claims| claims["nbf"] = json!(START.seconds() + 120));
    let not_yet = refused(Some(1), JwtRefusal::NotYetValid("nbf"));
    assert_eq!(ask(&resolver, &fakes, &early, &strong), not_yet);
    fakes.advance(Duration::from_mins(1));
    assert_eq!(ask(&resolver, &fakes, &early, &strong), Outcome::Active);
}

#[test]
fn our_log_ends_what_its_own_issuer_cannot_end() {
    let at = |seconds| START.plus(Duration::from_secs(seconds));
    let session = foreign::session(URL, "s1");
    for target in [
        Target::ForeignToken(foreign::token(URL, "j1")),
        Target::Token(foreign::digest(sign(|_| ()).expose())),
        Target::Session(SessionId::from_bytes(session)),
        Target::ProviderSession {
            name: session,
            not_before: at(1),
        },
        Target::Subject {
            subject: "acme:7".to_owned(),
            not_before: at(1),
        },
        Target::ForeignIssuer {
            issuer: URL.to_owned(),
            not_before: at(1),
        },
        Target::Issuer { not_before: at(1) },
    ] {
        let (fakes, resolver) = world();
        let (token, weak) = (sign(|_| ()), accepting(WEAK));
        assert_eq!(ask(&resolver, &fakes, &token, &weak), Outcome::Active);
        let entry = Entry::new(&target, at(90_000));
        block_on(fakes.append(&entry)).unwrap();
        assert_eq!(ask(&resolver, &fakes, &token, &weak), Outcome::Active);
        assert_eq!(
            ask(&resolver, &fakes, &token, &accepting(STRONG)),
            REVOKED,
            "{target:?}"
        );
        assert_eq!(ask(&resolver, &fakes, &token, &weak), REVOKED);
        fakes.advance(Duration::from_secs(5));
        let (_, other) = world();
        assert_eq!(ask(&other, &fakes, &token, &weak), REVOKED, "{target:?}");
        let another = sign(|claims| {
            for (name, value) in [("jti", "j2"), ("sid", "s2"), ("sub", "8")] {
                claims[name] = json!(value);
            }
            claims["iat"] = json!(at(1).seconds());
        });
        assert_eq!(
            ask(&other, &fakes, &another, &weak),
            Outcome::Active,
            "{target:?}"
        );
    }
}

#[test]
fn an_outage_is_never_a_no() {
    let (fakes, resolver) = world();
    let token = sign(|_| ());
    fakes.calls.http.set_fault(Fault::Before);
    let unavailable = Outcome::Unavailable(Dependency::Provider);
    assert_eq!(
        ask(&resolver, &fakes, &token, &accepting(WEAK)),
        unavailable
    );
    fakes.calls.http.set_fault(Fault::None);
    fakes.advance(Duration::from_secs(2));
    assert_eq!(
        ask(&resolver, &fakes, &token, &accepting(WEAK)),
        Outcome::Active
    );
    // It was verified a minute ago, and can't be now.
    fakes.advance(Duration::from_secs(90));
    fakes.calls.verify.set_fault(Fault::Before);
    let unavailable = Outcome::Unavailable(Dependency::Cryptography);
    assert_eq!(
        ask(&resolver, &fakes, &token, &accepting(WEAK)),
        unavailable
    );
    let gracious = accepting(GRACIOUS);
    assert!(matches!(
        ask(&resolver, &fakes, &token, &gracious),
        Outcome::Despite(Dependency::Cryptography)
    ));
    fakes.advance(Duration::from_secs(30));
    assert_eq!(ask(&resolver, &fakes, &token, &gracious), unavailable);
    // The log alone is down.
    fakes.calls.verify.set_fault(Fault::None);
    assert_eq!(ask(&resolver, &fakes, &token, &gracious), Outcome::Active);
    fakes.calls.since.set_fault(Fault::Before);
    let log = Outcome::Unavailable(Dependency::RevocationLog);
    assert_eq!(ask(&resolver, &fakes, &token, &accepting(STRONG)), log);
}

#[test]
fn nothing_of_our_own_is_ever_taken_for_somebody_elses() {
    let (fakes, resolver) = world();
    let own = issue(&fakes, 1);
    let ours = [
        own.expose()[..90].to_owned(),
        format!("{}x", own.expose()),
        "pst_rt_x".to_owned(),
        "pst_cs_x".to_owned(),
        format!("pst_at_{}", sign(|_| ()).expose()),
    ];
    for text in ours {
        let malformed = Outcome::Inactive(Inactive::Unsealable(Unsealable::Malformed));
        let token = PlainToken::new(text);
        assert_eq!(ask(&resolver, &fakes, &token, &accepting(WEAK)), malformed);
    }
    assert_eq!(fakes.calls.http.count(), 0);
    assert_eq!(
        ask(&resolver, &fakes, &own, &accepting(WEAK)),
        Outcome::Active
    );
}

#[test]
fn a_token_is_over_when_it_says_so() {
    let (fakes, resolver) = world();
    let token = sign(|claims| claims["exp"] = json!(START.seconds() + 30));
    assert_eq!(
        ask(&resolver, &fakes, &token, &accepting(WEAK)),
        Outcome::Active
    );
    fakes.advance(Duration::from_secs(30));
    let expired = Outcome::Inactive(Inactive::Unsealable(Unsealable::Expired));
    assert_eq!(ask(&resolver, &fakes, &token, &accepting(WEAK)), expired);
    let expired = refused(Some(1), JwtRefusal::Expired);
    assert_eq!(ask(&resolver, &fakes, &token, &accepting(WEAK)), expired);
}
