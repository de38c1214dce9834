//! What a project needs beside its configuration: package.json, .gitignore, .dev.vars.

use postern::accounts::{Account, Name};
use postern::secret::Secret;
use postern::token::KeyRing;

use super::answers::{Framework, Gate, Login};
use super::found::Found;
use super::texts::{IGNORED, WRANGLER};
use crate::context::Context;
use crate::edit::{Edit, Item, Problem, jsonc, lines};
use crate::make;

/// The scripts that are missing, by name, in the order in which they are written.
pub fn scripts(found: &Found, gate: Option<&Gate>) -> Vec<(String, String)> {
    let (build, has_vite) = match gate {
        Some(Gate::Files(files)) => (files.build.as_deref(), false),
        // Vite runs no command of the wrangler file.
        Some(Gate::Worker(worker)) => {
            (worker.build.as_deref(), worker.by == Some(Framework::Astro))
        }
        Some(Gate::Server(_)) | None => (None, false),
    };
    let after = |first: &str, command: &str| match build {
        Some(build) if has_vite => format!("{first} && {build} && {command}"),
        Some(build) => format!("{build} && {command}"),
        None => command.to_owned(),
    };
    let mut scripts = vec![
        ("dev", DEV, after("postern build --dev", DEV)),
        ("check", "postern check", "postern check".to_owned()),
        (
            "test",
            "postern test",
            "postern test postern.test.toml".to_owned(),
        ),
    ];
    if build.is_none() && gate.is_some() {
        scripts.push(("build", "postern build", "postern build".to_owned()));
    }
    let deploy = if has_vite {
        after("postern build", "wrangler deploy")
    } else {
        after("", "postern build && wrangler deploy")
    };
    scripts.push(("deploy", DEPLOY, deploy));
    let missing = scripts
        .into_iter()
        .filter(|(_, what, _)| script_with(found, what).is_none());
    missing
        .map(|(name, _, command)| (free(found, name), command))
        .collect()
}

/// What starts it on this machine, as part of a script.
pub const DEV: &str = "postern dev";
/// What deploys it: wrangler, by itself or by way of a framework's own tool.
const DEPLOY: &str = " deploy";

/// The name of the script that runs `what`.
pub fn script_with(found: &Found, what: &str) -> Option<String> {
    let mut scripts = found.scripts();
    scripts
        .find(|(_, script)| script.contains(what))
        .map(|(name, _)| name.to_owned())
}

/// The name of a script: `postern:NAME` where another one has the name already.
fn free(found: &Found, name: &str) -> String {
    let taken = found.scripts().any(|(there, _)| there == name);
    if taken {
        format!("postern:{name}")
    } else {
        name.to_owned()
    }
}

/// package.json with the scripts and what they need; and the name of the script that starts it all.
///
/// # Errors
/// It is no package.json.
pub fn package(
    found: &Found,
    name: &str,
    postern: &str,
    scripts: &[(String, String)],
) -> Result<String, Problem> {
    let new =
        format!("{{\n  \"name\": \"{name}\",\n  \"private\": true,\n  \"type\": \"module\"\n}}\n");
    let text = found
        .package
        .as_ref()
        .map_or(new.as_str(), |file| file.text.as_str());
    let has = |package: &str| found.package.is_some() && found.depends_on(package);
    let script = |(name, command): &(String, String)| {
        Edit::default(["scripts", name.as_str()], Item::text(command))
    };
    let mut edits: Vec<Edit> = scripts.iter().map(script).collect();
    if !has("postern") {
        edits.push(Edit::default(
            ["dependencies", "postern"],
            Item::text(postern),
        ));
    }
    if !has("wrangler") {
        edits.push(Edit::default(
            ["devDependencies", "wrangler"],
            Item::text(WRANGLER),
        ));
    }
    jsonc::edit(text, &edits)
}

/// .gitignore with what Git must not have.
pub fn ignored(text: &str) -> String {
    lines::add(text, "# Made on this machine, or secret", &IGNORED)
}

/// An account that was made, with the password that nobody can read again.
pub struct Made {
    /// Its name.
    pub name: Name,
    /// Its password.
    pub password: Secret<String>,
}

/// Secrets for this machine, drawn from what a host gives.
pub struct Fresh {
    /// For a sealing key.
    pub key: [u8; 32],
    /// For a password.
    pub password: [u8; 16],
    /// For its hash.
    pub salt: [u8; 16],
    /// A key that signs, as its secret has it.
    pub signing: String,
}

impl Fresh {
    /// Draws them.
    pub fn draw(context: &mut Context<'_>) -> Self {
        Self {
            key: context.random(),
            password: context.random(),
            salt: context.random(),
            signing: make::signing_pair(context, 1),
        }
    }
}

/// What local runs need.
pub struct Local<'a> {
    /// Who may enter.
    pub login: &'a Login,
    /// The secret that the provider gave.
    pub client_secret: Option<&'a Secret<String>>,
    /// Whether origins get something that is signed.
    pub signs: bool,
}

/// The variable that has the issuer.
pub const ISSUER: &str = "POSTERN_ISSUER";

/// .dev.vars with what is missing in it, and the account that was made for it.
pub fn secrets(text: &str, local: &Local<'_>, fresh: &Fresh) -> (String, Option<Made>) {
    let mut result = text.to_owned();
    // Exposed for the one file that local secrets belong in, which Git ignores and only its owner may read.
    let key = format!("POSTERN_KEYS=\"{}\"", KeyRing::write_pair(1, &fresh.key));
    result = lines::add_values(
        &result,
        "# Secrets for this machine alone. A deployment has its own: `npx wrangler secret put NAME`.",
        &[("POSTERN_KEYS", key)],
    );
    if local.signs {
        let key = format!("POSTERN_SIGNING_KEYS=\"{}\"", fresh.signing);
        result = lines::add_values(
            &result,
            "# What signs who is there, for origins (`assertion`).",
            &[("POSTERN_SIGNING_KEYS", key)],
        );
    }
    let mut made = None;
    match local.login {
        Login::Account(name) if !lines::has_value(&result, "POSTERN_USERS") => {
            let password = password(&fresh.password);
            if let Some(line) = Account::write_line(name, &password, &fresh.salt) {
                result = lines::add_values(
                    &result,
                    "# Who may log in. In single quotes, for there are `$` in it.",
                    &[("POSTERN_USERS", format!("POSTERN_USERS='{line}'"))],
                );
                made = Some(Made {
                    name: name.clone(),
                    password,
                });
            }
        }
        Login::Provider(provider) if provider.has_secret => {
            let secret = local
                .client_secret
                .map_or("", |secret| secret.expose().as_str());
            let quote = if secret.contains('\'') { '"' } else { '\'' };
            result = lines::add_values(
                &result,
                "# What the provider gave this site.",
                &[(
                    "PROVIDER_CLIENT_SECRET",
                    format!("PROVIDER_CLIENT_SECRET={quote}{secret}{quote}"),
                )],
            );
        }
        Login::Account(_) | Login::Provider(_) | Login::AsConfigured => {}
    }
    (result, made)
}

/// Sixteen letters and digits, each of which is hard to mistake for another: 80 bits.
fn password(bytes: &[u8; 16]) -> Secret<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut text = String::with_capacity(20);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push('-');
        }
        text.push(char::from(LETTERS[usize::from(byte % 32)]));
    }
    Secret::new(text)
}
