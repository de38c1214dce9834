//! Edits files of lines: .gitignore and .dev.vars.

/// `text` with each of `lines` that it does not have yet, at the end. `heading` stands above what is added.
pub fn add(text: &str, heading: &str, lines: &[&str]) -> String {
    let has = |line: &str| text.lines().any(|there| same_pattern(there, line));
    let missing: Vec<&str> = lines.iter().copied().filter(|line| !has(line)).collect();
    append(text, heading, &missing)
}

/// Patterns of a .gitignore that say the same: `.wrangler`, `.wrangler/` and `/.wrangler`.
fn same_pattern(one: &str, other: &str) -> bool {
    let bare = |line: &str| {
        let line = line.trim();
        line.trim_start_matches('/')
            .trim_end_matches('/')
            .to_owned()
    };
    bare(one) == bare(other)
}

/// `text` of `NAME=value` lines with a line for each of `values` whose name has no value yet. `lines` are written as they
/// are, after `heading`. A name that stands there with nothing behind it gets its line in place of that.
pub fn add_values(text: &str, heading: &str, values: &[(&str, String)]) -> String {
    let end = line_end(text);
    let mut result = text.to_owned();
    let mut missing = Vec::new();
    for (name, line) in values {
        match state(&result, name) {
            State::Set => {}
            State::Missing => missing.push(line.as_str()),
            State::Empty => {
                let lines = result.lines().map(|there| match assigned(there) {
                    Some((found, _)) if found == *name => line.as_str(),
                    _ => there,
                });
                result = lines.flat_map(|line| [line, end]).collect();
            }
        }
    }
    append(&result, heading, &missing)
}

/// Whether the file gives `name` a value that is not empty.
pub fn has_value(text: &str, name: &str) -> bool {
    matches!(state(text, name), State::Set)
}

enum State {
    Missing,
    Empty,
    Set,
}

fn state(text: &str, name: &str) -> State {
    let mut state = State::Missing;
    for (found, value) in text.lines().filter_map(assigned) {
        if found == name {
            match value {
                "" | "\"\"" | "''" => state = State::Empty,
                // A lone quote begins a value of several lines.
                _ => return State::Set,
            }
        }
    }
    state
}

/// The name and the value of `NAME=value`, with or without `export ` before it.
fn assigned(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim_start();
    (!name.starts_with('#')).then_some((name, value.trim()))
}

fn append(text: &str, heading: &str, lines: &[&str]) -> String {
    if lines.is_empty() {
        return text.to_owned();
    }
    let end = line_end(text);
    let mut result = text.to_owned();
    if !result.is_empty() {
        if !result.ends_with('\n') {
            result.push_str(end);
        }
        if !result.ends_with("\n\n") && !result.ends_with("\n\r\n") {
            result.push_str(end);
        }
    }
    let heading = (!heading.is_empty()).then_some(heading);
    for line in heading.into_iter().chain(lines.iter().copied()) {
        result.push_str(line);
        result.push_str(end);
    }
    result
}

/// How the lines of `text` end.
fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_there_stay_and_are_not_added_again() {
        let text = "# mine\nnode_modules\n/.wrangler\n";
        let once = add(
            text,
            "# Postern",
            &["node_modules/", ".wrangler/", ".postern/"],
        );
        assert_eq!(
            once,
            "# mine\nnode_modules\n/.wrangler\n\n# Postern\n.postern/\n"
        );
        assert_eq!(add(&once, "# Postern", &[".postern/"]), once);
    }

    #[test]
    fn a_file_without_a_last_line_end_or_with_others_keeps_its_manner() {
        assert_eq!(add("a", "", &["b"]), "a\n\nb\n");
        assert_eq!(add("a\r\n", "", &["b"]), "a\r\n\r\nb\r\n");
        assert_eq!(add("", "# h", &["b"]), "# h\nb\n");
    }

    #[test]
    fn values_that_are_set_are_never_written_over() {
        let text = "A=1\nexport B='x y'\n# C=3\nD=\n";
        let new = |name: &str| format!("{name}=new");
        let values = ["A", "B", "C", "D"].map(|name| (name, new(name)));
        let once = add_values(text, "", &values);
        assert_eq!(once, "A=1\nexport B='x y'\n# C=3\nD=new\n\nC=new\n");
        assert_eq!(add_values(&once, "", &values), once);
    }

    #[test]
    fn an_empty_value_is_none() {
        assert!(!has_value("A=\nB=\"\"\n", "A"));
        assert!(!has_value("A=\nB=\"\"\n", "B"));
        assert!(has_value("A=1", "A"));
        assert!(has_value("A='\nann:x\n'\n", "A"));
        assert!(!has_value("# A=1", "A"));
    }
}
