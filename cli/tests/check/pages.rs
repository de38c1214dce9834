//! What people see before they log in.

use crate::{Folder, GOOD};

/// The routes of [`GOOD`], behind a login except for `public`.
fn with_a_login(public: &[&str]) -> String {
    let (before, _) = GOOD.split_once("[[clients]]").unwrap();
    let mut wrangler = before.to_owned()
        + "logo = \"/brand/logo.svg\"\n\n[[providers]]\nid = \"acme\"\n\
           issuer = \"https://id.example.com\"\nclient_id = \"x\"\nallow = \"anyone\"\n";
    let routes = public.iter().map(|pattern| (*pattern, "public"));
    for (pattern, access) in routes.chain([("/*", "session")]) {
        let keys = [("match", pattern), ("access", access), ("origin", "assets")];
        wrangler.push_str("\n[[routes]]\n");
        for (key, value) in keys {
            wrangler.push_str(&[key, " = \"", value, "\"\n"].concat());
        }
    }
    wrangler
}

#[test]
fn a_logo_behind_the_login() {
    let said = Folder::with(&with_a_login(&[])).check().err;
    for word in ["warning: logo", "`/brand/logo.svg` is not public"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert_eq!(Folder::with(&with_a_login(&["/brand/*"])).check().err, "");
}

#[test]
fn a_public_page_whose_files_are_not_public() {
    let page = "<link rel=stylesheet href=style.css><script src=/app/main.js></script><a href=/inside>in</a>";
    let check = |public: &[&str]| {
        let folder = Folder::with(&with_a_login(public));
        folder.write("public/welcome/index.html", page);
        folder.write("public/inside.html", page);
        folder.check().err
    };
    let said = check(&["/brand/*", "/welcome/"]);
    assert_eq!(said.lines().count(), 1, "{said}");
    for word in [
        "the page `/welcome/` is public",
        "`/welcome/style.css` (and 1 more)",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let said = check(&["/brand/*", "/welcome/*"]);
    assert!(said.contains("`/app/main.js`, which it names"), "{said}");
    assert_eq!(check(&["/brand/*", "/welcome/*", "/app/*"]), "");
}
