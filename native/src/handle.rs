//! One open table as one JavaScript thread sees it: its own indexes, each bound to a shared slot and a limit.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use crate::directory::Id;
use crate::file::{BootId, Found, TableFile};
use crate::gcra::{Limit, NOW_NS_MAX};
use crate::meter::{self, CELLS, PERIOD_MAX, Quota};
use crate::name::NAME_BYTES_MAX;
use crate::table::{self, Bucket, LEVELS};

/// The most indexes of one handle.
pub const INDEXES_MAX: usize = 65_536;

/// [`Handle::take`] was asked something that only a bug asks: an index never bound, or a time that is none.
pub const MISUSED: i32 = -1;

/// What [`Handle::take_counted`] answers while the store's numbers have not been written into a new file.
pub const NOT_RESTORED: i32 = table::QUOTA_REFUSED + 1;

#[derive(Debug)]
pub enum BindError {
    /// Every slot is held or still in debt; of meters, every one has a key.
    TableFull,
    IndexOutOfRange,
    NameTooLong,
    Io(io::Error),
}

#[derive(Clone, Copy)]
struct Binding {
    slot: usize,
    limit: Limit,
}

#[derive(Clone, Copy)]
struct Metered {
    slot: usize,
    limit: i64,
}

/// The meters that a request counts in, by index; a negative one is none.
#[derive(Clone, Copy, Debug)]
pub struct Counting {
    pub quota: i32,
    /// The day on which the quota's present period began.
    pub period: i32,
    pub usage: i32,
    pub day: i32,
}

/// What one meter holds: its slot, then the period and number of each cell.
pub type Reading = (usize, [(u64, i64); CELLS]);

pub struct Handle {
    file: TableFile,
    /// `None` is an index that was released: it limits nothing.
    bindings: Vec<Option<Binding>>,
    /// `None` is an index that was released: nothing is counted, and so nothing admitted.
    meters: Vec<Option<Metered>>,
    /// What [`Handle::changed`] told last, by slot.
    seen: HashMap<usize, [u64; CELLS]>,
}

impl Handle {
    pub fn open(path: &Path, boot: BootId) -> io::Result<(Handle, Found)> {
        let (file, found) = TableFile::open(path, boot)?;
        Ok((Handle { file, bindings: Vec::new(), meters: Vec::new(), seen: HashMap::new() }, found))
    }

    /// Binds an index (one used before, or the next) to the slot of an id; the slot it had is released.
    pub fn bind(&mut self, index: usize, hash: [u8; 16], limit: Limit, now_ns: f64) -> Result<(), BindError> {
        if index > self.bindings.len() || index >= INDEXES_MAX {
            return Err(BindError::IndexOutOfRange);
        }
        let now_ns = time(now_ns).ok_or(BindError::IndexOutOfRange)?;
        let file = &self.file;
        let claimed = file.with_directory(|directory| {
            directory.claim(Id::new(hash), limit.window_ns(), file.holder(), now_ns, || file.living())
        });
        let slot = claimed.map_err(BindError::Io)?.ok_or(BindError::TableFull)?;
        if self.bindings.get(index).is_none() {
            self.bindings.push(None);
        }
        let before =
            self.bindings.get_mut(index).and_then(|binding| binding.replace(Binding { slot, limit }));
        if let Some(before) = before.filter(|before| before.slot != slot) {
            // Without the lock the old slot stays with this handle until that is closed.
            let _ = self.strike(before);
        }
        Ok(())
    }

    /// Releases an index: it limits nothing until it is bound again.
    pub fn unbind(&mut self, index: usize) -> io::Result<()> {
        match self.bindings.get_mut(index).and_then(Option::take) {
            Some(before) => self.strike(before),
            None => Ok(()),
        }
    }

    /// One decision: see [`table::take`]. A negative index is a level without a bucket.
    pub fn take(&self, indexes: [i32; LEVELS], now_ns: f64) -> i32 {
        let (Some(now_ns), Some(buckets)) = (time(now_ns), self.buckets(indexes)) else { return MISUSED };
        table::take(&buckets, now_ns)
    }

    /// One decision with a quota, and a count of what was admitted: see [`table::take_counted`].
    pub fn take_counted(&self, indexes: [i32; LEVELS], counting: Counting, now_ns: f64) -> i32 {
        let (Some(now_ns), Some(buckets)) = (time(now_ns), self.buckets(indexes)) else { return MISUSED };
        let (Some(period), Some(day)) = (day(counting.period), day(counting.day)) else { return MISUSED };
        if !self.file.is_restored() {
            return NOT_RESTORED;
        }
        let mut quota = None;
        if counting.quota >= 0 {
            let Some((metered, cells)) = self.meter(counting.quota) else { return MISUSED };
            let [word, ..] = &cells.0;
            quota = Some(Quota { word, limit: metered.limit, period });
        }
        let mut usage = None;
        if counting.usage >= 0 {
            let Some((_, cells)) = self.meter(counting.usage) else { return MISUSED };
            usage = Some(cells);
        }
        let answer = table::take_counted(&buckets, quota, now_ns);
        if let Some(cells) = usage.filter(|_| answer == 0) {
            meter::count(cells, day);
        }
        answer
    }

    fn meter(&self, index: i32) -> Option<(Metered, &meter::Cells)> {
        let metered = (*self.meters.get(usize::try_from(index).ok()?)?)?;
        Some((metered, self.file.cells().get(metered.slot)?))
    }

    fn buckets(&self, indexes: [i32; LEVELS]) -> Option<[Option<Bucket<'_>>; LEVELS]> {
        let slots = self.file.slots();
        let mut buckets = [None; LEVELS];
        for (bucket, index) in buckets.iter_mut().zip(indexes) {
            let Ok(index) = usize::try_from(index) else { continue };
            if let Some(binding) = self.bindings.get(index)? {
                *bucket =
                    slots.get(binding.slot).map(|slot| Bucket { word: &slot.word, limit: binding.limit });
            }
        }
        Some(buckets)
    }

    /// Binds an index (one used before, or the next) to the meter of an id; the meter it had is released.
    pub fn bind_meter(
        &mut self,
        index: usize,
        hash: [u8; 16],
        name: &[u8],
        limit: f64,
    ) -> Result<(), BindError> {
        if index > self.meters.len() || index >= INDEXES_MAX || limit.is_nan() {
            return Err(BindError::IndexOutOfRange);
        }
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            return Err(BindError::NameTooLong);
        }
        let claimed = self.file.claim_meter(Id::new(hash), name).map_err(BindError::Io)?;
        let slot = claimed.ok_or(BindError::TableFull)?;
        if self.meters.get(index).is_none() {
            self.meters.push(None);
        }
        let metered = Metered { slot, limit: limit as i64 };
        let before = self.meters.get_mut(index).and_then(|place| place.replace(metered));
        if let Some(before) = before.filter(|before| before.slot != slot) {
            // Without the lock the old meter stays with this handle until that is closed.
            let _ = self.file.release_meter(before.slot);
        }
        Ok(())
    }

    /// Releases an index until it is bound again.
    pub fn unbind_meter(&mut self, index: usize) -> io::Result<()> {
        match self.meters.get_mut(index).and_then(Option::take) {
            Some(before) => self.file.release_meter(before.slot),
            None => Ok(()),
        }
    }

    /// Writes a meter's number for a period, over whatever stood there.
    pub fn set_meter(&self, index: i32, period: i32, number: f64, is_usage: bool) -> i32 {
        let (Some(period), Some((_, cells))) = (day(period), self.meter(index)) else { return MISUSED };
        let cell = if is_usage { period as usize % CELLS } else { 0 };
        let Some(word) = cells.0.get(cell) else { return MISUSED };
        word.store(meter::pack(period, number as i64), crate::sync::Ordering::Relaxed);
        0
    }

    pub fn is_restored(&self) -> bool {
        self.file.is_restored()
    }

    pub fn mark_restored(&self) {
        self.file.mark_restored();
    }

    pub fn is_current(&self) -> bool {
        self.file.is_current()
    }

    /// The meters whose numbers are others than when this was asked last.
    pub fn changed(&mut self) -> Vec<Reading> {
        let mut changed = Vec::new();
        for (slot, cells) in self.file.metered() {
            let mut words = [0; CELLS];
            words
                .iter_mut()
                .zip(&cells.0)
                .for_each(|(to, from)| *to = from.load(crate::sync::Ordering::Relaxed));
            if self.seen.get(&slot).is_some_and(|seen| *seen == words) {
                continue;
            }
            self.seen.insert(slot, words);
            changed.push((slot, words.map(meter::unpack)));
        }
        changed
    }

    pub fn meter_name(&self, slot: usize) -> io::Result<Option<Vec<u8>>> {
        self.file.meter_name(slot)
    }

    /// Frees a meter whose key is no more. Returns whether it is free: somebody may still count in it.
    pub fn vacate_meter(&mut self, slot: usize) -> io::Result<bool> {
        let vacated = self.file.vacate_meter(slot)?;
        if vacated {
            self.seen.remove(&slot);
        }
        Ok(vacated)
    }

    fn strike(&self, binding: Binding) -> io::Result<()> {
        self.file.with_directory(|directory| directory.release(binding.slot, self.file.holder()))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        for metered in self.meters.iter().flatten() {
            let _ = self.file.release_meter(metered.slot);
        }
        // When the lock cannot be had, the slots stay with a holder that no longer lives: a sweep frees them.
        let _ = self.file.with_directory(|directory| {
            for binding in self.bindings.iter().flatten() {
                directory.release(binding.slot, self.file.holder());
            }
        });
    }
}

fn time(now_ns: f64) -> Option<u64> {
    (now_ns >= 0.0 && now_ns <= NOW_NS_MAX as f64).then_some(now_ns as u64)
}

fn day(day: i32) -> Option<u64> {
    u64::try_from(day).ok().filter(|day| *day <= PERIOD_MAX)
}
