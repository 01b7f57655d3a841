//! Decisions over several buckets, one atomic word each, taken together or not at all; no locks.
//!
//! Every ordering here is `Relaxed`: a word carries all there is to know about its bucket, and nothing else is
//! read on the strength of it, so only the order of changes to each single word matters, and that every ordering
//! gives.

use crate::gcra::{self, Limit, Verdict};
use crate::meter::Quota;
use crate::sync::{AtomicU64, Ordering::Relaxed};

/// The most buckets that one decision may ask: account, stage, method, key.
pub const LEVELS: usize = 4;

/// One bucket as a decision sees it.
#[derive(Clone, Copy)]
pub struct Bucket<'a> {
    pub word: &'a AtomicU64,
    pub limit: Limit,
}

/// What [`take_counted`] answers when the quota refuses.
pub const QUOTA_REFUSED: i32 = LEVELS as i32 + 1;
/// The buckets that are looked at before the quota: a usage plan's. The others are the stage's and the account's.
const LEVELS_BEFORE_QUOTA: usize = 2;

/// Takes one token from each bucket, or none from any.
///
/// `None` is a level without a bucket. Returns 0 when taken, else the 1-based position of the first bucket that
/// refused. The same bucket in two positions gives two tokens.
///
/// While a decision is under way its tokens are gone from the first buckets although a later one may yet refuse;
/// another decision can be refused by that, never admitted by it.
pub fn take(buckets: &[Option<Bucket<'_>>; LEVELS], now_ns: u64) -> i32 {
    take_counted(buckets, None, now_ns)
}

/// The same, with one request of a quota. What is left of a quota does not fill again by itself, so it is taken last:
/// who is killed in the middle has lost tokens, and no request.
pub fn take_counted(buckets: &[Option<Bucket<'_>>; LEVELS], quota: Option<Quota<'_>>, now_ns: u64) -> i32 {
    // A look first: under a flood nearly all decisions are refusals, and those then write nothing.
    for (index, bucket) in buckets.iter().enumerate() {
        if index == LEVELS_BEFORE_QUOTA && quota.is_some_and(|quota| !quota.admits()) {
            return QUOTA_REFUSED;
        }
        if bucket.as_ref().is_some_and(|bucket| !bucket.admits(now_ns)) {
            return index as i32 + 1;
        }
    }
    let mut taken = [0; LEVELS];
    for ((index, bucket), word) in buckets.iter().enumerate().zip(&mut taken) {
        let Some(bucket) = bucket else { continue };
        match bucket.take_one(now_ns) {
            Some(stored) => *word = stored,
            // Another thread was faster since the look.
            None => {
                give_back(buckets, &taken, index);
                return index as i32 + 1;
            }
        }
    }
    if quota.is_some_and(|quota| !quota.take_one()) {
        give_back(buckets, &taken, LEVELS);
        return QUOTA_REFUSED;
    }
    0
}

/// Gives back what was taken from the first `count` buckets.
fn give_back(buckets: &[Option<Bucket<'_>>; LEVELS], taken: &[u64; LEVELS], count: usize) {
    for (bucket, stored) in buckets.iter().zip(taken).take(count) {
        if let Some(bucket) = bucket {
            bucket.give_back(*stored);
        }
    }
}

impl Bucket<'_> {
    /// Whether a token is there now; repairs a damaged word.
    fn admits(&self, now_ns: u64) -> bool {
        let word = self.word.load(Relaxed);
        match gcra::decide(word, self.limit, now_ns) {
            Verdict::Take(_) => true,
            Verdict::Refuse => false,
            Verdict::Heal(healed) => {
                // When this fails another thread has healed it; either way the bucket is empty at this moment.
                let _ = self.word.compare_exchange(word, healed, Relaxed, Relaxed);
                false
            }
        }
    }

    /// Takes one token and returns the word stored, or `None` when there is no token.
    fn take_one(&self, now_ns: u64) -> Option<u64> {
        let mut word = self.word.load(Relaxed);
        loop {
            let Verdict::Take(next) = gcra::decide(word, self.limit, now_ns) else { return None };
            match self.word.compare_exchange_weak(word, next, Relaxed, Relaxed) {
                Ok(_) => return Some(next),
                Err(current) => word = current,
            }
        }
    }

    fn give_back(&self, taken: u64) {
        let mut word = self.word.load(Relaxed);
        while let Some(next) = gcra::give_back(word, taken, self.limit) {
            match self.word.compare_exchange_weak(word, next, Relaxed, Relaxed) {
                Ok(_) => return,
                Err(current) => word = current,
            }
        }
    }
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use super::*;
    use crate::random::Random;

    const SECOND: u64 = 1_000_000_000;

    fn bucket(word: &AtomicU64, rate: f64, burst: f64) -> Option<Bucket<'_>> {
        Some(Bucket { word, limit: Limit::new(rate, burst) })
    }

    #[test]
    fn the_first_bucket_that_refuses_is_named_and_the_others_keep_their_tokens() {
        let words = [AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0)];
        let buckets =
            [bucket(&words[0], 1.0, 9.0), None, bucket(&words[1], 1.0, 2.0), bucket(&words[2], 1.0, 3.0)];
        assert_eq!([0; 4].map(|_| take(&buckets, SECOND)), [0, 0, 3, 3]);
        let rest = [bucket(&words[0], 1.0, 9.0), None, None, bucket(&words[2], 1.0, 3.0)];
        assert_eq!([0; 3].map(|_| take(&rest, SECOND)), [0, 4, 4]);
        let first = [bucket(&words[0], 1.0, 9.0), None, None, None];
        assert_eq!((0..10).filter(|_| take(&first, SECOND) == 0).count(), 6);
    }

    #[test]
    fn the_quota_stands_between_the_plan_s_buckets_and_the_others_and_all_keep_what_one_refuses() {
        let (words, empty) = ([const { AtomicU64::new(0) }; 4], AtomicU64::new(0));
        let all = |refusing: usize| {
            [0, 1, 2, 3].map(|i| match i == refusing {
                true => bucket(&empty, 0.0, 0.0),
                false => bucket(&words[i], 1e-3, 9.0),
            })
        };
        let none = 4;
        let spent = AtomicU64::new(0);
        let quota = |limit| Some(Quota { word: &spent, limit, period: 20_000 });
        assert_eq!(take_counted(&all(none), quota(1), SECOND), 0);
        assert_eq!(take_counted(&all(none), quota(1), SECOND), QUOTA_REFUSED);
        for (refusing, answer) in [(0, 1), (1, 2), (2, QUOTA_REFUSED), (3, QUOTA_REFUSED)] {
            assert_eq!(take_counted(&all(refusing), quota(1), SECOND), answer);
            assert_eq!(take_counted(&all(refusing), quota(2), SECOND), refusing as i32 + 1);
        }
        assert_eq!((0..9).filter(|_| take_counted(&all(none), quota(99), SECOND) == 0).count(), 8);
        assert_eq!(crate::meter::unpack(spent.load(Relaxed)), (20_000, 9));
    }

    #[test]
    fn a_bucket_asked_twice_gives_both_tokens_or_none() {
        let word = AtomicU64::new(0);
        let twice = [bucket(&word, 1.0, 3.0), bucket(&word, 1.0, 3.0), None, None];
        assert_eq!([take(&twice, SECOND), take(&twice, SECOND)], [0, 2]);
        assert_eq!(take(&[bucket(&word, 1.0, 3.0), None, None, None], SECOND), 0);
    }

    #[test]
    fn a_damaged_bucket_refuses_once_and_then_fills() {
        let word = AtomicU64::new(u64::MAX);
        let one = [bucket(&word, 10.0, 1.0), None, None, None];
        assert_eq!([take(&one, SECOND), take(&one, SECOND), take(&one, SECOND + SECOND / 10)], [1, 1, 0]);
    }

    #[test]
    fn threads_together_admit_exactly_the_burst_at_one_instant() {
        let rounds = if cfg!(miri) { 2 } else { 200 };
        for round in 0..rounds {
            let words = [AtomicU64::new(0), AtomicU64::new(0)];
            let admitted: usize = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..3)
                    .map(|thread| {
                        let words = &words;
                        scope.spawn(move || {
                            let a = bucket(&words[0], 100.0, 60.0);
                            let b = bucket(&words[1], 100.0, 50.0);
                            // Both orders, so that tokens are given back in both buckets.
                            let buckets = if thread == 1 { [b, a, None, None] } else { [a, b, None, None] };
                            (0..40).filter(|_| take(&buckets, SECOND + round) == 0).count()
                        })
                    })
                    .collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).sum()
            });
            // A refusal caused by a token that is then given back may leave a token, but no thread tried again.
            assert!((48..=50).contains(&admitted), "{admitted}");
            let left = [bucket(&words[0], 100.0, 60.0), None, None, None];
            assert_eq!((0..60).filter(|_| take(&left, SECOND + round) == 0).count(), 60 - admitted);
        }
    }

    #[test]
    fn threads_over_moving_time_stay_within_burst_plus_rate_times_time() {
        for seed in 1..=if cfg!(miri) { 2 } else { 60 } {
            let word = [AtomicU64::new(0), AtomicU64::new(0)];
            let clock = AtomicU64::new(SECOND);
            let steps = if cfg!(miri) { 50 } else { 5_000 };
            let admitted: u64 = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..3)
                    .map(|thread| {
                        let (word, clock) = (&word, &clock);
                        scope.spawn(move || {
                            let mut random = Random::new(seed * 10 + thread);
                            let narrow = bucket(&word[0], 2_000.0, 7.0);
                            let wide = bucket(&word[1], 2_500.0, 8.0);
                            let buckets = if thread == 0 {
                                [wide, narrow, None, None]
                            } else {
                                [narrow, wide, None, None]
                            };
                            let mut admitted = 0;
                            for _ in 0..steps {
                                let now = clock.fetch_add(random.below(60_000), Relaxed);
                                admitted += u64::from(take(&buckets, now) == 0);
                            }
                            admitted
                        })
                    })
                    .collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).sum()
            });
            let elapsed = (clock.load(Relaxed) - SECOND) as f64 / 1e9;
            assert!(admitted as f64 <= 7.0 + 2_000.0 * elapsed, "seed {seed}: {admitted}");
            assert!(admitted as f64 >= 0.9 * 2_000.0 * elapsed, "seed {seed}: {admitted}");
        }
    }
}

#[cfg(test)]
#[cfg(loom)]
mod interleavings {
    use super::*;
    use loom::sync::Arc;
    use loom::thread;

    const SECOND: u64 = 1_000_000_000;

    /// Two threads decide over buckets `a` and `b`, in the given orders and at the given times; then `check` sees
    /// both answers and what each bucket still admits at `end_ns`.
    fn explore(
        bursts: [f64; 2],
        orders: [bool; 2],
        times: [u64; 2],
        end_ns: u64,
        check: fn([i32; 2], [u64; 2]),
    ) {
        loom::model(move || {
            let words = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
            let limits = bursts.map(|burst| Limit::new(1.0, burst));
            let decide = move |words: &[AtomicU64; 2], swapped: bool, now_ns: u64| {
                let a = Some(Bucket { word: &words[0], limit: limits[0] });
                let b = Some(Bucket { word: &words[1], limit: limits[1] });
                take(&if swapped { [b, a, None, None] } else { [a, b, None, None] }, now_ns)
            };
            let theirs = {
                let words = words.clone();
                thread::spawn(move || decide(&words, orders[1], times[1]))
            };
            let mine = decide(&words, orders[0], times[0]);
            let answers = [mine, theirs.join().unwrap()];
            let left = [0, 1].map(|which| {
                let bucket = Some(Bucket { word: &words[which], limit: limits[which] });
                (0..9).filter(|_| take(&[bucket, None, None, None], end_ns) == 0).count() as u64
            });
            check(answers, left);
        });
    }

    #[test]
    fn one_token_goes_to_one_thread_and_the_other_bucket_loses_just_that_one() {
        for orders in [[false, false], [false, true], [true, true]] {
            explore([3.0, 1.0], orders, [SECOND, SECOND], SECOND, |answers, left| {
                assert_eq!(answers.iter().filter(|answer| **answer == 0).count(), 1);
                assert_eq!(left, [2, 0]);
            });
        }
    }

    #[test]
    fn two_single_tokens_asked_in_opposite_orders_go_to_at_most_one_thread() {
        explore([1.0, 1.0], [false, true], [SECOND, SECOND], SECOND, |answers, left| {
            let admitted = answers.iter().filter(|answer| **answer == 0).count() as u64;
            assert!(admitted <= 1);
            assert_eq!(left, [1 - admitted, 1 - admitted]);
        });
    }

    #[test]
    fn tokens_for_both_threads_are_given_to_both() {
        explore([2.0, 3.0], [false, true], [SECOND, SECOND], SECOND, |answers, left| {
            assert_eq!((answers, left), ([0, 0], [0, 1]));
        });
    }

    #[test]
    fn the_last_request_of_a_quota_goes_to_one_thread_and_the_bucket_loses_just_that_one() {
        loom::model(|| {
            let words = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
            let limit = Limit::new(1.0, 3.0);
            let decide = move |words: &[AtomicU64; 2]| {
                let bucket = Some(Bucket { word: &words[0], limit });
                let quota = Quota { word: &words[1], limit: 1, period: 20_000 };
                take_counted(&[bucket, None, None, None], Some(quota), SECOND)
            };
            let theirs = {
                let words = words.clone();
                thread::spawn(move || decide(&words))
            };
            let mut answers = [decide(&words), theirs.join().unwrap()];
            answers.sort_unstable();
            assert_eq!(answers, [0, QUOTA_REFUSED]);
            let bucket = Some(Bucket { word: &words[0], limit });
            assert_eq!((0..9).filter(|_| take(&[bucket, None, None, None], SECOND) == 0).count(), 2);
        });
    }

    #[test]
    fn a_token_given_back_after_the_bucket_was_full_admits_no_extra_request() {
        // The second thread comes three seconds later, when every bucket is full again.
        explore([1.0, 1.0], [false, true], [SECOND, 4 * SECOND], 4 * SECOND, |answers, left| {
            assert_eq!(answers[1], 0, "the later one finds both full unless the earlier one came late");
            assert_eq!(left, [0, 0]);
        });
    }
}
