//! What a project says of Postern: `postern.toml`, the wrangler file beside it, and the values for local runs.
//!
//! Job: find the files, read them, and tell what one environment of the wrangler file has. Not its job: whether that is
//! good; see `checks`.

mod local;
mod postern_file;
mod section;
mod toml_json;
mod wrangler_file;

use serde_json::{Map, Value};

use crate::context::Context;
use crate::host;

pub use postern_file::PosternFile;
pub use section::{OWN_ORIGIN, Section, tables};
pub use wrangler_file::WranglerFile;

/// Which files and which environment a command is about.
#[derive(Clone, Debug, clap::Args)]
pub struct Which {
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "postern.toml")]
    pub config: String,
    /// The wrangler file, if it is not the one beside the configuration.
    #[arg(long, value_name = "FILE")]
    pub wrangler: Option<String>,
    /// Look at this environment of the wrangler file alone. [default: that of `CLOUDFLARE_ENV`, or else all of them]
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
}

impl Which {
    /// The one environment that is meant.
    #[must_use]
    pub fn environment(&self, context: &Context<'_>) -> Option<String> {
        let named = self.env.clone();
        let named = named.or_else(|| context.variable("CLOUDFLARE_ENV"));
        named.filter(|name| !name.is_empty())
    }
}

/// The files of a project, as far as they can be read.
#[derive(Debug)]
pub struct Project {
    /// The path of the configuration, as it was named.
    pub config_path: String,
    /// The configuration.
    pub postern: Result<PosternFile, Unreadable>,
    /// The wrangler file.
    pub wrangler: Result<WranglerFile, Unreadable>,
}

/// A file that cannot be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its path.
    pub path: String,
    /// Where in it, if that is known.
    pub place: Option<Place>,
    /// What is wrong.
    pub message: String,
}

/// A place in a file, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

impl Place {
    /// Where the byte `at` of `text` is.
    fn of(text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self {
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
        }
    }
}

impl Project {
    /// Reads the files.
    #[must_use]
    pub fn open(context: &Context<'_>, which: &Which) -> Self {
        let config = &which.config;
        let (folder, _) = host::split(config);
        Self {
            config_path: config.clone(),
            postern: PosternFile::read(context, config),
            wrangler: match &which.wrangler {
                Some(path) => WranglerFile::read(context, path),
                None => WranglerFile::find(context, folder),
            },
        }
    }
}

/// What is in a TOML file.
///
/// # Errors
/// It is not there, or is not TOML.
pub fn read_toml(context: &Context<'_>, path: &str) -> Result<Map<String, Value>, Unreadable> {
    toml_json::read(path, &read(context, path)?)
}

/// A text file that must be there.
fn read(context: &Context<'_>, path: &str) -> Result<String, Unreadable> {
    let fail = |message: String| Unreadable {
        path: path.to_owned(),
        place: None,
        message,
    };
    match context.read_text(path) {
        Ok(Some(text)) => Ok(text),
        Ok(None) => Err(fail("there is no such file".to_owned())),
        Err(message) => Err(fail(format!("cannot be read: {message}"))),
    }
}
