//! Which redirect URIs there are, and which requests they admit.

use crate::protocol::RedirectUri;
use crate::protocol::redirect_uri::RedirectUriError;

fn uri(text: &str) -> RedirectUri {
    text.parse().unwrap()
}

#[test]
fn good_and_bad_ones() {
    for good in [
        "https://app.example.com/callback",
        "https://app.example.com",
        "https://app.example.com:8443/cb?x=y",
        "http://localhost:3000/cb",
        "http://127.0.0.1/cb",
        "http://[::1]:5000/cb",
        "com.example.app:/callback",
    ] {
        assert_eq!(uri(good).as_str(), good);
    }
    for bad in [
        "",
        "https:",
        "https://",
        "/callback",
        "http://app.example.com/cb",
        "https://App.example.com/cb",
        "https://app.example.com/cb#x",
        "https://user@app.example.com/cb",
        "https://app.example.com/a b",
        "https://app.example.com/\\cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "myapp:/cb",
        "com.example.app:",
        "Com.Example:/cb",
    ] {
        assert_eq!(bad.parse::<RedirectUri>(), Err(RedirectUriError), "{bad}");
    }
    let long = format!("https://a.example/{}", "x".repeat(494));
    assert!(long.parse::<RedirectUri>().is_ok());
    assert!(format!("{long}x").parse::<RedirectUri>().is_err());
}

#[test]
fn they_are_compared_as_strings() {
    let registered = uri("https://app.example.com/cb");
    assert!(registered.admits("https://app.example.com/cb"));
    for other in [
        "https://app.example.com/cb/",
        "https://app.example.com/cb?x",
        "https://app.example.com:443/cb",
        "https://app.example.com/cb/../cb",
        "https://app.example.com/%63b",
        "https://APP.example.com/cb",
        "https://app.example.com.evil.example/cb",
        "http://app.example.com/cb",
    ] {
        assert!(!registered.admits(other), "{other}");
    }
}

#[test]
fn only_a_loopback_ip_literal_has_any_port() {
    for registered in ["http://127.0.0.1/cb", "http://127.0.0.1:8000/cb"] {
        assert!(uri(registered).admits("http://127.0.0.1:49152/cb"));
        assert!(uri(registered).admits("http://127.0.0.1/cb"));
    }
    assert!(uri("http://[::1]/cb").admits("http://[::1]:1/cb"));
    for other in [
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:+80/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:80@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1:80/cb2",
        "https://127.0.0.1:80/cb",
        "http://[::1]:80/cb",
    ] {
        assert!(!uri("http://127.0.0.1/cb").admits(other), "{other}");
    }
    assert!(!uri("http://localhost/cb").admits("http://localhost:80/cb"));
    assert!(!uri("https://a.example/cb").admits("https://a.example:80/cb"));
}
