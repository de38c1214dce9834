//! Machines for the tests of `init`.

use crate::memory::{Memory, Ran};

/// A machine at which somebody sits, with these files.
pub fn desk(files: &[(&str, &str)]) -> Memory {
    let mut memory = Memory::default();
    memory.terminal = true;
    for (path, text) in files {
        memory.put(path, *text);
    }
    memory
}

/// `postern init`, with nobody to answer.
pub fn init(memory: &Memory, arguments: &[&str]) -> Ran {
    let mut words = vec!["init"];
    words.extend(arguments);
    memory.run(&words)
}

/// That a second run asks nothing and changes nothing.
pub fn is_settled(memory: &Memory, folder: &str) {
    let all = |memory: &Memory| {
        let paths = memory.paths().into_iter();
        paths
            .map(|path| (memory.text(&path), path))
            .collect::<Vec<_>>()
    };
    let before = all(memory);
    for arguments in [&[folder][..], &[folder, "--yes"]] {
        let ran = init(memory, arguments);
        assert_eq!((ran.code, ran.asked.len()), (0, 0), "{}", ran.err);
        assert_eq!(
            ran.err,
            "postern: nothing is missing here: no file was changed\n"
        );
        assert_eq!(all(memory), before);
    }
}

/// That what was written is taken by the other commands: nothing is to be corrected, and its tests go as they say.
pub fn holds_together(memory: &Memory) {
    let check = memory.run(&["check"]);
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    // The address of the site is not known yet.
    let others = check
        .err
        .lines()
        .filter(|line| !line.contains(": warning: issuer: "));
    assert_eq!(others.collect::<Vec<_>>(), Vec::<&str>::new());
    let test = memory.run(&["test", "--every-route"]);
    assert_eq!(test.code, 0, "{}{}", test.out, test.err);
}
