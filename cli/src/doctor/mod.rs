//! Looks at a deployment from outside: what is served without being asked for a token, and what can be reached round the gate.
//!
//! Job: the order of the command. What is asked is in `probes`, what is made of the answers in `judge`. It changes nothing:
//! every request is a GET. It sends no secret, and no token.

mod finding;
mod judge;
mod probes;

use postern::protocol::issuer::is_web_origin;

use crate::check::{self, Checked};
use crate::context::Context;
use crate::project::{Project, Which};
use crate::step::{Reply, Stop};

use finding::{Finding, Grade};
use probes::Probe;

/// How many requests are under way at once.
const AT_ONCE: usize = 8;

/// What the command is told.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The address of the deployment, such as <https://docs.example.com>.
    url: String,
    /// Your account's subdomain of workers.dev, to see whether Workers can be reached there too. The dashboard shows it under
    /// "Workers & Pages".
    #[arg(long, value_name = "SUBDOMAIN")]
    workers_dev: Option<String>,
    #[command(flatten)]
    which: Which,
}

/// Asks the deployment, and prints what was found.
pub fn run(context: &mut Context<'_>, arguments: &Arguments) -> Result<(), Stop> {
    let url = arguments.url.trim_end_matches('/').to_owned();
    if !is_web_origin(&url) {
        return Err(context.fail(
            "the address must be `https://host`, with a port if there is one and nothing after it (`http` is for \
             localhost only)",
        ));
    }
    let project = open(context, &arguments.which);
    let mut findings = Vec::new();
    let checked = project.as_ref().map_or_else(Vec::new, |project| {
        check::environments(context, project, &arguments.which, false)
    });
    let here = the_one_at(&url, &checked);
    if let Some(finding) = finding::about_project(&url, project.as_ref(), &checked, here) {
        findings.push(finding);
    }
    let probes = probes::all(
        context,
        &url,
        project.as_ref(),
        here,
        arguments.workers_dev.as_deref(),
    );
    context.say(format!(
        "postern: {} to look at {url} from here; nothing is changed, and no secret is sent",
        match probes.len() {
            1 => "one request".to_owned(),
            count => format!("{count} requests"),
        }
    ));
    let replies = ask_all(context, &probes)?;
    findings.extend(judge::all(&url, &probes, &replies, here));
    if arguments.workers_dev.is_none() && project.is_some() {
        findings.push(Finding::not_looked_at(
            "whether a Worker answers at workers.dev as well",
            "give `--workers-dev` your account's subdomain, which the dashboard shows under \"Workers & Pages\"",
        ));
    }
    findings.sort_by_key(|finding| finding.grade);
    for finding in &findings {
        context.print(finding);
    }
    context.print(finding::summary(&findings));
    if findings
        .iter()
        .any(|finding| finding.grade == Grade::Problem)
    {
        return Err(Stop::Failed);
    }
    Ok(())
}

/// The project in this folder, if there is one.
fn open(context: &Context<'_>, which: &Which) -> Option<Project> {
    context
        .exists(&which.config)
        .then(|| Project::open(context, which))
}

/// The environment that is deployed at `url`: the one with that issuer, or the only one.
fn the_one_at<'c>(url: &str, checked: &'c [Checked]) -> Option<&'c Checked> {
    let is_there = |one: &&Checked| {
        one.config
            .as_ref()
            .is_some_and(|config| config.issuer.as_str() == url)
    };
    checked.iter().find(is_there).or(match checked {
        [only] => Some(only),
        _ => None,
    })
}

fn ask_all(context: &mut Context<'_>, probes: &[Probe]) -> Result<Vec<Reply>, Stop> {
    let mut replies = Vec::with_capacity(probes.len());
    for some in probes.chunks(AT_ONCE) {
        let requests = some.iter().map(Probe::request).collect();
        replies.extend(context.fetch(requests)?);
    }
    Ok(replies)
}
