//! OAuth's own types, parsed once and valid from then on.
//!
//! Job: the grammar of RFC 6749, 6750, 8707 and the answers that Postern writes itself. Not its
//! job: deciding anything; the rooms above do that with these types.

pub mod acr_values;
pub mod answer;
pub mod client_id;
pub mod credentials;
pub mod display_name;
pub mod error_code;
pub mod form;
pub mod identifier;
pub mod introspection;
pub mod issuer;
pub mod join;
pub mod json;
pub mod max_age;
pub mod pkce;
pub mod private_key;
pub mod prompt;
pub mod redirect_uri;
pub mod request;
pub mod resource;
pub mod scope;
pub mod signature_algorithm;
pub mod sorted;
pub mod web_url;

pub use acr_values::AcrValues;
pub use answer::Answer;
pub use client_id::ClientId;
pub use display_name::DisplayName;
pub use error_code::ErrorCode;
pub use form::Form;
pub use issuer::Issuer;
pub use pkce::CodeChallenge;
pub use private_key::PrivateKey;
pub use prompt::Prompt;
pub use redirect_uri::RedirectUri;
pub use request::{Body, Request, Sender};
pub use resource::ResourceUri;
pub use scope::Scope;
pub use signature_algorithm::SignatureAlgorithm;
pub use sorted::Sorted;
pub use web_url::WebUrl;

#[cfg(test)]
mod tests;
