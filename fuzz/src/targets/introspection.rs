//! What it takes to ask another issuer about its tokens: the key of a client, and JSON of which each reader reads the same.

use postern::protocol::private_key::KeyKind;
use postern::protocol::{PrivateKey, json};

use crate::Outcome;
use crate::input::text;

const P256: &str = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglL76mcGZ3XFvieg8\nHZ6VPQGPe5up35tV/tfJvuBMYvShRANCAAQAtOiS1UcgYn1d9yYw16ho2le4pnoM\nucZYpeiDGsngvK71UszdOu4uilGAip5w+SbozmXWHd7G/2rTSZpDkh5N\n-----END PRIVATE KEY-----";
const RSA: &str = "-----BEGIN RSA PRIVATE KEY-----\nMIIBPAIBAAJBANCFnHJHCdmuU2zkQG7skPX/ufQhk6diXq9iraqCedq2yuEz7/px\nT6HNocOO3b49zOhK0IhgPyOdHgedFkRrDcMCAwEAAQJBALgtq5eMg3jP70P4/6h6\nLzf5XifyGFb6HiPPhxFaGYNB405X4sM9zcRAowulRXLyQrtXFiZeAjHcDtYQqW59\nnkECIQD93rUR7wYYtZJtgLH1PnW2N54bboxfUI1KK+lj2TU28QIhANJFf/NNjNay\ntewhEuAYcDBQ1xX//aNFuhcWmlKs/FfzAiEA3P9xiwITwZDWvmKJCF/uIsj55xFu\nO08pIAdn7dbZH1ECIQCUvkU8v2cZmWHHn73SeHckNotwLJ4nmXOCUaLpSSVYsQIg\ndFVROrYw9PZoqZks04kIaNY+Is571YXdBgUbPuP/2yo=\n-----END RSA PRIVATE KEY-----";

/// A key that is taken is one of PKCS#8, of the kind that is said.
pub fn private_key(bytes: &[u8]) -> Outcome {
    let Ok(key) = PrivateKey::parse(&text(bytes)) else {
        return Outcome::Refused;
    };
    let der = key.pkcs8.expose();
    assert_eq!(der[0], 0x30, "it is no sequence");
    let object: &[u8] = match key.kind {
        KeyKind::Rsa => &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01],
        KeyKind::P256 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01],
    };
    assert!(der.windows(object.len()).any(|part| part == object));
    assert!(format!("{key:?}").contains("Secret(..)"), "it is printed");
    Outcome::Accepted
}

pub fn private_key_seeds() -> Vec<Vec<u8>> {
    let file = format!(
        r#"{{"keyId":"1","key":"{}","clientId":"x"}}"#,
        RSA.replace('\n', "\\n")
    );
    [P256, RSA, &file]
        .map(|seed| seed.as_bytes().to_vec())
        .to_vec()
}

/// What is taken has each member once; and written anew, everything that can be read has.
pub fn unique(bytes: &[u8]) -> Outcome {
    let Some(value) = json::read(bytes) else {
        assert_eq!(json::read_unique(bytes), None);
        return Outcome::Refused;
    };
    let again = json::write(&value);
    assert!(json::read_unique(again.as_bytes()).is_some(), "{again}");
    match json::read_unique(bytes) {
        Some(same) => {
            assert_eq!(same, value);
            Outcome::Accepted
        }
        None => Outcome::Refused,
    }
}

pub fn unique_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        r#"{"active":true,"aud":["a","b"],"x":{"active":{"active":1}},"y":"{\"active\":1}"}"#,
        r#"{"active":false,"active":true}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"[{"a":1},{"a":1,"b":[{"c":1,"c":2}]}]"#,
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).to_vec()
}
