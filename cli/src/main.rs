//! The command-line helper of Postern: checks a configuration before it is deployed, and makes keys,
//! client secrets and accounts. It stores nothing and talks to nobody.

mod check;
mod findings;
mod make;
mod pages;
mod rotate;
mod served;
mod user;
mod wrangler;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use postern::accounts::Name;
use postern::protocol::ClientId;

/// Checks a Postern configuration, and makes keys, client secrets and accounts.
#[derive(Parser)]
#[command(name = "postern-cli", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check a wrangler.toml: the table `[vars.POSTERN]`, its bindings, and what else could leave
    /// the gate open.
    Check {
        /// The file to check.
        #[arg(default_value = "wrangler.toml")]
        file: PathBuf,
    },
    /// Make a secret for a client, and print the lines for wrangler.toml that let it in.
    Client {
        /// The id of the client.
        #[arg(value_parser = client_id)]
        id: ClientId,
    },
    /// Make a sealing key for the secret `POSTERN_KEYS`.
    Keys {
        /// The id of the key: a number from 0 to 255 that is not in use. [default: 1]
        #[arg(long)]
        id: Option<u8>,
        /// Say beside it how to put it in an old key's place, and when the old one may go. That depends on how long tokens
        /// live: name the wrangler.toml.
        #[arg(long, value_name = "FILE", requires = "id")]
        rotate: Option<PathBuf>,
    },
    /// Ask for a password, and print the account's line for the secret `POSTERN_USERS`. If standard
    /// input is not a terminal, its first line is the password.
    User {
        /// The name to log in with.
        #[arg(value_parser = name)]
        name: Name,
    },
}

fn name(text: &str) -> Result<Name, String> {
    text.parse().map_err(|error| format!("the name {error}"))
}

fn client_id(text: &str) -> Result<ClientId, String> {
    text.parse().map_err(|error| format!("{error}"))
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Check { file } => check::run(&file),
        Command::Client { id } => make::client(&id),
        Command::Keys {
            id,
            rotate: Some(file),
        } => rotate::run(id.unwrap_or(1), &file),
        Command::Keys { id, rotate: None } => make::keys(id.unwrap_or(1)),
        Command::User { name } => user::run(&name),
    }
}
