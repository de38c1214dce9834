//! The wrangler file: `wrangler.toml`, `wrangler.json` or `wrangler.jsonc`.

use jsonc_parser::errors::ParseError;
use serde_json::{Map, Value};

use super::local;
use super::{Place, Section, Unreadable, toml_json};
use crate::context::Context;
use crate::edit::jsonc;
use crate::host;

/// The names, in the order in which wrangler looks for them.
const NAMES: [&str; 3] = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];

/// A wrangler file that can be read.
#[derive(Debug)]
pub struct WranglerFile {
    /// Its path.
    pub path: String,
    /// Whether it is JSON.
    pub is_json: bool,
    /// What is in it.
    pub table: Map<String, Value>,
    /// Others beside it, which wrangler does not read.
    pub ignored: Vec<String>,
}

impl WranglerFile {
    /// The one in `folder` that wrangler takes.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn find(context: &Context<'_>, folder: &str) -> Result<Self, Unreadable> {
        let paths = NAMES.map(|name| host::join(folder, name));
        let mut found = paths.into_iter().filter(|path| context.exists(path));
        let Some(path) = found.next() else {
            return Err(Unreadable {
                path: host::join(folder, "wrangler.jsonc"),
                place: None,
                message: "there is no such file, and no wrangler.json or wrangler.toml either: `npx postern init` \
                          writes one, and `--wrangler FILE` names another"
                    .to_owned(),
            });
        };
        let mut file = Self::read(context, &path)?;
        file.ignored = found.collect();
        Ok(file)
    }

    /// The one at `path`.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(context: &Context<'_>, path: &str) -> Result<Self, Unreadable> {
        let text = super::read(context, path)?;
        let is_json = path.strip_suffix(".toml").is_none();
        let table = if is_json {
            read_json(path, &text)?
        } else {
            toml_json::read(path, &text)?
        };
        Ok(Self {
            path: path.to_owned(),
            is_json,
            table,
            ignored: Vec::new(),
        })
    }

    /// Its name, without the folder.
    #[must_use]
    pub fn name(&self) -> &str {
        host::split(&self.path).1
    }

    /// The names of its environments.
    pub fn environments(&self) -> impl Iterator<Item = &str> {
        let environments = self.table.get("env").and_then(Value::as_object);
        environments
            .into_iter()
            .flat_map(|all| all.keys().map(String::as_str))
    }

    /// One environment, `None` being the top level. `local_first`: as `wrangler dev` has it, where `.dev.vars` counts for more
    /// than `vars`.
    ///
    /// # Errors
    /// There is no such environment.
    pub fn section(
        &self,
        context: &Context<'_>,
        environment: Option<&str>,
        local_first: bool,
    ) -> Result<Section<'_>, String> {
        let own = match environment {
            None => &self.table,
            Some(name) => {
                let own = self.table.get("env").and_then(|all| all.get(name));
                match own {
                    Some(Value::Object(own)) => own,
                    Some(_) => return Err(format!("env.{name}: must be a table")),
                    None => return Err(self.no_environment(name)),
                }
            }
        };
        let (folder, _) = host::split(&self.path);
        let local = local::read(context, folder, environment);
        Ok(Section::new(own, &self.table, local, local_first))
    }

    fn no_environment(&self, name: &str) -> String {
        let known: Vec<String> = self.environments().map(|own| format!("`{own}`")).collect();
        if known.is_empty() {
            return format!("env.{name}: there is no such environment, and no other one");
        }
        let known = known.join(", ");
        format!("env.{name}: there is no such environment; there are {known}")
    }
}

/// JSON with comments and commas at the end, as wrangler reads it.
fn read_json(path: &str, text: &str) -> Result<Map<String, Value>, Unreadable> {
    let fail = |place, message| Unreadable {
        path: path.to_owned(),
        place,
        message,
    };
    let value: Result<Value, ParseError> =
        jsonc_parser::parse_to_serde_value(text, &jsonc::options());
    match value {
        Ok(Value::Object(table)) => Ok(table),
        Ok(_) => Err(fail(None, "must be a JSON object".to_owned())),
        Err(error) => {
            let place = Place::of(text, error.range().start);
            let message = format!("is not JSON: {}", error.kind().to_string().to_lowercase());
            Err(fail(Some(place), message))
        }
    }
}
