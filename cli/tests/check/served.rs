//! Files that are served round the gate.

use crate::{Folder, GOOD, assert_error};

#[test]
fn files_that_would_be_served_before_the_gate() {
    let words = ["run_worker_first = true", "before the gate"];
    assert_error(&GOOD.replace("run_worker_first = true", ""), &words);
    let partly = "run_worker_first = [\"/api/*\"]";
    assert_error(&GOOD.replace("run_worker_first = true", partly), &words);
}

#[test]
fn a_page_that_has_a_second_path() {
    let page = GOOD.replace("match = \"/api/*\"", "match = \"/secret.html\"");
    assert_error(&page, &["routes[0].match", "served at `/secret`"]);
    let both = page.replace(
        "[[routes]]\nmatch = \"/*\"",
        "[[routes]]\nmatch = \"/secret\"\naccess = \"deny\"\n\n\
         [[routes]]\nmatch = \"/*\"",
    );
    assert!(Folder::with(&both).check().code == 0);
    let none = page.replace("[assets]", "[assets]\nhtml_handling = \"none\"");
    assert!(Folder::with(&none).check().code == 0);
}

/// Each file is served at its other path on the conditions of its own route, or on stricter ones.
#[test]
fn another_route_must_not_serve_a_protected_file_on_weaker_conditions() {
    let with = |routes: &[(&str, &str)]| {
        let table = |(pattern, more): &(&str, &str)| {
            let origin = if more.contains("deny") {
                ""
            } else {
                "origin = \"assets\"\n"
            };
            format!("[[routes]]\nmatch = \"{pattern}\"\n{origin}{more}\n")
        };
        let routes: String = routes.iter().map(table).collect();
        let (before, _) = GOOD.split_once("[[routes]]").unwrap();
        before.replace("scopes = [\"a\"]", "scopes = [\"admin\", \"a\"]") + &routes
    };
    let admin = "access = \"any\"\nscopes = [\"admin\"]";
    let everyone = "access = \"any\"";
    let public = "access = \"public\"";
    for (routes, alias, what) in [
        // To every token, where the file's own route asks for a scope.
        (
            &[("/admin.html", admin), ("/*", everyone)][..],
            "`/admin`",
            "`scopes`",
        ),
        (
            &[("/admin", everyone), ("/admin.html", admin)],
            "`/admin`",
            "`scopes`",
        ),
        (
            &[("/a/index.html", admin), ("/*", everyone)],
            "`/a/`",
            "`scopes`",
        ),
        // To people, where only tokens are taken.
        (
            &[("/x.html", "access = \"token\""), ("/*", everyone)],
            "`/x`",
            "`access`",
        ),
        (
            &[("/x.html", "access = \"deny\""), ("/*", everyone)],
            "`/x`",
            "`access`",
        ),
        (
            &[("/x.html", "access = \"session\""), ("/*", public)],
            "`/x`",
            "`access`",
        ),
        // For longer after a revocation.
        (
            &[
                ("/x.html", "access = \"any\"\nmax_staleness = 0"),
                ("/*", everyone),
            ],
            "`/x`",
            "`max_staleness`",
        ),
        // A part of the other paths.
        (
            &[("/a/*.html", admin), ("/a/pub*", everyone), ("/*", admin)],
            "`/a/*`",
            "`scopes`",
        ),
    ] {
        let file = with(routes);
        let output = Folder::with(&file).check();
        let text = output.err;
        assert_eq!(output.code, 1, "{routes:?} {text}");
        for word in [alias, what, "same conditions"] {
            assert!(text.contains(word), "{word:?}: {routes:?} {text}");
        }
        // Nobody reads it there where no page has another path.
        let none = file.replace("[assets]", "[assets]\nhtml_handling = \"none\"");
        let output = Folder::with(&none).check();
        assert_eq!(output.err, "", "{routes:?}");
    }
    for routes in [
        // The same conditions, or stricter ones.
        &[("/admin.html", admin), ("/admin", admin), ("/*", everyone)][..],
        &[("/x.html", everyone), ("/*", admin)],
        &[
            ("/x.html", everyone),
            ("/*", "access = \"token\"\nmax_staleness = 0"),
        ],
        // The other path is in the file's own route, or the file in the other route.
        &[("/a/*", admin), ("/*", everyone)],
        &[("/a/pub*", everyone), ("/a/*.html", admin), ("/*", admin)],
        &[
            ("/x.html", everyone),
            ("/x", "access = \"deny\""),
            ("/*", public),
        ],
        // It takes no reading.
        &[
            ("/x.html", admin),
            ("/x", "access = \"any\"\nmethods = [\"POST\"]"),
            ("/*", everyone),
        ],
    ] {
        let output = Folder::with(&with(routes)).check();
        assert_eq!(output.err, "", "{routes:?}");
    }
}

/// <https://developers.cloudflare.com/workers/static-assets/routing/single-page-application/>
#[test]
fn the_page_of_a_single_page_application_is_served_wherever_there_is_no_file() {
    let with = |handling: &str, front: &str| {
        let (before, _) = GOOD.split_once("[[routes]]").unwrap();
        before.replace(
            "[assets]",
            &format!("[assets]\nnot_found_handling = \"{handling}\""),
        ) + &format!(
            "[[routes]]\nmatch = \"/public/*\"\naccess = \"public\"\norigin = \"assets\"\n\n\
                 [[routes]]\nmatch = \"/*\"\naccess = \"{front}\"\norigin = \"assets\"\n"
        )
    };
    let output = Folder::with(&with("single-page-application", "any")).check();
    let said = output.err;
    assert!(output.code == 0, "{said}");
    for word in [
        "warning",
        "not_found_handling",
        "routes[0]",
        "`/public/*`",
        "index.html",
        "`access`",
    ] {
        assert!(said.contains(word), "{word:?}: {said}");
    }
    for (handling, front) in [
        ("single-page-application", "public"),
        ("404-page", "any"),
        ("none", "any"),
    ] {
        let output = Folder::with(&with(handling, front)).check();
        assert_eq!(output.err, "", "{handling} {front}");
    }
}

#[test]
fn paths_as_sent_beside_a_closed_part_of_the_same_origin() {
    let loose = GOOD.replace(
        "[[routes]]\nmatch = \"/*\"\naccess = \"public\"\norigin = \"assets\"",
        "[[routes]]\nmatch = \"/npm/*\"\naccess = \"public\"\npaths = \"as-sent\"\n\
         origin = \"service:API\"",
    );
    let said = Folder::with(&loose).check().err;
    for word in [
        "warning: routes[1].paths",
        "routes[0] (`/api/*`)",
        "stricter `access`",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let apart = loose.replace(
        "paths = \"as-sent\"\norigin = \"service:API\"",
        "origin = \"service:API\"",
    );
    assert_eq!(Folder::with(&apart).check().err, "");
}
