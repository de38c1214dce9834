//! Makes keys and client secrets. What is printed here is seen once: nothing is stored.

use base64ct::{Base64UrlUnpadded, Encoding};
use postern::protocol::ClientId;
use postern::token::{KeyRing, SigningRing};
use sha2::{Digest, Sha256};

use crate::context::Context;

/// Prints `id:key` and nothing else, so that it can be piped into `wrangler secret put`.
pub fn keys(context: &mut Context<'_>, id: u8) {
    let key = context.random();
    context.print(KeyRing::write_pair(id, &key));
}

/// The same of a key that signs.
pub fn signing_key(context: &mut Context<'_>, id: u8) {
    let pair = signing_pair(context, id);
    context.print(pair);
}

/// A pair for `POSTERN_SIGNING_KEYS`: a private scalar of P-256. Hardly any 32 bytes are none.
pub fn signing_pair(context: &mut Context<'_>, id: u8) -> String {
    loop {
        let pair = KeyRing::write_pair(id, &context.random());
        if SigningRing::parse(&pair).is_ok() {
            return pair;
        }
    }
}

/// Prints a new secret, and the lines for postern.toml.
pub fn client(context: &mut Context<'_>, id: &ClientId) {
    let bytes: [u8; 32] = context.random();
    let secret = format!("pst_cs_{}", Base64UrlUnpadded::encode_string(&bytes));
    let digest = Sha256::digest(&secret)
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    context.print(format!(
        "The secret of the client `{id}`. It is not stored and not shown again: give it to the\n\
         client now, over a channel that you trust.\n\
         \n\
         {secret}\n\
         \n\
         For postern.toml, which gets only its SHA-256. Fill in what it may have:\n\
         \n\
         [[clients]]\n\
         id = \"{id}\"\n\
         secret_sha256 = \"{digest}\"\n\
         scopes = []     # such as [\"orders:read\"]\n\
         audiences = []  # such as [\"https://api.example.com\"]"
    ));
}
