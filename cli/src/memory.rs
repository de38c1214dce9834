//! A machine in memory, for tests: files, answers and replies are what a test says.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

use crate::host::{Entry, Host, Kind};
use crate::step::{Answer, Outcome, Print, Reply, Request, Serve, Step};

/// Answers a request.
type Network = Box<dyn Fn(&Request) -> Reply>;

/// A machine in memory.
#[derive(Default)]
pub struct Memory {
    /// Variables of the environment.
    pub variables: BTreeMap<String, String>,
    /// Whether a person sits before it.
    pub terminal: bool,
    /// What time it is, in milliseconds since 1970.
    pub now: u64,
    /// What its random bytes come from: others for another number.
    pub seed: u64,
    written: Cell<usize>,
    files: RefCell<BTreeMap<String, (Vec<u8>, u32)>>,
    network: Option<Network>,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    /// Its exit status.
    pub code: u8,
    /// What it printed.
    pub out: String,
    /// What it said beside that.
    pub err: String,
    /// What it asked, in order.
    pub asked: Vec<String>,
    /// What it had run at the end.
    pub serve: Option<Serve>,
}

impl Memory {
    /// With one file.
    #[must_use]
    pub fn with(path: &str, text: impl Into<Vec<u8>>) -> Self {
        let memory = Self::default();
        memory.put(path, text);
        memory
    }

    /// Puts a file there.
    pub fn put(&self, path: &str, text: impl Into<Vec<u8>>) {
        let mut files = self.files.borrow_mut();
        files.insert(normal(path), (text.into(), 0o644));
    }

    /// The text of a file, if it is there.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<String> {
        let files = self.files.borrow();
        let (bytes, _) = files.get(&normal(path))?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    /// Who may read a file, if it is there.
    #[must_use]
    pub fn mode(&self, path: &str) -> Option<u32> {
        self.files
            .borrow()
            .get(&normal(path))
            .map(|(_, mode)| *mode)
    }

    /// How many files commands have written.
    #[must_use]
    pub fn written(&self) -> usize {
        self.written.get()
    }

    /// The paths of all files.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        self.files.borrow().keys().cloned().collect()
    }

    /// Has `network` answer requests.
    pub fn answer_requests(&mut self, network: impl Fn(&Request) -> Reply + 'static) {
        self.network = Some(Box::new(network));
    }

    /// Runs a command that asks nothing.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    /// Runs a command as Node does, with these lines as answers, until it is done.
    ///
    /// # Panics
    /// If the command prints or asks something else when it is called again.
    pub fn run_with(&self, arguments: &[&str], lines: &[&str]) -> Ran {
        let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
        let mut lines: VecDeque<&str> = lines.iter().copied().collect();
        let (mut answers, mut asked, mut before) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let Outcome { printed, step } = crate::run(&arguments, &answers, self);
            assert!(
                printed.starts_with(&before),
                "the same again, and more: {before:?} {printed:?}"
            );
            before.clone_from(&printed);
            match step {
                Step::Done(code) => return Ran::new(code, &printed, asked),
                Step::Serve(serve) => {
                    let mut ran = Ran::new(0, &printed, asked);
                    ran.serve = Some(serve);
                    return ran;
                }
                Step::Ask(question) => {
                    asked.push(question.prompt);
                    answers.push(match lines.pop_front() {
                        Some(line) => Answer::Line(line.to_owned()),
                        None => Answer::NoLine("there is no answer".to_owned()),
                    });
                }
                Step::Fetch(requests) => {
                    let reply = |request: &Request| match &self.network {
                        Some(network) => network(request),
                        None => Err("there is no network".to_owned()),
                    };
                    answers.push(Answer::Replies(requests.iter().map(reply).collect()));
                }
            }
        }
    }
}

impl Ran {
    fn new(code: u8, printed: &[Print], asked: Vec<String>) -> Self {
        let (mut out, mut err) = (String::new(), String::new());
        for print in printed {
            match print {
                Print::Out(text) => out.push_str(text),
                Print::Err(text) => err.push_str(text),
            }
        }
        Self {
            code,
            out,
            err,
            asked,
            serve: None,
        }
    }
}

impl Host for Memory {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        let files = self.files.borrow();
        Ok(files.get(&normal(path)).map(|(bytes, _)| bytes.clone()))
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<Entry>>, String> {
        let mut prefix = normal(folder);
        if !prefix.is_empty() {
            prefix.push('/');
        }
        let mut entries: Vec<Entry> = Vec::new();
        for (path, (bytes, _)) in self.files.borrow().iter() {
            let Some(rest) = path.strip_prefix(&prefix) else {
                continue;
            };
            let (name, kind, size) = match rest.split_once('/') {
                Some((name, _)) => (name, Kind::Folder, 0),
                None => (rest, Kind::File, bytes.len() as u64),
            };
            if entries.last().is_none_or(|last| last.name != name) {
                let name = name.to_owned();
                entries.push(Entry { name, kind, size });
            }
        }
        Ok((!entries.is_empty()).then_some(entries))
    }

    fn exists(&self, path: &str) -> bool {
        self.files.borrow().contains_key(&normal(path))
            || self.list(path).is_ok_and(|entries| entries.is_some())
    }

    fn write(&self, path: &str, bytes: &[u8], mode: u32) -> Result<(), String> {
        let mut files = self.files.borrow_mut();
        files.insert(normal(path), (bytes.to_vec(), mode));
        self.written.set(self.written() + 1);
        Ok(())
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn random(&self, from: usize, length: usize) -> Vec<u8> {
        use sha2::{Digest, Sha256};
        let byte = |at: usize| Sha256::digest(format!("{} {at}", self.seed))[0];
        (from..from + length).map(byte).collect()
    }

    fn now(&self) -> u64 {
        self.now
    }

    fn is_terminal(&self) -> bool {
        self.terminal
    }
}

/// A path without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}
