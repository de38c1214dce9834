//! `postern init`: puts Postern into a folder.
//!
//! Job: look at what is there ([`found`]), ask what is wanted ([`command`]), and plan from both which files to write
//! ([`plan`]). What is there stays: files that belong to somebody are edited ([`crate::edit`]), never replaced, and a
//! second run changes nothing.

mod answers;
mod command;
mod found;
mod plan;
mod project;
mod questions;
mod recognised;
mod svelte;
mod test_file;
mod texts;
mod wrangler;

pub use command::{Arguments, run};
pub use found::Found;
pub use project::Made;

use answers::Login;
use project::Fresh;

use crate::context::Context;

/// `.dev.vars` of a project that is set up, with what is missing in it, and the account that was made for it.
pub fn local_secrets(
    context: &mut Context<'_>,
    found: &Found,
    text: &str,
) -> (String, Option<Made>) {
    let login = match found.has_provider() {
        Some(true) => Login::AsConfigured,
        _ => Login::Account(questions::first()),
    };
    let order = project::Local {
        login: &login,
        client_secret: None,
        signs: found.signs(),
    };
    project::secrets(text, &order, &Fresh::draw(context))
}

#[cfg(test)]
mod tests {
    mod command;
    mod machine;
    mod recognised;
    mod template;
    mod wrangler;
}
