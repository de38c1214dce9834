//! The names of the bindings and secrets that Postern itself needs.

/// The KV namespace of session records.
pub const RECORDS: &str = "POSTERN_SESSIONS";
/// The Durable Object namespace of session coordinators (class `SessionCoordinator`).
pub const COORDINATORS: &str = "POSTERN_COORDINATORS";
/// The Durable Object namespace of people's sessions and consents (class `Person`).
pub const PEOPLE: &str = "POSTERN_PEOPLE";
/// The Durable Object namespace of the revocation log (class `RevocationLog`).
pub const LOG: &str = "POSTERN_REVOCATION_LOG";
/// The Durable Object namespace in which passwords are checked and attempts are counted (class `Account`),
/// needed where there are accounts.
pub const ACCOUNTS: &str = "POSTERN_ACCOUNTS";
/// The Durable Object namespace of relays of the revocation log (class `RevocationRelay`), where one object would not do
/// for all isolates.
pub const RELAYS: &str = "POSTERN_RELAYS";
/// The static assets, needed where a route's origin is `assets`.
pub const ASSETS: &str = "ASSETS";
/// The rate-limiting binding that counts attempts to log in by where they come from, needed where there are
/// accounts.
pub const LOGIN_LIMIT: &str = "POSTERN_LOGIN_LIMIT";
/// The secret that holds the sealing keys.
pub const KEYS: &str = "POSTERN_KEYS";
/// The secret that holds the local accounts.
pub const USERS: &str = "POSTERN_USERS";
/// The secret that holds the keys which sign what origins are told, needed where a route has `assertion`.
pub const SIGNING_KEYS: &str = "POSTERN_SIGNING_KEYS";
