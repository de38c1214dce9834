//! The longer tests of the grammars.

mod credentials;
mod redirect_uri;
mod resource;
mod web_url;
