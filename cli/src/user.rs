//! Makes an account: asks for a password, and prints the line that lets somebody in with it.

use std::io::{self, BufRead, IsTerminal};
use std::process::ExitCode;

use postern::accounts::{Account, LONGEST_PASSWORD, Name};
use postern::secret::Secret;

use crate::make::random;

/// How many characters a password has at least: what NIST SP 800-63B asks for in any case.
const SHORTEST: usize = 8;

/// How many it asks for where the password is all there is (revision 4, section 3.1.1.2).
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
    // Counted, and hashed by the core; it is written nowhere.
    let length = password.expose().chars().count();
    if length < SHORTEST {
        return Err(format!(
            "the password is too short: it must have {SHORTEST} characters at least"
        ));
    }
    if password.expose().chars().any(char::is_control) {
        return Err("the password has a control character, which no form can send".to_owned());
    }
    let salt = random().ok_or("there is no salt")?;
    let line = Account::write_line(name, &password, &salt)
        .ok_or_else(|| format!("the password is longer than {LONGEST_PASSWORD} bytes"))?;
    if length < RECOMMENDED {
        eprintln!(
            "postern-cli: the password has fewer than {RECOMMENDED} characters, which is what NIST \
             SP 800-63B asks for where nothing else is asked for: a longer one is better"
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
    // More than any password has, so that one that is too long is not cut to one that fits.
    let most = 2 * LONGEST_PASSWORD as u64;
    let mut line = String::with_capacity(2 * LONGEST_PASSWORD);
    let read = input.take(most).read_line(&mut line);
    let line = Secret::new(line);
    read.map_err(|error| format!("the password could not be read: {error}"))?;
    // Stripped of the line's end, which nobody typed.
    let text = line.expose();
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    Ok(Secret::new(text.to_owned()))
}
