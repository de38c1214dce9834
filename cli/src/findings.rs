//! What a check has found, and how it is said.

use std::fmt::Display;

use postern::config::Problem;

use crate::advice;
use crate::project::{Place, Project, Section, Unreadable};

/// Errors and warnings, in the order in which they were found.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which file it is about.
    about: About,
    /// Whether it must change before a deployment.
    is_error: bool,
    /// The key that it is about.
    key: String,
    /// What is wrong, and what to write.
    message: String,
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum About {
    /// `postern.toml`.
    Config,
    /// The wrangler file.
    Wrangler,
    /// A file with values for local runs.
    Local(String),
    /// A file that cannot be read.
    Unreadable(Unreadable),
}

impl Findings {
    /// Adds what must change in `postern.toml`.
    pub fn config_error(&mut self, key: impl Into<String>, message: impl Display) {
        self.add(About::Config, true, key, message);
    }

    /// Adds what is worth a second look in `postern.toml`.
    pub fn config_warning(&mut self, key: impl Into<String>, message: impl Display) {
        self.add(About::Config, false, key, message);
    }

    /// Adds what must change in the wrangler file.
    pub fn wrangler_error(&mut self, key: impl Into<String>, message: impl Display) {
        self.add(About::Wrangler, true, key, message);
    }

    /// Adds what is worth a second look in the wrangler file.
    pub fn wrangler_warning(&mut self, key: impl Into<String>, message: impl Display) {
        self.add(About::Wrangler, false, key, message);
    }

    /// Adds a file that cannot be read.
    pub fn unreadable(&mut self, file: &Unreadable) {
        let about = About::Unreadable(file.clone());
        self.add(about, true, "", &file.message);
    }

    /// Adds what the Worker itself would say of its configuration. Its bindings are in the wrangler file, and its secrets may
    /// be in one for local runs.
    pub fn problem(&mut self, problem: Problem, section: Option<&Section<'_>>) {
        let Problem { key, message } = problem;
        let is_setting = key.starts_with("POSTERN_");
        let about = match section.and_then(|section| section.local_file_of(&key)) {
            Some(file) if is_setting => About::Local(file.to_owned()),
            _ if is_setting => About::Wrangler,
            _ => About::Config,
        };
        self.add(about, true, key, message);
    }

    fn add(&mut self, about: About, is_error: bool, key: impl Into<String>, message: impl Display) {
        self.0.push(Finding {
            about,
            is_error,
            key: key.into(),
            message: message.to_string(),
        });
    }

    /// Takes back what was found of a key of the wrangler file, because it is written anew.
    pub fn mended(&mut self, key: &str) {
        let is_it = |f: &Finding| f.about == About::Wrangler && f.key == key;
        self.0.retain(|finding| !is_it(finding));
    }

    /// Whether nothing must change.
    #[must_use]
    pub fn are_fine(&self) -> bool {
        !self.0.iter().any(|finding| finding.is_error)
    }

    /// Warnings, and then errors.
    pub fn sorted(&self) -> impl Iterator<Item = &Finding> {
        let of = |is_error| self.0.iter().filter(move |f| f.is_error == is_error);
        of(false).chain(of(true))
    }
}

impl Finding {
    /// Whether it must change before a deployment.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.is_error
    }

    /// Whether it is the same in every environment: it has been said if it was said of one.
    #[must_use]
    pub fn is_of_all(&self) -> bool {
        self.about != About::Wrangler
    }

    /// Where it is: `postern.toml:12:3`, `wrangler.toml [env.staging]`.
    #[must_use]
    pub fn place(&self, project: &Project, environment: Option<&str>) -> String {
        let at = |path: &str, place: Option<Place>| match place {
            Some(Place { line, column }) => format!("{path}:{line}:{column}"),
            None => path.to_owned(),
        };
        let mut place = match &self.about {
            About::Unreadable(file) => return at(&file.path, file.place),
            About::Local(file) => return file.clone(),
            About::Config => {
                let file = project.postern.as_ref().ok();
                at(
                    &project.config_path,
                    file.and_then(|file| file.place(&self.key)),
                )
            }
            About::Wrangler => match &project.wrangler {
                Ok(file) => file.path.clone(),
                Err(file) => file.path.clone(),
            },
        };
        if let Some(environment) = environment {
            place.extend([" [env.", environment, "]"]);
        }
        place
    }

    /// What is wrong, and what to write.
    #[must_use]
    pub fn text(&self, project: &Project, environment: Option<&str>) -> String {
        let message = match &project.wrangler {
            Ok(file) => advice::for_file(
                &self.message,
                self.about == About::Wrangler,
                file,
                environment,
            ),
            Err(_) => self.message.clone(),
        };
        if self.key.is_empty() {
            message
        } else {
            format!("{}: {message}", self.key)
        }
    }
}
