//! Which key owns which slot: an open-addressing hash table over the slots themselves, changed only under the
//! lock of the file.
//!
//! A slot belongs to an id (a hash of key and limit) and names its holders, the open handles that may take from
//! it. It can serve another id when nobody holds it and its bucket is full again, for then it is as good as new.
//! A holder that was killed is found out by [`sweep`](Directory::sweep), which is told who lives.

use crate::gcra;
use crate::sync::{AtomicU64, Ordering::Relaxed};

/// The most handles that may be open on one file at once.
pub const HOLDERS_MAX: usize = 256;

/// One bit for each holder.
pub type Holders = [u64; HOLDERS_MAX / 64];

/// `id_low` of a slot that never had an owner: a search ends here.
const EMPTY: u64 = 0;
/// `id_low` of a slot that had an owner: a search goes on, a newcomer may settle here.
const VACATED: u64 = 1;

/// What the file holds for one bucket: one cache line, so that buckets do not slow each other down.
///
/// Everything but `word` changes under the file's lock alone, whose system calls order those changes; hence
/// `Relaxed` throughout. They are atomics because other processes see the same memory.
#[repr(C, align(64))]
#[derive(Default)]
pub struct Slot {
    pub word: AtomicU64,
    id_low: AtomicU64,
    id_high: AtomicU64,
    /// Of the limit that the id was made of, to tell a damaged word from a long debt.
    window_ns: AtomicU64,
    holders: [AtomicU64; HOLDERS_MAX / 64],
}

/// The hash of a key together with its limit: another limit is another bucket, so no word is ever read by the
/// measure of a limit that did not write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id {
    low: u64,
    high: u64,
}

impl Id {
    pub fn new(hash: [u8; 16]) -> Id {
        let bits = u128::from_le_bytes(hash);
        Id { low: (bits as u64).max(VACATED + 1), high: (bits >> 64) as u64 }
    }
}

enum Place {
    Owned(usize),
    Free(usize),
    None,
}

#[derive(Clone, Copy)]
pub struct Directory<'a> {
    pub slots: &'a [Slot],
    /// How many slots have an owner; never less than the truth, also when a process dies in the middle.
    pub used: &'a AtomicU64,
}

impl Directory<'_> {
    /// The most ids at once. Half of the slots, so that searches stay short.
    pub fn ids_max(&self) -> u64 {
        self.slots.len() as u64 / 2
    }

    /// Finds or makes the slot of a bucket and enters the holder. `None` when the table is full.
    ///
    /// `living` is asked for the holders that still run, and only when there is no room.
    pub fn claim(
        &self,
        id: Id,
        window_ns: u64,
        holder: usize,
        now_ns: u64,
        living: impl FnOnce() -> Holders,
    ) -> Option<usize> {
        self.claim_slot(id, window_ns, holder, |_, slot| slot.is_idle(now_ns), living)
    }

    /// The same for any kind of slot; `is_idle` says which of those without a holder may serve another id.
    pub fn claim_slot(
        &self,
        id: Id,
        window_ns: u64,
        holder: usize,
        is_idle: impl Fn(usize, &Slot) -> bool,
        living: impl FnOnce() -> Holders,
    ) -> Option<usize> {
        let mut place = self.find(id);
        if !matches!(place, Place::Owned(_)) && self.used.load(Relaxed) >= self.ids_max() {
            self.sweep(&living(), is_idle);
            if self.used.load(Relaxed) >= self.ids_max() {
                return None;
            }
            place = self.find(id);
        }
        match place {
            Place::Owned(index) => {
                self.slots.get(index)?.hold(holder);
                Some(index)
            }
            Place::Free(index) => {
                self.used.fetch_add(1, Relaxed);
                self.slots.get(index)?.settle(id, window_ns, holder);
                Some(index)
            }
            Place::None => None,
        }
    }

    /// Strikes the holder from one slot.
    pub fn release(&self, index: usize, holder: usize) {
        if let Some(slot) = self.slots.get(index) {
            slot.keep_holders(|part, bits| if part == holder / 64 { bits & !bit(holder) } else { bits });
        }
    }

    /// Strikes the holder from every slot: its number is about to serve another handle.
    pub fn forget(&self, holder: usize) {
        (0..self.slots.len()).for_each(|index| self.release(index, holder));
    }

    /// Gives one slot up, unless a living holder holds it. Returns whether it did.
    pub fn vacate(&self, index: usize, living: &Holders) -> bool {
        let Some(slot) = self.slots.get(index).filter(|slot| slot.is_owned()) else { return false };
        slot.keep_living(living);
        if slot.is_held() {
            return false;
        }
        slot.id_low.store(VACATED, Relaxed);
        self.used.store(self.used.load(Relaxed).saturating_sub(1), Relaxed);
        true
    }

    /// Vacates every slot that no living holder holds and that is idle.
    fn sweep(&self, living: &Holders, is_idle: impl Fn(usize, &Slot) -> bool) {
        let mut owned = 0;
        let mut next_is_empty = false;
        // From the back, so that a run of vacated slots before an empty one becomes empty as a whole.
        for (index, slot) in self.slots.iter().enumerate().rev() {
            if slot.is_owned() {
                slot.keep_living(living);
                if slot.is_held() || !is_idle(index, slot) {
                    owned += 1;
                } else {
                    slot.id_low.store(VACATED, Relaxed);
                }
            }
            if next_is_empty && slot.id_low.load(Relaxed) == VACATED {
                slot.id_low.store(EMPTY, Relaxed);
            }
            next_is_empty = slot.id_low.load(Relaxed) == EMPTY;
        }
        self.used.store(owned, Relaxed);
    }

    fn find(&self, id: Id) -> Place {
        let mut free = Place::None;
        let start = id.high as usize % self.slots.len().max(1);
        let (before, from) = self.slots.split_at(start);
        for (step, slot) in from.iter().chain(before).enumerate() {
            let index = (start + step) % self.slots.len();
            match slot.id_low.load(Relaxed) {
                EMPTY => return if let Place::None = free { Place::Free(index) } else { free },
                VACATED if matches!(free, Place::None) => free = Place::Free(index),
                low if low == id.low && slot.id_high.load(Relaxed) == id.high => return Place::Owned(index),
                _ => {}
            }
        }
        free
    }
}

impl Slot {
    /// Gives the slot to an id. The owner is entered last, so a process that dies before leaves a free slot.
    fn settle(&self, id: Id, window_ns: u64, holder: usize) {
        self.word.store(0, Relaxed);
        self.window_ns.store(window_ns, Relaxed);
        self.keep_holders(|_, _| 0);
        self.hold(holder);
        self.id_high.store(id.high, Relaxed);
        self.id_low.store(id.low, Relaxed);
    }

    fn hold(&self, holder: usize) {
        if let Some(bits) = self.holders.get(holder / 64) {
            bits.fetch_or(bit(holder), Relaxed);
        }
    }

    fn keep_holders(&self, keep: impl Fn(usize, u64) -> u64) {
        for (part, bits) in self.holders.iter().enumerate() {
            let before = bits.load(Relaxed);
            let after = keep(part, before);
            // Most slots hold nothing: a look costs less than a page written to.
            if after != before {
                bits.store(after, Relaxed);
            }
        }
    }

    fn keep_living(&self, living: &Holders) {
        self.keep_holders(|part, bits| bits & living.get(part).copied().unwrap_or(0));
    }

    pub fn is_owned(&self) -> bool {
        self.id_low.load(Relaxed) > VACATED
    }

    fn is_held(&self) -> bool {
        self.holders.iter().any(|bits| bits.load(Relaxed) != 0)
    }

    fn is_idle(&self, now_ns: u64) -> bool {
        gcra::is_idle(self.word.load(Relaxed), self.window_ns.load(Relaxed), now_ns)
    }
}

fn bit(holder: usize) -> u64 {
    1 << (holder % 64)
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use super::*;
    use crate::gcra::Limit;
    use crate::random::Random;
    use crate::table::{Bucket, take};
    use std::collections::HashMap;

    const ALL_LIVE: Holders = [u64::MAX; 4];

    struct Table {
        slots: Vec<Slot>,
        used: AtomicU64,
    }

    impl Table {
        fn new(slots: usize) -> Table {
            Table { slots: (0..slots).map(|_| Slot::default()).collect(), used: AtomicU64::new(0) }
        }
        fn directory(&self) -> Directory<'_> {
            Directory { slots: &self.slots, used: &self.used }
        }
        fn claim(&self, number: u64, holder: usize, now_ns: u64, living: Holders) -> Option<usize> {
            self.directory().claim(id(number), 1_000, holder, now_ns, || living)
        }
    }

    fn id(number: u64) -> Id {
        // Few different starting places, so that searches collide.
        Id { low: number + 2, high: number % 5 }
    }

    #[test]
    fn one_id_has_one_slot_for_all_holders() {
        let table = Table::new(16);
        let slot = table.claim(7, 0, 0, ALL_LIVE);
        assert!(slot.is_some());
        assert_eq!(table.claim(7, 200, 0, ALL_LIVE), slot);
        assert_ne!(table.claim(12, 0, 0, ALL_LIVE), slot);
    }

    #[test]
    fn a_full_table_refuses_until_a_slot_is_released_and_idle() {
        let table = Table::new(8);
        let slots: Vec<_> = (0..4).map(|number| table.claim(number, 3, 0, ALL_LIVE).unwrap()).collect();
        assert_eq!(table.claim(9, 3, 0, ALL_LIVE), None);
        let debt = Bucket { word: &table.slots[slots[2]].word, limit: Limit::new(1e6, 1.0) };
        assert_eq!(take(&[Some(debt), None, None, None], 500), 0);
        table.directory().release(slots[2], 3);
        assert_eq!(table.claim(9, 3, 500, ALL_LIVE), None, "its bucket is not full yet");
        assert!(table.claim(9, 3, 1_500, ALL_LIVE).is_some());
        assert_eq!(table.claim(10, 3, 1_500, ALL_LIVE), None);
    }

    #[test]
    fn the_slots_of_a_dead_holder_are_free() {
        let table = Table::new(8);
        (0..4).for_each(|number| assert!(table.claim(number, 70, 0, ALL_LIVE).is_some()));
        let mut living = ALL_LIVE;
        living[1] &= !bit(70);
        assert!(table.claim(9, 3, 0, living).is_some());
        assert_eq!(table.used.load(Relaxed), 1);
    }

    #[test]
    fn a_released_bucket_keeps_its_debt_when_claimed_again() {
        let table = Table::new(8);
        let slot = table.claim(1, 0, 0, ALL_LIVE).unwrap();
        table.slots[slot].word.store(12_345, Relaxed);
        table.directory().release(slot, 0);
        assert_eq!(table.claim(1, 0, 0, ALL_LIVE), Some(slot));
        assert_eq!(table.slots[slot].word.load(Relaxed), 12_345);
    }

    #[test]
    fn forgetting_a_holder_leaves_the_others() {
        let table = Table::new(8);
        let slot = table.claim(1, 0, 0, ALL_LIVE).unwrap();
        table.claim(1, 255, 0, ALL_LIVE).unwrap();
        table.directory().forget(0);
        assert!(table.slots[slot].is_held());
        table.directory().forget(255);
        assert!(!table.slots[slot].is_held());
    }

    #[test]
    fn any_history_of_claims_and_releases_agrees_with_a_map() {
        for seed in 1..=if cfg!(miri) { 3 } else { 300 } {
            let mut random = Random::new(seed);
            let table = Table::new(32);
            let mut model: HashMap<u64, usize> = HashMap::new();
            for _ in 0..300 {
                let number = random.below(40);
                if random.below(2) == 0 {
                    if let Some(slot) = model.remove(&number) {
                        table.directory().release(slot, 0);
                    }
                } else if let Some(slot) = table.claim(number, 0, 0, ALL_LIVE) {
                    assert_eq!(*model.entry(number).or_insert(slot), slot, "seed {seed}: a held slot moved");
                } else {
                    assert_eq!(model.len(), 16, "seed {seed}: refused although not full");
                }
                let mut held: Vec<_> = model.values().collect();
                held.sort();
                held.dedup();
                assert_eq!(held.len(), model.len(), "seed {seed}: two ids share a slot");
            }
        }
    }

    #[test]
    fn garbage_in_the_slots_is_no_more_than_buckets_of_the_dead() {
        let table = Table::new(8);
        let mut random = Random::new(1);
        for slot in &table.slots {
            slot.id_low.store(random.below(u64::MAX) + 2, Relaxed);
            slot.word.store(u64::MAX - random.below(99), Relaxed);
            slot.holders[2].store(random.below(u64::MAX), Relaxed);
        }
        table.used.store(u64::MAX, Relaxed);
        assert!(table.claim(1, 0, 0, [1, 0, 0, 0]).is_some());
    }
}
