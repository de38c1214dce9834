//! What tools/fuzz.sh needs to know of the targets, and a way to look at one input.
//!
//! ```text
//! postern-fuzz list                 the targets' names
//! postern-fuzz unpack TARGET DIR    write seeds and corpus into DIR, one file an input
//! postern-fuzz pack TARGET DIR      make the corpus of the inputs in DIR, without the seeds
//! postern-fuzz check TARGET FILE    check the properties on one input
//! ```

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use postern_fuzz::{ALL, Target, corpus, target};

const USAGE: &str =
    "usage: postern-fuzz list | unpack TARGET DIR | pack TARGET DIR | check TARGET FILE";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("postern: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), String> {
    let (what, name, place) = match arguments {
        ["list"] => {
            for target in ALL {
                println!("{}", target.name);
            }
            return Ok(());
        }
        [what, name, place] => (*what, *name, Path::new(*place)),
        _ => return Err(USAGE.to_owned()),
    };
    let target = target(name).ok_or(format!(
        "there is no fuzz target {name}: `cargo run -p postern-fuzz list` shows them"
    ))?;
    let done = match what {
        "unpack" => unpack(target, place),
        "pack" => pack(target, place),
        "check" => fs::read(place).map(|input| println!("{:?}", (target.check)(&input))),
        _ => return Err(USAGE.to_owned()),
    };
    done.map_err(|error| format!("{what} {name} {}: {error}", place.display()))
}

fn unpack(target: &Target, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let text = fs::read_to_string(corpus::path(target.name)).unwrap_or_default();
    let found = corpus::read(&text)
        .map_err(|line| io::Error::other(format!("line {line} of the corpus is not an input")))?;
    for (at, input) in (target.seeds)().iter().chain(&found).enumerate() {
        fs::write(folder.join(format!("given-{at:04}")), input)?;
    }
    Ok(())
}

fn pack(target: &Target, folder: &Path) -> io::Result<()> {
    let seeds = (target.seeds)();
    let mut inputs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let input = fs::read(entry?.path())?;
        if !seeds.contains(&input) {
            inputs.push(input);
        }
    }
    fs::write(corpus::path(target.name), corpus::write(inputs))
}
