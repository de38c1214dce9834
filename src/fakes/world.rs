//! A site with clients and people.
//!
//! Job: what tests of several endpoints repeat: logging in, authorizing a client, asking in another isolate
//! whether something still counts. Not its job: what the answers should be.

use base64ct::{Base64, Encoding};
use futures_executor::block_on;

use super::all::Fakes;
pub(crate) use super::browser::Browser;
pub(crate) use super::requests::{
    CALLBACK, Tokens, VERIFIER, assert_error, assert_page, authorize, challenge,
    has_session_cookie, hidden, json, leads_to, location, login_for, redemption, request,
};
use crate::accounts::{Accounts, Roster};
use crate::config::{Client, Config, Grant, Introspect};
use crate::events::KnownTransmitters;
pub(crate) use crate::fixtures::config::{ISSUER, SECRET, keys};
use crate::fixtures::{self, Headers};
use crate::issue::ticket::{self, Lifetimes, LoggedIn};
use crate::protocol::web_url::encode;
use crate::protocol::{Answer, Body, Request};
use crate::provider::KnownProviders;
use crate::resolve::{Demand, Resolution, Resolver};
use crate::token::TokenKind;
use crate::{oauth, people};

pub(crate) const ORDERS: &str = "https://api.example.com/orders";
pub(crate) const USERS: &str = "https://api.example.com/users";
/// The password of `ann`, and of `bob`.
pub(crate) const PASSWORD: &str = "password";
/// `POSTERN_USERS`.
pub(crate) const LINES: &str = "ann:$argon2id$v=19$m=7168,t=5,p=1$c2FsdHNhbHRzYWx0c2FsdA$7PCw6lTrVcqZB4uvMkl7NOUjxGtvALJ5SyYrIQAEWsc
bob:$argon2id$v=19$m=7168,t=5,p=1$c2FsdHNhbHRzYWx0c2FsdA$7PCw6lTrVcqZB4uvMkl7NOUjxGtvALJ5SyYrIQAEWsc";

/// A site.
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) resolver: Resolver<()>,
    pub(crate) providers: KnownProviders,
    pub(crate) transmitters: KnownTransmitters,
    pub(crate) fakes: Fakes,
}

/// What an isolate knows that was just started.
pub(crate) fn isolate() -> Resolver<()> {
    Resolver::new(keys(), 1 << 20, [7; 16], crate::fixtures::A_LONG_LIFE)
}

/// `app` is confidential, `spa` public, `web` of the site itself and without refresh tokens; `ops` may
/// administer, `robot` may not; `gateway` introspects.
fn clients() -> Vec<Client> {
    let code = |id: &str, redirect_uris: &[&str]| Client {
        redirect_uris: redirect_uris.iter().map(|u| u.parse().unwrap()).collect(),
        grants: vec![Grant::AuthorizationCode, Grant::RefreshToken],
        scope: "read write".parse().unwrap(),
        audiences: vec![ORDERS.parse().unwrap(), USERS.parse().unwrap()],
        ..fixtures::config::client(id)
    };
    vec![
        Client {
            name: "The App".parse().ok(),
            introspect: Introspect::Audiences(Vec::new()),
            ..code("app", &[CALLBACK, "https://app.example.com/cb?tenant=1"])
        },
        Client {
            is_public: true,
            secret_digests: Vec::new(),
            ..code("spa", &["http://127.0.0.1/cb", "com.example.app:/cb"])
        },
        Client {
            is_first_party: true,
            grants: vec![Grant::AuthorizationCode],
            ..code("web", &["https://web.example.com/"])
        },
        Client {
            scope: "postern:admin".parse().unwrap(),
            audiences: Vec::new(),
            ..fixtures::config::client("ops")
        },
        Client {
            audiences: Vec::new(),
            ..fixtures::config::client("robot")
        },
        Client {
            grants: Vec::new(),
            introspect: Introspect::All,
            ..fixtures::config::client("gateway")
        },
    ]
}

impl World {
    pub(crate) fn new() -> Self {
        let accounts = Accounts::parse(LINES).unwrap();
        let fakes = Fakes::default();
        fakes.set_accounts(accounts.clone());
        Self {
            config: Config {
                accounts: Roster::of(&accounts),
                clients: clients().into(),
                ..fixtures::config::config()
            },
            resolver: isolate(),
            providers: KnownProviders::new(),
            transmitters: KnownTransmitters::new(),
            fakes,
        }
    }

    pub(crate) fn client_mut(&mut self, id: &str) -> &mut Client {
        let mut clients = self.config.clients.iter_mut();
        clients.find(|client| client.id.as_str() == id).unwrap()
    }

    /// The answer of another isolate's endpoints, or of this one's.
    pub(crate) async fn answer(
        &self,
        resolver: &Resolver<()>,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        form: Option<&str>,
    ) -> Answer {
        let header = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let request = Request {
            method,
            origin: self.config.issuer.as_str(),
            path,
            query,
            authorization: header("authorization"),
            content_type: header("content-type")
                .or(form.map(|_| "application/x-www-form-urlencoded")),
            body: form.map_or(Body::None, |form| Body::of(form.as_bytes().to_vec())),
            sender: &Headers(headers),
        };
        if let Some(endpoint) = people::endpoint(path) {
            let known = (&self.providers, &self.transmitters);
            return people::answer(
                endpoint,
                request,
                &self.config,
                resolver,
                known,
                &self.fakes,
            )
            .await;
        }
        let endpoint = oauth::endpoint(path).expect("tests send to endpoints");
        oauth::answer(endpoint, request, &self.config, resolver, &self.fakes).await
    }

    /// What a browser gets, cookies included.
    pub(crate) fn browse(
        &self,
        browser: &Browser,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        form: Option<&str>,
    ) -> Answer {
        let cookies = browser.header();
        let mut all = headers.to_vec();
        all.push(("cf-connecting-ip", "192.0.2.1"));
        all.push((
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
        ));
        if !cookies.is_empty() {
            all.push(("cookie", &cookies));
        }
        let answer = block_on(self.answer(&self.resolver, method, target, &all, form));
        browser.take(&answer);
        answer
    }

    pub(crate) fn get(&self, browser: &Browser, target: &str) -> Answer {
        self.browse(browser, "GET", target, &[], None)
    }

    /// Sends in a form of a page of this site.
    pub(crate) fn submit(&self, browser: &Browser, path: &str, form: &[(&str, &str)]) -> Answer {
        self.submit_from(browser, ISSUER, path, form)
    }

    pub(crate) fn submit_from(
        &self,
        browser: &Browser,
        origin: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> Answer {
        self.browse(
            browser,
            "POST",
            path,
            &[("origin", origin)],
            Some(&encode(form)),
        )
    }

    /// Posts a form as `client`.
    pub(crate) fn api(&self, path: &str, client: &str, form: &[(&str, &str)]) -> Answer {
        self.api_in(&self.resolver, path, client, form)
    }

    pub(crate) fn api_in(
        &self,
        resolver: &Resolver<()>,
        path: &str,
        client: &str,
        form: &[(&str, &str)],
    ) -> Answer {
        block_on(self.api_future(resolver, path, client, form))
    }

    /// A public client has no secret to show.
    pub(crate) async fn api_future(
        &self,
        resolver: &Resolver<()>,
        path: &str,
        client: &str,
        form: &[(&str, &str)],
    ) -> Answer {
        let credentials = Base64::encode_string(format!("{client}:{client}{SECRET}").as_bytes());
        let basic = format!("Basic {credentials}");
        let mut form = form.to_vec();
        let mut headers: Vec<(&str, &str)> = Vec::new();
        if client == "spa" {
            form.push(("client_id", client));
        } else {
            headers.push(("authorization", &basic));
        }
        self.answer(resolver, "POST", path, &headers, Some(&encode(&form)))
            .await
    }

    /// A browser in which this person has logged in.
    pub(crate) fn logged_in(&self, subject: &str) -> Browser {
        self.logged_in_as(LoggedIn {
            subject: subject.to_owned(),
            username: Some(subject.to_owned()),
            amr: vec!["pwd".to_owned()],
            ..LoggedIn::default()
        })
    }

    pub(crate) fn logged_in_as(&self, person: LoggedIn) -> Browser {
        let lifetimes = Lifetimes::of(&self.config);
        let opened = ticket::open(person, lifetimes, &self.resolver, &self.fakes);
        let ticket = block_on(opened).expect("tests log in while all works");
        let browser = Browser::default();
        browser.set("__Host-postern-session", ticket.token.expose());
        browser
    }

    /// Whether this browser's login counts by a strong check in an isolate that knows nothing yet.
    pub(crate) fn login_counts(&self, browser: &Browser) -> bool {
        browser
            .ticket()
            .is_some_and(|ticket| self.resolves(TokenKind::Ticket, &ticket))
    }

    /// The same for an access token.
    pub(crate) fn counts(&self, token: &str) -> bool {
        self.resolves(TokenKind::Access, token)
    }

    /// The same in this isolate.
    pub(crate) fn counts_in(&self, isolate: &Resolver<()>, token: &str) -> bool {
        let meaning = isolate.resolve(&self.fakes, TokenKind::Access, token, &Demand::STRONG);
        matches!(block_on(meaning), Resolution::Active(_))
    }

    fn resolves(&self, kind: TokenKind, token: &str) -> bool {
        match block_on(isolate().resolve(&self.fakes, kind, token, &Demand::STRONG)) {
            Resolution::Active(_) => true,
            Resolution::Inactive(_) => false,
            Resolution::Unavailable(cause) => panic!("{cause}"),
        }
    }

    /// Authorizes `client` and gives its code. Whoever is asked for consent agrees.
    pub(crate) fn code(&self, browser: &Browser, client: &str, change: &[(&str, &str)]) -> String {
        let target = authorize(client, change);
        let mut answer = self.get(browser, &target);
        if answer.status == 200 {
            answer = self.agree(browser, &answer);
        }
        location(&answer)
            .1
            .get("code")
            .expect("it has a code")
            .to_owned()
    }

    /// Sends in the consent page.
    pub(crate) fn agree(&self, browser: &Browser, page: &Answer) -> Answer {
        self.decide(browser, page, "allow")
    }

    pub(crate) fn decide(&self, browser: &Browser, page: &Answer, decision: &str) -> Answer {
        let (request, token) = (hidden(page, "request"), hidden(page, "form_token"));
        let form = [
            ("request", request.as_str()),
            ("form_token", token.as_str()),
            ("decision", decision),
        ];
        self.submit(browser, "/oauth/authorize", &form)
    }

    pub(crate) fn redeem(&self, client: &str, code: &str) -> Answer {
        self.redeem_with(client, code, &[])
    }

    pub(crate) fn redeem_with(&self, client: &str, code: &str, more: &[(&str, &str)]) -> Answer {
        self.api("/oauth/token", client, &redemption(client, code, more))
    }

    pub(crate) fn refresh(&self, client: &str, token: &str, more: &[(&str, &str)]) -> Answer {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        form.extend_from_slice(more);
        self.api("/oauth/token", client, &form)
    }

    /// What `client` gets for a person's authorization.
    pub(crate) fn authorized(&self, browser: &Browser, client: &str) -> Tokens {
        Tokens::of(&self.redeem(client, &self.code(browser, client, &[])))
    }

    pub(crate) fn client_token(&self, client: &str) -> String {
        let answer = self.api(
            "/oauth/token",
            client,
            &[("grant_type", "client_credentials")],
        );
        Tokens::of(&answer).access
    }

    pub(crate) fn last_event(&self) -> serde_json::Value {
        let events = self.fakes.events();
        serde_json::from_str(events.last().expect("an event was logged")).unwrap()
    }

    /// No line of the log has any of these in it.
    #[track_caller]
    pub(crate) fn assert_unlogged(&self, secrets: &[&str]) {
        for line in self.fakes.events() {
            for secret in secrets {
                // A prefix is not a secret.
                let secret = secret
                    .get(7..)
                    .filter(|_| secret.starts_with("pst_"))
                    .unwrap_or(secret);
                assert!(!line.contains(secret), "{line}");
            }
            assert!(!line.contains(VERIFIER) && !line.contains(SECRET), "{line}");
        }
    }
}
