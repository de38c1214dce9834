//! docs/command-line.md has every command and every option.

use std::fs;
use std::path::Path;

use postern_cli::memory::Memory;

#[test]
fn every_command_and_every_option_is_in_the_reference() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/command-line.md");
    let reference = fs::read_to_string(path).unwrap();
    let memory = Memory::default();
    let help = memory.run(&["--help"]).out;
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let mut looked_at = 0;
    for line in commands.lines() {
        let name = line.split_whitespace().next().unwrap();
        if name == "help" {
            continue;
        }
        let row = format!("\n| [`postern {name}`](#");
        assert!(reference.contains(&row), "postern {name}");
        let help = memory.run(&[name, "--help"]).out;
        let words = help.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        for option in words.filter(|word| word.starts_with("--") && word.len() > 2) {
            let is_told = reference.contains(&format!("`{option}"));
            assert!(is_told || option == "--help", "postern {name} {option}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 20, "{looked_at}");
}
