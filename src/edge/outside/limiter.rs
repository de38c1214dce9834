//! The counter of attempts, a rate-limiting binding.

use super::Outside;
use crate::config::names;
use crate::ports::{Dependency, Limiter, Unavailable};

impl Limiter for Outside {
    async fn attempt(&self, key: &str) -> Result<bool, Unavailable> {
        let (env, key) = (self.env.clone(), key.to_owned());
        let outcome = self.ask(Dependency::Limiter, async move {
            env.rate_limiter(names::LOGIN_LIMIT)?.limit(key).await
        });
        Ok(outcome.await?.success)
    }
}
