//! What is in a folder already: a package, a wrangler file, and what they say of a framework.

use serde_json::Value as Json;

use super::project::ISSUER;
use crate::edit::jsonc;
use crate::host::{Host, join};

/// What `init` has to know of a folder.
pub struct Found {
    /// Where it is, as paths begin.
    pub folder: String,
    /// Its package.json.
    pub package: Option<Read>,
    /// The wrangler file that counts, with its name.
    pub wrangler: Option<(String, Read)>,
    /// Its postern.toml.
    configuration: Option<String>,
    /// What installs its packages and runs its scripts.
    pub manager: &'static str,
}

/// A file, and what it says.
pub struct Read {
    /// The text.
    pub text: String,
    /// What it says.
    pub said: Json,
}

/// The names of a wrangler file. If there are several, the first counts, as wrangler has it.
const WRANGLER: [&str; 3] = ["wrangler.json", "wrangler.jsonc", TOML];

/// The one of them that is TOML.
pub const TOML: &str = "wrangler.toml";

impl Found {
    /// Looks at a folder.
    ///
    /// # Errors
    /// A file cannot be read, or is not what its name says.
    pub fn look(host: &dyn Host, folder: &str) -> Result<Self, String> {
        let read = |name: &str| -> Result<Option<String>, String> {
            let path = join(folder, name);
            let bytes = host.read(&path).map_err(|why| format!("{path}: {why}"))?;
            let text = bytes.map(String::from_utf8).transpose();
            text.map_err(|_| format!("{path}: is not UTF-8"))
        };
        let package = match read("package.json")? {
            Some(text) => {
                let said = jsonc::read(&text).map_err(|why| format!("package.json: {why}"))?;
                Some(Read { text, said })
            }
            None => None,
        };
        let mut wrangler = None;
        for name in WRANGLER {
            if let Some(text) = read(name)? {
                let said = say(name, &text)?;
                wrangler = Some((name.to_owned(), Read { text, said }));
                break;
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            package,
            wrangler,
            configuration: read("postern.toml")?,
            manager: manager(host, folder),
        })
    }

    /// Whether it was settled before what is gated: by a postern.toml, and a wrangler file that names a Worker.
    pub fn is_set_up(&self) -> bool {
        self.configuration.is_some() && self.wrangler_text("/main").is_some()
    }

    /// Whether people log in at a provider, by the postern.toml that is there; `None` where there is none.
    pub fn has_provider(&self) -> Option<bool> {
        let text = self.configuration.as_ref()?;
        // One that is not TOML is for `postern check` to explain.
        let table: toml::Table = text.parse().unwrap_or_default();
        let providers = table.get("providers").and_then(toml::Value::as_array);
        Some(providers.is_some_and(|providers| !providers.is_empty()))
    }

    /// Whether a route of the postern.toml that is there has `assertion`.
    pub fn signs(&self) -> bool {
        let text = self.configuration.as_deref().unwrap_or_default();
        let table: toml::Table = text.parse().unwrap_or_default();
        let routes = table.get("routes").and_then(toml::Value::as_array);
        let signs = |route: &toml::Value| {
            let assertion = route.get("assertion");
            assertion.is_some_and(|said| said.as_bool() != Some(false))
        };
        routes.is_some_and(|routes| routes.iter().any(signs))
    }

    /// Whether the postern.toml that is there, or that is to be, has the issuer from a variable.
    pub fn has_issuer_variable(&self) -> bool {
        let there = self.configuration.as_deref();
        there.is_none_or(|text| text.contains(&format!("\"env:{ISSUER}\"")))
    }

    /// The name of what is here.
    pub fn name(&self) -> Option<&str> {
        let wrangler = self.wrangler.as_ref().map(|(_, file)| file);
        [wrangler, self.package.as_ref()]
            .into_iter()
            .flatten()
            .find_map(|file| file.said.get("name")?.as_str())
    }

    /// What `wrangler` says at `pointer`, if it is a text.
    pub fn wrangler_text(&self, pointer: &str) -> Option<&str> {
        let (_, file) = self.wrangler.as_ref()?;
        file.said.pointer(pointer)?.as_str()
    }

    /// Whether package.json names `package`.
    pub fn depends_on(&self, package: &str) -> bool {
        ["dependencies", "devDependencies"].iter().any(|list| {
            let package_json = self.package.as_ref();
            package_json.is_some_and(|file| {
                file.said
                    .get(list)
                    .and_then(|list| list.get(package))
                    .is_some()
            })
        })
    }

    /// The scripts of package.json.
    pub fn scripts(&self) -> impl Iterator<Item = (&str, &str)> {
        let package = self.package.as_ref();
        let scripts = package.and_then(|file| file.said.get("scripts")?.as_object());
        scripts
            .into_iter()
            .flatten()
            .filter_map(|(name, command)| Some((name.as_str(), command.as_str()?)))
    }

    /// How `command` is run here: by the script that has it, or by itself.
    pub fn run(&self, command: &str) -> String {
        match self.scripts().find(|(_, script)| script.contains(command)) {
            Some((name, _)) => format!("{} run {name}", self.manager),
            None => format!("npx {command}"),
        }
    }
}

/// The package manager whose lock file is there.
fn manager(host: &dyn Host, folder: &str) -> &'static str {
    let locks = [
        ("pnpm-lock.yaml", "pnpm"),
        ("yarn.lock", "yarn"),
        ("bun.lock", "bun"),
        ("bun.lockb", "bun"),
    ];
    let found = locks
        .iter()
        .find(|(lock, _)| host.exists(&join(folder, lock)));
    found.map_or("npm", |(_, manager)| manager)
}

/// What a wrangler file says.
fn say(name: &str, text: &str) -> Result<Json, String> {
    let said = if name == TOML {
        let table: Result<toml::Table, _> = text.parse();
        let table = table.map_err(|error| error.message().to_owned());
        table.and_then(|table| serde_json::to_value(table).map_err(|error| error.to_string()))
    } else {
        jsonc::read(text).map_err(|error| error.to_string())
    };
    said.map_err(|why| format!("{name}: {why}"))
}
