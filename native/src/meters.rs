//! The meters of the file: who owns which, what they are called and what they count.

use std::io;

use crate::directory::{Id, Slot};
use crate::file::TableFile;
use crate::meter::Cells;
use crate::name::Name;
use crate::sync::Ordering::{Acquire, Relaxed, Release};

/// A number that damage does not write.
const RESTORED: u64 = u64::from_le_bytes(*b"RESTORED");

impl TableFile {
    /// Finds or makes the meter of an id, and enters this holder. `None` when the table is full.
    pub fn claim_meter(&self, id: Id, name: &[u8]) -> io::Result<Option<usize>> {
        let _locked = self.lock()?;
        // A meter is kept until the control plane has it vacated; only damage makes one idle.
        let is_broken =
            |index: usize, _: &Slot| self.names().get(index).is_none_or(|name| name.read().is_none());
        let claimed = self.meters().claim_slot(id, 0, self.holder(), is_broken, || self.living());
        let Some(index) = claimed else { return Ok(None) };
        if let Some(place) = self.names().get(index)
            && place.read().as_deref() != Some(name)
        {
            // New, or made by a process that died before it was named, and so before anything was counted.
            self.clear(index);
            place.write(name);
        }
        Ok(Some(index))
    }

    pub fn release_meter(&self, index: usize) -> io::Result<()> {
        let _locked = self.lock()?;
        self.meters().release(index, self.holder());
        Ok(())
    }

    /// Gives a meter up, unless a living holder other than this one holds it. Returns whether it did.
    pub fn vacate_meter(&self, index: usize) -> io::Result<bool> {
        let _locked = self.lock()?;
        let vacated = self.meters().vacate(index, &self.living());
        if vacated {
            self.clear(index);
            if let Some(name) = self.names().get(index) {
                name.write(&[]);
            }
        }
        Ok(vacated)
    }

    /// Every meter that has an owner and a name.
    pub fn metered(&self) -> impl Iterator<Item = (usize, &Cells)> {
        let directory = self.meters();
        let count = if directory.used.load(Relaxed) == 0 { 0 } else { directory.slots.len() };
        (directory.slots.iter().zip(self.cells()).take(count).enumerate())
            .filter(|(_, (slot, _))| slot.is_owned())
            .map(|(index, (_, cells))| (index, cells))
    }

    pub fn meter_name(&self, index: usize) -> io::Result<Option<Vec<u8>>> {
        let _locked = self.lock()?;
        Ok(self.names().get(index).and_then(Name::read).filter(|name| !name.is_empty()))
    }

    fn clear(&self, index: usize) {
        for cell in self.cells().get(index).iter().flat_map(|cells| &cells.0) {
            cell.store(0, Relaxed);
        }
    }

    /// Whether what the store knew of meters has been written since the file was made.
    pub fn is_restored(&self) -> bool {
        // Pairs with the store below: who sees the mark sees the numbers.
        self.mark().load(Acquire) == RESTORED
    }

    pub fn mark_restored(&self) {
        self.mark().store(RESTORED, Release);
    }
}
