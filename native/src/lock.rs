//! A lock of the system on a file, which ends with the process that holds it.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::time::Duration;

/// The lock is held for microseconds: most waits end before the first sleep.
const LOCK_TRIES_AWAKE: u32 = 200;
const LOCK_TRIES: u32 = LOCK_TRIES_AWAKE + 2_000;
const LOCK_PAUSE: Duration = Duration::from_millis(1);

/// A system lock on a whole file, given back when dropped.
pub struct Locked<'a>(&'a File);

impl Locked<'_> {
    /// Waits, but not for ever: a process stopped by a debugger may hold the lock, and an event loop may wait here.
    pub fn wait(file: &File) -> io::Result<Locked<'_>> {
        for attempt in 0..LOCK_TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Locked(file)),
                Err(TryLockError::WouldBlock) if attempt < LOCK_TRIES_AWAKE => std::thread::yield_now(),
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::Error::new(ErrorKind::TimedOut, "another process has held the lock for two seconds"))
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // It can only fail when the file is closed, and then the lock is gone too.
        let _ = self.0.unlock();
    }
}
