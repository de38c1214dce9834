//! `postern dev`: sees that what is needed is there, and has the project's own wrangler or Vite serve it.

use clap::Args;

use crate::context::Context;
use crate::init::{Found, Made, local_secrets};
use crate::step::{Serve, Stop};

/// What can be said on the command line.
#[derive(Args)]
pub struct Arguments {
    /// The port at which it is served.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// For wrangler (or Vite) itself, after `--`.
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Where secrets for local runs are.
const SECRETS: &str = ".dev.vars";

/// Runs it.
///
/// # Errors
/// What is missing.
pub fn run(context: &mut Context<'_>, arguments: &Arguments) -> Result<(), Stop> {
    let found = Found::look(context.host(), ".").map_err(|why| context.fail(why))?;
    if found.wrangler.is_none() || found.has_provider().is_none() {
        return Err(context.fail("there is no postern.toml with a wrangler file beside it: `npx postern init` writes both"));
    }
    let there = context
        .read_text(SECRETS)
        .map_err(|why| context.fail(format!("{SECRETS}: {why}")))?;
    let there = there.unwrap_or_default();
    let (text, made) = local_secrets(context, &found, &there);
    if text != there {
        context.say(format!(
            "postern: {SECRETS} has new secrets, for this machine alone"
        ));
        context.write_secret(SECRETS, text.clone());
    }
    let accounts = accounts(&text);
    let who = who(made.as_ref(), &accounts);
    context.serve(serve(&found, arguments, &who));
    Ok(())
}

/// What is started. A project whose Worker Vite runs is served by Vite.
fn serve(found: &Found, arguments: &Arguments, who: &str) -> Serve {
    let port = arguments.port.to_string();
    let here = format!("localhost:{port}");
    let (package, program, words) = if found.depends_on("@cloudflare/vite-plugin") {
        ("vite", "vite", vec!["dev", "--port", &port, "--strictPort"])
    } else {
        let quiet = "--show-interactive-dev-session=false";
        // Also where the file names a domain: wrangler would tell the Worker that it is reached there.
        let upstream = ["--local-upstream", &here, "--upstream-protocol", "http"];
        let words = ["dev", "--port", &port, quiet].into_iter().chain(upstream);
        ("wrangler", "wrangler", words.collect())
    };
    let rest = arguments.rest.iter().map(String::as_str);
    Serve {
        package: package.to_owned(),
        program: program.to_owned(),
        arguments: words.into_iter().chain(rest).map(str::to_owned).collect(),
        notice: format!("\npostern: open http://localhost:{port}/ {who}(Ctrl-C stops it)\n"),
        install: format!(
            "{package} is not installed here: `{} install`, or `{} install -D {package}`",
            found.manager, found.manager
        ),
    }
}

/// Who may log in, in words.
fn who(made: Option<&Made>, accounts: &[String]) -> String {
    match (made, accounts) {
        // Exposed to be shown this once: nobody can read it again.
        (Some(made), _) => format!(
            "and log in as {} with the password {} (it is not shown again) ",
            made.name,
            made.password.expose()
        ),
        (None, [first, ..]) => format!("and log in as {first} "),
        (None, []) => String::new(),
    }
}

/// The names in the lines of `POSTERN_USERS`.
fn accounts(secrets: &str) -> Vec<String> {
    let value = secrets
        .split_once("POSTERN_USERS=")
        .map_or("", |(_, rest)| rest);
    let quote = value.chars().next().filter(|c| "'\"".contains(*c));
    let value = match quote {
        Some(quote) => value[1..]
            .split(quote)
            .next()
            .unwrap_or_default()
            .to_owned(),
        None => value.lines().next().unwrap_or_default().to_owned(),
    };
    let value = value.replace("\\n", "\n");
    let names = value
        .lines()
        .filter_map(|line| line.trim().split_once(":$"));
    names.map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;

    fn project() -> Memory {
        let memory = Memory::default();
        assert_eq!(memory.run(&["init", "--yes"]).code, 0);
        memory
    }

    fn started(memory: &Memory, words: &[&str]) -> Serve {
        let ran = memory.run(words);
        ran.serve.unwrap_or_else(|| panic!("{}", ran.err))
    }

    #[test]
    fn a_project_is_served_by_wrangler() {
        let serve = started(&project(), &["dev", "--port", "9001", "--", "--inspect"]);
        assert_eq!(serve.program, "wrangler");
        assert_eq!(serve.arguments[..3], ["dev", "--port", "9001"]);
        assert_eq!(serve.arguments.last().unwrap(), "--inspect");
        assert!(
            serve
                .notice
                .contains("http://localhost:9001/ and log in as me (Ctrl-C"),
            "{}",
            serve.notice
        );
    }

    #[test]
    fn a_project_of_vite_by_vite() {
        let memory = project();
        let package = memory.text("package.json").unwrap();
        memory.put(
            "package.json",
            package.replace("\"wrangler\"", "\"@cloudflare/vite-plugin\""),
        );
        assert_eq!(started(&memory, &["dev"]).program, "vite");
    }

    #[test]
    fn secrets_that_are_missing_are_made_and_others_stay() {
        let memory = project();
        memory.put(".dev.vars", "POSTERN_KEYS=1:mine\n");
        let serve = started(&memory, &["dev"]);
        assert!(
            serve.notice.contains("log in as me with the password "),
            "{}",
            serve.notice
        );
        let secrets = memory.text(".dev.vars").unwrap();
        assert!(secrets.starts_with("POSTERN_KEYS=1:mine\n"), "{secrets}");
        assert!(
            secrets.contains("POSTERN_USERS='me:$argon2id$"),
            "{secrets}"
        );
        assert_eq!(memory.mode(".dev.vars"), Some(0o600));
        let serve = started(&memory, &["dev"]);
        assert!(
            serve.notice.contains("and log in as me (Ctrl-C"),
            "{}",
            serve.notice
        );
        assert_eq!(memory.text(".dev.vars").unwrap(), secrets);
    }

    #[test]
    fn where_people_log_in_elsewhere_no_account_is_made() {
        let memory = project();
        let configuration = memory.text("postern.toml").unwrap();
        memory.put(
            "postern.toml",
            format!("{configuration}\n[[providers]]\nid = \"a\"\n"),
        );
        memory.put(".dev.vars", "");
        let serve = started(&memory, &["dev"]);
        assert!(
            serve.notice.contains("http://localhost:8787/ (Ctrl-C"),
            "{}",
            serve.notice
        );
        assert!(!memory.text(".dev.vars").unwrap().contains("POSTERN_USERS"));
    }

    #[test]
    fn a_key_that_signs_is_made_where_a_route_asks_for_it() {
        let memory = project();
        started(&memory, &["dev"]);
        let secrets = || memory.text(".dev.vars").unwrap();
        assert!(!secrets().contains("POSTERN_SIGNING_KEYS"), "{}", secrets());
        let configuration = memory.text("postern.toml").unwrap();
        let route = "[[routes]]\nmatch = \"/a\"\nassertion = \"https://a.example.com\"\n";
        memory.put("postern.toml", format!("{configuration}\n{route}"));
        started(&memory, &["dev"]);
        let made = secrets();
        let (_, key) = made.split_once("POSTERN_SIGNING_KEYS=\"").unwrap();
        let (key, _) = key.split_once('"').unwrap();
        assert!(postern::token::SigningRing::parse(key).is_ok());
        started(&memory, &["dev"]);
        assert_eq!(secrets(), made, "it stays");
    }

    #[test]
    fn a_folder_without_a_project_is_told_what_to_do() {
        let ran = Memory::default().run(&["dev"]);
        assert_eq!(ran.code, 1);
        assert!(ran.err.contains("`npx postern init`"), "{}", ran.err);
    }

    #[test]
    fn names_of_accounts() {
        for (text, names) in [
            ("POSTERN_USERS='ann:$a$b\nbob:$c'\n", &["ann", "bob"][..]),
            ("POSTERN_USERS=\"ann:$a\\nbob:$c\"\n", &["ann", "bob"]),
            ("POSTERN_USERS=ann:$a\nX=1", &["ann"]),
            ("X=1", &[]),
        ] {
            assert_eq!(accounts(text), names, "{text}");
        }
    }
}
