//! The command-line helper.
fn main() {}
