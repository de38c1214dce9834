//! The scope and the resources that a client asks for (RFC 6749 section 3.3, RFC 8707 section 2).
//! A client that names none asks for everything that it may have.

use crate::protocol::{Form, ResourceUri, Scope};

/// Why a scope or a resource is not granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestedError {
    /// The parameter breaks its grammar.
    Malformed,
    /// It names something that is not available.
    NotAllowed,
}

/// The scope that `form` asks for, all of it available. Spaces that separate nothing are tolerated.
pub(super) fn scope(form: &Form, available: &Scope) -> Result<Scope, RequestedError> {
    let Some(text) = form.get("scope") else {
        return Ok(available.clone());
    };
    let tokens = text.split(' ').filter(|token| !token.is_empty());
    let scope = Scope::from_tokens(tokens).map_err(|_| RequestedError::Malformed)?;
    if scope.is_empty() {
        return Err(RequestedError::Malformed);
    }
    if available.covers(&scope) {
        Ok(scope)
    } else {
        Err(RequestedError::NotAllowed)
    }
}

/// The resources that `form` asks for, all of them available.
pub(super) fn resources(
    form: &Form,
    available: &[ResourceUri],
) -> Result<Vec<ResourceUri>, RequestedError> {
    let mut resources = Vec::new();
    for text in form.get_all("resource") {
        let resource: ResourceUri = text.parse().map_err(|_| RequestedError::Malformed)?;
        // As it is configured, because a server that introspects compares it as a string.
        let known = available.iter().find(|known| **known == resource);
        let known = known.ok_or(RequestedError::NotAllowed)?;
        if !resources.contains(known) {
            resources.push(known.clone());
        }
    }
    if resources.is_empty() {
        resources.extend_from_slice(available);
    }
    Ok(resources)
}
