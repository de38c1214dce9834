//! The counter of attempts, a rate-limiting binding.

use super::{Outside, answer};
use crate::edge::host;
use crate::ports::{Dependency, Limiter, Unavailable};

impl Limiter for Outside {
    async fn attempt(&self, binding: &str, key: &str) -> Result<bool, Unavailable> {
        let asked = host::limit(&self.env, binding, key, self.timeout);
        let allowed = answer(Dependency::Limiter, asked).await?.as_bool();
        allowed
            .ok_or_else(|| Unavailable::new(Dependency::Limiter, "it did not say whether to go on"))
    }
}
