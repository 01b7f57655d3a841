//! Token-bucket arithmetic on one 64-bit word (the generic cell rate algorithm). Pure: time is an argument.
//!
//! A bucket of `burst` tokens that fills at `rate` is kept as one instant, its TAT ("theoretical arrival time"):
//! the moment at which it will be full again. Each token taken moves that moment one interval (1 / rate) ahead.
//!
//! ```text
//!            now                TAT          now + window
//!   ----------|------------------|----------------|------>  time
//!              tokens in debt     tokens left
//! ```
//!
//! A TAT in the past is a full bucket, so a word of zero is a new bucket, and an idle one needs no upkeep.

/// Low bits of a word that count how often the bucket was found full: see [`give_back`].
const EPOCH_BITS: u32 = 5;
const EPOCH_MASK: u64 = (1 << EPOCH_BITS) - 1;

/// The largest time that [`decide`] accepts: nine years since boot.
pub const NOW_NS_MAX: u64 = 1 << 58;

/// The most time a bucket may take to fill: 4.5 years. A burst that needs longer is cut to what 4.5 years bring.
const WINDOW_NS_MAX: u64 = 1 << 57;

/// How far past a bucket's window its TAT may lie before it must be damage. Clocks of one machine differ by
/// microseconds, but a caller may have read its clock some time before it asks; that must not look like damage.
const DAMAGE_SLACK_NS: u64 = 60_000_000_000;

const NS_PER_SECOND: f64 = 1e9;

/// What a bucket holds and how fast it fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Nanoseconds that bring one token.
    interval_ns: u64,
    /// Nanoseconds that fill the empty bucket.
    window_ns: u64,
}

impl Limit {
    /// Converts tokens per second and tokens. Rounds against the caller, by less than 0.1 % up to a million
    /// tokens per second. A rate or burst of zero (or not a number) refuses everything.
    pub fn new(rate_rps: f64, burst: f64) -> Limit {
        if !(rate_rps > 0.0 && burst > 0.0) {
            return Limit { interval_ns: 1, window_ns: 0 };
        }
        // A cast from f64 saturates, so the largest values end at the two maxima.
        let interval_ns = ((NS_PER_SECOND / rate_rps).ceil() as u64).clamp(1, WINDOW_NS_MAX);
        let window_ns = ((burst * interval_ns as f64) as u64).min(WINDOW_NS_MAX);
        Limit { interval_ns, window_ns }
    }

    pub fn window_ns(self) -> u64 {
        self.window_ns
    }
}

/// What to do with a bucket's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A token is there: store this word to take it.
    Take(u64),
    /// No token; nothing to store.
    Refuse,
    /// The word is damaged: store this word (an empty bucket, which fills from now on) and decide again.
    Heal(u64),
}

/// Decides whether a bucket has a token.
///
/// `now_ns` is monotonic nanoseconds, at most [`NOW_NS_MAX`].
pub fn decide(word: u64, limit: Limit, now_ns: u64) -> Verdict {
    let (tat, epoch) = unpack(word);
    if is_damaged(word, limit.window_ns, now_ns) {
        return Verdict::Heal(pack(now_ns + limit.window_ns, epoch + 1));
    }
    // A bucket found full spills what it could not hold: time before `now` counts no more.
    let (from, epoch) = if tat < now_ns { (now_ns, epoch + 1) } else { (tat, epoch) };
    let next = from + limit.interval_ns;
    if next - now_ns > limit.window_ns { Verdict::Refuse } else { Verdict::Take(pack(next, epoch)) }
}

/// The word after one token, taken with the result `taken`, is given back; `None` when nothing is to be given back.
///
/// When the bucket was found full since, it has spilled: had this token never been taken, one more would
/// have been spilled, and the word would be the same. Giving it back then would admit one request too many. The
/// epoch in the word tells; it would have to wrap (32 times full) within one decision to be wrong.
pub fn give_back(word: u64, taken: u64, limit: Limit) -> Option<u64> {
    let (tat, epoch) = unpack(word);
    if epoch != unpack(taken).1 {
        return None;
    }
    Some(pack(tat.saturating_sub(limit.interval_ns), epoch))
}

/// Whether a bucket is as good as new, so that its word may serve another key. The window may be damaged too.
pub fn is_idle(word: u64, window_ns: u64, now_ns: u64) -> bool {
    unpack(word).0 <= now_ns || is_damaged(word, window_ns.min(WINDOW_NS_MAX), now_ns)
}

/// No decision can have put the TAT further ahead than the window of the time at which it was made.
fn is_damaged(word: u64, window_ns: u64, now_ns: u64) -> bool {
    unpack(word).0 > now_ns.saturating_add(window_ns).saturating_add(DAMAGE_SLACK_NS)
}

fn unpack(word: u64) -> (u64, u64) {
    (word >> EPOCH_BITS, word & EPOCH_MASK)
}

fn pack(tat: u64, epoch: u64) -> u64 {
    tat << EPOCH_BITS | epoch & EPOCH_MASK
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// Takes until refused, and counts.
    fn drain(word: &mut u64, limit: Limit, now_ns: u64) -> u64 {
        let mut admitted = 0;
        while let Verdict::Take(next) = decide(*word, limit, now_ns) {
            *word = next;
            admitted += 1;
        }
        admitted
    }

    #[test]
    fn a_new_bucket_admits_its_burst_and_then_its_rate() {
        let limit = Limit::new(10_000.0, 5_000.0);
        let mut word = 0;
        assert_eq!(drain(&mut word, limit, SECOND), 5_000);
        assert_eq!(drain(&mut word, limit, SECOND + 99_999), 0);
        assert_eq!(drain(&mut word, limit, SECOND + 100_000), 1);
        assert_eq!(drain(&mut word, limit, 1_000 * SECOND), 5_000);
    }

    #[test]
    fn a_rate_or_burst_of_zero_admits_nothing() {
        for (rate, burst) in
            [(0.0, 5.0), (5.0, 0.0), (0.0, 0.0), (-1.0, 5.0), (f64::NAN, 5.0), (5.0, f64::NAN)]
        {
            let mut word = 0;
            assert_eq!(drain(&mut word, Limit::new(rate, burst), SECOND), 0, "{rate} {burst}");
        }
    }

    #[test]
    fn extreme_limits_stay_within_the_word() {
        for (rate, burst) in
            [(f64::MIN_POSITIVE, f64::MAX), (f64::INFINITY, f64::INFINITY), (1e-9, 1.0), (1e12, 1e3)]
        {
            let limit = Limit::new(rate, burst);
            for now in [0, SECOND, NOW_NS_MAX] {
                let mut word = 0;
                for _ in 0..100 {
                    if let Verdict::Take(next) = decide(word, limit, now) {
                        word = next;
                    }
                }
                assert!(word > 0 && word >> EPOCH_BITS <= now + limit.window_ns, "{rate} {burst} {now}");
            }
        }
    }

    #[test]
    fn a_tat_far_in_the_future_heals_to_an_empty_bucket() {
        let limit = Limit::new(10.0, 5.0);
        for damaged in [u64::MAX, u64::MAX / 2, pack(10_000 * SECOND, 3)] {
            let Verdict::Heal(mut word) = decide(damaged, limit, SECOND) else {
                panic!("{damaged} was believed")
            };
            assert_eq!(drain(&mut word, limit, SECOND), 0);
            assert_eq!(drain(&mut word, limit, SECOND + SECOND / 10), 1);
            assert_eq!(drain(&mut word, limit, 2 * SECOND), 5);
        }
    }

    #[test]
    fn a_clock_read_late_is_not_taken_for_damage() {
        let limit = Limit::new(10.0, 5.0);
        let mut word = 0;
        drain(&mut word, limit, 100 * SECOND);
        assert_eq!(decide(word, limit, 41 * SECOND), Verdict::Refuse);
    }

    #[test]
    fn a_token_given_back_can_be_taken_again() {
        let limit = Limit::new(1.0, 2.0);
        let Verdict::Take(taken) = decide(0, limit, SECOND) else { panic!("refused") };
        let mut word = give_back(taken, taken, limit).unwrap();
        assert_eq!(drain(&mut word, limit, SECOND), 2);
    }

    #[test]
    fn a_token_is_not_given_back_to_a_bucket_that_was_full_in_between() {
        let limit = Limit::new(1.0, 1.0);
        let Verdict::Take(taken) = decide(0, limit, SECOND) else { panic!("refused") };
        let Verdict::Take(others) = decide(taken, limit, 3 * SECOND) else { panic!("refused") };
        assert_eq!(give_back(others, taken, limit), None);
    }

    #[test]
    fn admitted_is_at_most_burst_plus_rate_times_time_and_hardly_less() {
        for seed in 1..=if cfg!(miri) { 5 } else { 400 } {
            let mut random = crate::random::Random::new(seed);
            let rate = [0.5, 3.0, 9.99, 1_000.0, 10_000.0, 1_000_000.0][random.below(6) as usize];
            let burst = 2 + random.below(50);
            let limit = Limit::new(rate, burst as f64);
            let (mut word, mut now, mut admitted) = (0, SECOND, 0);
            let start = now;
            for _ in 0..200 {
                // Offered often enough that the bucket never spills: the drain leaves up to one token's fraction.
                now += random.below(((burst - 1) as f64 * 1e9 / rate) as u64);
                admitted += drain(&mut word, limit, now);
                let allowed = burst as f64 + rate * (now - start) as f64 / 1e9;
                assert!(admitted as f64 <= allowed, "seed {seed}: {admitted} > {allowed}");
            }
            // The first drain came up to one window after `start`, when the bucket was already full.
            let least = rate * (now - start) as f64 / 1e9 * 0.995 - 1.0;
            assert!(admitted as f64 >= least, "seed {seed}: {admitted} < {least}");
        }
    }
}
