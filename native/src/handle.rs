//! One open table as one JavaScript thread sees it: its own indexes, each bound to a shared slot and a limit.

use std::io;
use std::path::Path;

use crate::directory::Id;
use crate::file::{BootId, Found, TableFile};
use crate::gcra::{Limit, NOW_NS_MAX};
use crate::table::{self, Bucket, LEVELS};

/// The most indexes of one handle.
pub const INDEXES_MAX: usize = 65_536;

/// [`Handle::take`] was asked something that only a bug asks: an index never bound, or a time that is none.
pub const MISUSED: i32 = -1;

#[derive(Debug)]
pub enum BindError {
    /// Every slot is held or still in debt.
    TableFull,
    IndexOutOfRange,
    Io(io::Error),
}

#[derive(Clone, Copy)]
struct Binding {
    slot: usize,
    limit: Limit,
}

pub struct Handle {
    file: TableFile,
    /// `None` is an index that was released: it limits nothing.
    bindings: Vec<Option<Binding>>,
}

impl Handle {
    pub fn open(path: &Path, boot: BootId) -> io::Result<(Handle, Found)> {
        let (file, found) = TableFile::open(path, boot)?;
        Ok((Handle { file, bindings: Vec::new() }, found))
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
        let Some(now_ns) = time(now_ns) else { return MISUSED };
        let slots = self.file.slots();
        let mut buckets = [None; LEVELS];
        for (bucket, index) in buckets.iter_mut().zip(indexes) {
            let Ok(index) = usize::try_from(index) else { continue };
            match self.bindings.get(index) {
                None => return MISUSED,
                Some(None) => {}
                Some(Some(binding)) => {
                    *bucket =
                        slots.get(binding.slot).map(|slot| Bucket { word: &slot.word, limit: binding.limit });
                }
            }
        }
        table::take(&buckets, now_ns)
    }

    fn strike(&self, binding: Binding) -> io::Result<()> {
        self.file.with_directory(|directory| directory.release(binding.slot, self.file.holder()))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
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
