//! Randomness from a seed: the same in every run.

use std::cell::Cell;

/// `SplitMix64` (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone, Debug)]
pub struct Random(Cell<u64>);

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// The stream of this seed.
    pub const fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    /// A stream of its own, for the `number`th thing of its kind.
    pub fn split(&self, number: u64) -> Self {
        Self::new(mixed(self.0.get() ^ mixed(number.wrapping_mul(STEP))))
    }

    /// 64 bits.
    pub fn next(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(STEP));
        mixed(self.0.get())
    }

    /// At least 0 and less than 1.
    pub fn unit(&self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True this often.
    pub fn chance(&self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// The time between two events of a Poisson process, whose mean this is.
    pub fn exponential(&self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// Half are less than `median`; one in six is more than `median` times `e^sigma`.
    pub fn log_normal(&self, median: f64, sigma: f64) -> f64 {
        let (one, other) = (1.0 - self.unit(), self.unit());
        let normal = (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos();
        median * (sigma * normal).exp()
    }

    /// From `low` to `high`, each factor as likely as any other.
    pub fn log_uniform(&self, low: f64, high: f64) -> f64 {
        low * (high / low).powf(self.unit())
    }

    /// Bytes.
    pub fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_be_bytes()[..chunk.len()]);
        }
    }
}

const fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_of_a_seed_is_the_one_that_was_published() {
        let random = Random::new(1_234_567);
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        assert_eq!(expected.map(|_| random.next()), expected);
    }

    #[test]
    fn means_and_medians_are_what_was_asked_for() {
        let random = Random::new(1);
        let count = 100_000;
        let mean = (0..count).map(|_| random.exponential(3.0)).sum::<f64>() / f64::from(count);
        assert!((2.9..3.1).contains(&mean), "{mean}");
        let below = (0..count)
            .filter(|_| random.log_normal(40.0, 0.5) < 40.0)
            .count();
        assert!((49_000..51_000).contains(&below), "{below}");
    }
}
