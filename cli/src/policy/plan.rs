//! `postern plan`: what another configuration would open, close or end.

use clap::ValueEnum;
use postern::explain::{Change, Effect, plan};

use crate::context::Context;
use crate::project::{Project, Which};
use crate::step::Stop;

/// What stands behind `postern plan`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The configuration as it is now, such as `git show HEAD:postern.toml > old.toml` makes one.
    old: String,
    /// The configuration that is to take its place.
    #[arg(default_value = "postern.toml")]
    new: String,
    /// Fail if it does this. Give it several times for several of them.
    #[arg(long, value_name = "EFFECT")]
    fail_on: Vec<Kind>,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
    /// The wrangler file with the bindings and variables of both. [default: the one beside the new configuration]
    #[arg(long, value_name = "FILE")]
    wrangler: Option<String>,
    /// The environment of the wrangler file. [default: that of `CLOUDFLARE_ENV`, or else the top level]
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
}

/// An effect, as it is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Somebody gets in, or gets something, who did not.
    Opens,
    /// Somebody does not get in any more, or gets less.
    Closes,
    /// What was issued ends.
    Ends,
    /// Something else changes.
    Changes,
}

impl Kind {
    const fn of(effect: Effect) -> Self {
        match effect {
            Effect::Opens => Self::Opens,
            Effect::Closes => Self::Closes,
            Effect::Ends => Self::Ends,
            Effect::Changes => Self::Changes,
        }
    }

    const fn heading(self) -> &'static str {
        match self {
            Self::Opens => "Opens, for somebody who did not get in or did not get it:",
            Self::Closes => "Closes:",
            Self::Ends => "Ends, of what was issued:",
            Self::Changes => "Changes otherwise:",
        }
    }
}

/// Prints what changes.
pub fn run(context: &mut Context<'_>, arguments: &Arguments) -> Result<(), Stop> {
    let which = |config: &str, wrangler: Option<String>| Which {
        config: config.to_owned(),
        wrangler,
        env: arguments.env.clone(),
    };
    let new = which(&arguments.new, arguments.wrangler.clone());
    let beside = Project::open(context, &new).wrangler.ok();
    let beside = arguments
        .wrangler
        .clone()
        .or_else(|| beside.map(|file| file.path));
    let (_, old) = super::configuration(context, &which(&arguments.old, beside))?;
    let (_, new) = super::configuration(context, &new)?;
    let changes = plan(&old, &new);
    if arguments.json {
        super::json(context, &changes);
    } else {
        say(context, &changes);
    }
    let unwanted = changes
        .iter()
        .filter(|change| arguments.fail_on.contains(&Kind::of(change.effect)));
    match unwanted.count() {
        0 => Ok(()),
        count => {
            let changes = if count == 1 { "change" } else { "changes" };
            Err(context.fail(format!("{count} {changes} of a kind that --fail-on names")))
        }
    }
}

fn say(context: &mut Context<'_>, changes: &[Change]) {
    if changes.is_empty() {
        context.print("Nothing changes: the same requests pass, and nothing that was issued ends.");
        return;
    }
    let mut last = None;
    for change in changes {
        let kind = Kind::of(change.effect);
        if last != Some(kind) {
            if last.is_some() {
                context.print("");
            }
            context.print(kind.heading());
            last = Some(kind);
        }
        context.print(format!("  {}", change.about));
        context.print(format!("      was  {}", change.before));
        context.print(format!("      now  {}", change.after));
    }
}
