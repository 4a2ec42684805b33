//! Windows of the calendar, in UTC.

use haleway_blueprint::Window;

const DAY_S: u64 = 86_400;

/// A moment, ready to be asked for the windows that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    unix_s: u64,
    year: u64,
    /// From 1.
    month: u64,
}

impl Moment {
    /// The moment of a time in seconds since 1970.
    pub(super) fn new(unix_s: u64) -> Self {
        let (year, month) = year_and_month(unix_s / DAY_S);
        Self {
            unix_s,
            year,
            month,
        }
    }

    /// The number of the window that it is in; the next window has the next number.
    pub(super) fn number(self, window: Window) -> u64 {
        match window {
            Window::Second => self.unix_s,
            Window::Minute => self.unix_s / 60,
            Window::Hour => self.unix_s / 3_600,
            Window::Day => self.unix_s / DAY_S,
            Window::Month => self.year * 12 + self.month - 1,
            Window::Year => self.year,
        }
    }

    /// Seconds since the window began.
    pub(super) fn elapsed_s(self, window: Window) -> u64 {
        let began_s = match window {
            Window::Second => self.unix_s,
            Window::Minute => self.unix_s - self.unix_s % 60,
            Window::Hour => self.unix_s - self.unix_s % 3_600,
            Window::Day => self.unix_s - self.unix_s % DAY_S,
            Window::Month => first_day(self.year, self.month) * DAY_S,
            Window::Year => first_day(self.year, 1) * DAY_S,
        };
        self.unix_s.saturating_sub(began_s)
    }

    /// Seconds until clients are told that the window ends; at least 1.
    pub(super) fn left_s(self, window: Window) -> u64 {
        let left_s = window.nominal_s().saturating_sub(self.elapsed_s(window));
        left_s.max(1)
    }
}

/// Days from the first of March of the year 0 to 1970.
const EPOCH_DAYS: u64 = 719_468;
/// Days of 400 years.
const ERA_DAYS: u64 = 146_097;

/// Year and month of a day since 1970. Years begin in March here, so that leap days come last
/// (after Howard Hinnant's calendar algorithms).
fn year_and_month(unix_days: u64) -> (u64, u64) {
    let days = unix_days + EPOCH_DAYS;
    let (era, day) = (days / ERA_DAYS, days % ERA_DAYS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (era * 400 + year + u64::from(month <= 2), month)
}

/// Days from 1970 to the first day of a month.
fn first_day(year: u64, month: u64) -> u64 {
    let year = year - u64::from(month <= 2);
    let (era, year) = (year / 400, year % 400);
    let from_march = (month + 9) % 12;
    let day = year * 365 + year / 4 - year / 100 + (153 * from_march + 2) / 5;
    (era * ERA_DAYS + day).saturating_sub(EPOCH_DAYS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn windows_begin_where_the_calendar_says() {
        // 2024-02-29T23:59:58Z, a leap day.
        let moment = Moment::new(1_709_251_198);
        let table = [
            (Window::Second, 1_709_251_198, 0, 1),
            (Window::Minute, 28_487_519, 58, 2),
            (Window::Hour, 474_791, 3_598, 2),
            (Window::Day, 19_782, 86_398, 2),
            (Window::Month, 2024 * 12 + 1, 29 * 86_400 - 2, 86_402),
            (Window::Year, 2024, 60 * 86_400 - 2, 305 * 86_400 + 2),
        ];
        for (window, number, elapsed_s, left_s) in table {
            assert_eq!(moment.number(window), number, "{window:?}");
            assert_eq!(moment.elapsed_s(window), elapsed_s, "{window:?}");
            assert_eq!(moment.left_s(window), left_s, "{window:?}");
        }
    }

    #[test]
    fn the_thirty_first_day_is_told_as_one_second() {
        // 2024-01-31T12:00:00Z
        assert_eq!(Moment::new(1_706_702_400).left_s(Window::Month), 1);
        assert_eq!(Moment::new(0).elapsed_s(Window::Year), 0);
    }

    proptest! {
        #[test]
        fn a_window_is_as_old_as_its_number_says(unix_s in 0_u64..10_000_000_000) {
            let moment = Moment::new(unix_s);
            for window in Window::ALL {
                let elapsed_s = moment.elapsed_s(window);
                let began = Moment::new(unix_s - elapsed_s);
                prop_assert_eq!(began.number(window), moment.number(window));
                prop_assert_eq!(began.elapsed_s(window), 0);
                if unix_s > elapsed_s {
                    let before = Moment::new(unix_s - elapsed_s - 1);
                    prop_assert_eq!(before.number(window) + 1, moment.number(window));
                }
            }
        }
    }
}
