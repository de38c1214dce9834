//! One environment of a wrangler file: the top level, or `env.NAME` with what it inherits.

use postern::config::{BindingKind, Environment, Setting};
use postern::secret::Secret;
use serde_json::{Map, Value};

use super::local::Local;

/// The bindings that requests to a URL can be sent through.
const FETCHERS: [&str; 4] = [
    "services",
    "mtls_certificates",
    "vpc_services",
    "vpc_networks",
];

/// One environment.
pub struct Section<'a> {
    own: &'a Map<String, Value>,
    top: &'a Map<String, Value>,
    local: Local,
    local_first: bool,
}

impl<'a> Section<'a> {
    pub(super) fn new(
        own: &'a Map<String, Value>,
        top: &'a Map<String, Value>,
        local: Local,
        local_first: bool,
    ) -> Self {
        Self {
            own,
            top,
            local,
            local_first,
        }
    }

    /// A key that an environment must repeat (`vars` and most bindings).
    #[must_use]
    pub fn own(&self, key: &str) -> Option<&'a Value> {
        self.own.get(key)
    }

    /// A key that an environment takes from the top level where it has none of its own.
    #[must_use]
    pub fn inherited(&self, key: &str) -> Option<&'a Value> {
        self.own.get(key).or_else(|| self.top.get(key))
    }

    /// The variable `name` of `vars`.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&'a Value> {
        self.own("vars")?.get(name)
    }

    /// Whether the top level has a variable that this environment does not take from there.
    #[must_use]
    pub fn misses_variable(&self, name: &str) -> bool {
        let at_top = self.top.get("vars").and_then(|vars| vars.get(name));
        at_top.is_some() && self.variable(name).is_none()
    }

    /// The file for local runs that says `name`, if it is the one that counts.
    #[must_use]
    pub fn local_file_of(&self, name: &str) -> Option<&str> {
        let is_said = self.local.values.contains_key(name);
        let counts = self.local_first || self.variable(name).is_none();
        (is_said && counts).then_some(self.local.file.as_str())
    }

    /// The Durable Object bindings: name and class.
    pub fn durable_objects(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let bindings = self.own("durable_objects").and_then(|t| t.get("bindings"));
        tables(bindings)
            .filter_map(|binding| Some((text(binding, "name")?, text(binding, "class_name")?)))
    }

    fn bindings_of(&self, key: &str) -> impl Iterator<Item = &'a str> {
        tables(self.own(key)).filter_map(|binding| text(binding, "binding"))
    }
}

impl Environment for Section<'_> {
    fn setting(&self, name: &str) -> Setting {
        let local = self.local.values.get(name).map(String::as_str);
        let deployed = self.variable(name).and_then(Value::as_str);
        let (first, second) = if self.local_first {
            (local, deployed)
        } else {
            (deployed, local)
        };
        match first.or(second) {
            Some(text) => Setting::Value(Secret::new(text.to_owned())),
            // What was given to `wrangler secret put` can't be read back.
            None => Setting::Hidden,
        }
    }

    fn has_binding(&self, name: &str, kind: BindingKind) -> Option<bool> {
        Some(match kind {
            // That is in the Worker's own code.
            BindingKind::Handler => return None,
            BindingKind::Kv => self.bindings_of("kv_namespaces").any(|b| b == name),
            BindingKind::Service => self.bindings_of("services").any(|b| b == name),
            BindingKind::Fetcher => FETCHERS
                .iter()
                .any(|key| self.bindings_of(key).any(|b| b == name)),
            BindingKind::RateLimiter => {
                tables(self.own("ratelimits")).any(|limiter| text(limiter, "name") == Some(name))
            }
            BindingKind::DurableObject => self.durable_objects().any(|(b, _)| b == name),
            BindingKind::Assets => {
                let assets = self.inherited("assets");
                assets
                    .and_then(|a| a.get("binding"))
                    .and_then(Value::as_str)
                    == Some(name)
            }
        })
    }

    fn own_origin(&self) -> Option<String> {
        Some(OWN_ORIGIN.to_owned())
    }
}

/// Where a Worker on one's own machine is reached, unless it is told otherwise.
pub const OWN_ORIGIN: &str = "http://localhost:8787";

/// The tables of a list of tables.
pub fn tables(list: Option<&Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let items = list.and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_object)
}

fn text<'a>(table: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    table.get(key).and_then(Value::as_str)
}
