//! `postern test`: a table of requests, and what must come of them.

use postern::explain::{Report, Site, test};

use super::{cases, placed, who};
use crate::context::Context;
use crate::project::Which;
use crate::step::Stop;

/// What stands behind `postern test`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The table.
    #[arg(default_value = "postern.test.toml")]
    file: String,
    /// Fail too if there is a route that no request of the table is about.
    #[arg(long)]
    every_route: bool,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

/// Asks what becomes of each request, and compares.
pub fn run(context: &mut Context<'_>, arguments: &Arguments) -> Result<(), Stop> {
    let (project, config) = super::configuration(context, &arguments.which)?;
    let site = Site::new(&config);
    let cases = match cases::read(context, &arguments.file, &site) {
        Ok(cases) => cases,
        Err(problems) => {
            for problem in problems {
                context.say(problem);
            }
            return Err(context.fail(format!("{} is no table of requests", arguments.file)));
        }
    };
    let report = test(&site, &cases);
    if arguments.json {
        super::json(context, &report);
    } else {
        for (case, verdict) in cases.iter().zip(&report.verdicts) {
            let who = who::words(&case.question.who);
            if verdict.differences.is_empty() {
                context.print(format!("ok    {} by {who}", verdict.name));
                continue;
            }
            context.print(format!("DIFF  {} by {who}", verdict.name));
            for difference in &verdict.differences {
                context.print(format!("        {difference}"));
            }
            if let Some(route) = &verdict.explanation.route {
                let placed = placed(&project, route.index, &route.pattern);
                context.print(format!("        by {placed}"));
            }
        }
        context.print("");
        summary(context, &report);
        for place in &report.uncovered {
            context.print(format!(
                "  {}",
                placed(&project, place.index, &place.pattern)
            ));
        }
    }
    if report.failed() > 0 || (arguments.every_route && !report.uncovered.is_empty()) {
        return Err(Stop::Failed);
    }
    Ok(())
}

fn summary(context: &mut Context<'_>, report: &Report) {
    let (all, failed) = (report.verdicts.len(), report.failed());
    let requests = if all == 1 { "request" } else { "requests" };
    let came = match failed {
        0 => format!("{all} {requests}, each as expected."),
        failed => format!("{all} {requests}, {failed} of them not as expected."),
    };
    let covered = match report.uncovered.len() {
        0 => " Each route decides about one of them.",
        1 => " No request is about this route:",
        _ => " No request is about these routes:",
    };
    context.print(format!("{came}{covered}"));
}
