//! What the page that asks for consent tells a person.

use crate::config::ScopeTexts;
use crate::fakes::world::{World, authorize};

#[test]
fn a_person_reads_what_scopes_mean_and_sees_whose_application_it_is() {
    let mut world = World::new();
    let client = world.client_mut("app");
    client.logo = Some("https://app.example.com/logo.png".parse().unwrap());
    world.config.scopes =
        ScopeTexts::new(vec![("read".to_owned(), "See your <orders>".to_owned())]);
    let ann = world.logged_in("ann");
    let page = world.get(&ann, &authorize("app", &[("scope", "read write")]));
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<li>See your &lt;orders&gt;</li>"));
    assert!(page.body.contains("<li>Use <code>write</code></li>"));
    assert!(!page.body.contains("read</code>"));
    assert!(
        page.body
            .contains("src=\"https://app.example.com/logo.png\" alt=\"\"")
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("img-src 'self' https://app.example.com;"));
}

#[test]
fn whoever_is_somebody_else_can_say_so_and_comes_back_to_the_same_request() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let page = world.get(&ann, &authorize("app", &[]));
    let (_, rest) = page
        .body
        .split_once("Not you? <a href=\"")
        .expect("there is a link");
    let (href, _) = rest.split_once('"').unwrap();
    let login = world.get(&ann, &href.replace("&amp;", "&"));
    assert_eq!(login.status, 200);
    assert!(login.body.contains("<h1>Sign in</h1>"));
    let back = authorize("app", &[]).replace('&', "&amp;");
    assert!(login.body.contains(&back), "{}", login.body);
}
