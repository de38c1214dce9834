//! The first `postern.test.toml`: requests, and what has to come of them.

use super::answers::{Gate, Worker};

const HEAD: &str = "# Requests, and what has to come of them: `postern test` compares. Add one for each rule that matters to you.\n\
     # `as` is who sends it: nobody where it is missing, a person with `{ sub = \"me\" }`, a program with `token`.\n";

/// The tests of a site that is as `init` leaves it.
pub fn text(gate: &Gate) -> String {
    let mut text = HEAD.to_owned();
    match gate {
        Gate::Files(_) => {
            closed(&mut text, "/");
            case(&mut text, "POST /", None, "405");
        }
        Gate::Server(_) => {
            closed(&mut text, "/");
            case(&mut text, "POST /", Some("me"), "\"pass\"");
        }
        Gate::Worker(Worker {
            is_beside_pages: true,
            ..
        }) => {
            closed(&mut text, "/");
            closed(&mut text, "/api/orders");
        }
        Gate::Worker(Worker { files, .. }) => {
            closed(&mut text, "/any/page");
            for pattern in files {
                closed(&mut text, &pattern.replace("**", "a"));
            }
        }
    }
    text
}

/// Whoever has not logged in is led there, and whoever has gets in.
fn closed(text: &mut String, path: &str) {
    let request = format!("GET {path}");
    case(text, &request, None, "\"login\"");
    case(text, &request, Some("me"), "\"pass\"");
}

fn case(text: &mut String, request: &str, who: Option<&str>, expected: &str) {
    text.push_str("\n[[test]]\nrequest = \"");
    text.push_str(request);
    if let Some(who) = who {
        text.push_str("\"\nas = { sub = \"");
        text.push_str(who);
        text.push_str("\" }\nexpect = ");
    } else {
        text.push_str("\"\nexpect = ");
    }
    text.push_str(expected);
    text.push('\n');
}
