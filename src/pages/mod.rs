//! What people see.
//!
//! Job: turning plain structs into answers: HTML, one style sheet, a few lines of script that no page needs, and
//! headers that allow a page nothing else. Every value is escaped where it is put in. Not its job: deciding who gets which page, or
//! checking what they send.

pub mod barred;
pub mod brand;
pub mod consent;
mod frame;
pub mod icon;
pub mod login;
pub mod logout;
pub mod message;
pub mod onward;
pub mod refused;
mod script;
pub mod sessions;
pub mod style;
mod when;

#[cfg(test)]
mod tests;

pub use barred::NotForYou;
pub use brand::{Brand, Home, Logo};
pub use consent::{AskedScope, Consent};
pub use frame::Hidden;
pub use login::{Login, LoginProblem, PasswordForm, ProviderLink};
pub use logout::{LoggedOut, Logout};
pub use message::{Link, Message};
pub use onward::Onward;
pub use refused::{Refused, Told};
pub use sessions::{ConsentItem, SessionItem, Sessions};
