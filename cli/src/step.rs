//! How far a command has come: what it has printed, and what it waits for.

/// What one call of [`crate::run`] comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// All that was printed since the beginning. After another answer the same comes again, and more.
    pub printed: Vec<Print>,
    /// What comes next.
    pub step: Step,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A line from the person: [`Answer::Line`].
    Ask(Question),
    /// What these URLs answer: [`Answer::Replies`], as many as there are requests.
    Fetch(Vec<Request>),
    /// A program that serves the project until a person stops it.
    Serve(Serve),
    /// Nothing: the exit status. 0 is well, 1 is that something is wrong with what was looked at, 2 that the command was not
    /// understood.
    Done(u8),
}

/// A program of the project's own to run, until it ends or a person stops it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serve {
    /// The package that has it.
    pub package: String,
    /// Its name in that package.
    pub program: String,
    /// What it is called with.
    pub arguments: Vec<String>,
    /// What to print once it answers.
    pub notice: String,
    /// What to print if it is not installed.
    pub install: String,
}

/// Text for the person or for a pipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Print {
    /// For standard output: what was asked for.
    Out(String),
    /// For standard error: what is said beside it.
    Err(String),
}

/// What is asked of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What stands before the cursor.
    pub prompt: String,
    /// Whether the answer must not be seen.
    pub hidden: bool,
}

/// A request to send. Redirects are not followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, or another method.
    pub method: String,
    /// Where to.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What to send with it.
    pub body: Option<String>,
}

impl Request {
    /// Reads a URL.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: "GET".to_owned(),
            url: url.into(),
            ..Self::default()
        }
    }
}

/// What came of a request: what was answered, or why there was no answer within ten seconds.
pub type Reply = Result<Response, String>;

/// What was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Names in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// The first mebibyte of the body, as far as it is UTF-8.
    pub body: String,
    /// When the head of the answer was there, in milliseconds since 1970.
    pub at: u64,
}

impl Response {
    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// What a command waited for.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// A line, without its end.
    Line(String),
    /// There is no line, and why.
    NoLine(String),
    /// What was answered to each request.
    Replies(Vec<Reply>),
}

/// Why a command stops here. Handed up with `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It waits for this.
    For(Step),
    /// It has failed, and has said why.
    Failed,
}
