//! What a command is given: the machine, the answers so far, and a place for what it prints and writes.

use std::fmt::Display;

use postern::secret::Secret;
use postern::time::Time;

use crate::host::{Entry, Host};
use crate::step::{Answer, Outcome, Print, Question, Reply, Request, Serve, Step, Stop};

/// A command under way. It is begun anew after each answer, and must then do the same again: it may decide by what is here and
/// by nothing else.
pub struct Context<'h> {
    host: &'h dyn Host,
    answers: std::slice::Iter<'h, Answer>,
    printed: Vec<Print>,
    writes: Vec<Write>,
    drawn: usize,
    serve: Option<Serve>,
}

struct Write {
    path: String,
    bytes: Vec<u8>,
    mode: u32,
}

impl<'h> Context<'h> {
    pub(crate) fn new(host: &'h dyn Host, answers: &'h [Answer]) -> Self {
        Self {
            host,
            answers: answers.iter(),
            printed: Vec::new(),
            writes: Vec::new(),
            drawn: 0,
            serve: None,
        }
    }

    /// What a command came to. Files are written when it is done, and only if it did not fail.
    pub(crate) fn outcome(mut self, result: Result<(), Stop>) -> Outcome {
        let step = match result {
            Ok(()) if self.write_all() => self.serve.take().map_or(Step::Done(0), Step::Serve),
            Ok(()) | Err(Stop::Failed) => Step::Done(1),
            Err(Stop::For(step)) => step,
        };
        Outcome {
            printed: self.printed,
            step,
        }
    }

    fn write_all(&mut self) -> bool {
        for Write { path, bytes, mode } in std::mem::take(&mut self.writes) {
            if self.host.read(&path) == Ok(Some(bytes.clone())) {
                continue;
            }
            if let Err(message) = self.host.write(&path, &bytes, mode) {
                self.say(format!("postern: {path} cannot be written: {message}"));
                return false;
            }
        }
        true
    }

    /// The machine, for what only looks at it.
    #[must_use]
    pub const fn host(&self) -> &'h dyn Host {
        self.host
    }

    /// Prints a line: what was asked for.
    pub fn print(&mut self, line: impl Display) {
        self.printed.push(Print::Out(format!("{line}\n")));
    }

    /// Prints a line beside it.
    pub fn say(&mut self, line: impl Display) {
        self.printed.push(Print::Err(format!("{line}\n")));
    }

    /// Says why it fails.
    pub fn fail(&mut self, message: impl Display) -> Stop {
        self.say(format!("postern: {message}"));
        Stop::Failed
    }

    /// A line from the person, or the next one of standard input.
    ///
    /// # Errors
    /// It is not there yet, or there is none.
    pub fn ask(&mut self, prompt: impl Into<String>) -> Result<String, Stop> {
        self.line(prompt.into(), false)
    }

    /// The same for what must not be seen.
    ///
    /// # Errors
    /// It is not there yet, or there is none.
    pub fn ask_secret(&mut self, prompt: impl Into<String>) -> Result<Secret<String>, Stop> {
        self.line(prompt.into(), true).map(Secret::new)
    }

    fn line(&mut self, prompt: String, hidden: bool) -> Result<String, Stop> {
        match self.answers.next() {
            None => Err(Stop::For(Step::Ask(Question { prompt, hidden }))),
            Some(Answer::Line(line)) => Ok(line.clone()),
            Some(Answer::NoLine(why)) => Err(self.fail(why)),
            Some(Answer::Replies(_)) => Err(self.fail("the answer is for another question")),
        }
    }

    /// Has a program run when the command is done.
    pub fn serve(&mut self, serve: Serve) {
        self.serve = Some(serve);
    }

    /// What these requests are answered, in their order.
    ///
    /// # Errors
    /// The answers are not there yet.
    pub fn fetch(&mut self, requests: Vec<Request>) -> Result<Vec<Reply>, Stop> {
        match self.answers.next() {
            None => Err(Stop::For(Step::Fetch(requests))),
            Some(Answer::Replies(replies)) if replies.len() == requests.len() => {
                Ok(replies.clone())
            }
            Some(_) => Err(self.fail("the answer is for another question")),
        }
    }

    /// What is in a file; `None` where there is no such file.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        self.host.read(path)
    }

    /// The same for text.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn read_text(&self, path: &str) -> Result<Option<String>, String> {
        let Some(bytes) = self.host.read(path)? else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
        Ok(Some(match text.strip_prefix('\u{feff}') {
            Some(text) => text.to_owned(),
            None => text,
        }))
    }

    /// What is in a folder; `None` where there is no such folder.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn list(&self, folder: &str) -> Result<Option<Vec<Entry>>, String> {
        self.host.list(folder)
    }

    /// Whether there is a file or a folder.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.host.exists(path)
    }

    /// Has a file written when the command is done, unless that is in it already.
    pub fn write(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.write_with(path.into(), text.into(), 0o644);
    }

    /// The same for a file that only its owner may read.
    pub fn write_secret(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.write_with(path.into(), text.into(), 0o600);
    }

    fn write_with(&mut self, path: String, text: String, mode: u32) {
        let bytes = text.into_bytes();
        self.writes.push(Write { path, bytes, mode });
    }

    /// A variable of the environment.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        self.host.variable(name)
    }

    /// Bytes that nobody can guess, and that were not given before.
    #[must_use]
    pub fn random<const N: usize>(&mut self) -> [u8; N] {
        let bytes = self.host.random(self.drawn, N);
        self.drawn += N;
        bytes
            .try_into()
            .expect("a host gives as many bytes as it was asked for")
    }

    /// When the command was called.
    #[must_use]
    pub fn now(&self) -> Time {
        Time::from_millis(self.host.now())
    }

    /// Whether a person can be asked. Where not, answers are the lines of standard input.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.host.is_terminal()
    }
}
