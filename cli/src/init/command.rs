//! `postern init`: asks what is not said on the command line, and writes a project.

use clap::Args;

use super::found::Found;
use super::plan::{self, Order, Plan};
use super::project::Fresh;
use super::questions::{gate, login};
use crate::context::Context;
use crate::host::join;
use crate::step::Stop;

/// What can be said on the command line.
#[derive(Args)]
pub struct Arguments {
    /// The folder of the project. It is made if it is not there.
    #[arg(default_value = ".")]
    pub(super) folder: String,
    /// What is to be gated: `static:FOLDER`, `worker` (or `worker:FILE`), or the URL of a server elsewhere.
    #[arg(long)]
    pub(super) gate: Option<String>,
    /// Who may enter: `account` (or `account:NAME`), or the issuer of an OpenID Connect provider.
    #[arg(long)]
    pub(super) login: Option<String>,
    /// The name of this site at that provider.
    #[arg(long)]
    pub(super) client_id: Option<String>,
    /// Where the secret is that the provider gave: `env:NAME`, a variable of the environment.
    #[arg(long, value_name = "env:NAME")]
    pub(super) client_secret: Option<String>,
    /// Whom of that provider's people to let in: `ann@example.com`, `@example.com`, `groups=staff` or `anyone`. May be given
    /// several times.
    #[arg(long, value_name = "WHO")]
    pub(super) allow: Vec<String>,
    /// What the site is called.
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Ask nothing: take what is recognised, or a folder of static files; and one account.
    #[arg(long, short)]
    pub(super) yes: bool,
    /// What `postern` is to be in package.json: a version, or a file.
    #[arg(long, value_name = "VERSION", hide = true)]
    pub(super) postern: Option<String>,
    /// Do not say what comes next: `create-postern` does it.
    #[arg(long, hide = true)]
    pub(super) create: bool,
}

/// Runs it.
///
/// # Errors
/// What is missing or in the way, or what is to be asked first.
pub fn run(context: &mut Context<'_>, arguments: &Arguments) -> Result<(), Stop> {
    let folder = arguments.folder.trim_end_matches('/');
    let folder = if folder.is_empty() { "." } else { folder };
    let found = Found::look(context.host(), folder).map_err(|why| context.fail(why))?;
    let name = site_name(context, arguments, &found);
    let gate = gate(context, arguments, &found)?;
    let (login, client_secret) = login(context, arguments, &found)?;
    let fresh = Fresh::draw(context);
    let version = format!("^{}", env!("CARGO_PKG_VERSION"));
    let order = Order {
        gate: gate.as_ref(),
        login: &login,
        name: &name,
        postern: arguments.postern.as_deref().unwrap_or(&version),
        client_secret: client_secret.as_ref(),
        fresh: &fresh,
    };
    let plan = plan::plan(context.host(), &found, &order).map_err(|why| context.fail(why))?;
    if plan.files.is_empty() {
        context.say("postern: nothing is missing here: no file was changed");
        return Ok(());
    }
    confirm(context, arguments, &plan)?;
    write(context, folder, &plan);
    if !arguments.create {
        say_what_next(context, folder, &found, &plan);
    }
    Ok(())
}

fn site_name(context: &Context<'_>, arguments: &Arguments, found: &Found) -> String {
    let working = context.variable("PWD").unwrap_or_default();
    let folder = match found.folder.as_str() {
        "." => working.as_str(),
        folder => folder,
    };
    let last = folder.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = arguments.name.as_deref().or_else(|| found.name());
    let name = name.unwrap_or(if last.is_empty() { "my-site" } else { last });
    // It goes into files between quotes.
    name.chars()
        .filter(|c| !c.is_control() && !"\"\\<>&`".contains(*c))
        .take(64)
        .collect()
}

/// Asks before what is there is changed.
fn confirm(context: &mut Context<'_>, arguments: &Arguments, plan: &Plan) -> Result<(), Stop> {
    let changed: Vec<&str> = plan
        .files
        .iter()
        .filter(|file| file.is_there)
        .map(|file| file.name.as_str())
        .collect();
    if changed.is_empty() || arguments.yes {
        return Ok(());
    }
    let new: Vec<&str> = plan
        .files
        .iter()
        .filter(|file| !file.is_there)
        .map(|file| file.name.as_str())
        .collect();
    if !context.is_terminal() {
        return Err(context.fail(format!(
            "this changes {}, and there is no terminal to ask in: say `--yes` if it may",
            listed(&changed)
        )));
    }
    if !new.is_empty() {
        context.say(format!("To be written: {}.", listed(&new)));
    }
    context.say(format!(
        "To be changed: {}. What is in there stays, comments too.",
        listed(&changed)
    ));
    let line = context.ask("Go on? [Y/n] ")?;
    match line.trim().to_ascii_lowercase().as_str() {
        "" | "y" | "yes" => Ok(()),
        _ => Err(context.fail("no file was changed")),
    }
}

fn write(context: &mut Context<'_>, folder: &str, plan: &Plan) {
    for file in &plan.files {
        let path = join(folder, &file.name);
        if file.is_secret {
            context.write_secret(path, file.text.clone());
        } else {
            context.write(path, file.text.clone());
        }
    }
    let names = |is_there: bool| {
        let files = plan.files.iter().filter(|file| file.is_there == is_there);
        files.map(|file| file.name.as_str()).collect::<Vec<_>>()
    };
    for (verb, names) in [
        ("wrote", names(false)),
        ("changed", names(true)),
        (
            "left as they are",
            plan.kept.iter().map(String::as_str).collect(),
        ),
    ] {
        if !names.is_empty() {
            context.say(format!("postern: {verb} {}", listed(&names)));
        }
    }
    for note in &plan.notes {
        context.say(format!("postern: {note}"));
    }
    if let Some(made) = &plan.made {
        // Exposed to be shown this once.
        context.say(format!(
            "\nLog in as {} with the password {} (it is not shown again)",
            made.name,
            made.password.expose()
        ));
    }
}

fn say_what_next(context: &mut Context<'_>, folder: &str, found: &Found, plan: &Plan) {
    let manager = found.manager;
    let enter = if folder == "." {
        String::new()
    } else {
        format!("cd {folder} && ")
    };
    context.say(format!(
        "\nNext:\n  {enter}{manager} install\n  {manager} run {}   # serves it on this machine",
        plan.dev
    ));
}

/// `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
