//! What the doctor has found, and how it is said.

use std::fmt;

use postern::protocol::issuer::is_own_machine;

use crate::check::Checked;
use crate::project::Project;

/// How bad it is. The worst comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    /// Something is open, or does not work.
    Problem,
    /// Something is worth a second look.
    Warning,
    /// It could not be found out.
    Unknown,
    /// It is as it should be.
    Fine,
}

/// One thing, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) grade: Grade,
    pub(super) what: String,
    /// Empty where there is nothing to do.
    pub(super) advice: String,
}

impl Finding {
    pub(super) fn problem(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(Grade::Problem, what, advice)
    }

    pub(super) fn warning(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(Grade::Warning, what, advice)
    }

    pub(super) fn unknown(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(Grade::Unknown, what, advice)
    }

    pub(super) fn fine(what: impl Into<String>) -> Self {
        Self::new(Grade::Fine, what, "")
    }

    pub(super) fn not_looked_at(what: &str, advice: &str) -> Self {
        Self::unknown(format!("not looked at: {what}"), advice)
    }

    fn new(grade: Grade, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            grade,
            what: what.into(),
            advice: advice.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grade = match self.grade {
            Grade::Problem => "problem",
            Grade::Warning => "warning",
            Grade::Unknown => "unknown",
            Grade::Fine => "ok",
        };
        write!(f, "{grade:<8} {}", self.what)?;
        if self.advice.is_empty() {
            return Ok(());
        }
        write!(f, "\n         What to do: {}", self.advice)
    }
}

/// `2 problems, 1 warning.`
pub(super) fn summary(findings: &[Finding]) -> String {
    let count = |grade| findings.iter().filter(|one| one.grade == grade).count();
    let counted = |number: usize, what: &str| match number {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    };
    format!(
        "{}, {}.",
        counted(count(Grade::Problem), "problem"),
        counted(count(Grade::Warning), "warning")
    )
}

/// What is to be said of the files in this folder.
pub(super) fn about_project(
    url: &str,
    project: Option<&Project>,
    checked: &[Checked],
    here: Option<&Checked>,
) -> Option<Finding> {
    let Some(project) = project else {
        return Some(Finding::not_looked_at(
            "the routes, files and origins of the deployment, because there is no postern.toml here",
            "run it in the folder of the project, or name the file with `--config`",
        ));
    };
    let config = here.and_then(|here| here.config.as_ref());
    if let Some(config) = config
        && config.is_on_own_machine_only
    {
        return (!is_own_machine(url)).then(|| {
            Finding::warning(
                format!(
                    "{} names no issuer, or its variable is empty here",
                    project.config_path
                ),
                "nothing is served but on localhost until `issuer` is the address of the site",
            )
        });
    }
    if let Some(config) = config {
        let issuer = config.issuer.as_str();
        return (issuer != url).then(|| {
            Finding::warning(
                format!("{} says that the address is {issuer}, not {url}", project.config_path),
                "people log in at the address of `issuer` and at no other: ask the doctor about that one, or correct `issuer`",
            )
        });
    }
    let advice = if checked.len() > 1 && checked.iter().any(|one| one.config.is_some()) {
        "no environment has this address as its `issuer`: name one with `--env`"
    } else {
        "`npx postern check` says what is wrong with it"
    };
    Some(Finding::not_looked_at(
        "the routes, files and origins of the deployment, because the configuration here does not say them",
        advice,
    ))
}
