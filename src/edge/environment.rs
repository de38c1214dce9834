//! The Worker's bindings, as the configuration is checked against them.

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use worker::Env;

use super::host;
use crate::config::{BindingKind, Environment, Setting};
use crate::secret::Secret;

/// The bindings of this Worker.
pub struct Bindings<'a> {
    /// All of them, and the variables and secrets.
    pub env: &'a Env,
    /// The scheme, host and port at which it is reached, if that is on one's own machine.
    pub own_origin: Option<&'a str>,
}

impl Bindings<'_> {
    /// The binding `name`; `undefined` where there is none.
    fn get(&self, name: &str) -> JsValue {
        Reflect::get(self.env, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
    }
}

impl Environment for Bindings<'_> {
    fn setting(&self, name: &str) -> Setting {
        match self.get(name).as_string() {
            Some(text) => Setting::Value(Secret::new(text)),
            None => Setting::Missing,
        }
    }

    fn own_origin(&self) -> Option<String> {
        self.own_origin.map(str::to_owned)
    }

    /// Every kind of binding is an object. Its methods tell the kinds apart.
    fn has_binding(&self, name: &str, kind: BindingKind) -> Option<bool> {
        let binding = self.get(name);
        let method = match kind {
            BindingKind::Handler => return Some(host::has_handler()),
            BindingKind::Kv => "put",
            BindingKind::DurableObject => "getByName",
            BindingKind::Assets | BindingKind::Service | BindingKind::Fetcher => "fetch",
            BindingKind::RateLimiter => "limit",
        };
        let has_method = Reflect::get(&binding, &JsValue::from_str(method))
            .is_ok_and(|method| method.is_function());
        Some(binding.is_object() && has_method)
    }
}
