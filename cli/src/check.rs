//! Checks a project: what the Worker itself would refuse at its start, and what the Worker cannot see, because such requests
//! never reach it.

use postern::config::{BindingKind, Config, Environment, NO_ISSUER, Setting, names};
use postern::explain::{Place, Shadow, shadows};
use postern::secret::Secret;

use crate::checks;
use crate::context::Context;
use crate::findings::{Finding, Findings};
use crate::project::{OWN_ORIGIN, Project, Section, Which};
use crate::step::Stop;
use crate::worker_first;

/// What was found in one environment of the wrangler file.
pub struct Checked {
    /// Its name; `None` for the top level.
    pub environment: Option<String>,
    /// The configuration, if it is not refused.
    pub config: Option<Config>,
    /// What was found.
    pub findings: Findings,
}

/// Checks each environment, or the one that is meant, and prints what it has found.
pub fn run(context: &mut Context<'_>, which: &Which) -> Result<(), Stop> {
    let project = Project::open(context, which);
    let all = environments(context, &project, which, false);
    for line in lines(&project, &all) {
        context.say(line.whole());
    }
    for checked in all.iter().filter(|checked| checked.is_fine()) {
        if let Some(config) = &checked.config {
            say_it_is_fine(context, &project, checked, config);
        }
    }
    if all.iter().all(Checked::is_fine) {
        Ok(())
    } else {
        Err(Stop::Failed)
    }
}

fn say_it_is_fine(
    context: &mut Context<'_>,
    project: &Project,
    checked: &Checked,
    config: &Config,
) {
    let name = checked.name(project);
    context.print(format!("{name}: ok: {}", counts(config)));
    for shadow in shadows(config) {
        context.print(format!("{name}: {}", only_tried(&shadow)));
    }
    if let Some(jurisdiction) = config.place.jurisdiction {
        context.print(format!(
            "{name}: the Durable Objects are in the jurisdiction `{jurisdiction}`, which must not change while tokens \
             live: another one is another log, which knows of no revocation"
        ));
    }
}

/// What a route with `report` is, and who decides in its place.
fn only_tried(shadow: &Shadow) -> String {
    let Place { index, pattern } = &shadow.tried;
    let routes = |places: &[Place]| -> Vec<String> {
        let route = |place: &Place| format!("routes[{}] `{}`", place.index, place.pattern);
        places.iter().map(route).collect()
    };
    let decide = match (routes(&shadow.decide).as_slice(), shadow.some_are_refused) {
        ([], _) => "its requests are refused, because no other route takes them".to_owned(),
        (all, false) => format!("about its requests decides {}", all.join(" or ")),
        (all, true) => format!(
            "about its requests decides {}, and where none of them fits they are refused",
            all.join(" or ")
        ),
    };
    format!(
        "routes[{index}] `{pattern}` is only tried (`report`): it opens and closes nothing, and the log says what it would \
         do. Meanwhile {decide}"
    )
}

/// `1 client, 2 routes`
pub fn counts(config: &Config) -> String {
    let counted = |number: usize, what: &str| {
        let plural = if number == 1 { "" } else { "s" };
        format!("{number} {what}{plural}")
    };
    let clients = counted(config.clients.len(), "client");
    let tried = config
        .tried
        .iter()
        .filter(|route| route.is_report())
        .count();
    let tried = match tried {
        0 => String::new(),
        tried => format!(
            " and {tried} that {} only tried",
            if tried == 1 { "is" } else { "are" }
        ),
    };
    format!(
        "{clients}, {}{tried}",
        counted(config.routes.len(), "route")
    )
}

impl Checked {
    /// Whether it may be deployed.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        self.config.is_some() && self.findings.are_fine()
    }

    /// The files that it is about: `postern.toml with wrangler.jsonc [env.staging]`.
    fn name(&self, project: &Project) -> String {
        let mut name = project.config_path.clone();
        if let Ok(file) = &project.wrangler {
            name = format!("{name} with {}", file.path);
        }
        match &self.environment {
            Some(environment) => format!("{name} [env.{environment}]"),
            None => name,
        }
    }
}

/// A line about a finding.
#[derive(Debug)]
pub struct Line {
    /// `postern.toml:12:3`
    pub place: String,
    /// Whether it must change before a deployment.
    pub is_error: bool,
    /// The key, and what to write.
    pub text: String,
}

impl Line {
    /// All of it.
    #[must_use]
    pub fn whole(&self) -> String {
        let level = if self.is_error { "error" } else { "warning" };
        format!("{}: {level}: {}", self.place, self.text)
    }
}

/// What to say of all of these. What is wrong in each of them is said once.
#[must_use]
pub fn lines(project: &Project, all: &[Checked]) -> Vec<Line> {
    let mut said: Vec<&Finding> = Vec::new();
    let mut lines = Vec::new();
    for Checked {
        environment,
        findings,
        ..
    } in all
    {
        for finding in findings.sorted() {
            if finding.is_of_all() && said.contains(&finding) {
                continue;
            }
            said.push(finding);
            let environment = environment.as_deref();
            lines.push(Line {
                place: finding.place(project, environment),
                is_error: finding.is_error(),
                text: finding.text(project, environment),
            });
        }
    }
    lines
}

/// Checks each environment, or the one that is meant. `local_first`: as `wrangler dev` has them.
#[must_use]
pub fn environments(
    context: &Context<'_>,
    project: &Project,
    which: &Which,
    local_first: bool,
) -> Vec<Checked> {
    let Ok(file) = &project.wrangler else {
        return vec![check(context, project, None, local_first)];
    };
    let names: Vec<Option<String>> = if let Some(name) = which.environment(context) {
        vec![Some(name)]
    } else {
        let names = file.environments().map(|name| Some(name.to_owned()));
        std::iter::once(None).chain(names).collect()
    };
    let each = names.into_iter();
    each.map(|name| check(context, project, name, local_first))
        .collect()
}

fn check(
    context: &Context<'_>,
    project: &Project,
    environment: Option<String>,
    local_first: bool,
) -> Checked {
    let mut findings = Findings::default();
    let mut section = None;
    match &project.wrangler {
        Err(file) => findings.unreadable(file),
        Ok(file) => match file.section(context, environment.as_deref(), local_first) {
            Ok(own) => section = Some(own),
            Err(message) => findings.wrangler_error("", message),
        },
    }
    let config = match &project.postern {
        Ok(file) => read(&file.json(), section.as_ref(), &mut findings),
        Err(file) => {
            findings.unreadable(file);
            None
        }
    };
    // Before the first deployment nobody may know it, so it is no error. A Worker on one's own machine needs none.
    if !local_first && config.as_ref().is_some_and(|c| c.is_on_own_machine_only) {
        findings.config_warning("issuer", no_issuer(project));
    }
    let routes = config.as_ref().map_or(&[][..], |config| &config.routes);
    checks::headers::check(routes, &mut findings);
    checks::served::check_as_sent(routes, &mut findings);
    if let (Some(section), Ok(file)) = (&section, &project.wrangler) {
        checks::wrangler::check(file, section, &mut findings);
        if let Ok(postern) = &project.postern {
            checks::wrangler::check_variables(section, &postern.table, &mut findings);
        }
        checks::wrangler::check_limits(section, routes, &mut findings);
        worker_first::check(context, file, section, config.as_ref(), &mut findings);
        checks::served::check(section, routes, &mut findings);
        if let Some(config) = &config {
            checks::pages::check(context, file, section, config, &mut findings);
        }
    }
    Checked {
        environment,
        config,
        findings,
    }
}

/// The configuration of one environment of the wrangler file, whatever else is wrong with that file.
///
/// # Errors
/// What is wrong with the configuration, a line each.
pub fn configuration(
    context: &Context<'_>,
    project: &Project,
    environment: Option<&str>,
) -> Result<Config, Vec<String>> {
    let mut findings = Findings::default();
    let mut section = None;
    if let Ok(file) = &project.wrangler {
        match file.section(context, environment, false) {
            Ok(own) => section = Some(own),
            Err(message) => findings.wrangler_error("", message),
        }
    } else if let Some(name) = environment {
        let message = format!("there is no wrangler file, so there is no environment `{name}`");
        findings.wrangler_error("", message);
    }
    let config = match &project.postern {
        Ok(file) => read(&file.json(), section.as_ref(), &mut findings),
        Err(file) => {
            findings.unreadable(file);
            None
        }
    };
    match config {
        Some(config) if findings.are_fine() => Ok(config),
        config => {
            let checked = Checked {
                environment: environment.map(str::to_owned),
                config,
                findings,
            };
            Err(lines(project, &[checked]).iter().map(Line::whole).collect())
        }
    }
}

/// The secret `POSTERN_KEYS` as it is for local runs, if it is at hand.
#[must_use]
pub fn keys(
    context: &Context<'_>,
    project: &Project,
    environment: Option<&str>,
) -> Option<Secret<String>> {
    let file = project.wrangler.as_ref().ok()?;
    let section = file.section(context, environment, true).ok()?;
    match section.setting(names::KEYS) {
        Setting::Value(keys) => Some(keys),
        Setting::Missing | Setting::Hidden => None,
    }
}

/// What is wrong where the issuer is not known. It may be left to a variable.
fn no_issuer(project: &Project) -> String {
    let issuer = project.postern.as_ref().ok();
    let issuer = issuer.and_then(|file| file.table.get("issuer")?.as_str());
    match issuer.and_then(|issuer| issuer.strip_prefix("env:")) {
        None => NO_ISSUER.to_owned(),
        Some(name) => format!(
            "the variable `{name}` is empty: write the URL at which clients reach Postern, such as `{name} = \
             \"https://auth.example.com\"`, into `vars` of the wrangler file. Without it, nothing is served but on \
             localhost"
        ),
    }
}

/// A Worker whose bindings and secrets nobody has seen.
struct Unseen;

impl Environment for Unseen {
    fn setting(&self, _name: &str) -> Setting {
        Setting::Hidden
    }

    fn has_binding(&self, _name: &str, _kind: BindingKind) -> Option<bool> {
        None
    }

    fn own_origin(&self) -> Option<String> {
        Some(OWN_ORIGIN.to_owned())
    }
}

fn read(json: &str, section: Option<&Section<'_>>, findings: &mut Findings) -> Option<Config> {
    let environment: &dyn Environment = match section {
        Some(section) => section,
        None => &Unseen,
    };
    match Config::read(json, environment) {
        Ok(config) => Some(config),
        Err(problems) => {
            for problem in problems {
                findings.problem(problem, section);
            }
            None
        }
    }
}
