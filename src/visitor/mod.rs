//! The person behind a request: their login, and the forms that they are shown.
//!
//! Job: what every page has in common. Not its job: what the pages are for.

mod elsewhere;
mod forms;
mod login;
mod request;

pub use forms::{ShownForm, see_other};
pub use login::{session_cookie, shown_name};
pub use request::Visitor;
