//! The pages and endpoints for people: logging in, here or with another provider, logging out, and the
//! list of a person's sessions.
//!
//! Job: one file an endpoint, each from a request to an answer. Not its job: what people's applications
//! ask for ([`crate::oauth`]), or deciding who may see a page ([`crate::gate`]).

mod admin;
mod admin_foreign;
mod attempt;
mod backchannel;
mod callback;
mod ended;
mod endpoint;
mod global_revocation;
mod login;
mod login_note;
mod logout;
mod logout_note;
mod posted_answer;
mod security_events;
mod services;
mod sessions;
mod take_back;
mod wanted;

pub use endpoint::{Endpoint, endpoint};

use services::Services;

use crate::config::Config;
use crate::events::KnownTransmitters;
use crate::pages::{icon, style};
use crate::ports::PersonPorts;
use crate::protocol::{Answer, Request};
use crate::provider::KnownProviders;
use crate::resolve::Resolver;
use crate::visitor::Visitor;

/// Answers a request to one of the endpoints.
pub async fn answer<P: PersonPorts>(
    endpoint: Endpoint,
    request: Request<'_>,
    config: &Config,
    resolver: &Resolver<P::Attachment>,
    (providers, transmitters): (&KnownProviders, &KnownTransmitters),
    ports: &P,
) -> Answer {
    let services = Services {
        visitor: Visitor::new(&request, config, resolver, ports),
        providers,
        transmitters,
    };
    let takes = |method: &str| endpoint.allow().split(", ").any(|other| other == method);
    if !takes(request.method) {
        return services.method_not_allowed(endpoint);
    }
    if endpoint.reads_body(request.method)
        && let Some(refused) = request.encoded()
    {
        return refused;
    }
    if endpoint.has_pages()
        && let Some(mut answer) = services.visitor.elsewhere()
    {
        if request.method == "HEAD" {
            answer.body = "".into();
        }
        return answer;
    }
    if endpoint.has_pages()
        && let Some(refused) = services.visitor.refuse_prefetch()
    {
        return refused;
    }
    let answer = match endpoint {
        Endpoint::Login => services.log_in().await,
        Endpoint::Callback => services.come_back().await,
        Endpoint::Logout => services.log_out().await,
        Endpoint::Sessions => services.sessions().await,
        Endpoint::Backchannel => services.provider_logged_out().await,
        Endpoint::Events => services.take_events().await,
        Endpoint::GlobalRevocation => services.revoke_globally().await,
        Endpoint::Admin => services.administer().await,
        Endpoint::Style => style::answer(request.query),
        Endpoint::Icon => icon::answer(),
    };
    let mut answer = services.visitor.prolong(answer).await;
    if request.method == "HEAD" {
        answer.body = "".into();
    }
    answer
}

#[cfg(test)]
mod tests;
