//! `postern routes`: the policy as a table.

use postern::explain::table;

use super::columns::columns;
use crate::context::Context;
use crate::project::Which;
use crate::step::Stop;

/// What stands behind `postern routes`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

/// Prints the routes: what is open to everyone first.
pub fn run(context: &mut Context<'_>, arguments: &Arguments) -> Result<(), Stop> {
    let (_, config) = super::configuration(context, &arguments.which)?;
    let table = table(&config);
    if arguments.json {
        super::json(context, &table);
        return Ok(());
    }
    let mut rows = vec![
        ["", "match", "methods", "who gets in", "goes to"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for row in &table.rows {
        let methods = if row.methods.is_empty() {
            "all".to_owned()
        } else {
            row.methods.join(" ")
        };
        let needs = match row.access {
            "public" => "everyone",
            "deny" => "nobody",
            _ => row.needs.as_str(),
        };
        let needs = match needs.strip_prefix("a login") {
            Some("") => "who is logged in".to_owned(),
            Some(rest) => format!("who is logged in{rest}"),
            None => needs.to_owned(),
        };
        rows.push(vec![
            format!("routes[{}]", row.index),
            row.pattern.clone(),
            methods,
            needs,
            row.origin.clone().unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    let lines = columns(&rows);
    let notes = std::iter::once(&[][..]).chain(table.rows.iter().map(|row| row.notes.as_slice()));
    for (line, notes) in lines.iter().zip(notes) {
        context.print(line);
        for note in notes {
            context.print(format!("           ({note})"));
        }
    }
    context.print("");
    context.print("The first match that fits a path decides, in the order of the numbers.");
    if !table.closed.is_empty() {
        context.print("Nobody gets:");
        for line in &table.closed {
            context.print(format!("  {line}"));
        }
    }
    Ok(())
}
