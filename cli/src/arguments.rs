//! What stands on the command line.

use clap::{Parser, Subcommand};
use postern::accounts::Name;
use postern::protocol::ClientId;

use crate::context::Context;
use crate::policy::{explain, plan, routes, test};
use crate::project::Which;
use crate::step::{Print, Stop};
use crate::{build, check, dev, doctor, init, make, rotate, user};

/// Postern: a gate in front of a site or an API, on Cloudflare Workers.
#[derive(Parser)]
#[command(name = "postern", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Check postern.toml, and the wrangler file beside it: its bindings, and what else could leave the gate open.
    Check {
        #[command(flatten)]
        which: Which,
    },
    /// Check postern.toml, and write it as the modules that the Worker is made of.
    Build {
        #[command(flatten)]
        which: Which,
        /// For one's own machine: log each request, and have the Worker show what is wrong with a configuration. `wrangler dev`
        /// says so by itself.
        #[arg(long)]
        dev: bool,
        /// The folder to write into. [default: .postern, beside the configuration]
        #[arg(long, value_name = "FOLDER")]
        out: Option<String>,
        /// Leave the wrangler file as it is, and fail if it lets files past the gate: for tools that have read it already. When
        /// wrangler runs the build, it is so by itself.
        #[arg(long)]
        no_edit: bool,
    },
    /// Make a secret for a client, and print the lines for postern.toml that let it in.
    Client {
        /// The id of the client.
        #[arg(value_parser = client_id)]
        id: ClientId,
    },
    /// Serve what is in this folder on your own machine, with a line for each request.
    Dev(dev::Arguments),
    /// Look at a deployment from outside: what is served without being asked for a token, and what can be reached round the
    /// gate. It changes nothing and sends no secret.
    Doctor(doctor::Arguments),
    /// Say what becomes of a request, and why: which route decides, what it asks for, and what is answered.
    Explain(Box<explain::Arguments>),
    /// Put Postern in front of what is in a folder, or begin a site in an empty one.
    Init(init::Arguments),
    /// Make a sealing key for the secret `POSTERN_KEYS`, or a key that signs.
    Keys {
        /// The id of the key: a number from 0 to 255 that is not in use. [default: 1]
        #[arg(long)]
        id: Option<u8>,
        /// Say beside it how to put it in an old key's place, and when the old one may go. That depends on how long tokens
        /// live, which is in postern.toml.
        #[arg(long, requires = "id")]
        rotate: bool,
        /// Make a key for the secret `POSTERN_SIGNING_KEYS`, which signs what origins are told (`assertion`).
        #[arg(long)]
        signing: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Say what another configuration would open, close or end.
    Plan(plan::Arguments),
    /// Show the routes as a table: what is open to everyone first, and what nobody gets.
    Routes(routes::Arguments),
    /// Try a table of requests, and say which of them do not come out as expected. The exit status is 1 then.
    Test(test::Arguments),
    /// Ask for a password, and print the account's line for the secret `POSTERN_USERS`. If standard
    /// input is not a terminal, its first line is the password.
    User {
        /// The name to log in with.
        #[arg(value_parser = name)]
        name: Name,
    },
}

impl Command {
    /// Does it.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Stop> {
        match self {
            Self::Check { which } => check::run(context, &which)?,
            Self::Build {
                which,
                dev,
                out,
                no_edit,
            } => build::run(context, &which, dev, out.as_deref(), no_edit)?,
            Self::Client { id } => make::client(context, &id),
            Self::Dev(arguments) => dev::run(context, &arguments)?,
            Self::Doctor(arguments) => doctor::run(context, &arguments)?,
            Self::Explain(arguments) => explain::run(context, &arguments)?,
            Self::Init(arguments) => init::run(context, &arguments)?,
            Self::Keys {
                id,
                rotate,
                signing: true,
                ..
            } => {
                make::signing_key(context, id.unwrap_or(1));
                if rotate {
                    context.say(rotate::of_signing(id.unwrap_or(1)));
                }
            }
            Self::Keys {
                id,
                rotate: true,
                which,
                ..
            } => rotate::run(context, id.unwrap_or(1), &which)?,
            Self::Keys { id, .. } => make::keys(context, id.unwrap_or(1)),
            Self::Plan(arguments) => plan::run(context, &arguments)?,
            Self::Routes(arguments) => routes::run(context, &arguments)?,
            Self::Test(arguments) => test::run(context, &arguments)?,
            Self::User { name } => user::run(context, &name)?,
        }
        Ok(())
    }
}

/// The command, or what to print instead and with which exit status.
pub fn read(arguments: &[String]) -> Result<Command, (Print, u8)> {
    let name = "postern".to_owned();
    let words = std::iter::once(&name).chain(arguments);
    match Arguments::try_parse_from(words) {
        Ok(arguments) => Ok(arguments.command),
        Err(error) => {
            let text = error.render().to_string();
            Err(if error.use_stderr() {
                (Print::Err(text), 2)
            } else {
                (Print::Out(text), 0)
            })
        }
    }
}

fn name(text: &str) -> Result<Name, String> {
    text.parse().map_err(|error| format!("the name {error}"))
}

fn client_id(text: &str) -> Result<ClientId, String> {
    text.parse().map_err(|error| format!("{error}"))
}
