//! The values for local runs: `.dev.vars.NAME` or, where there is none, `.dev.vars`.

use std::collections::HashMap;

use crate::context::Context;
use crate::host;

/// What `wrangler dev` adds to the variables.
#[derive(Default)]
pub struct Local {
    /// The file that says so.
    pub file: String,
    /// Names and values.
    pub values: HashMap<String, String>,
}

/// Those beside a wrangler file in `folder`.
pub fn read(context: &Context<'_>, folder: &str, environment: Option<&str>) -> Local {
    let own = environment.map(|name| format!(".dev.vars.{name}"));
    for name in own.into_iter().chain([".dev.vars".to_owned()]) {
        let file = host::join(folder, &name);
        if let Ok(Some(text)) = context.read_text(&file) {
            let values = read_secrets(&text);
            return Local { file, values };
        }
    }
    Local::default()
}

/// Lines of `KEY=VALUE`, `KEY="VALUE"` or `KEY='VALUE'`, with or without `export ` before them and
/// comments. A value in quotes may have several lines, and in double quotes `\n` begins a new one, as
/// wrangler reads them.
fn read_secrets(text: &str) -> HashMap<String, String> {
    let mut pairs = HashMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let (line, mut after) = rest.split_at(end);
        if let Some((name, plain)) = line.split_once('=') {
            let name = name.trim();
            let name = name.strip_prefix("export ").unwrap_or(name).trim_start();
            if !name.is_empty() && !name.starts_with('#') {
                let value = rest[line.len() - plain.len()..].trim_start_matches([' ', '\t']);
                let value = if let Some((quote, inner, behind)) = quoted(value) {
                    after = behind;
                    match quote {
                        '"' => inner.replace("\\n", "\n").replace("\\r", "\r"),
                        _ => inner.to_owned(),
                    }
                } else {
                    let value = plain.trim().split(" #").next().unwrap_or_default();
                    value.trim_end().to_owned()
                };
                pairs.insert(name.to_owned(), value);
            }
        }
        rest = after;
    }
    pairs
}

/// The quote that `value` begins with, what is in it, and the lines behind it.
fn quoted(value: &str) -> Option<(char, &str, &str)> {
    let quote = value.chars().next().filter(|c| ['"', '\''].contains(c))?;
    let (inner, behind) = value[1..].split_once(quote)?;
    let lines = behind.split_once('\n').map_or("", |(_, lines)| lines);
    Some((quote, inner, lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_local_secrets() {
        let secrets = read_secrets(
            "# comment\nA=1\nB = \"2 = 3\"\nexport C='4' # four\n\nD=5 # five\n#E=6\nF=\nnothing\n",
        );
        let mut pairs: Vec<(&str, &str)> = secrets
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        pairs.sort_unstable();
        let expected = [
            ("A", "1"),
            ("B", "2 = 3"),
            ("C", "4"),
            ("D", "5"),
            ("F", ""),
        ];
        assert_eq!(pairs, expected);
    }

    #[test]
    fn reads_local_secrets_of_more_than_one_line() {
        let secrets =
            read_secrets("A='a:$x\nb:$y' # two\nB=\"a:$x\\nb:$y\nc\"\nC='a\\nb'\nD='open\nE=5\r\n");
        let mut pairs: Vec<(&str, &str)> = secrets
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        pairs.sort_unstable();
        let expected = [
            ("A", "a:$x\nb:$y"),
            ("B", "a:$x\nb:$y\nc"),
            ("C", "a\\nb"),
            ("D", "'open"),
            ("E", "5"),
        ];
        assert_eq!(pairs, expected);
    }
}
