//! The stores that every Worker needs, and the keys that seal.

use super::environment::{BindingKind, Environment, Setting};
use super::names;
use super::table::{Problems, Read};
use crate::token::KeyRing;

const HOW_TO_MAKE_KEYS: &str = "make one with `npx postern keys` and store it with `wrangler secret put \
                                POSTERN_KEYS` (on your own machine, write it into .dev.vars)";

/// Reports each store that the Worker has no binding for.
pub(super) fn check(environment: &dyn Environment, problems: &mut Problems) {
    let class = |name: &str, class: &str| {
        format!(
            "is not a binding of this Worker: add `{{ name = \"{name}\", class_name = \"{class}\" }}` \
             to the `bindings` of `[durable_objects]` in the wrangler file"
        )
    };
    let needed = [
        (
            names::RECORDS,
            BindingKind::Kv,
            "is not a binding of this Worker: add `[[kv_namespaces]]` with `binding = \
             \"POSTERN_SESSIONS\"` to the wrangler file"
                .to_owned(),
        ),
        (
            names::COORDINATORS,
            BindingKind::DurableObject,
            class(names::COORDINATORS, "SessionCoordinator"),
        ),
        (
            names::PEOPLE,
            BindingKind::DurableObject,
            class(names::PEOPLE, "Person"),
        ),
        (
            names::LOG,
            BindingKind::DurableObject,
            class(names::LOG, "RevocationLog"),
        ),
    ];
    for (name, kind, message) in needed {
        if environment.has_binding(name, kind) == Some(false) {
            problems.add(name, message);
        }
    }
}

/// The secret `POSTERN_KEYS`; `None` where it can't be seen from here.
pub(super) fn keys(
    issuer: &str,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Option<KeyRing>> {
    match environment.setting(names::KEYS) {
        // Exposed to the parser, whose errors never repeat it.
        Setting::Value(text) => KeyRing::parse(text.expose(), issuer)
            .map(Some)
            .map_err(|error| problems.add(names::KEYS, format!("{error}: {HOW_TO_MAKE_KEYS}"))),
        Setting::Missing => {
            Err(problems.add(names::KEYS, format!("is missing: {HOW_TO_MAKE_KEYS}")))
        }
        Setting::Hidden => Ok(None),
    }
}
