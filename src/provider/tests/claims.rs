//! How what a provider names is hashed.

use super::provider;
use crate::fixtures::hex;
use crate::provider::claims::{SESSION_LABEL, hash, token_name};

#[test]
fn provider_session_format_unchanged() {
    let hex = |bytes: [u8; 16]| hex(&bytes);
    let provider = provider();
    let session = hex(hash(SESSION_LABEL, &provider, "s-1"));
    let token = hex(token_name(&provider, "s-1"));
    assert_eq!(session, "7a8f49a31dfb7103ba8b764f72a842fb");
    assert_eq!(token, "9eb0d7232bdc092743b4e311eaa991bb");
}
