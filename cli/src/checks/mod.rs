//! What the Worker cannot find out by itself.

pub mod headers;
pub mod pages;
pub mod served;
pub mod wrangler;
