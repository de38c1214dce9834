//! Holds the table of rooms in ARCHITECTURE.md: which module of `src` may use which.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A row of the table: a room, and what it may use beside itself.
type Row = (String, Vec<String>);

/// The table in ARCHITECTURE.md. Each row names the rooms that it may use: `nothing`, a list, `all
/// above`, or `all above but` a list.
fn table() -> Vec<Row> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let (_, section) = text.split_once("\n## Rooms\n").expect("there is a table");
    let section = section.split("\n## ").next().unwrap();
    let mut known: Vec<Row> = Vec::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, _, uses] = cells[..] else {
            panic!("a row has three cells: {line}");
        };
        let above = || known.iter().map(|(room, _)| room.clone());
        let uses = match uses {
            "nothing" => Vec::new(),
            "all above" => above().collect(),
            _ => match uses.strip_prefix("all above but ") {
                None => names(uses),
                Some(list) => {
                    let excepted = names(list);
                    above().filter(|room| !excepted.contains(room)).collect()
                }
            },
        };
        for used in &uses {
            assert!(
                above().any(|room| room == *used),
                "{used} stands above {name}"
            );
        }
        known.push((name.trim_matches('`').to_owned(), uses));
    }
    known
}

/// The names in a list of rooms.
fn names(list: &str) -> Vec<String> {
    list.split(", ")
        .map(|name| name.trim_matches('`').to_owned())
        .collect()
}

/// Crates that exist on Workers alone.
const WASM_ONLY: [&str; 5] = ["worker", "wasm_bindgen", "js_sys", "web_sys", "getrandom"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The room that a file belongs to, and its text without what only tests compile.
fn rooms() -> BTreeMap<String, Vec<(PathBuf, String)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut rooms: BTreeMap<String, Vec<(PathBuf, String)>> = BTreeMap::new();
    for file in files {
        let relative = file.strip_prefix(&root).unwrap().to_owned();
        let first = relative.components().next().unwrap().as_os_str();
        let room_name = first.to_str().unwrap().trim_end_matches(".rs").to_owned();
        let is_test = relative.components().any(|part| {
            let part = part.as_os_str().to_str().unwrap();
            part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs")
        });
        if room_name == "lib" || room_name == "fakes" || is_test {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let code = code
            .split("#[cfg(test)]\npub(crate) mod tests")
            .next()
            .unwrap();
        rooms
            .entry(room_name)
            .or_default()
            .push((relative, code.to_owned()));
    }
    rooms
}

/// The names that follow `prefix` in the code of a file, comments left out.
fn names_after<'a>(code: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(move |line| line.split(prefix).skip(1))
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            &rest[..end.unwrap_or(rest.len())]
        })
}

#[test]
fn each_room_uses_only_what_it_may() {
    let rooms = rooms();
    let table = table();
    let found: Vec<&str> = rooms.keys().map(String::as_str).collect();
    let mut expected: Vec<&str> = table.iter().map(|(room, _)| room.as_str()).collect();
    expected.sort_unstable();
    assert_eq!(
        found, expected,
        "the rooms in src are not those of the table"
    );
    let mut looked_at = 0;
    for (room, allowed) in &table {
        for (file, code) in &rooms[room] {
            for used in names_after(code, "crate::") {
                looked_at += 1;
                let is_fine = used == room || allowed.iter().any(|room| room == used);
                assert!(
                    is_fine,
                    "{}: {room} may not use {used:?} (one `use crate::ROOM` a room, not grouped)",
                    file.display()
                );
            }
        }
    }
    assert!(looked_at > 100, "the test reads the uses: {looked_at}");
}

#[test]
fn only_the_edge_knows_workers() {
    for (room, files) in rooms() {
        if room == "edge" {
            continue;
        }
        for (file, code) in files {
            for name in WASM_ONLY {
                let uses = [format!("use {name}"), format!("{name}::")];
                assert!(
                    !code.lines().any(|line| {
                        !line.trim_start().starts_with("//")
                            && uses.iter().any(|u| line.contains(u.as_str()))
                    }),
                    "{} uses {name}",
                    file.display()
                );
            }
        }
    }
}
