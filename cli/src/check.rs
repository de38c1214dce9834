//! Checks a wrangler.toml: what the Worker itself would refuse at its start, and what the Worker cannot
//! see, because such requests never reach it.

use postern::config::{Config, HeaderPattern, Route, names};
use postern::gate::forward::should_strip;
use toml::{Table, Value};

use crate::context::Context;
use crate::findings::Findings;
use crate::host;
use crate::pages;
use crate::served;
use crate::step::Stop;
use crate::wrangler::{Section, tables};

/// The classes that must have their storage, with their bindings.
const CLASSES: [(&str, &str); 5] = [
    (names::COORDINATORS, "SessionCoordinator"),
    (names::PEOPLE, "Person"),
    (names::LOG, "RevocationLog"),
    (names::RELAYS, "RevocationRelay"),
    (names::ACCOUNTS, "Account"),
];

/// Checks `file` and every environment in it, and prints what it has found.
pub fn run(context: &mut Context<'_>, file: &str) -> Result<(), Stop> {
    let table = match read(context, file) {
        Ok(table) => table,
        Err(message) => {
            context.say(format!("{file}: error: {message}"));
            return Err(Stop::Failed);
        }
    };
    let (folder, _) = host::split(file);
    let section = Section::top(&table, folder, context);
    // Each of them is checked, whether or not the others are fine.
    let mut all = check(context, file, &section, folder, None);
    let environments = table.get("env").and_then(Value::as_table);
    for (env, own) in environments.into_iter().flatten() {
        let name = format!("{file} [env.{env}]");
        let Some(own) = own.as_table() else {
            context.say(format!("{name}: error: must be a table"));
            all = false;
            continue;
        };
        let section = Section::named(env, own, &table, folder, context);
        all &= check(context, &name, &section, folder, Some(env));
    }
    if all { Ok(()) } else { Err(Stop::Failed) }
}

/// The configurations in `file`: the one at the top level, if it is there, and that of each environment.
///
/// # Errors
/// What is wrong with the file, or that one of them is refused.
pub fn configurations(context: &Context<'_>, file: &str) -> Result<Vec<Config>, String> {
    let table = read(context, file)?;
    let (folder, _) = host::split(file);
    let mut sections = vec![Section::top(&table, folder, context)];
    for (env, own) in table
        .get("env")
        .and_then(Value::as_table)
        .into_iter()
        .flatten()
    {
        let own = own
            .as_table()
            .ok_or_else(|| format!("[env.{env}] must be a table"))?;
        sections.push(Section::named(env, own, &table, folder, context));
    }
    let configs = sections
        .iter()
        .map(|section| Config::read(&section.postern(), section));
    configs.collect::<Result<_, _>>().map_err(|_| {
        "the configuration is refused: `postern check` says what is wrong with it".to_owned()
    })
}

fn read(context: &Context<'_>, file: &str) -> Result<Table, String> {
    if file.strip_suffix(".toml").is_none() {
        return Err("is not a TOML file: give the wrangler.toml of the Worker".to_owned());
    }
    let text = context.read_text(file)?.ok_or("there is no such file")?;
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.unwrap_or_default().matches('\n').count() + 1;
        format!("is not TOML: line {line}: {}", error.message())
    })
}

/// Whether this section may be deployed.
fn check(
    context: &mut Context<'_>,
    name: &str,
    section: &Section<'_>,
    folder: &str,
    env: Option<&str>,
) -> bool {
    let mut findings = Findings::default();
    let json = section.postern();
    let config = Config::read(&json, section).map_err(|problems| {
        for problem in problems {
            findings.error(problem);
        }
    });
    check_secrets(section, &mut findings);
    check_storage(section, &mut findings);
    check_addresses(section, &mut findings);
    let routes = config.as_ref().map_or(&[][..], |config| &config.routes);
    served::check(section, routes, &mut findings);
    check_headers(routes, &mut findings);
    served::check_as_sent(routes, &mut findings);
    if let Ok(config) = &config {
        pages::check(context, section, config, folder, &mut findings);
    }

    for warning in &findings.warnings {
        context.say(format!("{name}: warning: {}", in_environment(warning, env)));
    }
    for error in &findings.errors {
        context.say(format!("{name}: error: {}", in_environment(error, env)));
    }
    match config {
        Ok(config) if findings.errors.is_empty() => {
            let (clients, routes) = (config.clients.len(), config.routes.len());
            context.print(format!(
                "{name}: ok: {}, {}",
                counted(clients, "client"),
                counted(routes, "route")
            ));
            if let Some(jurisdiction) = config.place.jurisdiction {
                context.print(format!(
                    "{name}: the Durable Objects are in the jurisdiction `{jurisdiction}`, which must \
                     not change while tokens live: another one is another log, which knows of no \
                     revocation"
                ));
            }
            true
        }
        _ => false,
    }
}

/// The tables that an environment does not take from the top level.
const OWN_TABLES: [&str; 8] = [
    "vars",
    "kv_namespaces",
    "services",
    "durable_objects",
    "ratelimits",
    "mtls_certificates",
    "vpc_services",
    "vpc_networks",
];

/// A message about an environment, which has tables and secrets of its own.
fn in_environment(message: &str, env: Option<&str>) -> String {
    let Some(env) = env else {
        return message.to_owned();
    };
    let mut message = message.to_owned();
    for table in OWN_TABLES {
        for end in [']', '.'] {
            message = message.replace(
                &format!("[{table}{end}"),
                &format!("[env.{env}.{table}{end}"),
            );
        }
    }
    message.replace(
        "wrangler secret put ",
        &format!("wrangler secret put --env {env} "),
    )
}

fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// Secrets do not belong into a file that is kept with the program.
fn check_secrets(section: &Section<'_>, findings: &mut Findings) {
    if section.variable(names::KEYS).is_some() {
        findings.error(
            "vars.POSTERN_KEYS: the sealing keys are secret and must not be in this file: take \
             them out, make new ones with `make keys`, and store those with `wrangler secret put \
             POSTERN_KEYS`",
        );
    }
    if section.variable(names::USERS).is_some() {
        findings.error(
            "vars.POSTERN_USERS: anyone with this file could try passwords on the hashes in it: take \
             them out, make new ones with `make user` and other passwords, and store those with \
             `wrangler secret put POSTERN_USERS`",
        );
    }
}

/// Each class that is bound needs `SQLite` storage, made by a migration. A binding that is missing and needed was
/// reported already.
fn check_storage(section: &Section<'_>, findings: &mut Findings) {
    for (name, class) in CLASSES {
        if !section.durable_objects().any(|(bound, _)| bound == name) {
            continue;
        }
        for (_, bound) in section
            .durable_objects()
            .filter(|(n, c)| *n == name && *c != class)
        {
            findings.error(format!(
                "durable_objects.bindings: {name} is bound to the class `{bound}`: write \
                 `class_name = \"{class}\"`"
            ));
        }
        let migrated = |key: &str| {
            tables(section.inherited("migrations")).any(|migration| {
                let classes = migration.get(key).and_then(Value::as_array);
                classes.is_some_and(|all| all.iter().any(|c| c.as_str() == Some(class)))
            })
        };
        if migrated("new_classes") {
            findings.error(format!(
                "migrations: `{class}` is in `new_classes`, and needs the storage of \
                 `new_sqlite_classes`: move it there"
            ));
        } else if !migrated("new_sqlite_classes") {
            findings.error(format!(
                "migrations: `{class}` is missing: add `[[migrations]]` with a new `tag` and \
                 `new_sqlite_classes = [\"{class}\"]`"
            ));
        }
    }
}

/// What an allow list names must be able to reach the origin.
fn check_headers(routes: &[Route], findings: &mut Findings) {
    for (at, route) in routes.iter().enumerate() {
        for (index, pattern) in route.headers.iter().flatten().enumerate() {
            let (HeaderPattern::Name(name) | HeaderPattern::Family(name)) = pattern;
            if should_strip(name) {
                findings.error(format!(
                    "routes[{at}].headers[{index}]: `{name}` stops on every route, because an origin \
                     could take a client's word for another gate's or another proxy's: leave it out"
                ));
            }
        }
    }
}

/// Where the Worker has its own domain, the addresses that Cloudflare adds are another way in.
fn check_addresses(section: &Section<'_>, findings: &mut Findings) {
    if section
        .inherited("routes")
        .or_else(|| section.inherited("route"))
        .is_none()
    {
        return;
    }
    for (key, address) in [
        ("workers_dev", "its address on workers.dev"),
        ("preview_urls", "a preview address for each version"),
    ] {
        if section.inherited(key).and_then(Value::as_bool) != Some(false) {
            findings.warning(format!(
                "{key}: the Worker may be reached at {address} too, around what protects your \
                 domain: write `{key} = false`"
            ));
        }
    }
}
