//! What Node calls.

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};

use crate::host::{Entry, Host};
use crate::{Shown, wire};

#[wasm_bindgen]
extern "C" {
    /// Node, as npm/postern/cli.js shows it.
    pub type Node;

    #[wasm_bindgen(method, catch, js_name = read)]
    fn read_file(this: &Node, path: &str) -> Result<Option<Vec<u8>>, JsValue>;

    #[wasm_bindgen(method, catch, js_name = list)]
    fn list_folder(this: &Node, folder: &str) -> Result<Option<String>, JsValue>;

    #[wasm_bindgen(method, js_name = exists)]
    fn has_path(this: &Node, path: &str) -> bool;

    #[wasm_bindgen(method, catch, js_name = write)]
    fn write_file(this: &Node, path: &str, bytes: &[u8], mode: u32) -> Result<(), JsValue>;

    #[wasm_bindgen(method, js_name = variable)]
    fn environment(this: &Node, name: &str) -> Option<String>;

    #[wasm_bindgen(method, js_name = random)]
    fn random_bytes(this: &Node, from: usize, length: usize) -> Vec<u8>;

    #[wasm_bindgen(method, js_name = now)]
    fn clock(this: &Node) -> f64;

    #[wasm_bindgen(method, js_name = isTerminal)]
    fn has_terminal(this: &Node) -> bool;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn error(text: &str);
}

fn why(error: &JsValue) -> String {
    error
        .as_string()
        .unwrap_or_else(|| "Node does not say why".to_owned())
}

impl Host for Node {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        self.read_file(path).map_err(|error| why(&error))
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<Entry>>, String> {
        let json = self.list_folder(folder).map_err(|error| why(&error))?;
        Ok(json.as_deref().and_then(wire::read_entries))
    }

    fn exists(&self, path: &str) -> bool {
        self.has_path(path)
    }

    fn write(&self, path: &str, bytes: &[u8], mode: u32) -> Result<(), String> {
        self.write_file(path, bytes, mode)
            .map_err(|error| why(&error))
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.environment(name)
    }

    fn random(&self, from: usize, length: usize) -> Vec<u8> {
        self.random_bytes(from, length)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "JavaScript's clock is a whole number of milliseconds since 1970"
    )]
    fn now(&self) -> u64 {
        self.clock() as u64
    }

    fn is_terminal(&self) -> bool {
        self.has_terminal()
    }
}

/// Runs a command: [`crate::run`], in JSON.
///
/// # Errors
/// What Node gave is not what [`wire`] reads.
#[wasm_bindgen]
pub fn run(arguments: &str, answers: &str, node: &Node) -> Result<String, JsError> {
    std::panic::set_hook(Box::new(|panic| error(&format!("postern: {panic}"))));
    let arguments = wire::read_arguments(arguments);
    let answers = wire::read_answers(answers);
    let (Some(arguments), Some(answers)) = (arguments, answers) else {
        return Err(JsError::new("this is not what the command reads"));
    };
    Ok(wire::write_outcome(&crate::run(&arguments, &answers, node)))
}

/// What is shown of a line that a Worker or wrangler wrote: [`crate::readable`]. `undefined` where that is nothing.
#[wasm_bindgen]
#[must_use]
pub fn readable(line: &str) -> Option<String> {
    match crate::readable(line) {
        Shown::AsItIs => Some(line.to_owned()),
        Shown::Instead(text) => Some(text),
        Shown::Nothing => None,
    }
}
