//! Makes an account: asks for a password, and prints the line that lets somebody in with it.

use std::io::{self, BufRead, IsTerminal};
use std::process::ExitCode;

use postern::accounts::{Account, LONGEST_PASSWORD, Name};
use postern::secret::Secret;

use crate::make::random;

/// The least number of characters in a password: what NIST SP 800-63B requires in any case.
const SHORTEST: usize = 8;

/// What it requires where there is no second factor (revision 4, section 3.1.1.2).
const RECOMMENDED: usize = 15;

/// Prints `name:hash` and nothing else, so that it can be appended to a file of accounts.
pub fn run(name: &Name) -> ExitCode {
    match line(name) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("postern-cli: {message}");
            ExitCode::FAILURE
        }
    }
}

fn line(name: &Name) -> Result<String, String> {
    let password = if io::stdin().is_terminal() {
        ask_twice(name)?
    } else {
        first_line(io::stdin().lock())?
    };
    // Exposed to be counted and hashed. It is not written anywhere.
    let length = password.expose().chars().count();
    if length < SHORTEST {
        return Err(format!(
            "the password is too short: it must have at least {SHORTEST} characters"
        ));
    }
    if password.expose().chars().any(char::is_control) {
        return Err("the password has a control character, which no form can send".to_owned());
    }
    let salt = random().ok_or("the salt could not be made")?;
    let line = Account::write_line(name, &password, &salt)
        .ok_or_else(|| format!("the password is longer than {LONGEST_PASSWORD} bytes"))?;
    if length < RECOMMENDED {
        eprintln!(
            "postern-cli: the password has fewer than {RECOMMENDED} characters, which NIST SP 800-63B \
             requires where there is no second factor: a longer one is better"
        );
    }
    Ok(line)
}

/// From the terminal, without echo.
fn ask_twice(name: &Name) -> Result<Secret<String>, String> {
    let ask = |prompt: String| {
        rpassword::prompt_password(prompt)
            .map(Secret::new)
            .map_err(|error| format!("the password could not be read: {error}"))
    };
    let password = ask(format!("Password for {name}: "))?;
    if password != ask("The same again: ".to_owned())? {
        return Err("the two passwords are not the same".to_owned());
    }
    Ok(password)
}

/// The first line of `input`, without its end.
fn first_line(input: impl BufRead) -> Result<Secret<String>, String> {
    // More than the longest password, so that one that is too long is not cut to one that fits.
    let most = 2 * LONGEST_PASSWORD as u64;
    let mut line = String::with_capacity(2 * LONGEST_PASSWORD);
    let read = input.take(most).read_line(&mut line);
    let line = Secret::new(line);
    read.map_err(|error| format!("the password could not be read: {error}"))?;
    // Exposed to lose the end of the line, which nobody typed.
    let text = line.expose();
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    Ok(Secret::new(text.to_owned()))
}
