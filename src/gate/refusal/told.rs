//! What people are told whose request is refused: nothing that only an operator or a developer understands, and nothing
//! about what was found out of a credential.

use std::borrow::Cow;

use crate::pages::Told;
use crate::protocol::Issuer;

/// What to say of a status of which nothing more is known.
pub(super) const fn of(status: u16) -> &'static Told {
    match status {
        401 => &PROGRAMS_ONLY,
        403 => &CLOSED,
        404 => &NOT_FOUND,
        405 => &NOT_LIKE_THIS,
        408 | 413 | 415 => &NOT_TAKEN,
        414 => &TOO_LONG,
        429 => &TOO_MANY,
        500 => &NOT_SET_UP,
        502 => &NO_RESPONSE,
        503 => &NOT_AVAILABLE,
        _ => &BAD_REQUEST,
    }
}

pub(super) const BAD_REQUEST: Told = Told {
    title: "This request cannot be processed",
    text: Cow::Borrowed("Something in it is not as this site needs it."),
    advice: "Go back to the page that you came from and try again.",
};

pub(super) const BAD_ADDRESS: Told = Told {
    title: "This address does not work",
    text: Cow::Borrowed("It contains characters that this site does not accept in an address."),
    advice: "Check the address for typing errors. If you followed a link, tell whoever published it.",
};

pub(super) const TOO_LONG: Told = Told {
    title: "This address is too long",
    text: Cow::Borrowed("It has more characters than this site accepts."),
    advice: "Check the address. If you followed a link, tell whoever published it.",
};

pub(super) const TOKEN_IN_ADDRESS: Told = Told {
    title: "This link does not work",
    text: Cow::Borrowed(
        "It contains an access token. Addresses are kept in histories and logs, so a token in one is not safe.",
    ),
    advice: "Do not share this link, and tell whoever gave it to you. The token should be revoked.",
};

pub(super) const PROGRAMS_ONLY: Told = Told {
    title: "This page is for programs",
    text: Cow::Borrowed("It opens only with an access token, which a browser does not send."),
    advice: "If you are writing a program, send the token in the Authorization header.",
};

/// The request came to another address than that of `issuer`. It lives as long as the process, which has one issuer.
pub(in crate::gate) fn other_address(issuer: &Issuer) -> &'static Told {
    Box::leak(Box::new(Told {
        title: "This is not the address to sign in at",
        text: format!(
            "People sign in to this site at {}, and only there. This page needs that.",
            issuer.as_str()
        )
        .into(),
        advice: "Open the site at that address. If you run it: issuer in postern.toml must be the address \
                 in the browser.",
    }))
}

pub(super) const CLOSED: Told = Told {
    title: "This page is closed",
    text: Cow::Borrowed("Nobody has access to it, with or without an account."),
    advice: "If you think that this is a mistake, tell the administrator of this site.",
};

pub(super) const OTHER_SITE: Told = Told {
    title: "This did not come from a page of this site",
    text: Cow::Borrowed(
        "It was sent by another site, so it was not accepted. Nothing was changed.",
    ),
    advice: "If you meant to do this, open the page on this site and do it there.",
};

pub(super) const OTHER_NETWORK: Told = Told {
    title: "This page does not open from here",
    text: Cow::Borrowed("It is open to certain networks only, and you are not in one of them."),
    advice: "Connect to the network that it is meant for, such as that of your company, and try again.",
};

pub(super) const OTHER_COUNTRY: Told = Told {
    title: "This page does not open from here",
    text: Cow::Borrowed(
        "It is open to certain countries only, and your address belongs to another one.",
    ),
    advice: "If you use a VPN, turn it off and try again.",
};

pub(super) const SIGN_IN_AGAIN: Told = Told {
    title: "This needs you to sign in again",
    text: Cow::Borrowed("Your sign-in is too long ago for this, or it is not strong enough."),
    advice: "Go back, load the page again, and sign in.",
};

pub(super) const NOT_FOUND: Told = Told {
    title: "Page not found",
    text: Cow::Borrowed("There is no page at this address."),
    advice: "Check the address for typing errors. If you followed a link, the page may have moved.",
};

pub(super) const NOT_LIKE_THIS: Told = Told {
    title: "This address cannot be used like this",
    text: Cow::Borrowed("It does not accept what your browser sent."),
    advice: "Go back to the page that you came from and try again.",
};

pub(super) const NOT_TAKEN: Told = Told {
    title: "What you sent did not arrive",
    text: Cow::Borrowed(
        "It was incomplete, too large or not in a form that this site accepts. Nothing was changed.",
    ),
    advice: "Go back, check what you entered, and try again.",
};

pub(super) const TOO_MANY: Told = Told {
    title: "Too many requests",
    text: Cow::Borrowed("There were too many requests in a short time."),
    advice: "Wait a minute, then try again.",
};

pub(super) const NOT_SET_UP: Told = Told {
    title: "This site is not set up correctly",
    text: Cow::Borrowed("It cannot show anything until that is corrected."),
    advice: "Tell the administrator of this site. If that is you: the log says what to change.",
};

pub(super) const CORRECT_THIS: Told = Told {
    title: "The configuration needs a correction",
    text: Cow::Borrowed(
        "Nothing is served until it is right. This list is only shown while you develop.",
    ),
    advice: "Correct postern.toml, or the wrangler file beside it, and load this page again.",
};

/// The configuration names no issuer, and the request came to `origin`.
pub(super) fn no_issuer(origin: &str) -> Told {
    Told {
        title: "This site does not know its address yet",
        text: format!(
            "It was reached at {origin}. Tokens and logins belong to an address, so nothing is served until one is set."
        )
        .into(),
        advice: "Tell the administrator of this site. If that is you: set issuer to its address in postern.toml, or in \
                 the variable that is named there, and deploy it again.",
    }
}

pub(super) const NO_RESPONSE: Told = Told {
    title: "This site is not responding",
    text: Cow::Borrowed("The server behind this page gave no answer."),
    advice: "Try again in a moment. If it keeps happening, tell the administrator of this site.",
};

pub(super) const CONNECTION_LOST: Told = Told {
    title: "The connection was lost",
    text: Cow::Borrowed(
        "It broke off while something was being sent, so it is not known whether that has been done.",
    ),
    advice: "Check whether it was done before you send it again.",
};

pub(super) const NOT_AVAILABLE: Told = Told {
    title: "This page is not available right now",
    text: Cow::Borrowed("A service that it depends on did not respond."),
    advice: "Wait a moment, then try again.",
};
