//! From what is in a folder and what somebody wants, to the files to write.

use super::answers::{Framework, Gate, Login, Worker};
use super::found::{Found, Read, TOML};
use super::texts::{self, GATE};
use super::{project, svelte, test_file, wrangler};
use crate::edit::{jsonc, toml};
use crate::host::{Host, join};
use postern::secret::Secret;

/// A file to write.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// Its name in the folder.
    pub name: String,
    /// What is to be in it.
    pub text: String,
    /// Whether only its owner may read it.
    pub is_secret: bool,
    /// Whether it is there already, and is edited.
    pub is_there: bool,
}

/// What is to be done.
pub struct Plan {
    /// The files that are not yet as they have to be.
    pub files: Vec<File>,
    /// Files that are there, are somebody's own, and stay as they are.
    pub kept: Vec<String>,
    /// The account that was made.
    pub made: Option<project::Made>,
    /// The script of package.json that starts it.
    pub dev: String,
    /// What somebody has to do or to know, one thing each.
    pub notes: Vec<String>,
}

/// What is wanted.
pub struct Order<'a> {
    /// What is to be gated; `None` where postern.toml says so already.
    pub gate: Option<&'a Gate>,
    /// Who may enter.
    pub login: &'a Login,
    /// The name of the site.
    pub name: &'a str,
    /// What `postern` is in package.json.
    pub postern: &'a str,
    /// The secret that the provider gave.
    pub client_secret: Option<&'a Secret<String>>,
    /// What secrets are made of.
    pub fresh: &'a project::Fresh,
}

/// Collects files.
struct Files<'a> {
    host: &'a dyn Host,
    folder: &'a str,
    plan: Plan,
}

impl Files<'_> {
    fn there(&self, name: &str) -> Result<Option<String>, String> {
        let path = join(self.folder, name);
        let bytes = self
            .host
            .read(&path)
            .map_err(|why| format!("{path}: {why}"))?;
        let text = bytes.map(String::from_utf8).transpose();
        text.map_err(|_| format!("{path}: is not UTF-8"))
    }

    /// A file that is edited where it is there.
    fn edit(
        &mut self,
        name: &str,
        is_secret: bool,
        edit: impl FnOnce(&str) -> String,
    ) -> Result<(), String> {
        let there = self.there(name)?;
        let text = edit(there.as_deref().unwrap_or_default());
        if there.as_ref() != Some(&text) {
            self.plan.files.push(File {
                name: name.to_owned(),
                text,
                is_secret,
                is_there: there.is_some(),
            });
        }
        Ok(())
    }

    /// A file that stays as it is where it is there.
    fn begin(&mut self, name: &str, text: String) {
        if self.host.exists(&join(self.folder, name)) {
            self.plan.kept.push(name.to_owned());
        } else {
            self.plan.files.push(File {
                name: name.to_owned(),
                text,
                is_secret: false,
                is_there: false,
            });
        }
    }
}

/// Plans it.
///
/// # Errors
/// Something is in the way: what to do about it.
pub fn plan(host: &dyn Host, found: &Found, order: &Order<'_>) -> Result<Plan, String> {
    let scripts = project::scripts(found, order.gate);
    let new = scripts
        .iter()
        .find(|(_, script)| script.contains(project::DEV));
    let dev = new
        .map(|(name, _)| name.clone())
        .or_else(|| project::script_with(found, project::DEV));
    let mut files = Files {
        host,
        folder: &found.folder,
        plan: Plan {
            files: Vec::new(),
            kept: Vec::new(),
            made: None,
            dev: dev.unwrap_or_default(),
            notes: Vec::new(),
        },
    };
    if let Some(gate) = order.gate {
        files.begin(
            "postern.toml",
            texts::configuration(order.name, gate, order.login),
        );
        if let Gate::Files(own) = gate
            && own.build.is_none()
            && host.list(&join(&found.folder, &own.folder))?.is_none()
        {
            files.begin(
                &format!("{}/index.html", own.folder),
                texts::page(order.name),
            );
        }
    }
    if let Some(gate) = order.gate {
        files.begin("postern.test.toml", test_file::text(gate));
    }
    worker(&mut files, found, order)?;
    let package = project::package(found, order.name, order.postern, &scripts);
    let package = package.map_err(|why| format!("package.json: {why}"))?;
    files.edit("package.json", false, |_| package)?;
    files.edit(".gitignore", false, project::ignored)?;
    let local = project::Local {
        login: order.login,
        client_secret: order.client_secret,
        signs: found.signs(),
    };
    let mut made = None;
    files.edit(".dev.vars", true, |text| {
        let (text, account) = project::secrets(text, &local, order.fresh);
        made = account;
        text
    })?;
    files.plan.made = made;
    files.plan.notes = notes(found, order);
    Ok(files.plan)
}

/// What only somebody else can do.
fn notes(found: &Found, order: &Order<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Login::Provider(provider) = order.login {
        notes.push(format!(
            "{} has to know the redirect URI http://localhost:8787/_postern/callback, and the same of the site once it is deployed",
            provider.issuer
        ));
    }
    if let Some(Gate::Server(origin)) = order.gate {
        notes.push(format!(
            "whoever reaches {origin} by another way walks round the gate: see that nobody does"
        ));
    }
    if order.gate.is_some() && found.depends_on("@cloudflare/vite-plugin") {
        let note = "Vite runs no build command of the wrangler file: write `import postern from \"postern/vite\"` into its \
                    configuration, and `postern()` before `cloudflare()` in `plugins`";
        notes.push(note.to_owned());
    }
    notes
}

/// The wrangler file, and the entry that it names.
fn worker(files: &mut Files<'_>, found: &Found, order: &Order<'_>) -> Result<(), String> {
    let mut wanted = wrangler::Wanted {
        is_settled: found.has_provider().is_some(),
        has_issuer_variable: found.has_issuer_variable(),
        ..wrangler::Wanted::default()
    };
    match order.gate {
        None => {}
        Some(Gate::Files(own)) => {
            wanted.main = Some(texts::WORKER.to_owned());
            wanted.assets = Some(own.folder.clone());
            wanted.not_found = own.not_found;
        }
        Some(Gate::Server(_)) => wanted.main = Some(texts::WORKER.to_owned()),
        Some(Gate::Worker(own)) => {
            wanted.main = Some(entry(files, found, own)?);
            wanted.assets = own.assets().map(|assets| assets.folder);
            if own.by == Some(Framework::OpenNext) {
                // What it asks for where its Worker is asked for files too.
                wanted.not_found = Some("none");
                wanted.html = Some("none");
            }
        }
    }
    let main = wanted.main.clone().unwrap_or_default();
    if let Some((name, file)) = &found.wrangler {
        let text = edited(name, file, &wanted)?;
        if let Some(main) = file.said.get("main").and_then(serde_json::Value::as_str)
            && matches!(order.gate, Some(Gate::Files(_) | Gate::Server(_)))
            && main != texts::WORKER
        {
            return Err(format!(
                "{name} names a Worker already, {main}: to have Postern before that one, say `--gate worker:{main}`"
            ));
        }
        files.edit(name, false, |_| text)?;
    } else {
        let own = match order.gate {
            Some(Gate::Files(own)) => Some(own.clone()),
            Some(Gate::Worker(own)) => own.assets(),
            _ => None,
        };
        let text = texts::wrangler(&worker_name(order.name), &main, own.as_ref());
        files.begin("wrangler.jsonc", text);
    }
    Ok(())
}

/// The entry for a Worker of one's own, with the file for it.
fn entry(files: &mut Files<'_>, found: &Found, own: &Worker) -> Result<String, String> {
    let Some(main) = &own.main else {
        files.begin("src/index.js", texts::new_worker());
        return Ok("src/index.js".to_owned());
    };
    // It has the gate in it already.
    let text = files.there(main).unwrap_or_default().unwrap_or_default();
    if main == GATE || has_gate(&text) {
        return Ok(main.clone());
    }
    if own.by == Some(Framework::SvelteKit) {
        for (name, text, is_there) in svelte::config(files.host, found)? {
            if is_there {
                files.edit(&name, false, |_| text)?;
            } else {
                files.begin(&name, text);
            }
        }
    }
    files.begin(GATE, texts::gate(main, own.by));
    Ok(GATE.to_owned())
}

/// Whether a module imports `protect`, and so has the gate in it. One that only asks `identity` has not.
fn has_gate(module: &str) -> bool {
    ["from \"postern\"", "from 'postern'"].iter().any(|from| {
        module.match_indices(from).any(|(at, _)| {
            let before = &module[..at];
            let names = before.rsplit_once('{').map_or("", |(_, names)| names);
            names
                .split(|c: char| !c.is_ascii_alphanumeric())
                .any(|name| name == "protect")
        })
    })
}

fn edited(name: &str, file: &Read, wanted: &wrangler::Wanted) -> Result<String, String> {
    let edits = wrangler::edits(&file.said, wanted);
    let text = if name == TOML {
        toml::edit(&file.text, &edits)
    } else {
        jsonc::edit(&file.text, &edits)
    };
    text.map_err(|why| format!("{name}: {why}"))
}

/// A name that Cloudflare takes for a Worker.
pub fn worker_name(name: &str) -> String {
    let letters = name.chars().map(|c| match c.to_ascii_lowercase() {
        c if c.is_ascii_alphanumeric() => c,
        _ => '-',
    });
    let name: String = letters.take(54).collect();
    match name.trim_matches('-') {
        "" => "my-site".to_owned(),
        name => name.to_owned(),
    }
}
