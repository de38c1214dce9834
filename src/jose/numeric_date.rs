//! Reading a time in a token: a `NumericDate` (RFC 7519 section 2), which may have a fraction.
//!
//! ```text
//! number = [ "-" ] digits [ "." digits ] [ ("e" / "E") [ "+" / "-" ] digits ]    ; RFC 8259 section 6
//! ```
//! Numbers are kept as they were written. So a time is read from its text, exactly, and no reader of floating-point
//! numbers is needed. What is smaller than a millisecond is dropped. A time before 1970 counts as 1970: some providers
//! write the earliest time that they know where they have none. Both make a token older, never younger.

use serde_json::Number;

use crate::time::Time;

/// How many decimal digits fit into the largest time.
const DIGITS: i64 = 20;

/// The time that `number` names.
pub fn read(number: &Number) -> Time {
    Time::from_millis(millis(number.as_str()))
}

fn millis(text: &str) -> u64 {
    if text.starts_with('-') {
        return 0;
    }
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_zero = digits.bytes().all(|b| b == b'0' || b == b'.');
    // An exponent that fits into no number makes it larger, or smaller, than any time.
    let is_smaller = exponent.starts_with('-');
    let power = exponent
        .bytes()
        .filter(u8::is_ascii_digit)
        .fold(0_i64, |sum, digit| {
            sum.saturating_mul(10)
                .saturating_add(i64::from(digit - b'0'))
        });
    let exponent = if is_smaller { -power } else { power };
    let length = i64::try_from(whole.len()).unwrap_or(i64::MAX);
    let digits = whole.bytes().chain(fraction.bytes());
    // How many digits stand before the point, once the seconds are milliseconds.
    let before = length.saturating_add(3).saturating_add(exponent);
    if is_zero || before <= 0 {
        return 0;
    }
    let zeros = digits.clone().take_while(|b| *b == b'0').count();
    let zeros = i64::try_from(zeros).unwrap_or(i64::MAX);
    if before.saturating_sub(zeros) > DIGITS {
        return u64::MAX;
    }
    // So many that are not zero are left: few.
    let count = usize::try_from(before).unwrap_or(usize::MAX);
    let digits = digits.chain(std::iter::repeat(b'0')).take(count);
    digits.fold(0_u64, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_way_to_write_a_number() {
        for (text, expected) in [
            ("0", 0),
            ("1", 1_000),
            ("1.5", 1_500),
            ("1.9999", 1_999),
            ("0.001", 1),
            ("0.0009", 0),
            ("1e3", 1_000_000),
            ("1E+3", 1_000_000),
            ("1500e-3", 1_500),
            ("1.795692486e9", 1_795_692_486_000),
            ("0.0000000000000000000000000000001e34", 1_000_000),
            ("18446744073709551.615", u64::MAX),
            ("18446744073709551.616", u64::MAX),
            ("99999999999999999999999999", u64::MAX),
            ("1e400", u64::MAX),
            ("1e9223372036854775808", u64::MAX),
            ("1e-9223372036854775809", 0),
            ("0e9223372036854775808", 0),
            ("0.0", 0),
            ("-0", 0),
            ("-1.5e10", 0),
        ] {
            let number: Number = serde_json::from_str(text).unwrap();
            assert_eq!(read(&number).millis(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_number_is_read_exactly(seconds in 0_u64..1 << 50, thousandths in 0_u64..1_000, move_by in 0_usize..30) {
            let plain = format!("{seconds}.{thousandths:03}");
            let expected = seconds * 1_000 + thousandths;
            prop_assert_eq!(millis(&plain), expected);
            let digits = format!("{seconds}{thousandths:03}");
            let later = format!("{digits}{}e-{}", "0".repeat(move_by), move_by + 3);
            prop_assert_eq!(millis(&later), expected);
            let earlier = format!("0.{}{digits}e{}", "0".repeat(move_by), move_by + digits.len() - 3);
            prop_assert_eq!(millis(&earlier), expected);
        }

        #[test]
        fn no_number_panics(text in "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,25})?") {
            let number: Number = serde_json::from_str(&text).unwrap();
            read(&number);
        }
    }
}
