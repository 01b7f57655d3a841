//! Throttling counters that all data-plane processes share. This file is the boundary to JavaScript: numbers in,
//! numbers out, nothing decided. A panic becomes a JavaScript exception (`catch_unwind` on every export), for
//! otherwise it would end the process.

#[cfg(not(loom))]
pub mod directory;
#[cfg(not(loom))]
pub mod file;
pub mod gcra;
#[cfg(not(loom))]
pub mod handle;
#[cfg(test)]
#[cfg(not(loom))]
mod random;
pub mod sync;
pub mod table;

#[cfg(all(feature = "node", not(loom)))]
pub mod node {
    use std::path::Path;

    use napi::bindgen_prelude::{Error, Result};
    use napi_derive::napi;

    use crate::file::Found;
    use crate::gcra::Limit;
    use crate::handle::{BindError, Handle, MISUSED};

    /// One open table, for one JavaScript thread.
    #[napi]
    pub struct ThrottleTable {
        handle: Option<Handle>,
        found: i32,
    }

    #[napi]
    impl ThrottleTable {
        /// `boot` is the boot id's 16 bytes.
        #[napi(factory, catch_unwind)]
        pub fn open(path: String, boot: &[u8]) -> Result<ThrottleTable> {
            let boot = boot.try_into().map_err(|_| Error::from_reason("the boot id is not 16 bytes long"))?;
            let (handle, found) = Handle::open(Path::new(&path), boot)
                .map_err(|error| Error::from_reason(error.to_string()))?;
            Ok(ThrottleTable { handle: Some(handle), found: found_code(found) })
        }

        /// What lay under the name: 0 nothing, 1 counters, 2 those of an earlier boot, 3 unusable, 4 foreign.
        #[napi(catch_unwind)]
        pub fn found(&self) -> i32 {
            self.found
        }

        /// Returns 0, or -1 misused, -2 the table is full, -3 the system refused.
        #[napi(catch_unwind)]
        pub fn bind(&mut self, index: u32, id: &[u8], rate_rps: f64, burst: f64, now_ns: f64) -> i32 {
            let (Some(handle), Ok(id)) = (&mut self.handle, id.try_into()) else { return MISUSED };
            match handle.bind(index as usize, id, Limit::new(rate_rps, burst), now_ns) {
                Ok(()) => 0,
                Err(BindError::IndexOutOfRange) => MISUSED,
                Err(BindError::TableFull) => -2,
                Err(BindError::Io(_)) => -3,
            }
        }

        /// Returns 0, or -3 the system refused (the slot is then freed when this process ends).
        #[napi(catch_unwind)]
        pub fn unbind(&mut self, index: u32) -> i32 {
            match self.handle.as_mut().map(|handle| handle.unbind(index as usize)) {
                Some(Err(_)) => -3,
                _ => 0,
            }
        }

        /// Returns 0 when taken, the 1-based position of the first bucket that refused, or -1 misused.
        #[napi(catch_unwind)]
        pub fn take(&self, a: i32, b: i32, c: i32, d: i32, now_ns: f64) -> i32 {
            match &self.handle {
                Some(handle) => handle.take([a, b, c, d], now_ns),
                None => MISUSED,
            }
        }

        #[napi(catch_unwind)]
        pub fn close(&mut self) {
            self.handle = None;
        }
    }

    fn found_code(found: Found) -> i32 {
        match found {
            Found::Nothing => 0,
            Found::Counters => 1,
            Found::EarlierBoot => 2,
            Found::Unusable => 3,
            Found::Foreign => 4,
        }
    }

    /// Panics. A test calls it to see that the process survives.
    #[napi(catch_unwind)]
    #[allow(clippy::panic)]
    pub fn panic_on_purpose() {
        panic!("a panic on purpose");
    }
}
