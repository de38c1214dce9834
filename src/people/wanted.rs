//! What a login is for: where it leads back to, and how fresh and how strong it must be.

use crate::browser::Fragment;
use crate::browser::return_to::ReturnTo;
use crate::config::Provider;
use crate::protocol::web_url::encode_one;
use crate::protocol::{AcrValues, Form, Prompt};
use crate::provider::LoginState;
use crate::session::SessionRecord;
use crate::time::Time;

/// What a login is for.
#[derive(Clone, Default)]
pub(super) struct Wanted {
    pub(super) return_to: ReturnTo,
    /// What stood behind the `#` of the page, as far as the login page's script could tell.
    pub(super) fragment: Option<Fragment>,
    pub(super) login_hint: Option<String>,
    /// How a provider should ask the person again, even if it knows who they are.
    pub(super) prompt: Option<Prompt>,
    /// How long ago the provider may have checked who the person is, in seconds (`max_age`).
    pub(super) max_age: Option<u32>,
    /// The classes of logins of which one is needed (`acr_values`).
    pub(super) acr_values: Option<AcrValues>,
}

impl Wanted {
    pub(super) fn read(form: &Form) -> Self {
        let return_to = form.get("return_to").and_then(|text| text.parse().ok());
        Self {
            return_to: return_to.unwrap_or_default(),
            fragment: form.get("fragment").and_then(|text| text.parse().ok()),
            login_hint: form.get("login_hint").map(str::to_owned),
            prompt: match form.get("prompt") {
                Some("login") => Some(Prompt::Login),
                Some("select_account") => Some(Prompt::SelectAccount),
                _ => None,
            },
            max_age: form.get("max_age").and_then(|text| text.parse().ok()),
            acr_values: form.get("acr_values").and_then(|text| text.parse().ok()),
        }
    }

    /// What a login with a provider was for, so that it can be begun once more.
    pub(super) fn of(state: &LoginState) -> Self {
        Self {
            prompt: state.prompt,
            max_age: state.max_age(),
            acr_values: state.acr_values.clone(),
            ..Self::to(state.return_to.as_deref().unwrap_or_default())
        }
    }

    /// What is wanted by somebody who goes to [`Self::target`].
    pub(super) fn to(target: &str) -> Self {
        let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
        Self {
            return_to: path.parse().unwrap_or_default(),
            fragment: fragment.parse().ok(),
            ..Self::default()
        }
    }

    /// The URL that is wanted: path, query and fragment.
    pub(super) fn target(&self) -> String {
        let path = self.return_to.as_str();
        match &self.fragment {
            Some(fragment) => format!("{path}#{}", fragment.as_str()),
            None => path.to_owned(),
        }
    }

    /// Whether this login will do, so that nobody has to sign in once more.
    pub(super) fn is_met_by(&self, login: &SessionRecord, now: Time) -> bool {
        let age = login
            .auth_time
            .map(|auth_time| now.since(auth_time).as_secs());
        let is_fresh = |max_age: u32| max_age > 0 && age.is_some_and(|age| age <= max_age.into());
        let is_strong = |wanted: &AcrValues| wanted.take(login.acr.as_deref());
        self.prompt.is_none()
            && self.max_age.is_none_or(is_fresh)
            && self.acr_values.as_ref().is_none_or(is_strong)
    }

    /// How fresh and how strong the login must be, as parameters.
    pub(super) fn freshness(&self) -> Vec<(&'static str, String)> {
        let prompt = self
            .prompt
            .map(|prompt| ("prompt", prompt.as_str().to_owned()));
        let max_age = self.max_age.map(|max_age| ("max_age", max_age.to_string()));
        let acr_values = self.acr_values.as_ref();
        let acr_values = acr_values.map(|wanted| ("acr_values", wanted.as_str().to_owned()));
        prompt
            .into_iter()
            .chain(max_age)
            .chain(acr_values)
            .collect()
    }

    /// The path and query at which a login with this provider begins.
    pub(super) fn href(&self, provider: &Provider) -> String {
        let mut href = self.return_to.login();
        let mut add = |name: &str, value: &str| {
            href.push('&');
            href.push_str(name);
            href.push('=');
            href.push_str(&encode_one(value));
        };
        add("provider", provider.id.as_str());
        if let Some(hint) = &self.login_hint {
            add("login_hint", hint);
        }
        for (name, value) in self.freshness() {
            add(name, &value);
        }
        // It comes last: the login page's script puts one there too.
        if let Some(fragment) = &self.fragment {
            add("fragment", fragment.as_str());
        }
        href
    }
}
