//! What lies between isolates and objects.
//!
//! Job: places, how far each is from the log, and how long one message takes. Not its job: what is sent.

use crate::executor::{MILLISECOND, Micros};
use crate::random::Random;

/// A place in which isolates run.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// How long a message to the log takes there, usually.
    to_log: f64,
    /// How many isolates it has, in proportion to others.
    weight: f64,
}

/// One message in so many never arrives.
const LOST: f64 = 1e-5;
/// One in so many takes several times as long as usual.
const LATE: f64 = 1e-3;

/// How long a message within a place takes, usually, and on one machine.
const NEARBY: f64 = 1.5 * MILLISECOND as f64;
const LOCAL: f64 = 0.3 * MILLISECOND as f64;

/// The places, and the messages between them.
pub struct Network {
    places: Vec<Place>,
    total_weight: f64,
    random: Random,
    /// On one machine nothing is far, and nothing is lost.
    is_local: bool,
}

impl Network {
    /// So many places. Half are within 35 ms of the log, one in six is beyond 75. The busiest have so many
    /// times as many isolates as the quietest.
    pub fn new(places: usize, skew: f64, random: Random) -> Self {
        let place = |_| Place {
            to_log: random
                .log_normal(35.0 * MILLISECOND as f64, 0.75)
                .min(250.0 * MILLISECOND as f64),
            weight: random.log_uniform(1.0, skew),
        };
        let places: Vec<Place> = (0..places).map(place).collect();
        let total_weight = places.iter().map(|place| place.weight).sum();
        Self {
            places,
            total_weight,
            random,
            is_local: false,
        }
    }

    /// One place, on one machine.
    pub fn local(random: Random) -> Self {
        let place = Place {
            to_log: LOCAL,
            weight: 1.0,
        };
        Self {
            places: vec![place],
            total_weight: 1.0,
            random,
            is_local: true,
        }
    }

    /// The place of the next isolate.
    pub fn draw(&self) -> usize {
        let mut left = self.random.unit() * self.total_weight;
        for (number, place) in self.places.iter().enumerate() {
            left -= place.weight;
            if left < 0.0 {
                return number;
            }
        }
        self.places.len() - 1
    }

    /// How long the next message between this place and the log takes; `None` if it is lost.
    pub fn to_log(&self, place: usize) -> Option<Micros> {
        self.message(self.places[place].to_log)
    }

    /// How long the next message within a place takes; `None` if it is lost.
    pub fn nearby(&self) -> Option<Micros> {
        self.message(if self.is_local { LOCAL } else { NEARBY })
    }

    fn message(&self, usual: f64) -> Option<Micros> {
        if !self.is_local && self.random.chance(LOST) {
            return None;
        }
        let late = if !self.is_local && self.random.chance(LATE) {
            4.0
        } else {
            1.0
        };
        Some((self.random.log_normal(usual, 0.15) * late) as Micros)
    }
}
