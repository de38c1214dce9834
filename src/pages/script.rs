//! The few lines of script that some pages have.
//!
//! Job: each script as a constant, and the policy's word for it (Content Security Policy Level 3, section 2.3.1,
//! `hash-source`). The policy allows a page its own scripts to the letter and no others, so whatever gets into a page
//! does not run. Every page does what it is for without them.
//!
//! To add one: write it into `scripts/`, in a block, so that its names are its own; make a constant of it here; and name
//! it in the page's [`super::frame::Frame`].

use base64ct::{Base64, Encoding as _};
use maud::{Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

/// A script in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Script(&'static str);

impl Script {
    /// Hands on what stands behind the `#` of the page that somebody wanted: a browser keeps it on the way to the login and
    /// tells no server. Without it, the login leads to the top of that page.
    pub(super) const FRAGMENT: Self = Self(include_str!("scripts/fragment.js"));
    /// Shows what was typed as a password, and hides it again. Without it, the button for that is not there.
    pub(super) const REVEAL: Self = Self(include_str!("scripts/reveal.js"));
    /// Shows moments in the time zone and the form of the person's browser. Without it, they are in UTC.
    pub(super) const TIMES: Self = Self(include_str!("scripts/times.js"));

    /// Every script.
    #[cfg(test)]
    pub(super) const ALL: [Self; 3] = [Self::FRAGMENT, Self::REVEAL, Self::TIMES];

    /// As it stands in a page.
    pub(super) fn element(self) -> Markup {
        html! { script { (PreEscaped(self.0)) } }
    }

    /// As the policy names it.
    pub(super) fn source(self) -> String {
        let hash = Base64::encode_string(&Sha256::digest(self.0));
        format!("'sha256-{hash}'")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_script_ends_before_its_end() {
        for script in Script::ALL {
            assert!(
                !script.0.contains("</") && !script.0.contains("<!--"),
                "{}",
                script.0
            );
            assert!(script.0.starts_with("{\n") && script.0.ends_with("}\n"));
        }
    }

    /// RFC 6234 and the example of the specification's section 8.3.
    #[test]
    fn the_policy_names_a_script_by_its_hash() {
        let script = Script("doSomething();");
        assert_eq!(
            script.source(),
            "'sha256-RFWPLDbv2BY+rCkDzsE+0fr8ylGr2R2faWMhq4lfEQc='"
        );
    }
}
