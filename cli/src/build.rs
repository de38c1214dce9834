//! Writes the module that the Worker reads its configuration from, and a `main` for those who have no Worker of their own.
//!
//! Nothing is written where nothing has changed, so that whoever watches these files is not woken for nothing.

use serde_json::Value;

use crate::check::{self, Checked, Line};
use crate::context::Context;
use crate::host;
use crate::project::{Project, Which};
use crate::step::Stop;
use crate::worker_first;

/// The folder for what is built, if no other one was named.
const FOLDER: &str = ".postern";

const WORKER: &str = r#"// Written by `postern build`. Do not edit.
import { worker } from "postern/worker";
import config from "./config.js";
export { Account, Person, RevocationLog, RevocationRelay, SessionCoordinator } from "postern/worker";
export default worker(config);
"#;

const CONFIG_TYPES: &str = r"// Written by `postern build`. Do not edit.
declare const config: import('postern').Config;
export default config;
";

/// `wrangler types` writes into its own file that the classes come from here.
const WORKER_TYPES: &str = r"// Written by `postern build`. Do not edit.
import { worker } from 'postern/worker';
export { Account, Person, RevocationLog, RevocationRelay, SessionCoordinator } from 'postern/worker';
declare const whole: ReturnType<typeof worker>;
export default whole;
";

/// Checks the project and writes its modules. While somebody develops, a configuration that is refused is a module too: the
/// Worker then shows what is wrong.
pub fn run(
    context: &mut Context<'_>,
    which: &Which,
    dev: bool,
    out: Option<&str>,
    no_edit: bool,
) -> Result<(), Stop> {
    // So wrangler tells a build what it is for. It has read its own file by then.
    let by_wrangler = context.variable("WRANGLER_COMMAND");
    let dev = dev || by_wrangler.as_deref() == Some("dev");
    let project = Project::open(context, which);
    let mut all = check::environments(context, &project, which, dev);
    if !no_edit && by_wrangler.is_none() {
        worker_first::write(context, &project, &mut all);
    }
    let lines = check::lines(&project, &all);
    for line in &lines {
        context.say(line.whole());
    }
    // Which one `wrangler dev` runs is not known here, and the Worker checks its own once more.
    let is_fine = if dev {
        all.iter().any(Checked::is_fine)
    } else {
        all.iter().all(Checked::is_fine)
    };
    let module = match (is_fine, &project.postern) {
        (true, Ok(file)) if dev => {
            let wrangler = project.wrangler.as_ref().ok();
            let environment = which.environment(context);
            let section = wrangler
                .and_then(|wrangler| wrangler.section(context, environment.as_deref(), true).ok());
            let json = file.json_for_development(section.as_ref());
            module(&file.path, &accepted(&json, dev))
        }
        (true, Ok(file)) => module(&file.path, &accepted(&file.json(), dev)),
        _ if dev => module(&which.config, &refused(&lines)),
        _ => return Err(Stop::Failed),
    };
    let (folder, _) = host::split(&which.config);
    let folder = out.map_or_else(|| host::join(folder, FOLDER), str::to_owned);
    let path = host::join(&folder, "config.js");
    match all.iter().find_map(|checked| checked.config.as_ref()) {
        Some(config) if is_fine => context.print(format!(
            "postern: {path} is made of {} ({})",
            which.config,
            check::counts(config)
        )),
        _ => context.print(format!(
            "postern: {path} has what is wrong, and the Worker shows it"
        )),
    }
    context.write(path, module);
    context.write(host::join(&folder, "config.d.ts"), CONFIG_TYPES);
    context.write(host::join(&folder, "worker.d.ts"), WORKER_TYPES);
    context.write(host::join(&folder, "worker.js"), WORKER);
    if out.is_none() {
        context.write(host::join(&folder, ".gitignore"), "*\n");
    }
    Ok(())
}

fn accepted(json: &str, dev: bool) -> String {
    let dev = if dev { "dev: true, " } else { "" };
    format!("{{ version: 1, {dev}table: {} }}", Value::from(json))
}

fn refused(lines: &[Line]) -> String {
    let errors = lines.iter().filter(|line| line.is_error);
    let errors: Value = errors
        .map(|line| format!("{}: {}", line.place, line.text))
        .collect();
    format!("{{ version: 1, dev: true, refused: {errors} }}")
}

fn module(path: &str, value: &str) -> String {
    let (_, name) = host::split(path);
    format!("// Written by `postern build` from {name}. Do not edit.\nexport default {value};\n")
}
