//! Which static files Cloudflare may serve without the Worker: the list `assets.run_worker_first` of a wrangler file.
//!
//! ```text
//! ["/*", "!/public/*", "!/about"]
//! ```
//! Everything comes to the Worker, except what a rule with `!` takes. So what nobody has thought of comes to the Worker.
//!
//! Job: find the rules that change nothing but who answers. For each path that such a rule takes, the gate would have asked
//! the static assets for that very path, on behalf of everyone, or it would have refused the path because it can be read in
//! two ways. Then the assets serve a file below the same beginning, which everyone gets under its own path.
//!
//! How the rules are matched: the path of the URL as it was sent, without `.` and `..` segments, which the URL's parser
//! resolves, and not decoded; `*` is any characters; a `!` rule counts before all others, for every method. The assets decode
//! each segment and make one slash of several. So only two forms of rules are sure:
//! - a path without a star, of characters that no client encodes in two ways unnoticed: an encoded one does not fit the rule,
//!   and comes to the Worker;
//! - such a path with one star at its end: whatever stands behind it, decoded or not, the beginning stays the same. A star in the
//!   middle could take half of an escape: `/a/*41` would fit `/a/x%41`, which is `/a/xA`.

use postern::config::{Access, Config, Glob, Origin, Paths, Preflight, Route};
use serde_json::{Map, Value};

use crate::check::Checked;
use crate::context::Context;
use crate::edit::{Edit, Item, jsonc, toml};
use crate::findings::Findings;
use crate::host;
use crate::project::{Project, Section, WranglerFile};

/// How many rules wrangler takes at most, and how many characters of each.
const MOST_RULES: usize = 100;
const LONGEST_RULE: usize = 100;

/// What always comes to the Worker: where Postern answers itself.
const OWN: [&str; 3] = ["/_postern/**", "/oauth/**", "/.well-known/**"];

/// Where the rules are in a wrangler file.
const KEY: &str = "assets.run_worker_first";

/// The rule for everything.
const ALL: &str = "/*";

/// What `run_worker_first` may say at the most; just `true` where nothing may be served without the Worker.
fn wanted(context: &Context<'_>, file: &WranglerFile, assets: &Value, config: &Config) -> Item {
    let rules = if config.run_worker_first || rewrites(context, file, assets) {
        Vec::new()
    } else {
        rules(config)
    };
    if rules.is_empty() {
        return Item::Flag(true);
    }
    let except = rules.iter().map(|rule| format!("!{rule}"));
    Item::List(
        std::iter::once(ALL.to_owned())
            .chain(except)
            .map(Item::Text)
            .collect(),
    )
}

/// The paths that may be served without the Worker. None of them makes another one needless.
fn rules(config: &Config) -> Vec<String> {
    // With those that are only tried, which are to see what they would decide about.
    let routes = match config.tried.as_slice() {
        [] => &config.routes[..],
        all => all,
    };
    let mut given = vec![false; routes.len()];
    let mut rules: Vec<&str> = Vec::new();
    for (at, route) in routes.iter().enumerate() {
        if !is_plain(route) {
            continue;
        }
        let (one, more) = route.pattern.as_paths();
        let own: Vec<&str> = std::iter::once(one).chain(more).collect();
        let meets = |other: &Glob| own.iter().any(|rule| meet(rule, other));
        let stays = OWN.iter().any(|path| meets(&Glob::new(path)));
        let others = routes.iter().enumerate();
        let mut others = others.filter(|(index, other)| {
            *index != at && (other.pattern == route.pattern || *index < at && meets(&other.pattern))
        });
        if !own.iter().all(|rule| is_sure(rule)) || stays || others.any(|(index, _)| !given[index])
        {
            continue;
        }
        given[at] = true;
        rules.extend(own);
    }
    let mut listed: Vec<String> = Vec::new();
    for rule in &rules {
        let is_needless = rules.iter().any(|other| {
            let beginning = other.strip_suffix('*');
            other != rule && beginning.is_some_and(|beginning| rule.starts_with(beginning))
        });
        if !is_needless && !listed.iter().any(|there| there == rule) {
            listed.push((*rule).to_owned());
        }
    }
    listed.truncate(MOST_RULES - 1);
    listed
}

/// Whether the Worker would do nothing with a request but ask the assets. A key that is not known here asks for more.
fn is_plain(route: &Route) -> bool {
    let Route {
        place: _,
        pattern: _,
        methods,
        access,
        scope: _,
        audience: _,
        max_staleness: _,
        on_outage: _,
        cut_streams,
        keep,
        paths,
        passes_authorization,
        headers,
        origin,
        preflight,
        cors_origins,
        rate_limit,
        identity: _,
        assertion: _,
        rules,
        role: _,
        // Only with tokens.
        accept: _,
        token_from: _,
    } = route;
    let reads = |all: &Vec<String>| all.iter().any(|method| method == "GET");
    *access == Access::Public
        && *origin == Some(Origin::Assets)
        && !route.is_report()
        && methods.as_ref().is_none_or(reads)
        && !cut_streams
        && !keep
        && !passes_authorization
        && *paths == Paths::Unambiguous
        && headers.is_none()
        && *preflight == Preflight::Refuse
        && cors_origins.is_empty()
        && rate_limit.is_none()
        && rules.is_none()
}

/// Whether a rule means the same to all who read it.
fn is_sure(rule: &str) -> bool {
    let literal = rule.strip_suffix('*').unwrap_or(rule);
    let same = |c: char| c.is_ascii_alphanumeric() || "/-._~!$&'()+,=:@".contains(c);
    literal.chars().all(same) && rule.len() < LONGEST_RULE
}

/// Whether there is a path that fits both a rule and a pattern. Only the end of the rule may be a star.
fn meet(rule: &str, pattern: &Glob) -> bool {
    let Some(beginning) = rule.strip_suffix('*') else {
        return pattern.matches(rule);
    };
    let (one, more) = pattern.as_paths();
    std::iter::once(one).chain(more).any(|plain| {
        let head = plain.split('*').next().unwrap_or_default();
        head.starts_with(beginning) || (plain != head && beginning.starts_with(head))
    })
}

/// Whether a file is served under another path than its own, by `_redirects` with the status 200. Then a path that the gate
/// refuses may lead to a file that everyone gets under no other path.
fn rewrites(context: &Context<'_>, file: &WranglerFile, assets: &Value) -> bool {
    let Some(directory) = assets.get("directory").and_then(Value::as_str) else {
        return false;
    };
    let root = host::join(host::split(&file.path).0, directory);
    match context.read_text(&host::join(&root, "_redirects")) {
        Ok(Some(text)) => text.lines().any(|line| {
            let line = line.split('#').next().unwrap_or_default();
            line.split_whitespace().nth(2) == Some("200")
        }),
        Ok(None) => false,
        Err(_) => true,
    }
}

/// Finds what would be served without the gate. Where the configuration is refused, it is not known what may be.
pub fn check(
    context: &Context<'_>,
    file: &WranglerFile,
    section: &Section<'_>,
    config: Option<&Config>,
    findings: &mut Findings,
) {
    let Some(assets) = section.inherited("assets") else {
        return;
    };
    let wanted = config.map(|config| wanted(context, file, assets, config));
    if let Some(problem) = problem(assets.get("run_worker_first"), wanted.as_ref()) {
        findings.wrangler_error(KEY, problem);
    }
}

fn problem(said: Option<&Value>, wanted: Option<&Item>) -> Option<String> {
    let right = shown(wanted.unwrap_or(&Item::Flag(true)));
    let right = format!("write `run_worker_first = {right}`");
    let list = match said {
        Some(Value::Bool(true)) => return None,
        Some(Value::Array(list)) => list,
        _ => {
            return Some(format!(
                "static files are served before the gate is asked: {right}"
            ));
        }
    };
    let rules: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
    if !rules.contains(&ALL) {
        return Some(format!(
            "has no `{ALL}`, so a path that is written in another way is served before the gate is asked: {right}"
        ));
    }
    let sure: Vec<Glob> = match wanted? {
        Item::List(all) => all.iter().filter_map(exception).collect(),
        _ => Vec::new(),
    };
    let may = |rule: &str| sure.iter().any(|one| one.covers(&Glob::new(rule)));
    let mut except = rules.iter().filter_map(|rule| rule.strip_prefix('!'));
    except.find(|rule| !may(rule)).map(|rule| {
        format!(
            "`!{rule}` lets files past the gate, and postern.toml does not say that everyone may have all of them: {right}, \
             as `npx postern build` does"
        )
    })
}

/// What a rule with `!` takes.
fn exception(item: &Item) -> Option<Glob> {
    match item {
        Item::Text(text) => text.strip_prefix('!').map(Glob::new),
        _ => None,
    }
}

/// A list as it is written in either language.
fn shown(item: &Item) -> String {
    match item {
        Item::Text(text) => format!("\"{text}\""),
        Item::List(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Item::Flag(flag) => flag.to_string(),
        Item::Number(_) | Item::Table(_) => String::new(),
    }
}

/// Writes into the wrangler file what may be served without the Worker, wherever it says something else.
pub fn write(context: &mut Context<'_>, project: &Project, all: &mut [Checked]) {
    let config = all.iter().find_map(|checked| checked.config.as_ref());
    let (Ok(file), Some(config)) = (&project.wrangler, config) else {
        return;
    };
    let text = match edited(context, file, config) {
        Ok(None) => return,
        Ok(Some(text)) => text,
        Err(why) => {
            context.say(format!(
                "{}: warning: {KEY}: cannot be written: {why}",
                file.path
            ));
            return;
        }
    };
    context.print(format!(
        "postern: {} says anew what the Worker answers first ({KEY})",
        file.path
    ));
    context.write(file.path.clone(), text);
    for checked in all {
        checked.findings.mended(KEY);
    }
}

/// The text of a wrangler file in which each `assets` says what is wanted; `None` where it says so already.
fn edited(
    context: &Context<'_>,
    file: &WranglerFile,
    config: &Config,
) -> Result<Option<String>, String> {
    let mut edits = Vec::new();
    let mut edit = |path: &[&str], table: &Map<String, Value>| {
        if let Some(assets @ Value::Object(_)) = table.get("assets") {
            let wanted = wanted(context, file, assets, config);
            if assets.get("run_worker_first") != Some(&json(&wanted)) {
                let path = path.iter().copied().chain(["assets", "run_worker_first"]);
                edits.push(Edit::set(path, wanted));
            }
        }
    };
    edit(&[], &file.table);
    for name in file.environments() {
        if let Some(Value::Object(own)) = file.table.get("env").and_then(|all| all.get(name)) {
            edit(&["env", name], own);
        }
    }
    if edits.is_empty() {
        return Ok(None);
    }
    let text = context.read_text(&file.path)?;
    let text = text.ok_or("there is no such file")?;
    let result = if file.is_json {
        jsonc::edit(&text, &edits)
    } else {
        toml::edit(&text, &edits)
    };
    result.map(Some).map_err(|problem| problem.to_string())
}

fn json(item: &Item) -> Value {
    match item {
        Item::Text(text) => Value::from(text.as_str()),
        Item::Flag(flag) => Value::Bool(*flag),
        Item::List(items) => items.iter().map(json).collect(),
        Item::Number(_) | Item::Table(_) => Value::Null,
    }
}

#[cfg(test)]
mod tests;
