//! Tokens and notes, sealed and opened.

mod note;
mod seal;
