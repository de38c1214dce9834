//! The command `postern`: checks and builds a configuration, and makes keys, client secrets and accounts.
//!
//! Job: what the command decides and says. [`run`] is a function of its arguments, of what the [`Host`] tells, and of the
//! answers that came so far. Not its job: to wait. Where a command needs a person or the network, [`run`] says so with its
//! [`Step`]; Node gets the answer (`npm/postern/cli.js`) and calls [`run`] again with all answers. So a command reads from
//! top to bottom, and needs neither threads nor a runtime: `let name = context.ask("Name: ")?;`.
//!
//! A new command is a variant of `arguments::Command`, and a function in a file of its own that takes a [`Context`].

pub mod context;
pub mod host;
pub mod memory;
pub mod step;
pub mod wire;

mod advice;
mod arguments;
mod build;
mod check;
mod checks;
mod dev;
mod doctor;
mod edit;
mod findings;
mod init;
mod make;
mod policy;
mod project;
mod rotate;
mod user;
mod worker_first;

#[cfg(target_arch = "wasm32")]
mod wasm;

pub use context::Context;
pub use dev::readable::{Shown, readable};
pub use host::Host;
pub use step::{Answer, Outcome, Step, Stop};

/// Runs the command that `arguments` name (without the program's own name), as far as `answers` let it.
pub fn run(arguments: &[String], answers: &[Answer], host: &dyn Host) -> Outcome {
    let mut context = Context::new(host, answers);
    let command = match arguments::read(arguments) {
        Ok(command) => command,
        Err((print, code)) => {
            return Outcome {
                printed: vec![print],
                step: Step::Done(code),
            };
        }
    };
    let result = command.run(&mut context);
    context.outcome(result)
}
