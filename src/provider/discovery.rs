//! Asking a provider for its metadata (OpenID Connect Discovery 1.0 section 4).

use std::rc::Rc;

use super::known::KnownProviders;
use super::metadata::Metadata;
use crate::config::Provider;
use crate::jose::{Cached, get, unavailable};
use crate::ports::{Clock, Http, Unavailable};
use crate::protocol::WebUrl;

/// Where the metadata of `issuer` is. Section 4.1 removes a slash at its end.
pub(super) fn metadata_url(issuer: &WebUrl) -> String {
    issuer.well_known_behind("openid-configuration")
}

impl KnownProviders {
    /// The metadata of `provider`: kept, or asked for.
    ///
    /// # Errors
    /// [`Unavailable`] if it does not answer or its answer can't be used, and there is no answer of the
    /// last day.
    pub(super) async fn metadata<P: Http + Clock>(
        &self,
        provider: &Provider,
        ports: &P,
    ) -> Result<Rc<Metadata>, Unavailable> {
        let kept = self.with(provider, |known| known.metadata.clone());
        if let Some(kept) = kept.as_ref().filter(|kept| kept.is_fresh(ports.now())) {
            return Ok(kept.value());
        }
        let url = metadata_url(&provider.issuer);
        let asked = get(provider.id.as_str(), &url, "the metadata", ports).await;
        let asked = asked.and_then(|(document, max_age)| {
            let metadata = Metadata::read(provider, &document);
            let metadata = metadata.map_err(|cause| unavailable(provider.id.as_str(), &cause))?;
            Ok(Cached::new(metadata, max_age, ports.now()))
        });
        let metadata = asked.or_else(|error| {
            let kept = kept.and_then(|kept| kept.respite(ports.now()));
            kept.ok_or(error)
        })?;
        let value = metadata.value();
        self.with(provider, |known| known.metadata = Some(metadata));
        Ok(value)
    }
}
