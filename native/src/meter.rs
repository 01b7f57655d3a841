//! What is counted for usage plans: one word holds a period and a number. Pure but for the atomics.
//!
//! A period is named by the day on which it began, in days since 1970 (UTC); who asks knows today's. A word whose
//! period is over counts as nothing, so no one has to clear it.

use crate::sync::{AtomicU64, Ordering::Relaxed};

const NUMBER_BITS: u32 = 44;
const NUMBER_MASK: u64 = (1 << NUMBER_BITS) - 1;
/// Numbers may be negative: more may be left of a quota than its limit.
const BIAS: i64 = 1 << (NUMBER_BITS - 1);

/// The last day that a word can name; the year 4840.
pub const PERIOD_MAX: u64 = (1 << (64 - NUMBER_BITS)) - 1;

/// How many days a word may be ahead before a clock must have been wrong when it was written: a period's length.
const AHEAD_MAX: u64 = 31;

/// Words of one meter: a quota uses the first, a usage meter one for each of the last eight days.
pub const CELLS: usize = 8;
#[repr(C, align(64))]
#[derive(Default)]
pub struct Cells(pub [AtomicU64; CELLS]);

/// One quota as a decision sees it.
#[derive(Clone, Copy)]
pub struct Quota<'a> {
    pub word: &'a AtomicU64,
    pub limit: i64,
    /// The day on which the present period began.
    pub period: u64,
}

impl Quota<'_> {
    /// Whether a request is left now; brings a word from a clock that was wrong back into the present period.
    pub fn admits(&self) -> bool {
        let word = self.word.load(Relaxed);
        let (period, number) = spent(word, self.period);
        if unpack(word).0 > period {
            // When this fails another thread has done it.
            let _ = self.word.compare_exchange(word, pack(period, number), Relaxed, Relaxed);
        }
        number < self.limit
    }

    /// Spends one, or returns false when none is left.
    pub fn take_one(&self) -> bool {
        let mut word = self.word.load(Relaxed);
        loop {
            let (period, number) = spent(word, self.period);
            if number >= self.limit {
                return false;
            }
            match self.word.compare_exchange_weak(word, pack(period, number + 1), Relaxed, Relaxed) {
                Ok(_) => return true,
                Err(current) => word = current,
            }
        }
    }
}

/// The period that a word counts for, seen in `now`, and what it has spent. A request that comes late, in a period that
/// others have left, counts in theirs.
fn spent(word: u64, now: u64) -> (u64, i64) {
    let (period, number) = unpack(word);
    if period < now {
        (now, 0)
    } else if period > now + AHEAD_MAX {
        (now, number)
    } else {
        (period, number)
    }
}

/// Counts one request on a day.
pub fn count(cells: &Cells, day: u64) {
    let Some(cell) = cells.0.get(day as usize % CELLS) else { return };
    let mut word = cell.load(Relaxed);
    loop {
        let (of, number) = unpack(word);
        // Another day in this cell is at least eight days away: over, or from a clock that was wrong.
        let next = if of == day { pack(day, number + 1) } else { pack(day, 1) };
        match cell.compare_exchange_weak(word, next, Relaxed, Relaxed) {
            Ok(_) => return,
            Err(current) => word = current,
        }
    }
}

/// A word's period and number; both 0 in a word that was never written.
pub fn unpack(word: u64) -> (u64, i64) {
    if word == 0 { (0, 0) } else { (word >> NUMBER_BITS, (word & NUMBER_MASK) as i64 - BIAS) }
}

pub fn pack(period: u64, number: i64) -> u64 {
    period.min(PERIOD_MAX) << NUMBER_BITS | (number.clamp(-BIAS, BIAS - 1) + BIAS) as u64
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use super::*;

    const TODAY: u64 = 20_778;

    fn quota(word: &AtomicU64, limit: i64, period: u64) -> Quota<'_> {
        Quota { word, limit, period }
    }

    /// Spends all there is, and counts.
    fn drain(word: &AtomicU64, limit: i64, period: u64) -> u64 {
        let mut admitted = 0;
        while quota(word, limit, period).take_one() {
            admitted += 1;
        }
        admitted
    }

    #[test]
    fn a_quota_is_spent_once_in_each_period() {
        let word = AtomicU64::new(0);
        assert_eq!([0, 0, 1, 7].map(|days| drain(&word, 5, TODAY + days)), [5, 0, 5, 5]);
        assert!(!quota(&word, 5, TODAY + 7).admits());
    }

    #[test]
    fn a_request_of_the_period_before_counts_in_the_present_one() {
        let word = AtomicU64::new(0);
        assert!(quota(&word, 2, TODAY).take_one());
        assert!(quota(&word, 2, TODAY - 1).take_one());
        assert!(!quota(&word, 2, TODAY).admits());
    }

    #[test]
    fn a_period_that_no_clock_can_have_seen_gives_way_and_what_was_spent_stays() {
        let word = AtomicU64::new(pack(TODAY + 40_000, 3));
        assert_eq!([drain(&word, 5, TODAY), drain(&word, 5, TODAY + 1)], [2, 5]);
        let broken = AtomicU64::new(u64::MAX);
        assert!(!quota(&broken, 5, TODAY).admits());
        assert_eq!([drain(&broken, 5, TODAY), drain(&broken, 5, TODAY + 1)], [0, 5]);
    }

    #[test]
    fn less_than_nothing_spent_leaves_more_than_the_limit() {
        let word = AtomicU64::new(pack(TODAY, -3));
        assert_eq!(drain(&word, 5, TODAY), 8);
    }

    #[test]
    fn a_word_keeps_what_it_is_given() {
        for (period, number) in [(1, 0), (TODAY, -7), (PERIOD_MAX, BIAS - 1), (TODAY, -BIAS)] {
            assert_eq!(unpack(pack(period, number)), (period, number));
        }
        assert_eq!(unpack(0), (0, 0));
        assert_eq!(unpack(pack(u64::MAX, i64::MAX)), (PERIOD_MAX, BIAS - 1));
    }

    #[test]
    fn eight_days_are_kept_and_the_ninth_takes_the_place_of_the_first() {
        let cells = Cells::default();
        for day in 0..9 {
            (0..=day).for_each(|_| count(&cells, TODAY + day));
        }
        let mut kept: Vec<_> = cells.0.iter().map(|cell| unpack(cell.load(Relaxed))).collect();
        kept.sort_unstable();
        assert_eq!(kept, (1..9).map(|day| (TODAY + day, day as i64 + 1)).collect::<Vec<_>>());
        count(&cells, TODAY + 7);
        assert!(cells.0.iter().any(|cell| unpack(cell.load(Relaxed)) == (TODAY + 7, 9)));
    }

    #[test]
    fn threads_spend_a_quota_exactly() {
        let limit = if cfg!(miri) { 40 } else { 30_000 };
        let (word, cells) = (AtomicU64::new(0), Cells::default());
        let admitted: i64 = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..3)
                .map(|thread| {
                    let (word, cells) = (&word, &cells);
                    scope.spawn(move || {
                        let mut admitted = 0;
                        // One of them is late.
                        let quota = quota(word, limit, TODAY - u64::from(thread == 2));
                        while quota.take_one() {
                            count(cells, TODAY);
                            admitted += 1;
                        }
                        admitted
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        // A late one may spend in its own period until the first in time writes.
        assert!(admitted >= limit && unpack(word.load(Relaxed)) == (TODAY, limit), "{admitted}");
        assert!(cells.0.iter().any(|cell| unpack(cell.load(Relaxed)) == (TODAY, admitted)));
    }
}
