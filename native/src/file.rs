//! The file that all processes map: its header, how it is made and recognised, who has it open.
//!
//! ```text
//!   0     head     fixed when made: magic, format, sizes, boot id, checksum
//!   128   used     slots with an owner              (under the file's lock)
//!   192   holders  one bit for each holder number   (under the file's lock)
//!   256   restored a mark: what the store knew of meters has been written
//!   320   meters   meters with an owner             (under the file's lock)
//!   4096  slots    SLOTS x 64 bytes
//!         meters   METERS x 64 bytes: who owns them
//!         cells    METERS x 64 bytes: what they count
//!         names    METERS x 256 bytes                (under the file's lock)
//! ```
//!
//! Two locks of the system, both of which end with the process that holds them: `flock` on the file guards the
//! directory, and a byte-range lock far behind the file's end, one byte for each holder number, shows who lives.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, rename};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use memmap2::MmapRaw;
use nix::fcntl::{FcntlArg, fcntl, posix_fallocate};
use nix::libc;

use crate::directory::{Directory, HOLDERS_MAX, Holders, Slot};
use crate::lock::Locked;
use crate::meter::Cells;
use crate::name::{Name, fnv1a};
use crate::sync::{AtomicU64, Ordering::Relaxed};

/// Twice the number of buckets that may exist at once.
const SLOTS: usize = 131_072;
/// Twice the number of meters that may exist at once.
const METERS: usize = 65_536;
const HEADER_BYTES: usize = 4096;
const METERS_OFFSET: usize = HEADER_BYTES + SLOTS * size_of::<Slot>();
const CELLS_OFFSET: usize = METERS_OFFSET + METERS * size_of::<Slot>();
const NAMES_OFFSET: usize = CELLS_OFFSET + METERS * size_of::<Cells>();
const FILE_BYTES: usize = NAMES_OFFSET + METERS * size_of::<Name>();
const USED_OFFSET: usize = 128;
const HOLDERS_OFFSET: usize = 192;
const RESTORED_OFFSET: usize = 256;
const METERS_USED_OFFSET: usize = 320;

const MAGIC: &[u8; 8] = b"SLUICETB";
/// Raise it with every change of layout; a file of another format is replaced. Format 1 had no meters.
const FORMAT: u32 = 2;
const HEAD_BYTES: usize = 64;

const HOLDER_LOCKS_OFFSET: i64 = 1 << 40;

/// Identifies one boot of the machine; monotonic time, and so every counter, means nothing after it.
pub type BootId = [u8; 16];

/// What was found under the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Nothing,
    Counters,
    /// Counters of an earlier boot.
    EarlierBoot,
    /// Damaged, or of another format.
    Unusable,
    /// Another program's file: it was moved aside.
    Foreign,
}

pub struct TableFile {
    path: PathBuf,
    file: File,
    map: MmapRaw,
    holder: usize,
}

impl TableFile {
    /// Opens the table, or makes a new one in its place when what is there is of no use.
    ///
    /// Processes may do this at once: a lock file beside it puts them in a row.
    pub fn open(path: &Path, boot: BootId) -> io::Result<(TableFile, Found)> {
        let gate = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(beside(path, ".lock"))?;
        let _gate = Locked::wait(&gate)?;
        let head = head(boot);
        let found = inspect(path, &head)?;
        if found == Found::Foreign {
            rename(path, beside(path, ".foreign"))?;
        }
        if found != Found::Counters {
            create(path, &head)?;
        }
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let map = MmapRaw::map_raw(&file)?;
        if map.len() != FILE_BYTES {
            return Err(io::Error::new(ErrorKind::InvalidData, "the file changed while it was opened"));
        }
        let mut table = TableFile { path: path.to_owned(), file, map, holder: 0 };
        table.holder = table.enter()?;
        Ok((table, found))
    }

    /// This handle's number among the holders.
    pub fn holder(&self) -> usize {
        self.holder
    }

    pub fn slots(&self) -> &[Slot] {
        self.section(HEADER_BYTES, SLOTS)
    }

    pub fn cells(&self) -> &[Cells] {
        self.section(CELLS_OFFSET, METERS)
    }

    pub(crate) fn names(&self) -> &[Name] {
        self.section(NAMES_OFFSET, METERS)
    }

    /// `T` is one of the three above: made of atomics.
    fn section<T>(&self, offset: usize, count: usize) -> &[T] {
        debug_assert!(
            offset + count * size_of::<T>() <= FILE_BYTES && offset.is_multiple_of(align_of::<T>())
        );
        // SAFETY: the map is FILE_BYTES long (checked in `open`), page-aligned, and lives as long as `self`; the
        // constants above lay the sections side by side. For atomics every bit pattern is valid and other processes'
        // writes are no data race. No code of ours shortens the file; it is only ever replaced by another.
        unsafe { std::slice::from_raw_parts(self.map.as_ptr().add(offset).cast::<T>(), count) }
    }

    /// The mark that the store's numbers are in the file.
    pub(crate) fn mark(&self) -> &AtomicU64 {
        self.atomic(RESTORED_OFFSET)
    }

    /// Whether the name still leads to this file.
    pub fn is_current(&self) -> bool {
        match (std::fs::metadata(&self.path), self.file.metadata()) {
            (Ok(named), Ok(open)) => named.dev() == open.dev() && named.ino() == open.ino(),
            // Nobody has made another yet.
            _ => true,
        }
    }

    /// Runs `act` on the directory of buckets while no other process or thread changes it.
    pub fn with_directory<T>(&self, act: impl FnOnce(Directory<'_>) -> T) -> io::Result<T> {
        let _locked = self.lock()?;
        Ok(act(self.buckets()))
    }

    pub(crate) fn lock(&self) -> io::Result<Locked<'_>> {
        Locked::wait(&self.file)
    }

    fn buckets(&self) -> Directory<'_> {
        Directory { slots: self.slots(), used: self.atomic(USED_OFFSET) }
    }

    pub(crate) fn meters(&self) -> Directory<'_> {
        Directory { slots: self.section(METERS_OFFSET, METERS), used: self.atomic(METERS_USED_OFFSET) }
    }

    /// The holders whose process runs and has the file open.
    pub fn living(&self) -> Holders {
        let mut living = Holders::default();
        for (part, bits) in living.iter_mut().enumerate() {
            for bit in 0..64 {
                let holder = part * 64 + bit;
                if holder == self.holder || self.is_locked_by_another(holder) {
                    *bits |= 1 << bit;
                }
            }
        }
        living
    }

    /// Takes a free holder number; what a dead holder of that number held is released first.
    fn enter(&self) -> io::Result<usize> {
        let _locked = self.lock()?;
        for holder in 0..HOLDERS_MAX {
            if fcntl(&self.file, FcntlArg::F_OFD_SETLK(&byte_lock(holder))).is_err() {
                continue;
            }
            let before = self.registered(holder).fetch_or(1 << (holder % 64), Relaxed);
            if before & 1 << (holder % 64) != 0 {
                self.buckets().forget(holder);
                self.meters().forget(holder);
            }
            return Ok(holder);
        }
        Err(io::Error::other(format!("{HOLDERS_MAX} processes and threads, the maximum, have the file open")))
    }

    fn is_locked_by_another(&self, holder: usize) -> bool {
        let mut lock = byte_lock(holder);
        // When the system does not answer, the holder counts as living: nothing is taken from it.
        fcntl(&self.file, FcntlArg::F_OFD_GETLK(&mut lock)).is_err()
            || lock.l_type != libc::F_UNLCK as libc::c_short
    }

    fn registered(&self, holder: usize) -> &AtomicU64 {
        self.atomic(HOLDERS_OFFSET + holder / 64 * size_of::<AtomicU64>())
    }

    fn atomic(&self, offset: usize) -> &AtomicU64 {
        debug_assert!(
            offset + size_of::<AtomicU64>() <= HEADER_BYTES && offset.is_multiple_of(align_of::<AtomicU64>())
        );
        // SAFETY: as for `slots`; the offsets are the constants above, inside the header and aligned.
        unsafe { &*self.map.as_ptr().add(offset).cast::<AtomicU64>() }
    }
}

fn inspect(path: &Path, expected: &[u8; HEAD_BYTES]) -> io::Result<Found> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error),
    };
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut head = [0; HEAD_BYTES];
    if meta.len() == 0 || file.read_exact_at(&mut head, 0).is_err() {
        return Ok(if meta.len() == 0 { Found::Unusable } else { Found::Foreign });
    }
    let (magic, _) = head.split_at(MAGIC.len());
    if magic != MAGIC {
        return Ok(Found::Foreign);
    }
    if meta.len() != FILE_BYTES as u64 {
        return Ok(Found::Unusable);
    }
    if head == *expected {
        return Ok(Found::Counters);
    }
    // The same in all but the boot id, and sound, is our own from before.
    let boot: BootId = std::array::from_fn(|index| head.get(BOOT_OFFSET + index).copied().unwrap_or(0));
    Ok(if head == self::head(boot) { Found::EarlierBoot } else { Found::Unusable })
}

/// Makes a new table and puts it under the name in one step. The caller holds the gate, so the name of the
/// unfinished file needs no number, and one left by a process that died is overwritten.
fn create(path: &Path, head: &[u8; HEAD_BYTES]) -> io::Result<()> {
    let unfinished = beside(path, ".new");
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    // Every block is reserved: a write to mapped memory for which the disk has no room would end the process.
    posix_fallocate(&file, 0, FILE_BYTES as i64)?;
    file.write_all_at(head, 0)?;
    rename(unfinished, path)
}

const BOOT_OFFSET: usize = 32;

fn head(boot: BootId) -> [u8; HEAD_BYTES] {
    let mut bytes = Vec::with_capacity(HEAD_BYTES);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&(size_of::<Slot>() as u32).to_le_bytes());
    bytes.extend_from_slice(&(SLOTS as u64).to_le_bytes());
    bytes.extend_from_slice(&(FILE_BYTES as u64).to_le_bytes());
    bytes.extend_from_slice(&boot);
    // Eight bytes to spare, then the checksum.
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(&fnv1a(&bytes).to_le_bytes());
    let mut head = [0; HEAD_BYTES];
    head.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    head
}

fn byte_lock(holder: usize) -> libc::flock {
    libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: HOLDER_LOCKS_OFFSET + holder as i64,
        l_len: 1,
        l_pid: 0,
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
#[cfg(not(any(loom, miri)))]
mod tests {
    use super::*;
    use std::fs;

    struct Dir(PathBuf);

    impl Dir {
        fn new(name: &str) -> Dir {
            let path = std::env::temp_dir().join(format!("sluice-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Dir(path)
        }
        fn file(&self) -> PathBuf {
            self.0.join("throttle")
        }
    }

    impl Drop for Dir {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const BOOT: BootId = [7; 16];

    fn found(dir: &Dir, boot: BootId) -> Found {
        TableFile::open(&dir.file(), boot).unwrap().1
    }

    #[test]
    fn a_table_is_made_once_and_found_again() {
        let dir = Dir::new("made");
        assert_eq!([found(&dir, BOOT), found(&dir, BOOT)], [Found::Nothing, Found::Counters]);
        assert_eq!(fs::metadata(dir.file()).unwrap().len(), FILE_BYTES as u64);
    }

    #[test]
    fn a_table_of_another_boot_is_replaced() {
        let dir = Dir::new("boot");
        found(&dir, BOOT);
        assert_eq!([found(&dir, [8; 16]), found(&dir, [8; 16])], [Found::EarlierBoot, Found::Counters]);
    }

    #[test]
    fn a_damaged_or_shortened_table_is_replaced() {
        let dir = Dir::new("damaged");
        found(&dir, BOOT);
        for at in MAGIC.len()..HEAD_BYTES {
            let mut bytes = fs::read(dir.file()).unwrap();
            bytes[at] ^= 0x40;
            fs::write(dir.file(), bytes).unwrap();
            assert_eq!(found(&dir, BOOT), Found::Unusable, "byte {at}");
        }
        for length in [0, HEAD_BYTES as u64, FILE_BYTES as u64 - 1, FILE_BYTES as u64 + 1] {
            OpenOptions::new().write(true).open(dir.file()).unwrap().set_len(length).unwrap();
            assert_ne!(found(&dir, BOOT), Found::Counters, "length {length}");
            assert_eq!(found(&dir, BOOT), Found::Counters);
        }
    }

    #[test]
    fn a_file_of_another_program_is_moved_aside_unchanged() {
        let dir = Dir::new("foreign");
        fs::write(dir.file(), "precious").unwrap();
        assert_eq!([found(&dir, BOOT), found(&dir, BOOT)], [Found::Foreign, Found::Counters]);
        assert_eq!(fs::read(dir.0.join("throttle.foreign")).unwrap(), b"precious");
    }

    #[test]
    fn an_unfinished_file_is_no_hindrance() {
        let dir = Dir::new("unfinished");
        fs::write(dir.0.join("throttle.new"), "half").unwrap();
        assert_eq!(found(&dir, BOOT), Found::Nothing);
    }

    #[test]
    fn holders_have_different_numbers_and_are_known_to_live() {
        let dir = Dir::new("holders");
        let first = TableFile::open(&dir.file(), BOOT).unwrap().0;
        let second = TableFile::open(&dir.file(), BOOT).unwrap().0;
        assert_eq!([first.holder(), second.holder()], [0, 1]);
        assert_eq!([first.living()[0], second.living()[0]], [0b11, 0b11]);
        drop(first);
        assert_eq!(second.living()[0], 0b10);
    }

    #[test]
    fn threads_that_open_at_once_share_one_table() {
        let dir = Dir::new("race");
        let path = dir.file();
        let tables: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| TableFile::open(&path, BOOT).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(tables.iter().filter(|(_, found)| *found == Found::Nothing).count(), 1);
        tables[0].0.slots()[5].word.store(99, Relaxed);
        assert!(tables.iter().all(|(table, _)| table.slots()[5].word.load(Relaxed) == 99));
    }
}
