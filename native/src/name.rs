//! What a meter is called, beside its words in the file. Written and read under the file's lock; atomics only because
//! other processes see the same memory.

use crate::sync::{AtomicU64, Ordering::Relaxed};

/// The longest name in bytes.
pub const NAME_BYTES_MAX: usize = (WORDS - 1) * size_of::<u64>();
const WORDS: usize = 32;

/// The first word is the length and, above it, a checksum, written last: a name that a killed process left half
/// written is none.
#[repr(C, align(64))]
#[derive(Default)]
pub struct Name([AtomicU64; WORDS]);

impl Name {
    /// `None` when it is broken; empty when it was never written.
    pub fn read(&self) -> Option<Vec<u8>> {
        let (head, words) = self.0.split_first()?;
        let head = head.load(Relaxed);
        let bytes: Vec<u8> = words
            .iter()
            .flat_map(|word| word.load(Relaxed).to_le_bytes())
            .take(head as usize & 0xff)
            .collect();
        (head == self::head(&bytes)).then_some(bytes)
    }

    /// A name longer than [`NAME_BYTES_MAX`] is cut; nobody passes one.
    pub fn write(&self, name: &[u8]) {
        let Some((head, words)) = self.0.split_first() else { return };
        let name = name.get(..NAME_BYTES_MAX).unwrap_or(name);
        head.store(u64::MAX, Relaxed);
        let mut parts = name.chunks(size_of::<u64>());
        for word in words {
            let mut bytes = [0; size_of::<u64>()];
            bytes.iter_mut().zip(parts.next().unwrap_or_default()).for_each(|(to, from)| *to = *from);
            word.store(u64::from_le_bytes(bytes), Relaxed);
        }
        head.store(self::head(name), Relaxed);
    }
}

/// 0 for the empty name, as in a file that was just made.
fn head(name: &[u8]) -> u64 {
    if name.is_empty() { 0 } else { fnv1a(name) << 8 | name.len() as u64 }
}

/// FNV-1a, 64 bits: enough against a torn write; nobody is to be kept from forging one.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_written() {
        let name = Name::default();
        assert_eq!(name.read(), Some(vec![]));
        for length in [1, 7, 8, 9, NAME_BYTES_MAX, 3, 0] {
            let wanted: Vec<u8> = (0..length).map(|i| i as u8 + 1).collect();
            name.write(&wanted);
            assert_eq!(name.read(), Some(wanted));
        }
    }

    #[test]
    fn a_name_that_was_damaged_is_none() {
        let name = Name::default();
        name.write(b"plan/key");
        for word in 0..2 {
            name.0[word].fetch_xor(1 << 20, Relaxed);
            assert_eq!(name.read(), None);
            name.0[word].fetch_xor(1 << 20, Relaxed);
        }
        assert_eq!(name.read().as_deref(), Some(b"plan/key".as_slice()));
    }
}
