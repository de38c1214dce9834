//! The machine that a command runs on, as far as it may be used.

/// What a command may use of the machine. Node is one (`npm/postern/cli.js`), and [`crate::memory::Memory`] another. Paths are
/// with `/`, and begin at the folder in which the command was called.
///
/// A command is called anew after each answer, so whatever this says must stay the same until the command is done.
pub trait Host {
    /// What is in a file; `None` where there is no such file.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String>;

    /// What is in a folder, in the order of the names; `None` where there is no such folder.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn list(&self, folder: &str) -> Result<Option<Vec<Entry>>, String>;

    /// Whether there is a file or a folder.
    fn exists(&self, path: &str) -> bool;

    /// Puts a file there whole or not at all, with the folders that it needs. `mode` is who may read it: `0o600` for secrets.
    ///
    /// # Errors
    /// Why it cannot be written.
    fn write(&self, path: &str, bytes: &[u8], mode: u32) -> Result<(), String>;

    /// A variable of the environment.
    fn variable(&self, name: &str) -> Option<String>;

    /// Bytes that nobody can guess: `length` of them from the one at `from` on, in a row that stays the same until the
    /// command is done.
    fn random(&self, from: usize, length: usize) -> Vec<u8>;

    /// When the command was called, in milliseconds since 1970.
    fn now(&self) -> u64;

    /// Whether a person can be asked. Where not, answers are the lines of standard input.
    fn is_terminal(&self) -> bool;
}

/// A name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name alone.
    pub name: String,
    /// What it names.
    pub kind: Kind,
    /// The size of a file, in bytes.
    pub size: u64,
}

/// What a name in a folder names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link, or whatever else.
    Other,
}

/// The path of `name` in `folder`.
#[must_use]
pub fn join(folder: &str, name: &str) -> String {
    let is_whole = name.starts_with('/') || name.get(1..2) == Some(":");
    if folder.is_empty() || folder == "." || is_whole {
        return name.to_owned();
    }
    format!("{}/{name}", folder.trim_end_matches('/'))
}

/// The folder of a path, empty for the one in which the command was called; and the name in it.
#[must_use]
pub fn split(path: &str) -> (&str, &str) {
    match path.rfind(['/', '\\']) {
        Some(0) => path.split_at(1),
        Some(at) => (&path[..at], &path[at + 1..]),
        None => ("", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (folder, name, expected) in [
            ("", "a", "a"),
            (".", "a", "a"),
            ("a", "b/c", "a/b/c"),
            ("a/", "b", "a/b"),
            ("/", "b", "/b"),
            ("a", "/b", "/b"),
            ("a", "C:\\b", "C:\\b"),
        ] {
            assert_eq!(join(folder, name), expected, "{folder} {name}");
        }
        assert_eq!(split("a"), ("", "a"));
        assert_eq!(split("a/b/c"), ("a/b", "c"));
        assert_eq!(split("/a"), ("/", "a"));
        assert_eq!(split("C:\\a\\b"), ("C:\\a", "b"));
    }
}
