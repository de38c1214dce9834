//! Private keys as files have them. The keys are made for this test.

use base64ct::{Base64, Encoding};

use crate::protocol::PrivateKey;
use crate::protocol::private_key::{KeyKind, PrivateKeyError};

/// `openssl genrsa -traditional 512`.
const RSA_PKCS1: &str = "MIIBPAIBAAJBANCFnHJHCdmuU2zkQG7skPX/ufQhk6diXq9iraqCedq2yuEz7/pxT6HNocOO3b49zOhK0IhgPyOdHgedFkRrDcMCAwEAAQJBALgtq5eMg3jP70P4/6h6Lzf5XifyGFb6HiPPhxFaGYNB405X4sM9zcRAowulRXLyQrtXFiZeAjHcDtYQqW59nkECIQD93rUR7wYYtZJtgLH1PnW2N54bboxfUI1KK+lj2TU28QIhANJFf/NNjNaytewhEuAYcDBQ1xX//aNFuhcWmlKs/FfzAiEA3P9xiwITwZDWvmKJCF/uIsj55xFuO08pIAdn7dbZH1ECIQCUvkU8v2cZmWHHn73SeHckNotwLJ4nmXOCUaLpSSVYsQIgdFVROrYw9PZoqZks04kIaNY+Is571YXdBgUbPuP/2yo=";
/// The same, `openssl pkcs8 -topk8 -nocrypt`.
const RSA_PKCS8: &str = "MIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEA0IWcckcJ2a5TbORAbuyQ9f+59CGTp2Jer2KtqoJ52rbK4TPv+nFPoc2hw47dvj3M6ErQiGA/I50eB50WRGsNwwIDAQABAkEAuC2rl4yDeM/vQ/j/qHovN/leJ/IYVvoeI8+HEVoZg0HjTlfiwz3NxECjC6VFcvJCu1cWJl4CMdwO1hCpbn2eQQIhAP3etRHvBhi1km2AsfU+dbY3nhtujF9QjUor6WPZNTbxAiEA0kV/802M1rK17CES4BhwMFDXFf/9o0W6FxaaUqz8V/MCIQDc/3GLAhPBkNa+YokIX+4iyPnnEW47TykgB2ft1tkfUQIhAJS+RTy/ZxmZYcefvdJ4dyQ2i3AsnieZc4JRoulJJVixAiB0VVE6tjD09mipmSzTiQho1j4iznvVhd0GBRs+4//bKg==";
/// `openssl ecparam -name prime256v1 -genkey`, `openssl pkcs8 -topk8 -nocrypt`.
const P256: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglL76mcGZ3XFvieg8HZ6VPQGPe5up35tV/tfJvuBMYvShRANCAAQAtOiS1UcgYn1d9yYw16ho2le4pnoMucZYpeiDGsngvK71UszdOu4uilGAip5w+SbozmXWHd7G/2rTSZpDkh5N";
/// The same for secp384r1.
const P384: &str = "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCR0xLX+RTS1x5rc/LaLgoKJaQANc1WwBaHEY5rZdIBywY22/gyCtlnb/xFihatPUahZANiAAQ3rhxeseoerdDbeOtrPvdCLpbaEnXcp9XrNkmBDReItNZh26GT50oIXb2HJ8J1CJIGJ0LeIZwa/Ua48nAGZgdpo5+gM9h3/vMMZmd3kOY1nZUxX6tTHY29uR4Z87KdSbo=";

fn pem(label: &str, body: &str) -> String {
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let lines = lines.join("\n");
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}

fn der(body: &str) -> Vec<u8> {
    Base64::decode_vec(body).unwrap()
}

#[test]
fn what_openssl_makes_of_pkcs1_is_what_comes_out() {
    let key = PrivateKey::parse(&pem("RSA PRIVATE KEY", RSA_PKCS1)).unwrap();
    assert_eq!(key.kind, KeyKind::Rsa);
    assert_eq!(*key.pkcs8.expose(), der(RSA_PKCS8));
    assert_eq!((key.key_id, key.client_id), (None, None));
}

#[test]
fn pkcs8_stays_as_it_is() {
    for (body, kind) in [(RSA_PKCS8, KeyKind::Rsa), (P256, KeyKind::P256)] {
        let text = pem("PRIVATE KEY", body);
        for text in [
            text.clone(),
            text.replace('\n', "\r\n"),
            // As somebody writes it into a file of variables.
            text.trim_end().replace('\n', "\\n"),
        ] {
            let key = PrivateKey::parse(&text).unwrap();
            assert_eq!(key.kind, kind, "{text}");
            assert_eq!(*key.pkcs8.expose(), der(body), "{text}");
        }
    }
}

#[test]
fn a_key_file_names_its_key_and_whose_it_is() {
    let file = |more: &str| {
        let key = pem("RSA PRIVATE KEY", RSA_PKCS1).replace('\n', "\\n");
        format!(r#"{{"type":"application","keyId":"81693565968962154","key":"{key}"{more}}}"#)
    };
    let key = PrivateKey::parse(&file(r#","appId":"1","clientId":"78366401571647008@acme""#));
    let key = key.unwrap();
    assert_eq!(key.key_id.as_deref(), Some("81693565968962154"));
    assert_eq!(key.client_id.as_deref(), Some("78366401571647008@acme"));
    assert_eq!(*key.pkcs8.expose(), der(RSA_PKCS8));
    let key = PrivateKey::parse(&file(r#","userId":"77""#)).unwrap();
    assert_eq!(key.client_id.as_deref(), Some("77"));
    let key = PrivateKey::parse(&file(r#","clientId":"""#)).unwrap();
    assert_eq!(key.client_id, None);
}

#[test]
fn what_is_no_key_that_can_be_used() {
    let cut = &RSA_PKCS8[..RSA_PKCS8.len() - 8];
    let more = Base64::encode_string(&[der(RSA_PKCS8), vec![0]].concat());
    for (text, error) in [
        (String::new(), PrivateKeyError::Form),
        ("secret".to_owned(), PrivateKeyError::Form),
        ("{".to_owned(), PrivateKeyError::Form),
        ("{}".to_owned(), PrivateKeyError::NoKey),
        (r#"{"key":1}"#.to_owned(), PrivateKeyError::NoKey),
        (r#"{"key":"x"}"#.to_owned(), PrivateKeyError::Form),
        (pem("EC PRIVATE KEY", P256), PrivateKeyError::Sec1),
        (
            pem("ENCRYPTED PRIVATE KEY", P256),
            PrivateKeyError::Encrypted,
        ),
        (
            pem("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED"),
            PrivateKeyError::Encrypted,
        ),
        (pem("PUBLIC KEY", P256), PrivateKeyError::Public),
        (pem("CERTIFICATE", P256), PrivateKeyError::Public),
        (pem("OPENSSH PRIVATE KEY", P256), PrivateKeyError::Form),
        (pem("PRIVATE KEY", P384), PrivateKeyError::Kind),
        (pem("PRIVATE KEY", cut), PrivateKeyError::Body),
        (pem("PRIVATE KEY", &more), PrivateKeyError::Body),
        (pem("PRIVATE KEY", ""), PrivateKeyError::Body),
        (pem("PRIVATE KEY", "!!!!"), PrivateKeyError::Body),
        (pem("PRIVATE KEY", "MIL/////"), PrivateKeyError::Body),
        (pem("PRIVATE KEY", RSA_PKCS1), PrivateKeyError::Kind),
        (pem("RSA PRIVATE KEY", "MAA="), PrivateKeyError::Body),
        (
            pem("PRIVATE KEY", P256).replace("-----END PRIVATE KEY-----", ""),
            PrivateKeyError::Body,
        ),
    ] {
        assert_eq!(PrivateKey::parse(&text).err(), Some(error), "{text}");
    }
}

#[test]
fn no_part_of_it_is_printed() {
    let key = PrivateKey::parse(&pem("PRIVATE KEY", P256)).unwrap();
    assert!(format!("{key:?}").contains("pkcs8: Secret(..)"));
}
