//! One password hash.
//!
//! Job: read it, refuse it where it is too weak to keep or too costly to check, and derive one from a
//! password. Specifications: Argon2id is RFC 9106; the text is the PHC string format, with nothing
//! optional in it:
//! ```text
//! hash   = "$argon2id$v=19$m=" number ",t=" number ",p=" number "$" salt "$" output
//! number = "1".."9" *DIGIT
//! salt   = base64 of 8..64 bytes, without padding
//! output = base64 of 16..64 bytes, without padding
//! ```
//! `m` is in KiB. The minimum is what OWASP's Password Storage Cheat Sheet asks for, the maximum what an
//! isolate of 128 MB and a patient person can bear.

use std::fmt;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64ct::{Base64Unpadded, Encoding};
use zeroize::Zeroize;

use crate::secret::Secret;

/// OWASP's minima, `(m, t)` with `p = 1`, which it holds for equally strong. A hash needs as much memory
/// and as many passes as one of them.
const MINIMA: [(u32, u32); 5] = [
    (47_104, 1),
    (19_456, 2),
    (12_288, 3),
    (9_216, 4),
    (7_168, 5),
];
const MOST_MEMORY: u32 = 65_536;
const MOST_PASSES: u32 = 10;
const MOST_LANES: u32 = 4;

/// The cost of new hashes: one of OWASP's minima.
const NEW: Cost = Cost {
    memory: 19_456,
    passes: 2,
    lanes: 1,
};
const NEW_OUTPUT: usize = 32;

/// What it takes to derive a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// `m`, in KiB.
    pub memory: u32,
    /// `t`.
    pub passes: u32,
    /// `p`.
    pub lanes: u32,
}

/// A hash that may be checked against.
#[derive(Clone, Debug)]
pub struct Hash {
    cost: Cost,
    salt: Secret<Vec<u8>>,
    output: Secret<Vec<u8>>,
}

/// Why a text is not a hash, or must not be used. The message never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashError {
    /// It does not begin with `$argon2id$`.
    OtherAlgorithm,
    /// It does not go on with `v=19$`.
    OtherVersion,
    /// It is Argon2id, but not in the form above.
    Malformed,
    /// Someone who has it could try passwords too quickly.
    Weak,
    /// `m` is too much.
    Memory,
    /// `t` is too much.
    Passes,
    /// `p` is not from 1 to 4.
    Lanes,
    /// The salt does not have from 8 to 64 bytes.
    Salt,
    /// The output does not have from 16 to 64 bytes.
    Output,
}

impl fmt::Display for HashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherAlgorithm => {
                "what follows the name is not an Argon2id hash (`$argon2id$`), and no other kind is taken"
            }
            Self::OtherVersion => "the hash is not of version 19 of Argon2id (`v=19`)",
            Self::Malformed => {
                "the hash is not in the form `$argon2id$v=19$m=..,t=..,p=..$salt$output`, with salt \
                 and output in base64 without padding"
            }
            Self::Weak => {
                "the hash is weaker than OWASP's minimum: it needs at least `m=19456,t=2,p=1`, or \
                 m=47104 with t=1, m=12288 with t=3, m=9216 with t=4, m=7168 with t=5"
            }
            Self::Memory => "the hash needs more than 64 MiB to check: `m` must be at most 65536",
            Self::Passes => "the hash takes too long to check: `t` must be at most 10",
            Self::Lanes => "the hash has a `p` that is not from 1 to 4",
            Self::Salt => "the salt of the hash does not have from 8 to 64 bytes",
            Self::Output => "the hash does not end with from 16 to 64 bytes",
        })
    }
}

impl Hash {
    /// Reads a hash.
    ///
    /// # Errors
    /// [`HashError`].
    pub fn parse(text: &str) -> Result<Self, HashError> {
        let rest = text
            .strip_prefix("$argon2id$")
            .ok_or(HashError::OtherAlgorithm)?;
        let rest = rest.strip_prefix("v=19$").ok_or(HashError::OtherVersion)?;
        let mut parts = rest.split('$');
        let (Some(cost), Some(salt), Some(output), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(HashError::Malformed);
        };
        let bytes = |text: &str| {
            Base64Unpadded::decode_vec(text)
                .map(Secret::new)
                .map_err(|_| HashError::Malformed)
        };
        let (salt, output) = (bytes(salt)?, bytes(output)?);
        let cost = Cost::parse(cost)?;
        // Exposed for their lengths.
        if !(8..=64).contains(&salt.expose().len()) {
            return Err(HashError::Salt);
        }
        if !(16..=64).contains(&output.expose().len()) {
            return Err(HashError::Output);
        }
        Ok(Self { cost, salt, output })
    }

    /// What it takes to check a password against it.
    #[must_use]
    pub const fn cost(&self) -> Cost {
        self.cost
    }

    /// Whether `derived` was derived from the right password.
    #[must_use]
    pub fn is(&self, derived: &Secret<Vec<u8>>) -> bool {
        self.output == *derived
    }

    /// The bytes that only someone with the secret knows.
    #[must_use]
    pub(super) fn output(&self) -> &[u8] {
        // Exposed to the digest over all of them, which does not give them back.
        self.output.expose()
    }

    /// Derives the output for `password`, with this hash's salt and cost. The memory for it is allocated
    /// once, and wiped.
    #[must_use]
    pub fn derive(&self, password: &[u8]) -> Secret<Vec<u8>> {
        let (salt, length) = (self.salt.expose(), self.output.expose().len());
        derive(self.cost, salt, password, length)
    }

    /// The text of a new hash of `password`.
    #[must_use]
    pub fn write_new(password: &[u8], salt: &[u8; 16]) -> String {
        let output = derive(NEW, salt, password, NEW_OUTPUT);
        let Cost {
            memory,
            passes,
            lanes,
        } = NEW;
        format!(
            "$argon2id$v=19$m={memory},t={passes},p={lanes}${}${}",
            Base64Unpadded::encode_string(salt),
            // Exposed to the line that is kept in place of the password.
            Base64Unpadded::encode_string(output.expose()),
        )
    }
}

impl Cost {
    fn parse(text: &str) -> Result<Self, HashError> {
        let mut parts = text.split(',');
        let mut next = |name: &str| {
            let number = parts.next()?.strip_prefix(name)?.strip_prefix('=')?;
            let plain = !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
            number.parse::<u32>().ok().filter(|_| plain)
        };
        let (Some(memory), Some(passes), Some(lanes)) = (next("m"), next("t"), next("p")) else {
            return Err(HashError::Malformed);
        };
        if parts.next().is_some() {
            return Err(HashError::Malformed);
        }
        let is_enough = |least: &(u32, u32)| memory >= least.0 && passes >= least.1;
        if memory > MOST_MEMORY {
            return Err(HashError::Memory);
        }
        if passes > MOST_PASSES {
            return Err(HashError::Passes);
        }
        if lanes > MOST_LANES {
            return Err(HashError::Lanes);
        }
        if !MINIMA.iter().any(is_enough) {
            return Err(HashError::Weak);
        }
        Ok(Self {
            memory,
            passes,
            lanes,
        })
    }
}

fn derive(cost: Cost, salt: &[u8], password: &[u8], length: usize) -> Secret<Vec<u8>> {
    let params = Params::new(cost.memory, cost.passes, cost.lanes, None)
        .expect("a cost that was accepted is within Argon2's own bounds");
    let mut memory = vec![Block::new(); params.block_count()];
    let mut output = vec![0; length];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password, salt, &mut output, &mut memory)
        .expect("salt and output have lengths that Argon2 takes, and the memory is all of it");
    // With what is in there, passwords could be tried without the cost of the hash.
    for block in &mut memory {
        block.zeroize();
    }
    Secret::new(output)
}
