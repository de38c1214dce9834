//! What `plan` says of rules.

use serde_json::{Value, json};

use super::with;
use crate::explain::{Effect, plan};

/// What changes if these keys take the place of others: those of a route, and those at the top.
fn effects(old: (&Value, &Value), new: (&Value, &Value)) -> Vec<(Effect, String)> {
    let config = |(route, top): (&Value, &Value)| {
        let mut one = json!({ "match": "/*", "access": "session", "origin": "assets" });
        for (key, value) in route.as_object().unwrap() {
            one[key] = value.clone();
        }
        let mut table = json!({
            "routes": [one],
            "providers": [{
                "id": "acme", "issuer": "https://id.example.com", "client_id": "x", "allow": "anyone",
                "claims": ["groups"],
            }],
        });
        for (key, value) in top.as_object().unwrap() {
            table[key] = value.clone();
        }
        with(table)
    };
    let changes = plan(&config(old), &config(new));
    changes
        .into_iter()
        .map(|change| (change.effect, change.about))
        .collect()
}

#[test]
fn a_rule_closes_and_a_rule_less_opens() {
    let staff = json!([{ "claim": "groups", "has": "staff" }]);
    let both =
        json!([{ "claim": "groups", "has": "staff" }, { "claim": "groups", "has": "guests" }]);
    for (narrow, wide) in [
        (json!({ "require": staff }), json!({})),
        (json!({ "require": staff }), json!({ "require": both })),
        (
            json!({ "max_auth_age": 120 }),
            json!({ "max_auth_age": 900 }),
        ),
        (json!({ "acr": ["mfa"] }), json!({ "acr": ["mfa", "phr"] })),
        (
            json!({ "networks": ["192.0.2.7"] }),
            json!({ "networks": ["192.0.2.0/24"] }),
        ),
        (json!({ "countries": ["DE"] }), json!({})),
    ] {
        let top = json!({});
        let effect = |old: &Value, new: &Value| effects((old, &top), (new, &top));
        let about = "/*".to_owned();
        assert_eq!(
            effect(&wide, &narrow),
            [(Effect::Closes, about.clone())],
            "{narrow}"
        );
        assert_eq!(effect(&narrow, &wide), [(Effect::Opens, about)], "{narrow}");
        assert_eq!(effect(&narrow, &narrow), [], "{narrow}");
    }
}

#[test]
fn who_may_get_a_scope_opens_and_closes_too() {
    let staff = json!({ "scopes_for": [{ "scope": "a", "require": [{ "claim": "groups", "has": "staff" }] }] });
    let about = "scope `a`".to_owned();
    let effect = |old: &Value, new: &Value| effects((&json!({}), old), (&json!({}), new));
    assert_eq!(
        effect(&json!({}), &staff),
        [(Effect::Closes, about.clone())]
    );
    assert_eq!(effect(&staff, &json!({})), [(Effect::Opens, about)]);
    assert_eq!(effect(&staff, &staff), []);
}
