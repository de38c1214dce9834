//! What is read, what is refused, what counts, and that an unknown name costs what a wrong password costs.

mod check;
mod counts;
mod desk;
mod lines;
mod source;
mod wire;

use crate::accounts::{Accounts, LineError};
use crate::secret::Secret;

/// Hashes made with the reference implementation (`argon2-cffi`), and their passwords.
const KNOWN: [(&str, &str); 5] = [
    (
        "$argon2id$v=19$m=7168,t=5,p=1$c2FsdHNhbHRzYWx0c2FsdA$7PCw6lTrVcqZB4uvMkl7NOUjxGtvALJ5SyYrIQAEWsc",
        "password",
    ),
    (
        "$argon2id$v=19$m=7168,t=5,p=4$c2FsdHNhbHQ$yNwurlE3AisZrnEkXIJXdQ",
        "pässwörd ☃",
    ),
    (
        "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0",
        "correct horse battery staple",
    ),
    (
        "$argon2id$v=19$m=9216,t=4,p=3$c2FsdHNhbHRzYWx0$a3tVpqXoTmtiuc+Ldvy7/3DhofntvM0/",
        "x",
    ),
    (
        "$argon2id$v=19$m=12288,t=3,p=2$c2FsdHNhbHRzYWx0$StJV6dZLgTcghoXcaQg/r2GHpE0",
        " ",
    ),
];
/// The same, of a password of 1,024 times "a".
const LONG: &str = "$argon2id$v=19$m=47104,t=1,p=1$c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzcw$Omr+fTVAx8sAvRe1kHVWpEvPCOB3tg+/1zsurPyot2HDW1xH1SgLZ1EmBXSZhlZGzj8PtYVGRcBhkVmEqg84nQ";

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

/// Accounts `u0`, `u1` and so on with all the known hashes.
fn known() -> Accounts {
    let lines = KNOWN.iter().enumerate();
    let lines: Vec<String> = lines
        .map(|(at, (hash, _))| format!("u{at}:{hash}"))
        .collect();
    Accounts::parse(&lines.join("\n")).unwrap()
}

/// A line with a hash of this cost and these lengths.
fn line(name: &str, cost: &str, salt: usize, output: usize) -> String {
    use base64ct::{Base64Unpadded, Encoding};
    let text = |length| Base64Unpadded::encode_string(&vec![7; length]);
    format!(
        "{name}:$argon2id$v=19${cost}${}${}",
        text(salt),
        text(output)
    )
}

#[track_caller]
fn error(text: &str) -> LineError {
    let bad = Accounts::parse(text).expect_err("it is a bad one");
    assert_eq!(bad.len(), 1, "{bad:?}");
    assert_eq!(bad[0].number, 1);
    bad[0].error
}
