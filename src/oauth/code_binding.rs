//! What binds a code to the request that it was given for.

use sha2::{Digest, Sha256};

use crate::protocol::CodeChallenge;
use crate::session::coordinator::CodeBinding;

/// What the redeemer of a code must show, as its coordinator keeps it.
pub(super) fn binding(redirect_uri: &str, challenge: &CodeChallenge) -> CodeBinding {
    let mut hash = Sha256::new();
    hash.update(b"postern code binding v1\0");
    hash.update(challenge.as_bytes());
    hash.update(redirect_uri.as_bytes());
    CodeBinding(hash.finalize().into())
}
