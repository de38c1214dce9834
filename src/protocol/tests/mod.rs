//! The longer tests of the grammars.

mod credentials;
mod private_key;
mod redirect_uri;
mod resource;
mod web_url;
