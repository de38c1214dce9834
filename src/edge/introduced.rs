//! What an origin is told of a session, in JavaScript: made once for each session.

use std::borrow::Cow;
use std::cell::OnceCell;

use wasm_bindgen::JsValue;

use super::host;
use crate::assertion::Made;
use crate::config::{Identity, Origin};
use crate::gate::{Route, forward};
use crate::session::SessionRecord;

/// How many lists of headers are kept for a session. Whoever goes to more origins than that, each with a list of its own, has
/// the further ones made anew each time.
const MOST_LISTS: usize = 4;

/// It, in each of its forms.
#[derive(Debug, Default)]
pub struct Introduced {
    /// The identity headers, by their list.
    headers: [OnceCell<(Identity, JsValue)>; MOST_LISTS],
    /// The object that `identity` gives to the handler in this isolate.
    person: OnceCell<JsValue>,
    /// The assertions, by their origin. They change.
    pub assertions: Made<JsValue>,
}

impl Introduced {
    /// The form for the origin of this route; `undefined` where it is told nothing.
    pub fn to(&self, route: &Route, record: &SessionRecord, issuer: &str) -> Cow<'_, JsValue> {
        if route.origin == Some(Origin::App) {
            let make = || host::person(&forward::person(record, issuer));
            return Cow::Borrowed(self.person.get_or_init(make));
        }
        let identity = &route.identity;
        if identity.headers().is_empty() {
            return Cow::Owned(JsValue::UNDEFINED);
        }
        let make = || match forward::identity(identity, record, issuer) {
            // Nothing of it is known.
            none if none.is_empty() => JsValue::UNDEFINED,
            lines => host::identity(&lines),
        };
        for cell in &self.headers {
            let (kept, headers) = cell.get_or_init(|| (identity.clone(), make()));
            if kept.is(identity) {
                return Cow::Borrowed(headers);
            }
        }
        Cow::Owned(make())
    }
}
