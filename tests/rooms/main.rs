//! Holds the order in `src`: the table of rooms in ARCHITECTURE.md, which says what module may use which; that no room has
//! a circle; and that no file is too long.

mod uses;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A row of the table: a room, and what it may use beside itself.
type Row = (String, Vec<String>);

/// The table in ARCHITECTURE.md. Each row names the rooms that it may use: `nothing`, a list, `all
/// above`, or `all above except` a list.
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
            _ => match uses.strip_prefix("all above except ") {
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

/// The rooms, each with its files and their texts, without the files that only tests compile.
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
        if matches!(room_name.as_str(), "lib" | "fakes" | "fixtures") || is_test {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        rooms.entry(room_name).or_default().push((relative, text));
    }
    rooms
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
            for used in uses::File::read(code).rooms() {
                looked_at += 1;
                let is_fine = used == room || allowed.iter().any(|room| room == used);
                assert!(is_fine, "{}: {room} may not use {used:?}", file.display());
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

#[test]
fn no_room_has_a_circle() {
    let mut found = Vec::new();
    for files in rooms().into_values() {
        let files: Vec<_> = files
            .iter()
            .map(|(file, code)| (uses::module(file), code.clone()))
            .collect();
        found.append(&mut uses::circles(&files));
    }
    assert!(found.is_empty(), "these use each other: {found:#?}");
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    let found = |files: &[(&str, &str)]| {
        let files: Vec<_> = files
            .iter()
            .map(|(file, code)| (uses::module(Path::new(file)), (*code).to_owned()))
            .collect();
        uses::circles(&files)
    };
    let top = ("a/mod.rs", "mod b; mod c; pub use b::B; pub use c::{C, D};");
    let b = ("a/b.rs", "use super::C; pub struct B(C);");
    let circle = ["a::b, a::c"];
    for c in [
        "use super::B; pub struct C(B);",
        "use super::{D, b::{self, B}}; pub struct C(B);",
        "pub struct C(super::B);",
        "pub struct C; fn f() { crate::a::b::g() }",
        "pub struct C; fn f() { assert!(super::b::g()) }",
    ] {
        assert_eq!(found(&[top, b, ("a/c.rs", c)]), circle, "{c}");
    }
    for c in [
        "pub struct C;",
        "// super::B\npub struct C;",
        "pub struct C; #[cfg(test)] mod tests { use super::super::B; }",
        "use super::D; pub struct C(D);",
    ] {
        assert!(found(&[top, b, ("a/c.rs", c)]).is_empty(), "{c}");
    }
    let own = (
        "a/mod.rs",
        "mod b; pub use b::B; pub struct C; fn f() -> B { B(C) }",
    );
    assert_eq!(
        found(&[own, b]),
        ["a, a::b"],
        "what stands on top is used below it"
    );
    let around = [
        ("a/mod.rs", "mod b; mod c; mod d;"),
        ("a/b.rs", "use super::c;"),
        ("a/c.rs", "use super::d::D;"),
        ("a/d.rs", "use crate::a::b::B;"),
    ];
    assert_eq!(found(&around), ["a::b, a::c, a::d"]);
}

/// In lines, with the short tests at a file's end.
const LONGEST_FILE: usize = 400;

#[test]
fn no_file_is_too_long() {
    for (file, text) in rooms().into_values().flatten() {
        let lines = text.lines().count();
        assert!(lines <= LONGEST_FILE, "{}: {lines} lines", file.display());
    }
}
