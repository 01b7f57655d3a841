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
    use std::cell::RefCell;
    use std::panic::catch_unwind;
    use std::path::Path;
    use std::ptr::null_mut;

    use napi::bindgen_prelude::{Error, JsObjectValue, Object, Result};
    use napi::sys;
    use napi_derive::napi;

    use crate::file::Found;
    use crate::gcra::Limit;
    use crate::handle::{BindError, Handle, MISUSED};

    const TABLE_FULL: i32 = -2;
    const SYSTEM_REFUSED: i32 = -3;

    thread_local! {
        /// The open tables of this JavaScript thread; JavaScript names them by index. They close with the thread.
        static TABLES: RefCell<Vec<Option<Handle>>> = const { RefCell::new(Vec::new()) };
    }

    /// Opens or makes the table under a path; `boot` is the boot id's 16 bytes.
    ///
    /// Returns `[table, found]`, found being 0 nothing, 1 counters, 2 those of an earlier boot, 3 a damaged table
    /// or one of another format, 4 another program's file.
    #[napi(catch_unwind)]
    pub fn open(path: String, boot: &[u8]) -> Result<Vec<u32>> {
        let boot = boot.try_into().map_err(|_| Error::from_reason("the boot id is not 16 bytes long"))?;
        let (handle, found) =
            Handle::open(Path::new(&path), boot).map_err(|error| Error::from_reason(error.to_string()))?;
        let table = TABLES.with_borrow_mut(|tables| {
            let free = tables.iter().position(Option::is_none).unwrap_or(tables.len());
            match tables.get_mut(free) {
                Some(place) => *place = Some(handle),
                None => tables.push(Some(handle)),
            }
            free
        });
        Ok(vec![table as u32, found_code(found)])
    }

    /// Binds an index to the bucket of a 16-byte id. Returns 0, or -1 misused, -2 the table is full, -3 the system
    /// refused.
    #[napi(catch_unwind)]
    pub fn bind(table: u32, index: u32, id: &[u8], rate_rps: f64, burst: f64, now_ns: f64) -> i32 {
        let Ok(id) = id.try_into() else { return MISUSED };
        with_handle(table, |handle| {
            match handle.bind(index as usize, id, Limit::new(rate_rps, burst), now_ns) {
                Ok(()) => 0,
                Err(BindError::IndexOutOfRange) => MISUSED,
                Err(BindError::TableFull) => TABLE_FULL,
                Err(BindError::Io(_)) => SYSTEM_REFUSED,
            }
        })
    }

    /// Returns 0, or -1 misused, -3 the system refused (the slot is then freed when this process ends).
    #[napi(catch_unwind)]
    pub fn unbind(table: u32, index: u32) -> i32 {
        with_handle(table, |handle| handle.unbind(index as usize).map_or(SYSTEM_REFUSED, |()| 0))
    }

    #[napi(catch_unwind)]
    pub fn close(table: u32) {
        let closed = TABLES.with_borrow_mut(|tables| tables.get_mut(table as usize).and_then(Option::take));
        drop(closed);
    }

    /// Panics. A test calls it to see that the process survives.
    #[napi(catch_unwind)]
    #[allow(clippy::panic)]
    pub fn panic_on_purpose() {
        panic!("a panic on purpose");
    }

    /// Adds `take`, the one function of the hot path, as a bare N-API callback: 60 ns for its six numbers, where
    /// `#[napi]` needs 175 on a function and 370 on a method (docs/decisions/throttle.md).
    #[napi(module_exports)]
    pub fn add_take(mut exports: Object) -> Result<()> {
        exports.create_named_method("take", take)
    }

    /// `take(table, a, b, c, d, nowNs)`: 0 when taken, the 1-based position of the first bucket that refused, or
    /// -1 misused.
    extern "C" fn take(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
        // A panic must not leave an `extern "C"` function: it would abort the process.
        let code = catch_unwind(|| take_arguments(env, info)).unwrap_or(MISUSED);
        let mut result = null_mut();
        // SAFETY: `env` is the one that Node passed for this call. When it fails, null is JavaScript's undefined.
        unsafe { sys::napi_create_int32(env, code, &mut result) };
        result
    }

    fn take_arguments(env: sys::napi_env, info: sys::napi_callback_info) -> i32 {
        let mut values = [null_mut(); 6];
        let mut count = values.len();
        // SAFETY: `env` and `info` are those that Node passed for this call; `values` has room for `count`, and
        // Node fills what the caller left out with undefined.
        let status = unsafe {
            sys::napi_get_cb_info(env, info, &mut count, values.as_mut_ptr(), null_mut(), null_mut())
        };
        if status != sys::Status::napi_ok {
            return MISUSED;
        }
        let [table, a, b, c, d, now_ns] = values;
        let number = |value| {
            let mut number = 0;
            // SAFETY: as above, `value` belongs to this call; what is no number gives a status and leaves the 0.
            let status = unsafe { sys::napi_get_value_int32(env, value, &mut number) };
            (status == sys::Status::napi_ok).then_some(number)
        };
        let (Some(table), Some(a), Some(b), Some(c), Some(d)) =
            (number(table), number(a), number(b), number(c), number(d))
        else {
            return MISUSED;
        };
        // A time that is no number stays the NaN that `Handle::take` refuses.
        let mut time = f64::NAN;
        // SAFETY: as above.
        unsafe { sys::napi_get_value_double(env, now_ns, &mut time) };
        with_handle(table as u32, |handle| handle.take([a, b, c, d], time))
    }

    fn with_handle(table: u32, act: impl FnOnce(&mut Handle) -> i32) -> i32 {
        TABLES.with_borrow_mut(|tables| match tables.get_mut(table as usize) {
            Some(Some(handle)) => act(handle),
            _ => MISUSED,
        })
    }

    fn found_code(found: Found) -> u32 {
        match found {
            Found::Nothing => 0,
            Found::Counters => 1,
            Found::EarlierBoot => 2,
            Found::Unusable => 3,
            Found::Foreign => 4,
        }
    }
}
