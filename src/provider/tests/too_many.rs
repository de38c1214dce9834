//! People with more groups than there is room for.

use super::*;
use crate::config::{Rule, Test};
use crate::provider::{IdTokenRefusal, LeftOut};

fn world(claims: &[&str], needed: &[(&str, &str)]) -> World {
    let mut world = World::new();
    world.provider.claims = claims.iter().map(|claim| (*claim).to_owned()).collect();
    if !needed.is_empty() {
        let rule = |(claim, text): &(&str, &str)| Rule {
            claim: (*claim).to_owned(),
            test: Test::Has((*text).to_owned()),
            tenant: None,
        };
        world.provider.allow = Allow::AnyOf(needed.iter().map(rule).collect());
    }
    world
}

/// As many groups as this, each of 36 characters as Entra writes them.
fn groups(count: usize) -> Vec<Value> {
    (0..count).map(|at| json!(format!("{at:036}"))).collect()
}

fn length(person: &Person) -> usize {
    Value::Object(person.claims.clone()).to_string().len()
}

#[test]
fn as_many_as_fit_are_kept_and_those_of_allow_first() {
    let world = world(
        &["email", "groups"],
        &[("groups", "staff"), ("groups", "late")],
    );
    let all = groups(104);
    let person = world.log_in(|claims| {
        let mut few = all.clone();
        few.push(json!("staff"));
        claims["groups"] = json!(few);
    });
    let person = person.unwrap();
    assert_eq!(person.left_out, []);
    assert_eq!(person.claims["groups"].as_array().unwrap().len(), 105);
    let person = world.log_in(|claims| {
        let mut many = groups(300);
        many.insert(290, json!("staff"));
        many.push(json!("late"));
        claims["groups"] = json!(many);
        claims["email"] = json!("a@b.c");
        claims["email_verified"] = json!(true);
    });
    let person = person.unwrap();
    assert_eq!(person.claims["email"], "a@b.c");
    let kept = person.claims["groups"].as_array().unwrap();
    assert_eq!(kept[..3], groups(3)[..]);
    assert_eq!(kept[kept.len() - 2..], [json!("staff"), json!("late")]);
    let left_out = LeftOut {
        claim: "groups".to_owned(),
        kept: kept.len(),
        of: Some(302),
    };
    assert_eq!(person.left_out, [left_out]);
    assert!(length(&person) <= 4_096, "{}", length(&person));
    assert!(
        length(&person) > 4_096 - 40,
        "there is room for another one"
    );
}

#[test]
fn a_table_is_divided_too() {
    let roles = "urn:zitadel:iam:org:project:roles";
    let world = world(&[roles, "groups"], &[(roles, "reader")]);
    let person = world.log_in(|claims| {
        let mut table = serde_json::Map::new();
        for at in 0..60 {
            table.insert(format!("a{at}"), json!({ "1": "x".repeat(60) }));
        }
        table.insert("reader".to_owned(), json!({ "1": "acme" }));
        claims[roles] = Value::Object(table);
        claims["groups"] = json!(groups(5));
    });
    let person = person.unwrap();
    assert_eq!(person.claims[roles]["reader"], json!({ "1": "acme" }));
    // What is named first has its place first.
    assert!(person.claims[roles].as_object().unwrap().len() > 40);
    assert_eq!(person.left_out.len(), 2);
    assert!(length(&person) <= 4_096);
}

#[test]
fn what_can_not_be_divided_or_is_needed_and_does_not_fit_lets_nobody_in() {
    let world_of_text = world(&["note", "groups"], &[]);
    let result = world_of_text.log_in(|claims| {
        claims["note"] = json!("x".repeat(4_096));
        claims["groups"] = json!(groups(1));
    });
    let expected = IdTokenRefusal::TooLarge("note".to_owned());
    assert!(expected.reason().contains("note") && expected.reason().contains("4096"));
    refused(result, LoginRefusal::IdToken(expected));
    let long = "g".repeat(255);
    let many: Vec<String> = (0..17).map(|at| format!("{at:02}{}", &long[2..])).collect();
    let needed: Vec<(&str, &str)> = many.iter().map(|g| ("groups", g.as_str())).collect();
    let result = world(&["groups"], &needed).with("groups", json!(many));
    let expected = IdTokenRefusal::TooLarge("groups".to_owned());
    refused(result, LoginRefusal::IdToken(expected));
}

proptest::proptest! {
    #[test]
    fn what_is_kept_was_said_and_fits(lengths in proptest::collection::vec(0_usize..600, 0..16), others in 0_usize..120) {
        let world = world(&["a", "groups"], &[]);
        let items: Vec<Value> = lengths.iter().map(|length| json!("é".repeat(*length))).collect();
        let person = world.log_in(|claims| {
            claims["a"] = json!(items);
            claims["groups"] = json!(groups(others));
        }).unwrap();
        proptest::prop_assert!(length(&person) <= 4_096);
        let kept = person.claims["a"].as_array().unwrap();
        // In the order in which it was said.
        let mut said = items.iter();
        proptest::prop_assert!(kept.iter().all(|item| said.any(|other| other == item)));
        let all = kept.len() == items.len() && person.claims["groups"].as_array().unwrap().len() == others;
        proptest::prop_assert_eq!(all, person.left_out.is_empty());
    }
}
