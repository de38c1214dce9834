//! An issuer's metadata (OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3): where its keys and endpoints are.

use serde_json::Value;

use crate::config::Issuer;
use crate::jose::{Cached, get, unavailable};
use crate::ports::{Clock, Http, Unavailable};
use crate::protocol::WebUrl;

/// Asks for the metadata of `issuer`: at the place that OpenID Connect gives it, or else at that of OAuth.
pub(super) async fn ask<P: Http + Clock>(
    issuer: &Issuer,
    ports: &P,
) -> Result<Cached<Value>, Unavailable> {
    let [openid, oauth] = places(&issuer.issuer);
    let answer = match ask_at(issuer, &openid, ports).await {
        Ok(answer) => answer,
        Err(first) => ask_at(issuer, &oauth, ports).await.map_err(|_| first)?,
    };
    let (document, max_age) = answer;
    Ok(Cached::new(document, max_age, ports.now()))
}

async fn ask_at<P: Http>(
    issuer: &Issuer,
    url: &str,
    ports: &P,
) -> Result<(Value, Option<u64>), Unavailable> {
    let who = issuer.id.as_str();
    let (document, max_age) = get(who, url, "the metadata", ports).await?;
    // Compared to the letter (OpenID Connect Discovery section 4.3, RFC 8414 section 3.3).
    if document.get("issuer").and_then(Value::as_str) == Some(issuer.issuer.as_str()) {
        Ok((document, max_age))
    } else {
        let cause = "issuer in its metadata is not the one in the configuration, to the letter";
        Err(unavailable(who, cause))
    }
}

/// Where the metadata may be.
fn places(issuer: &WebUrl) -> [String; 2] {
    [
        issuer.well_known_behind("openid-configuration"),
        issuer.well_known_before("oauth-authorization-server"),
    ]
}

/// The URL under `name`, which is `https` unless the issuer itself is on the loopback interface.
pub(super) fn endpoint(
    issuer: &Issuer,
    document: &Value,
    name: &str,
) -> Result<WebUrl, Unavailable> {
    let text = document.get(name).and_then(Value::as_str);
    let url = text.and_then(|text| text.parse::<WebUrl>().ok());
    url.filter(|url| url.is_https() || !issuer.issuer.is_https())
        .ok_or_else(|| {
            let cause = format!("{name} in its metadata is missing, or is no https URL");
            unavailable(issuer.id.as_str(), &cause)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_metadata_is() {
        for (issuer, openid, oauth) in [
            (
                "https://a.example",
                "https://a.example/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server",
            ),
            (
                "http://localhost:8080/realms/acme/",
                "http://localhost:8080/realms/acme/.well-known/openid-configuration",
                "http://localhost:8080/.well-known/oauth-authorization-server/realms/acme",
            ),
        ] {
            assert_eq!(places(&issuer.parse().unwrap()), [openid, oauth]);
        }
    }
}
