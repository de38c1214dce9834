//! Logging in with another provider: Postern as a relying party.
//!
//! Job: OpenID Connect Core 1.0 section 3.1 (the code flow) with PKCE and RFC 9207, Discovery 1.0,
//! Back-Channel Logout 1.0 and the URL of RP-Initiated Logout 1.0; and from an ID token to a person,
//! or to the reason why not. Not its job: sessions, cookies and pages; `people` has those. Signatures
//! are checked by the platform, through [`crate::ports::Signatures`]; every claim is checked here.
//!
//! A provider that does not answer, or answers with anything else than it should, is unavailable. That is
//! never a "no".

mod claims;
mod discovery;
mod id_token;
mod kept_claims;
mod known;
mod login;
mod logout;
mod metadata;
mod person;
mod refusal;
mod state;
mod userinfo;

pub use kept_claims::LeftOut;
pub use known::KnownProviders;
pub use login::CALLBACK_PATH;
pub use logout::LogoutOf;
pub use person::Person;
pub use refusal::{IdTokenRefusal, LoginRefusal, LogoutRefusal, Stranger};
pub use state::{Ask, LOGIN_LIFETIME, LoginState};

#[cfg(test)]
mod tests;
