//! Order: lists that are sorted, and numbered texts of which one is found without a look at all.
//!
//! The library's sort takes three kilobytes of the Worker for each type, and its maps more. This is heap sort.

/// Puts `items` into the order that `is_before` says. Items that are equal in it come in any order.
pub fn sort<T>(items: &mut [T], is_before: impl Fn(&T, &T) -> bool) {
    let all = items.len();
    // First the heap is made, its parents one by one from the last; then its greatest goes behind it each time.
    for step in (0..all + all / 2).rev() {
        let (mut at, end) = match step.checked_sub(all) {
            Some(parent) => (parent, all),
            None => (0, step),
        };
        if end < all {
            items.swap(0, end);
        }
        loop {
            let mut child = 2 * at + 1;
            if child + 1 < end && is_before(&items[child], &items[child + 1]) {
                child += 1;
            }
            if child >= end || !is_before(&items[at], &items[child]) {
                break;
            }
            items.swap(at, child);
            at = child;
        }
    }
}

/// Texts, sorted; those that are equal by their numbers.
#[derive(Clone, Debug, Default)]
pub struct Sorted<'a>(Vec<(&'a str, u32)>);

impl<'a> Sorted<'a> {
    /// These.
    #[must_use]
    pub fn new(mut texts: Vec<(&'a str, u32)>) -> Self {
        sort(&mut texts, |one, other| one < other);
        Self(texts)
    }

    /// All, in order.
    #[must_use]
    pub fn all(&self) -> &[(&'a str, u32)] {
        &self.0
    }

    /// All that are equal to `text`.
    #[must_use]
    pub fn of(&self, text: &str) -> &[(&'a str, u32)] {
        let from = self.0.partition_point(|(other, _)| *other < text);
        let rest = &self.0[from..];
        let equal = rest.partition_point(|(other, _)| *other == text);
        &rest[..equal]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sorts_and_finds_as_the_library_does(texts in prop::collection::vec("[a-c]{0,2}", 0..40), wanted in "[a-c]{0,2}") {
            let numbered: Vec<(&str, u32)> = texts.iter().map(String::as_str).zip(0..).collect();
            let sorted = Sorted::new(numbered.clone());
            let mut expected = numbered;
            expected.sort_unstable();
            prop_assert_eq!(sorted.all(), &expected);
            expected.retain(|(text, _)| *text == wanted);
            prop_assert_eq!(sorted.of(&wanted), &expected);
        }
    }
}
