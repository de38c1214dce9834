//! What people see.
//!
//! Job: pages as functions from plain structs to answers: HTML without a script, one style sheet, and
//! the headers that keep a page to itself. Every value is escaped where it is put in. Not its job:
//! deciding which page anyone gets, or checking what they send in.

pub mod brand;
pub mod consent;
pub mod form_target;
mod frame;
pub mod login;
pub mod logout;
pub mod message;
pub mod onward;
pub mod sessions;
pub mod style;
mod when;

#[cfg(test)]
mod tests;

pub use brand::{Brand, Logo};
pub use consent::{AskedScope, Consent};
pub use form_target::FormTarget;
pub use frame::Hidden;
pub use login::{Login, LoginProblem, PasswordForm, ProviderLink};
pub use logout::{LoggedOut, Logout};
pub use message::{Link, Message};
pub use onward::Onward;
pub use sessions::{SessionItem, Sessions};
