//! What a month costs, at Cloudflare's list prices for the paid plan, in dollars.
//!
//! From developers.cloudflare.com, `durable-objects/platform/pricing` and `kv/platform/pricing`, read on 2026-11-26.

/// A price: so much for each million, beyond what is included in a month.
struct Price {
    included: f64,
    per_million: f64,
}

const REQUESTS: Price = price(1e6, 0.15);
/// GB-s. An object counts as 128 MB, whatever it uses, while it has something in hand.
const DURATION: Price = price(400e3, 12.50);
const ROWS_READ: Price = price(25e9, 0.001);
const ROWS_WRITTEN: Price = price(50e6, 1.00);
const KV_READS: Price = price(10e6, 0.50);
const KV_WRITES: Price = price(1e6, 5.00);
/// GB of an active object.
const MEMORY: f64 = 0.128;
/// Seconds in a month of thirty days.
const MONTH: f64 = 2_592_000.0;

const fn price(included: f64, per_million: f64) -> Price {
    Price {
        included,
        per_million,
    }
}

impl Price {
    fn of(&self, amount: f64) -> f64 {
        (amount - self.included).max(0.0) / 1e6 * self.per_million
    }
}

/// What a run used that is billed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// How long the run was, in seconds.
    pub seconds: f64,
    /// Requests to objects.
    pub requests: f64,
    /// For how long objects had something in hand, in seconds, one added to the other.
    pub active: f64,
    /// Rows that SQLite read.
    pub rows_read: f64,
    /// Rows that SQLite wrote, those of indexes included.
    pub rows_written: f64,
    /// Keys read from KV.
    pub kv_reads: f64,
    /// Keys written to KV.
    pub kv_writes: f64,
}

impl Usage {
    /// What a month of it costs.
    pub fn month(&self) -> f64 {
        let months = MONTH / self.seconds;
        REQUESTS.of(self.requests * months)
            + DURATION.of(self.active * months * MEMORY)
            + ROWS_READ.of(self.rows_read * months)
            + ROWS_WRITTEN.of(self.rows_written * months)
            + KV_READS.of(self.kv_reads * months)
            + KV_WRITES.of(self.kv_writes * months)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_of_one_object_that_never_rests_is_what_the_price_list_says() {
        // 1,000 a second for a month: 2,591 million beyond the first, and an object's memory all the time.
        let usage = Usage {
            seconds: 1.0,
            requests: 1_000.0,
            active: 1.0,
            ..Usage::default()
        };
        let expected = 2_591.0 * 0.15;
        assert!((usage.month() - expected).abs() < 0.01, "{}", usage.month());
    }
}
