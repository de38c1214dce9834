//! `Authorization` for the origin's own use (`authorization = "pass"` on a public route).
//!
//! Job: what of it the origin gets. What Postern has issued never goes on, in whatever scheme somebody sends it: an origin
//! that had it could use it elsewhere.

use base64ct::{Base64Unpadded, Encoding};

use crate::token::TokenKind;

/// What the client secrets that Postern makes begin with.
const SECRET: &str = "pst_cs_";

/// Whether the origin may get this value.
#[must_use]
pub fn may_pass(value: &str) -> bool {
    if has_own(value.as_bytes()) {
        return false;
    }
    // Name and password of RFC 7617 are one word of base64. What cannot be read says nothing to an origin either.
    let (scheme, word) = value.trim_ascii().split_once(' ').unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("basic") {
        return true;
    }
    let word = word.trim_matches(['=', ' ']);
    Base64Unpadded::decode_vec(word).is_ok_and(|pair| !has_own(&pair))
}

/// Whether a token or a client's secret of Postern's is somewhere in a text, percent-encoded or not.
fn has_own(text: &[u8]) -> bool {
    let decoded: Vec<u8> = percent_encoding::percent_decode(text).collect();
    let own = TokenKind::ALL.map(TokenKind::prefix).into_iter();
    own.chain([SECRET]).any(|prefix| {
        let mut windows = decoded.windows(prefix.len());
        windows.any(|window| window == prefix.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_the_origins_own_pass() {
        for value in [
            "Bearer abc.def.ghi",
            "Basic YWxpY2U6c2VjcmV0",
            "basic  YWxpY2U6c2VjcmV0MQ==",
            "Signature keyId=\"a\",signature=\"b\"",
            "token ghp_0123456789",
            "",
            "Bearer pst_xx_1",
        ] {
            assert!(may_pass(value), "{value}");
        }
    }

    #[test]
    fn what_postern_has_issued_never_passes() {
        let basic =
            |pair: &str| format!("Basic {}", base64ct::Base64::encode_string(pair.as_bytes()));
        let mut values: Vec<String> = Vec::new();
        for own in ["pst_at_x", "pst_rt_x", "pst_ac_x", "pst_st_x", "pst_cs_x"] {
            values.extend([
                format!("Bearer {own}"),
                format!("bearer {own}"),
                format!("token {own}"),
                format!("Digest a, Bearer {own}"),
                own.to_owned(),
                basic(&format!("reader:{own}")),
                basic(&format!("{own}:")),
                basic(&format!("{own}:")).replace('=', ""),
                basic("reader:%70st_cs_x"),
            ]);
        }
        values.push("Basic ???".to_owned());
        for value in values {
            assert!(!may_pass(&value), "{value}");
        }
    }
}
