//! Makes an account: asks for a password, and prints the line that lets somebody in with it.

use postern::accounts::{Account, LONGEST_PASSWORD, Name};
use postern::secret::Secret;

use crate::context::Context;
use crate::step::Stop;

/// The least number of characters in a password: what NIST SP 800-63B requires in any case.
const SHORTEST: usize = 8;

/// What it requires where there is no second factor (revision 4, section 3.1.1.2).
const RECOMMENDED: usize = 15;

/// Prints `name:hash` and nothing else, so that it can be appended to a file of accounts.
pub fn run(context: &mut Context<'_>, name: &Name) -> Result<(), Stop> {
    let password = ask(context, name)?;
    // Exposed to be counted and hashed. It is not written anywhere.
    let length = password.expose().chars().count();
    if length < SHORTEST {
        return Err(context.fail(format!(
            "the password is too short: it must have at least {SHORTEST} characters"
        )));
    }
    if password.expose().chars().any(char::is_control) {
        return Err(context.fail("the password has a control character, which no form can send"));
    }
    let salt = context.random();
    let Some(line) = Account::write_line(name, &password, &salt) else {
        return Err(context.fail(format!(
            "the password is longer than {LONGEST_PASSWORD} bytes"
        )));
    };
    context.print(line);
    if length < RECOMMENDED {
        context.say(format!(
            "postern: the password has fewer than {RECOMMENDED} characters, which NIST SP 800-63B \
             requires where there is no second factor: a longer one is better"
        ));
    }
    Ok(())
}

/// A person types it twice, for nobody sees it. A program sends it once.
fn ask(context: &mut Context<'_>, name: &Name) -> Result<Secret<String>, Stop> {
    let password = context.ask_secret(format!("Password for {name}: "))?;
    if context.is_terminal() && password != context.ask_secret("The same again: ")? {
        return Err(context.fail("the two passwords are not the same"));
    }
    Ok(password)
}
