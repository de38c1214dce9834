//! An issuer of opaque tokens, and an isolate that asks it.

use std::rc::Rc;

use futures_executor::block_on;
use serde_json::{Value, json};

use crate::config::{Issuer, IssuerAuth, Opaque, SecretMethod, Tokens};
use crate::fakes::{Fakes, START};
use crate::fixtures;
use crate::issuers::asked::Asked;
use crate::issuers::introspection::{Introspection, Told};
use crate::issuers::offer::Offer;
use crate::jose::{JwtRefusal, Keys, Verified};
use crate::ports::{Clock, Dependency, HttpRequest, HttpResponse, SignatureAlgorithm, Unavailable};
use crate::secret::Secret;
use crate::single_flight::Needed;
use crate::token::{PlainToken, TokenDigest};

pub(super) const ISSUER: &str = "https://acme.zitadel.cloud";
/// The project, which is in `aud` of a token that was asked for with its scope.
pub(super) const PROJECT: &str = "69234237810729019";
pub(super) const AUDIENCE: &str = "https://api.example.com";

pub(super) fn opaque() -> Opaque {
    Opaque {
        endpoint: None,
        client_id: "1@acme".to_owned(),
        authentication: Some(IssuerAuth::Secret {
            secret: Secret::new("hunter2".to_owned()),
            method: None,
        }),
        signed: None,
        max_age: std::time::Duration::from_mins(1),
    }
}

pub(super) fn issuer() -> Issuer {
    Issuer {
        tokens: Tokens::Opaque(opaque()),
        audiences: vec![PROJECT.to_owned(), AUDIENCE.to_owned()],
        algorithms: vec![SignatureAlgorithm::Es256],
        ..fixtures::config::issuer("zitadel", ISSUER)
    }
}

pub(super) const ENDPOINT: &str = "https://acme.zitadel.cloud/oauth/v2/introspect";

pub(super) struct World {
    pub(super) fakes: Fakes,
    pub(super) issuer: Issuer,
    pub(super) opaque: Opaque,
    pub(super) offer: Offer,
    introspection: Introspection,
    keys: Keys,
}

impl World {
    pub(super) fn new(answer: impl Fn(&HttpRequest) -> HttpResponse + 'static) -> Self {
        let fakes = Fakes::default();
        fakes.set_provider(answer);
        Self {
            fakes,
            issuer: issuer(),
            opaque: opaque(),
            offer: Offer {
                endpoint: ENDPOINT.to_owned(),
                method: SecretMethod::Basic,
                is_signed: false,
                jwks_uri: None,
            },
            introspection: Introspection::default(),
            keys: Keys::default(),
        }
    }

    /// One that gives this answer to every question.
    pub(super) fn that_says(status: u16, body: &str) -> Self {
        let body = body.to_owned();
        Self::new(move |_| response(status, &body))
    }

    pub(super) async fn ask_about(
        &self,
        token: &str,
        is_known: bool,
        needed: Needed,
    ) -> Result<Told, Unavailable> {
        let token = PlainToken::new(token.to_owned());
        let asked = Asked {
            digest: TokenDigest::of(&token),
            token: &token,
            is_known,
            needed,
        };
        let offer = async || Ok(self.offer.clone());
        let whom = (&self.issuer, &self.opaque);
        let answer = self
            .introspection
            .ask(whom, &self.keys, offer, &asked, &self.fakes);
        answer.await
    }

    pub(super) async fn ask(&self, token: &str) -> Result<Told, Unavailable> {
        let needed = Needed::Since(self.fakes.now());
        self.ask_about(token, false, needed).await
    }

    /// What a token means.
    pub(super) fn meaning(&self) -> Result<Result<Rc<Verified>, JwtRefusal>, Unavailable> {
        block_on(self.ask("token")).map(|told| told.meaning)
    }

    pub(super) fn cause(&self) -> String {
        match self.meaning() {
            Err(unavailable) => {
                assert_eq!(unavailable.dependency, Dependency::Provider);
                unavailable.cause
            }
            _ => panic!("there is an answer"),
        }
    }

    pub(super) fn asked(&self) -> u32 {
        self.fakes.calls.http.count()
    }
}

pub(super) fn response(status: u16, body: &str) -> HttpResponse {
    HttpResponse {
        status,
        max_age: None,
        body: Secret::new(body.as_bytes().to_vec()),
    }
}

pub(super) fn active(change: impl FnOnce(&mut Value)) -> String {
    let mut answer = json!({
        "active": true, "iss": ISSUER, "aud": ["1@acme", PROJECT], "sub": "77", "client_id": "1@acme",
        "token_type": "Bearer", "scope": "openid profile", "exp": START.seconds() + 3_600,
        "iat": START.seconds(), "nbf": START.seconds(), "jti": "j", "username": "ann@acme.example",
    });
    change(&mut answer);
    answer.to_string()
}
