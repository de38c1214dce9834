//! Other servers, and signatures that anyone can make who has the public key.

use std::cell::RefCell;

use sha2::{Digest, Sha256};

use crate::ports::{HttpRequest, HttpResponse, SigningKey};

/// What another server answers.
type Server = Box<dyn Fn(&HttpRequest) -> HttpResponse>;

/// The other servers.
#[derive(Default)]
pub(super) struct FakeHttp {
    server: RefCell<Option<Server>>,
    sent: RefCell<Vec<HttpRequest>>,
}

impl FakeHttp {
    pub(super) fn set_server(&self, answer: impl Fn(&HttpRequest) -> HttpResponse + 'static) {
        *self.server.borrow_mut() = Some(Box::new(answer));
    }

    pub(super) fn sent(&self) -> Vec<HttpRequest> {
        self.sent.borrow().clone()
    }

    /// Writes down what is sent, whatever becomes of it.
    pub(super) fn send(&self, request: &HttpRequest) {
        self.sent.borrow_mut().push(request.clone());
    }

    /// The answer; `None` where there is no other server.
    pub(super) fn answer(&self, request: &HttpRequest) -> Option<HttpResponse> {
        self.server.borrow().as_ref().map(|answer| answer(request))
    }
}

/// The signature of `message` that counts as the one by `jwk`.
pub(super) fn sign(jwk: &str, message: &[u8]) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(jwk.as_bytes());
    hash.update(message);
    hash.finalize().to_vec()
}

/// What counts as the public key of `key`.
pub(super) fn public_jwk(key: &SigningKey) -> String {
    format!(r#"{{"kty":"fake","x":"{}"}}"#, key.name())
}
