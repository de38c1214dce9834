//! The endpoints, from request to answer.
