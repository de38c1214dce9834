//! The response of token introspection.

/// The members with a meaning of their own (RFC 7662 section 2.2, RFC 9470 section 6.2, RFC 7800). No
/// further claim of a token may have one of these names.
pub const MEMBERS: [&str; 16] = [
    "active",
    "scope",
    "client_id",
    "username",
    "token_type",
    "exp",
    "iat",
    "nbf",
    "sub",
    "aud",
    "iss",
    "jti",
    "auth_time",
    "acr",
    "amr",
    "cnf",
];
