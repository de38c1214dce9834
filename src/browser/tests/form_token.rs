//! Form tokens.

use crate::browser::{BrowserId, FormUse, Purpose};
use crate::fixtures::key_ring;
use crate::time::Time;
use crate::token::{KeyRing, Unsealable};

fn at(seconds: u64) -> Time {
    Time::from_seconds(seconds)
}

fn ring(fill: u8) -> KeyRing {
    key_ring("https://a.example", &[(1, fill)])
}

fn browser(fill: u8) -> BrowserId {
    BrowserId::new([fill; 16])
}

fn token() -> String {
    FormUse::Logout.issue(&ring(9), &browser(1), "ann", at(1_000), [5; 24])
}

#[test]
fn form_token_format_unchanged() {
    assert_eq!(
        token(),
        "AQEFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQW_jtLD_cbgxg_Tdv018yzYcITnZ9p4R1A"
    );
}

#[test]
fn counts_for_its_form_browser_and_subject_only() {
    let check = |keys: &KeyRing, form: FormUse, browser: &BrowserId, subject| {
        form.check(keys, browser, subject, &token(), at(1_001))
    };
    let forged = Err(Unsealable::Forged);
    let (keys, own) = (ring(9), browser(1));
    assert_eq!(check(&keys, FormUse::Logout, &own, "ann"), Ok(()));
    assert_eq!(check(&ring(8), FormUse::Logout, &own, "ann"), forged);
    for form in [FormUse::Login, FormUse::Consent, FormUse::Sessions] {
        assert_eq!(check(&keys, form, &own, "ann"), forged);
    }
    assert_eq!(check(&keys, FormUse::Logout, &browser(2), "ann"), forged);
    for subject in ["", "bob", "ann ", "ann\0"] {
        assert_eq!(check(&keys, FormUse::Logout, &own, subject), forged);
    }
}

#[test]
fn a_form_stays_open_for_an_hour_and_no_longer() {
    let check = |now| FormUse::Logout.check(&ring(9), &browser(1), "ann", &token(), now);
    assert_eq!(check(Time::from_millis(4_599_999)), Ok(()));
    assert_eq!(check(at(4_600)), Err(Unsealable::Expired));
}

#[test]
fn another_note_is_not_a_form_token() {
    for text in ["", "A", "pst_st_A"] {
        let checked = FormUse::Login.check(&ring(9), &browser(1), "", text, at(1));
        assert_eq!(checked, Err(Unsealable::Malformed), "{text:?}");
    }
    let bound_to = "login\0AQEBAQEBAQEBAQEBAQEBAQ\0";
    let sealed_for = |purpose: Purpose| {
        let note = purpose.seal(&ring(9), bound_to, &[], at(9), [5; 24]);
        FormUse::Login.check(&ring(9), &browser(1), "", &note, at(1))
    };
    assert_eq!(sealed_for(Purpose::Form), Ok(()));
    assert_eq!(sealed_for(Purpose::Login), Err(Unsealable::Forged));
}

#[test]
fn a_browser_is_named_by_its_cookie() {
    let set = browser(7).set_cookie();
    assert!(set.starts_with("__Host-postern-browser=BwcHBwcHBwcHBwcHBwcHBw; Secure;"));
    let (pair, _) = set.split_once(';').unwrap();
    assert_eq!(BrowserId::read(pair), Some(browser(7)));
    assert_eq!(BrowserId::read(&format!("{pair}; {pair}")), None);
    for bad in [
        "",
        "BwcH",
        "BwcHBwcHBwcHBwcHBwcHBx",
        "BwcHBwcHBwcHBwcHBwcHBwc",
    ] {
        let header = format!("__Host-postern-browser={bad}");
        assert_eq!(BrowserId::read(&header), None, "{bad:?}");
    }
    assert_eq!(format!("{:?}", browser(7)), "BrowserId(..)");
}
