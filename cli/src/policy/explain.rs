//! `postern explain`: what becomes of a request, and why.

use postern::config::Config;
use postern::explain::{
    Explanation, Inactive, Opened, Outcome, Question, Site, Standing, Who, open,
};
use postern::time::Time;
use postern::token::KeyRing;
use serde::Serialize;

use super::who;
use crate::context::Context;
use crate::project::{OWN_ORIGIN, Project, Which};
use crate::rotate;
use crate::step::Stop;

/// What stands behind `postern explain`.
#[derive(clap::Args)]
pub struct Arguments {
    /// `GET`, `POST`, ...
    method: String,
    /// A path of the site, such as `/private/`, or a whole URL.
    url: String,
    /// Somebody who is logged in, by their claims: `sub=ann,groups=staff|admins`. With --client, a token that they have
    /// given to it.
    #[arg(long = "as", value_name = "CLAIMS", conflicts_with = "token")]
    person: Option<String>,
    /// A program with an access token of this client.
    #[arg(long, value_name = "ID", conflicts_with = "token")]
    client: Option<String>,
    /// What that token may do. [default: all that the client may]
    #[arg(long, value_name = "SCOPES", requires = "client")]
    scopes: Option<String>,
    /// What that token is meant for. [default: all that the client may have]
    #[arg(long, value_name = "URI", requires = "client")]
    audience: Vec<String>,
    /// A token of yours: what it is, if `POSTERN_KEYS` is in .dev.vars. `-` asks for it, so that it stays out of the shell's
    /// history. It is not printed.
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    #[command(flatten)]
    how: How,
    /// Say how that was found, step by step.
    #[arg(long)]
    why: bool,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

/// How a request is sent.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
struct How {
    /// A script on a page of this site sends it, and nobody goes to a page.
    #[arg(long)]
    script: bool,
    /// A page of another site sends it: `https://app.example.com`.
    #[arg(long, value_name = "ORIGIN")]
    from: Option<String>,
    /// The CORS preflight before this request; with --from.
    #[arg(long, requires = "from")]
    preflight: bool,
    /// The handshake of a WebSocket.
    #[arg(long)]
    websocket: bool,
    /// The token or the login has ended.
    #[arg(long, conflicts_with = "outage")]
    ended: bool,
    /// A store does not answer.
    #[arg(long)]
    outage: bool,
    /// The address that it comes from. [default: none is known]
    #[arg(long, value_name = "IP")]
    address: Option<String>,
    /// The country that it comes from: `DE`. [default: none is known]
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
    /// How many seconds ago the person has signed in. [default: 0]
    #[arg(long, value_name = "SECONDS", requires = "person")]
    signed_in: Option<u64>,
    /// A header of the request: `Name: value`.
    #[arg(long, value_name = "HEADER")]
    header: Vec<String>,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Said<'e> {
    #[serde(flatten)]
    explanation: &'e Explanation,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'e Opened>,
}

/// Explains what becomes of a request.
pub fn run(context: &mut Context<'_>, arguments: &Arguments) -> Result<(), Stop> {
    let token = match arguments.token.as_deref() {
        Some("-") => Some(context.ask_secret("Token: ")?.expose().trim().to_owned()),
        token => token.map(str::to_owned),
    };
    let (project, config) = super::configuration(context, &arguments.which)?;
    let opened = match &token {
        Some(token) => Some(opened(context, &project, &config, arguments, token)?),
        None => None,
    };
    let site = Site::new(&config);
    let who = who(arguments, &config).map_err(|message| context.fail(message))?;
    let question = question(&site, arguments, who.clone(), opened.as_ref())
        .map_err(|message| context.fail(message))?;
    let explanation = site.explain(&question);
    if arguments.json {
        super::json(
            context,
            &Said {
                explanation: &explanation,
                token: opened.as_ref(),
            },
        );
        return Ok(());
    }
    let sender = match &opened {
        Some(_) => "the token below".to_owned(),
        None => who::words(&who),
    };
    context.print(format!("{} {} by {sender}", question.method, question.url));
    context.print("");
    if let Some(opened) = &opened {
        say_token(context, opened);
    }
    say(context, &project, &explanation, arguments.why, "");
    Ok(())
}

fn who(arguments: &Arguments, config: &Config) -> Result<Who, String> {
    let person = arguments.person.as_deref();
    let person = person.map(|text| who::person(text, config)).transpose()?;
    let Some(id) = &arguments.client else {
        return Ok(person.unwrap_or_default());
    };
    let scopes: Option<Vec<String>> = arguments.scopes.as_ref().map(|text| {
        text.split([' ', ','])
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect()
    });
    let audiences = Some(arguments.audience.as_slice()).filter(|list| !list.is_empty());
    let program = who::program(config, id, scopes.as_deref(), audiences)?;
    Ok(match person {
        Some(person) => who::by_way_of(program, person),
        None => program,
    })
}

fn question(
    site: &Site<'_>,
    arguments: &Arguments,
    who: Who,
    opened: Option<&Opened>,
) -> Result<Question, String> {
    let url = &arguments.url;
    if !url.starts_with('/') && !url.contains("://") {
        return Err(format!(
            "`{url}` is neither a path, which begins with `/`, nor a whole URL"
        ));
    }
    let mut question = Question::new(&arguments.method, &site.url(url), who);
    let how = &arguments.how;
    question.country.clone_from(&how.country);
    question.signed_in = how.signed_in.unwrap_or_default();
    if let Some(address) = &how.address {
        question.set("cf-connecting-ip", address);
    }
    if let Some(opened) = opened {
        question = question.with_unknown(opened.kind == Some("the cookie of a login"));
        question.standing = opened.standing;
    }
    if how.script {
        question = question.by_a_script();
    }
    if let Some(origin) = &how.from {
        question = question.from_page_of(origin);
    }
    if how.websocket {
        question = question.websocket();
    }
    for header in &how.header {
        let Some((name, value)) = header.split_once(':') else {
            return Err(format!("`{header}` is not a header: write `Name: value`"));
        };
        question.set(name.trim(), value.trim());
    }
    if how.preflight {
        question = question.preflight();
    }
    if how.ended {
        question.standing = Standing::Ended(Inactive::Revoked);
    }
    if how.outage {
        question.standing = Standing::Unknown;
    }
    Ok(question)
}

/// What the keys at hand say of a token.
fn opened(
    context: &mut Context<'_>,
    project: &Project,
    config: &Config,
    arguments: &Arguments,
    token: &str,
) -> Result<Opened, Stop> {
    let now = context.now();
    let environment = arguments.which.environment(context);
    let keys = crate::check::keys(context, project, environment.as_deref());
    let Some(keys) = keys else {
        return Err(context.fail(
            "POSTERN_KEYS is not at hand, so no token can be opened: write the secret into .dev.vars, or leave --token out \
             and say whose it is with --client or --as",
        ));
    };
    // On one's own machine the issuer is another one, and the seal is for the issuer.
    let issuers = [config.issuer.as_str(), OWN_ORIGIN];
    let mut first = None;
    for issuer in issuers {
        let Ok(ring) = KeyRing::parse(keys.expose(), issuer) else {
            return Err(context.fail(
                "POSTERN_KEYS is malformed: `npx postern check` says what is wrong with it",
            ));
        };
        let opened = open(&ring, token, now);
        if opened.key.is_some() {
            return Ok(opened);
        }
        first.get_or_insert(opened);
    }
    first.ok_or_else(|| context.fail("there is no issuer"))
}

fn say_token(context: &mut Context<'_>, opened: &Opened) {
    let Some(kind) = opened.kind else {
        context.print(format!("The token: {}.", opened.why));
        context.print("");
        return;
    };
    context.print(format!("The token is {kind}: {}.", opened.why));
    let mut rows = Vec::new();
    let mut row = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            rows.push(vec![format!("  {name}"), value]);
        }
    };
    row("key", opened.key.map(|id| id.to_string()));
    row("session", opened.session.clone());
    row("issued", opened.issued_at.map(moment));
    row("ends", opened.expires_at.map(moment));
    for line in super::columns::columns(&rows) {
        context.print(line);
    }
    context.print("");
}

/// Seconds since 1970 as a date and a time of day.
fn moment(seconds: u64) -> String {
    let date = rotate::date(Time::from_seconds(seconds));
    let rest = seconds % 86_400;
    let (hours, minutes) = (rest / 3_600, rest % 3_600 / 60);
    format!("{date} {hours:02}:{minutes:02}:{:02} UTC", rest % 60)
}

fn say(
    context: &mut Context<'_>,
    project: &Project,
    explanation: &Explanation,
    why: bool,
    indent: &str,
) {
    let heading = match (explanation.outcome, explanation.status) {
        (Outcome::Passes, _) => "It passes".to_owned(),
        (Outcome::Endpoint, _) => "Postern answers".to_owned(),
        (Outcome::Depends, _) => "It depends".to_owned(),
        (_, Some(status)) => format!("{status} {}", phrase(status)),
        (_, None) => "It is refused".to_owned(),
    };
    context.print(format!("{indent}{heading}: {}.", explanation.why));
    let mut rows = Vec::new();
    let mut row = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            rows.push(vec![format!("{indent}  {name}"), value]);
        }
    };
    row(
        "route",
        explanation
            .route
            .as_ref()
            .map(|place| super::placed(project, place.index, &place.pattern)),
    );
    row("asks for", explanation.needs.clone());
    row("goes to", explanation.origin.clone());
    row("sent to", explanation.location.clone());
    row("challenge", explanation.challenge.clone());
    row("in the log", explanation.reason.map(str::to_owned));
    for line in super::columns::columns(&rows) {
        context.print(line);
    }
    for note in &explanation.notes {
        context.print(format!("{indent}  {note}"));
    }
    if why {
        context.print("");
        context.print(format!("{indent}Step by step:"));
        for (at, step) in (1..).zip(&explanation.steps) {
            context.print(format!("{indent}  {at}. {step}"));
        }
    }
    if let Some(would) = explanation.would.as_deref() {
        context.print("");
        context.print(format!(
            "{indent}A route that is only tried (report) would decide differently:"
        ));
        say(context, project, would, why, &format!("{indent}  "));
    }
}

fn phrase(status: u16) -> &'static str {
    match status {
        204 => "No Content",
        303 => "See Other",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        414 => "URI Too Long",
        503 => "Service Unavailable",
        _ => "",
    }
}
