//! Moments, as people read them: `24 Nov 2026, 13:45 UTC`.

use maud::{Markup, html};

use crate::time::Time;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A moment on the calendar, in UTC, to the minute.
struct Moment {
    year: u64,
    /// From 0.
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
}

impl Moment {
    /// The Gregorian calendar, counted in years that begin in March, so that the leap day is the last
    /// of its year: 146,097 days are 400 years, and 153 days are five months.
    fn of(time: Time) -> Self {
        let minutes = time.seconds() / 60;
        // Days since 1 March of the year 0.
        let days = minutes / (24 * 60) + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let month = (march_month + 2) % 12;
        Self {
            year: era * 400 + year_of_era + u64::from(month < 2),
            month,
            day: day_of_year - (153 * march_month + 2) / 5 + 1,
            hour: minutes / 60 % 24,
            minute: minutes % 60,
        }
    }
}

/// A `time` element.
pub(super) fn when(time: Time) -> Markup {
    let moment = Moment::of(time);
    html! { time datetime=(machine(&moment)) { (text(&moment)) } }
}

fn text(moment: &Moment) -> String {
    let month = usize::try_from(moment.month).map_or("", |month| MONTHS[month]);
    format!(
        "{} {month} {}, {:02}:{:02} UTC",
        moment.day, moment.year, moment.hour, moment.minute
    )
}

fn machine(moment: &Moment) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}Z",
        moment.year,
        moment.month + 1,
        moment.day,
        moment.hour,
        moment.minute
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_on_the_calendar() {
        for (seconds, for_people, for_machines) in [
            (0, "1 Jan 1970, 00:00 UTC", "1970-01-01T00:00Z"),
            (951_782_399, "28 Feb 2000, 23:59 UTC", "2000-02-28T23:59Z"),
            (951_782_400, "29 Feb 2000, 00:00 UTC", "2000-02-29T00:00Z"),
            (951_868_800, "1 Mar 2000, 00:00 UTC", "2000-03-01T00:00Z"),
            (1_735_689_599, "31 Dec 2024, 23:59 UTC", "2024-12-31T23:59Z"),
            (1_735_689_600, "1 Jan 2025, 00:00 UTC", "2025-01-01T00:00Z"),
            (1_795_527_959, "24 Nov 2026, 13:45 UTC", "2026-11-24T13:45Z"),
            (4_107_542_400, "1 Mar 2100, 00:00 UTC", "2100-03-01T00:00Z"),
            (4_107_542_399, "28 Feb 2100, 23:59 UTC", "2100-02-28T23:59Z"),
        ] {
            let moment = Moment::of(Time::from_seconds(seconds));
            assert_eq!(text(&moment), for_people);
            assert_eq!(machine(&moment), for_machines);
        }
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let day = |at: u64| Moment::of(Time::from_seconds(at * 86_400));
        let mut before = day(0);
        for at in 1..146_097 {
            let today = day(at);
            let next_day =
                (today.year, today.month, today.day) == (before.year, before.month, before.day + 1);
            let next_month = today.day == 1
                && before.day >= 28
                && today.year * 12 + today.month == before.year * 12 + before.month + 1;
            assert!(next_day || next_month, "day {at}");
            before = today;
        }
        assert_eq!((before.year, before.month, before.day), (2369, 11, 31));
        // The end of time does not panic.
        let _ = text(&Moment::of(Time::from_millis(u64::MAX)));
    }
}
