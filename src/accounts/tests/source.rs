//! Which addresses are one source.

use crate::accounts::Source;

fn source(address: &str) -> Source {
    Source::of(Some(address))
}

#[test]
fn an_ipv4_address_counts_whole() {
    assert_eq!(source("192.0.2.1"), Source::V4([192, 0, 2, 1]));
    assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
    for same in ["::ffff:192.0.2.1", "::FFFF:c000:201", " 192.0.2.1 "] {
        assert_eq!(source(same), source("192.0.2.1"), "{same}");
    }
}

#[test]
fn an_ipv6_address_counts_by_its_first_64_bits() {
    let own = Source::V6([0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2]);
    for same in [
        "2001:db8:1:2::",
        "2001:db8:1:2::1",
        "2001:DB8:1:2:ffff:ffff:ffff:ffff",
        "2001:0db8:0001:0002:0:0:192.0.2.1",
    ] {
        assert_eq!(source(same), own, "{same}");
    }
    for other in ["2001:db8:1:3::1", "2001:db8:0:2::1", "::1", "2001:db8:1:2"] {
        assert_ne!(source(other), own, "{other}");
    }
}

#[test]
fn what_is_no_address_is_one_source() {
    for strange in [
        "",
        "localhost",
        "192.0.2",
        "192.0.2.1, 192.0.2.2",
        "192.0.2.1:80",
        "[::1]",
        "\0",
    ] {
        assert_eq!(source(strange), Source::Unknown, "{strange:?}");
    }
    assert_eq!(Source::of(None), Source::Unknown);
    // And nobody else's bytes.
    let bytes = ["192.0.2.1", "2001:db8::1", ""].map(|text| source(text).to_bytes().len());
    assert_eq!(bytes, [4, 8, 0]);
}
