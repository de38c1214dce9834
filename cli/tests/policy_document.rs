//! docs/policy.md and docs/rules.md: what they print is what their commands print, for the example that each is about.

use std::fs;
use std::path::{Path, PathBuf};

use postern_cli::memory::Memory;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// An example, in a folder of its own.
fn example(of: &str) -> Memory {
    let memory = Memory::default();
    for name in ["postern.toml", "wrangler.toml", "postern.test.toml"] {
        memory.put(name, read(&format!("examples/{of}/{name}")));
    }
    memory
}

/// The blocks of a document: what stands behind the three signs, and the text.
fn blocks(document: &str) -> Vec<(&str, &str)> {
    let mut parts = document.split("\n```");
    let mut found = Vec::new();
    while let (Some(_), Some(block)) = (parts.next(), parts.next()) {
        found.push(block.split_once('\n').unwrap_or((block, "")));
    }
    found
}

/// The words of a command, with quotes taken off.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in line.chars() {
        match c {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words
}

#[test]
fn the_documents_show_what_their_commands_print() {
    let looked_at = shows("docs/policy.md", "site");
    assert!(looked_at >= 7, "the test finds the commands: {looked_at}");
    let looked_at = shows("docs/rules.md", "rules");
    assert!(looked_at >= 5, "the test finds the commands: {looked_at}");
}

/// Compares each command of a document with what it prints, and says how many there are.
fn shows(path: &str, about: &str) -> usize {
    let document = read(path);
    let blocks = blocks(&document);
    let memory = example(about);
    let mut looked_at = 0;
    for pair in blocks.windows(2) {
        if let ("toml", route) = pair[0]
            && route.starts_with("[[routes]]")
        {
            // The change that the plan is about.
            let old = memory.text("postern.toml").unwrap();
            let new = old.replacen("[[routes]]", &format!("{route}\n\n[[routes]]"), 1);
            memory.put("old.toml", old);
            memory.put("changed.toml", new);
        }
        let [("sh", commands), ("text", shown)] = pair else {
            continue;
        };
        let mut printed = Vec::new();
        for command in commands.lines() {
            let mut words = words(
                command
                    .strip_prefix("npx postern ")
                    .expect("it is one of ours"),
            );
            if words[0] == "plan" {
                words.push("changed.toml".to_owned());
            }
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let ran = memory.run(&words);
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{command}");
            printed.push(ran.out.trim_end().to_owned());
            looked_at += 1;
        }
        let printed = printed.join("\n\n");
        assert_eq!(*shown, printed, "{path}: {commands} prints:\n{printed}\n");
    }
    looked_at
}

#[test]
fn the_tables_of_the_examples_come_out_as_expected() {
    for example in fs::read_dir(root().join("examples")).unwrap() {
        let name = example.unwrap().file_name().into_string().unwrap();
        let folder = format!("examples/{name}");
        let Ok(table) = fs::read_to_string(root().join(&folder).join("postern.test.toml")) else {
            continue;
        };
        let memory = Memory::with("postern.test.toml", table);
        for file in ["postern.toml", "wrangler.toml"] {
            memory.put(file, read(&format!("{folder}/{file}")));
        }
        let ran = memory.run(&["test", "--every-route"]);
        assert_eq!(
            (ran.code, ran.err.as_str()),
            (0, ""),
            "{folder}: {}",
            ran.out
        );
    }
}
