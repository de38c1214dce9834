//! How long an answer of another server may be kept (RFC 9111).

/// `max-age` of a `Cache-Control` value in seconds (section 5.2.2.1): zero where the answer must not be kept,
/// `None` where the value says nothing about it.
#[must_use]
pub fn max_age(cache_control: &str) -> Option<u64> {
    let mut directives = cache_control.split(',').map(str::trim_ascii);
    if directives
        .clone()
        .any(|d| d.eq_ignore_ascii_case("no-store") || d.eq_ignore_ascii_case("no-cache"))
    {
        return Some(0);
    }
    directives.find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        name.eq_ignore_ascii_case("max-age")
            .then(|| value.trim_matches('"').parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn max_age_is_read_wherever_it_stands() {
        for (value, expected) in [
            ("max-age=60", Some(60)),
            ("public, MAX-AGE=60, must-revalidate", Some(60)),
            ("max-age=\"60\"", Some(60)),
            ("max-age=0", Some(0)),
            ("s-maxage=60", None),
            ("public", None),
            ("", None),
        ] {
            assert_eq!(max_age(value), expected, "{value}");
        }
    }

    #[test]
    fn what_must_not_be_kept_has_no_age() {
        for value in ["no-store", "max-age=60, No-Store", "no-cache, max-age=60"] {
            assert_eq!(max_age(value), Some(0), "{value}");
        }
    }

    #[test]
    fn what_is_not_a_number_of_seconds_says_nothing() {
        for value in ["max-age", "max-age=", "max-age=soon", "max-age=-1"] {
            assert_eq!(max_age(value), None, "{value}");
        }
    }
}
