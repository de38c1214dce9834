//! What a configuration does with requests: `postern explain`, `test`, `plan` and `routes`.
//!
//! Job: arguments, files, and how it is printed. Not its job: what becomes of a request; [`postern::explain`] says that, with
//! the gate's own code.

pub mod explain;
pub mod plan;
pub mod routes;
pub mod test;

mod cases;
mod columns;
mod who;

use postern::config::Config;

use crate::check;
use crate::context::Context;
use crate::project::{Project, Which};
use crate::step::Stop;

/// The project, and the configuration of the environment that is meant: the top level if none is.
fn configuration(context: &mut Context<'_>, which: &Which) -> Result<(Project, Config), Stop> {
    let project = Project::open(context, which);
    let environment = which.environment(context);
    match check::configuration(context, &project, environment.as_deref()) {
        Ok(config) => Ok((project, config)),
        Err(lines) => {
            for line in lines {
                context.say(line);
            }
            Err(context.fail("nothing can be said before that is corrected"))
        }
    }
}

/// Where a route stands: `routes[2] /private/*, postern.toml:31`.
fn placed(project: &Project, index: usize, pattern: &str) -> String {
    let place = project.postern.as_ref().ok();
    let place = place.and_then(|file| Some((&file.path, file.place(&format!("routes[{index}]"))?)));
    match place {
        Some((path, place)) => format!("routes[{index}] {pattern}, {path}:{}", place.line),
        None => format!("routes[{index}] {pattern}"),
    }
}

/// As JSON, for programs.
fn json(context: &mut Context<'_>, value: &impl serde::Serialize) {
    let text = serde_json::to_string_pretty(value);
    context.print(text.unwrap_or_else(|_| "null".to_owned()));
}
