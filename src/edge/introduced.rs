//! What an origin is told of a session, in JavaScript: made once for each session.

use std::cell::OnceCell;

use wasm_bindgen::JsValue;

use super::host;
use crate::config::Origin;
use crate::gate::forward;
use crate::session::SessionRecord;

/// It, in each of its forms.
#[derive(Debug, Default)]
pub struct Introduced {
    /// The values of the identity headers.
    headers: OnceCell<JsValue>,
    /// The object that `identity` gives to the handler in this isolate.
    person: OnceCell<JsValue>,
}

impl Introduced {
    /// The form for this origin; `None` for static assets, which are told nothing.
    pub fn to(&self, origin: Option<&Origin>, record: &SessionRecord) -> Option<&JsValue> {
        match origin {
            Some(Origin::App) => {
                let make = || host::person(&forward::person(record));
                Some(self.person.get_or_init(make))
            }
            Some(Origin::Assets) => None,
            _ => {
                let make = || {
                    let lines = forward::identity(record).map(|(_, value)| value);
                    host::identity(&lines.join("\n"))
                };
                Some(self.headers.get_or_init(make))
            }
        }
    }
}
