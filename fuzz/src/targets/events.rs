//! Whom a security event is about, or a request of Global Token Revocation.

use postern::config::{Names, Naming};
use postern::events::{Meaning, subject_of_request, targets};
use postern::protocol::Issuer;
use postern::revocation::Target;
use postern::time::Time;

use crate::Outcome;

const NOW: Time = Time::from_seconds(1_000);
const OWN: &str = "https://docs.example.com";
const IDP: &str = "https://id.example.com";

pub fn subject(bytes: &[u8]) -> Outcome {
    let Ok(subject) = subject_of_request(bytes) else {
        return Outcome::Refused;
    };
    let naming = |claim: &str, prefix: &str| Naming {
        claim: claim.to_owned(),
        prefix: prefix.to_owned(),
    };
    let names = Names {
        issuer: IDP.to_owned(),
        people: vec![naming("sub", "idp:"), naming("email", "mail:")],
    };
    let own: Issuer = OWN.parse().expect("it is an issuer");
    let of = |meaning| targets(meaning, &subject, &names, &own, NOW);
    for meaning in [Meaning::Session, Meaning::Person] {
        let ended = of(meaning);
        assert!(ended.len() <= 32, "an event ends without bound");
        for target in &ended {
            match target {
                // It must never be somebody else's.
                Target::Subject { subject, .. } => {
                    assert!(subject.starts_with("idp:") || subject.starts_with("mail:"));
                }
                Target::ProviderSession { .. } | Target::ForeignToken(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    for meaning in [Meaning::Nothing, Meaning::Stream, Meaning::Unknown] {
        assert!(of(meaning).is_empty());
    }
    Outcome::Accepted
}

pub fn subject_seeds() -> Vec<Vec<u8>> {
    [
        r#"{"sub_id":{"format":"iss_sub","iss":"https://id.example.com","sub":"7"}}"#,
        r#"{"subject":{"format":"iss_sub","iss":"https://docs.example.com","sub":"idp:7"}}"#,
        r#"{"sub_id":{"format":"opaque","id":"7"}}"#,
        r#"{"sub_id":{"format":"email","email":"ann@example.com"}}"#,
        r#"{"sub_id":{"format":"jwt_id","iss":"https://id.example.com","jti":"1"}}"#,
        r#"{"sub_id":{"format":"aliases","identifiers":[{"format":"opaque","id":"7"}]}}"#,
        r#"{"sub_id":{"format":"complex","user":{"format":"opaque","id":"7"},"session":{"format":"opaque","id":"s"}}}"#,
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .to_vec()
}
