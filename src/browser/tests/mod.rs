//! Cookies, form tokens, where a login leads back to, and whose page a request comes from.

mod cookies;
mod elsewhere;
mod form_token;
mod known;
mod pieces;
mod return_to;
mod same_site;
