//! What `init` asks: what is to be gated, and who may enter. What is said on the command line is not asked.

use postern::accounts::Name;
use postern::protocol::issuer::is_web_origin;
use postern::secret::Secret;

use super::answers::{Allow, Files, Gate, Login, Provider};
use super::command::Arguments;
use super::found::Found;
use super::recognised::Choice;
use crate::context::Context;
use crate::host::Host;
use crate::step::Stop;

/// What is to be gated; `None` where that was settled before.
pub fn gate(
    context: &mut Context<'_>,
    arguments: &Arguments,
    found: &Found,
) -> Result<Option<Gate>, Stop> {
    if let Some(text) = &arguments.gate {
        return match read_gate(context.host(), found, text) {
            Ok(gate) => Ok(Some(gate)),
            Err(why) => Err(context.fail(format!("--gate {text}: {why}"))),
        };
    }
    if found.is_set_up() {
        return Ok(None);
    }
    let choices = found
        .choices(context.host())
        .map_err(|why| context.fail(why))?;
    if arguments.yes {
        let first = choices.into_iter().next();
        return Ok(Some(first.map_or_else(new_folder, |choice| choice.gate)));
    }
    if !context.is_terminal() {
        return Err(context.fail(
            "what is to be gated? There is no terminal to ask in: say `--gate static:FOLDER`, `--gate worker:FILE` or \
             `--gate https://HOST`, or `--yes` to take what is found",
        ));
    }
    ask_gate(context, found, choices).map(Some)
}

/// A folder that `init` begins itself.
fn new_folder() -> Gate {
    Gate::Files(Files {
        folder: "public".to_owned(),
        not_found: Some("404-page"),
        build: None,
    })
}

fn read_gate(host: &dyn Host, found: &Found, text: &str) -> Result<Gate, String> {
    let choices = || found.choices(host);
    if let Some(folder) = text.strip_prefix("static:") {
        let folder = folder.trim_start_matches("./").trim_end_matches('/');
        if folder.is_empty() || folder.contains(['"', '\\']) {
            return Err("which folder? Write its name, as in `static:public`".to_owned());
        }
        // What writes the folder is known where a framework was recognised.
        let known = choices()
            .unwrap_or_default()
            .into_iter()
            .find_map(|choice| match choice.gate {
                Gate::Files(files) if files.folder == folder => Some(files),
                _ => None,
            });
        return Ok(Gate::Files(known.unwrap_or_else(|| Files {
            folder: folder.to_owned(),
            not_found: Some("404-page"),
            build: None,
        })));
    }
    if text == "worker" || text.starts_with("worker:") {
        let main = text.strip_prefix("worker:");
        if main.is_some_and(|main| main.is_empty() || main.contains(['"', '\\'])) {
            return Err("which file? Write its name, as in `worker:src/index.js`".to_owned());
        }
        let known = choices()?.into_iter().find_map(|choice| match choice.gate {
            Gate::Worker(worker) if main.is_none() || worker.main.as_deref() == main => {
                Some(worker)
            }
            _ => None,
        });
        return Ok(Gate::Worker(
            known.unwrap_or_else(|| found.own_worker(host, main)),
        ));
    }
    if is_web_origin(text) {
        return Ok(Gate::Server(text.to_owned()));
    }
    Err(
        "write `static:FOLDER`, `worker:FILE`, or `https://HOST` with nothing after the host"
            .to_owned(),
    )
}

fn ask_gate(context: &mut Context<'_>, found: &Found, choices: Vec<Choice>) -> Result<Gate, Stop> {
    context.say("What is to be gated?");
    let known = choices.len();
    let mut others = [
        "a folder of static files",
        "a Worker of yours",
        "a server elsewhere",
    ];
    match choices.first().map(|choice| &choice.gate) {
        Some(Gate::Files(_)) => others[0] = "another folder of static files",
        Some(Gate::Worker(_)) => others[1] = "another Worker of yours",
        Some(Gate::Server(_)) | None => {}
    }
    let labels = choices.iter().map(|choice| choice.label.as_str());
    let all: Vec<&str> = labels.chain(others).collect();
    let at = ask_number(context, &all)?;
    let kind = match choices.into_iter().nth(at) {
        Some(choice) => return Ok(choice.gate),
        None => at - known,
    };
    let (prompt, default, prefix) = match kind {
        0 => ("Which folder? [public] ", "public", "static:"),
        1 => (
            "The file that it begins with, if there is one? [a new one] ",
            "",
            "worker:",
        ),
        _ => ("At which URL? (https://HOST) ", "", ""),
    };
    loop {
        let line = context.ask(prompt)?;
        let line = Some(line.trim())
            .filter(|line| !line.is_empty())
            .unwrap_or(default);
        let text = match (kind, line) {
            (1, "") => "worker".to_owned(),
            (_, line) => format!("{prefix}{line}"),
        };
        match read_gate(context.host(), found, &text) {
            Ok(gate) => return Ok(gate),
            Err(why) => context.say(format!("  {why}")),
        }
    }
}

/// The index of the one that was chosen.
fn ask_number(context: &mut Context<'_>, labels: &[&str]) -> Result<usize, Stop> {
    for (at, label) in labels.iter().enumerate() {
        context.say(format!("  {}  {label}", at + 1));
    }
    loop {
        let line = context.ask("Number [1] ")?;
        match line.trim() {
            "" => return Ok(0),
            line => match line.parse::<usize>() {
                Ok(number) if (1..=labels.len()).contains(&number) => return Ok(number - 1),
                _ => context.say(format!("  a number from 1 to {}, please", labels.len())),
            },
        }
    }
}

type Secrets = Option<Secret<String>>;

/// Who may enter, and the secret that the provider gave.
pub fn login(
    context: &mut Context<'_>,
    arguments: &Arguments,
    found: &Found,
) -> Result<(Login, Secrets), Stop> {
    if let Some(text) = &arguments.login {
        if let Some(name) = text
            .strip_prefix("account")
            .map(|rest| rest.trim_start_matches(':'))
        {
            let name = if name.is_empty() { FIRST } else { name };
            let name = name
                .parse()
                .map_err(|why| context.fail(format!("--login {text}: the name {why}")))?;
            return Ok((Login::Account(name), None));
        }
        return provider(context, arguments, text.clone());
    }
    let account = || Login::Account(first());
    match found.has_provider() {
        Some(true) => return Ok((Login::AsConfigured, None)),
        Some(false) => return Ok((account(), None)),
        // Without a terminal, one account is what is made where nothing else is said.
        None if arguments.yes || !context.is_terminal() => return Ok((account(), None)),
        None => {}
    }
    context.say("Who may enter?");
    let ways = [
        "people with a name and a password that Postern checks itself",
        "people of an OpenID Connect provider: Google, Entra ID, Keycloak and others",
    ];
    if ask_number(context, &ways)? == 1 {
        let issuer = context.ask("Its issuer? (https://...) ")?;
        return provider(context, arguments, issuer.trim().to_owned());
    }
    loop {
        let line = context.ask(format!("The name of the first of them? [{FIRST}] "))?;
        let line = Some(line.trim())
            .filter(|line| !line.is_empty())
            .unwrap_or(FIRST);
        match line.parse::<Name>() {
            Ok(name) => return Ok((Login::Account(name), None)),
            Err(why) => context.say(format!("  the name {why}")),
        }
    }
}

/// The name of the first account, where nobody says another.
const FIRST: &str = "me";

/// The same, read.
pub fn first() -> Name {
    FIRST.parse().expect("a name of two letters is one")
}

fn provider(
    context: &mut Context<'_>,
    arguments: &Arguments,
    issuer: String,
) -> Result<(Login, Secrets), Stop> {
    let is_url = issuer.starts_with("https://") || issuer.starts_with("http://localhost");
    if !is_url
        || issuer.contains(|c: char| c.is_whitespace() || c.is_control() || "\"\\".contains(c))
    {
        return Err(context.fail(format!(
            "`{}` is no issuer: write `account`, or the URL that the provider calls its issuer",
            issuer.escape_debug()
        )));
    }
    let asks = context.is_terminal() && !arguments.yes;
    let client_id = match &arguments.client_id {
        Some(id) => id.clone(),
        None if asks => context
            .ask("The client id that it gave this site? ")?
            .trim()
            .to_owned(),
        None => {
            return Err(
                context.fail("the provider has given this site a client id: say `--client-id ID`")
            );
        }
    };
    let is_printable = |c: char| c.is_ascii_graphic() && !"\"\\".contains(c);
    if client_id.is_empty() || !client_id.chars().all(is_printable) {
        return Err(context.fail("a client id is of letters, digits and signs, without spaces"));
    }
    let secret = match &arguments.client_secret {
        Some(place) => Some(variable(context, place)?),
        None if asks => {
            let secret = context.ask_secret("And the client secret? (nothing if it gave none) ")?;
            // Exposed to see whether there is one.
            (!secret.expose().trim().is_empty()).then_some(secret)
        }
        None => None,
    };
    let allow = if arguments.allow.is_empty() && asks {
        vec![ask_allow(context)?]
    } else {
        let read = arguments.allow.iter().map(|text| Allow::read(text));
        let all: Option<Vec<Allow>> = read.collect();
        all.filter(|all| !all.is_empty())
            .ok_or_else(|| context.fail(format!("whom of its people to let in: {ALLOW}")))?
    };
    let login = Login::Provider(Provider {
        issuer,
        client_id,
        has_secret: secret.is_some(),
        allow,
    });
    Ok((login, secret))
}

const ALLOW: &str = "say `--allow ann@example.com`, `--allow @example.com`, `--allow groups=staff` or `--allow anyone`";

fn ask_allow(context: &mut Context<'_>) -> Result<Allow, Stop> {
    loop {
        let line = context
            .ask("Whom does it let in? (ann@example.com, @example.com, groups=staff, anyone) ")?;
        match Allow::read(&line) {
            Some(allow) => return Ok(allow),
            None => context.say("  an address, a domain after `@`, a claim with what it has to have, or `anyone`, please"),
        }
    }
}

fn variable(context: &mut Context<'_>, place: &str) -> Result<Secret<String>, Stop> {
    let name = place.strip_prefix("env:").unwrap_or_default();
    match context.variable(name) {
        Some(value) if !name.is_empty() && !value.is_empty() => Ok(Secret::new(value)),
        _ => Err(context.fail(
            "--client-secret takes `env:NAME`, where NAME is a variable of the environment with the secret in it",
        )),
    }
}
