//! The built program.

use std::env;
use std::process::Command;

/// A command that runs `postern-cli`. Cargo puts it beside the folder of the tests; not every cargo
/// tells its path to tests when it compiles them.
pub fn postern_cli() -> Command {
    let test = env::current_exe().expect("a running test has a path");
    let built = test
        .ancestors()
        .nth(2)
        .expect("tests are in target/PROFILE/deps");
    Command::new(built.join("postern-cli"))
}
