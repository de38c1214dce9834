//! Makes keys and client secrets. What is printed here is seen once: nothing is stored.

use std::process::ExitCode;

use base64ct::{Base64UrlUnpadded, Encoding};
use postern::protocol::ClientId;
use postern::token::KeyRing;
use sha2::{Digest, Sha256};

/// Bytes that nobody can guess.
#[expect(
    clippy::disallowed_methods,
    reason = "the ban is for the Worker's core; this is where the helper draws its randomness"
)]
pub fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Some(bytes),
        Err(error) => {
            eprintln!("postern-cli: the system gives no random bytes: {error}");
            None
        }
    }
}

/// Prints `id:key` and nothing else, so that it can be piped into `wrangler secret put`.
pub fn keys(id: u8) -> ExitCode {
    let Some(key) = random() else {
        return ExitCode::FAILURE;
    };
    println!("{}", KeyRing::write_pair(id, &key));
    ExitCode::SUCCESS
}

/// Prints a new secret, and the lines for wrangler.toml.
pub fn client(id: &ClientId) -> ExitCode {
    let Some(bytes) = random::<32>() else {
        return ExitCode::FAILURE;
    };
    let secret = format!("pst_cs_{}", Base64UrlUnpadded::encode_string(&bytes));
    let digest = Sha256::digest(&secret)
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    println!(
        "The secret of the client `{id}`. It is not stored and not shown again: give it to the\n\
         client now, over a channel that you trust.\n\
         \n\
         {secret}\n\
         \n\
         For wrangler.toml, which gets only its SHA-256. Fill in what it may have:\n\
         \n\
         [[vars.POSTERN.clients]]\n\
         id = \"{id}\"\n\
         secret_sha256 = \"{digest}\"\n\
         scopes = []     # such as [\"orders:read\"]\n\
         audiences = []  # such as [\"https://api.example.com\"]"
    );
    ExitCode::SUCCESS
}
