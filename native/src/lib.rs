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
#[cfg(not(loom))]
pub mod lock;
pub mod meter;
#[cfg(not(loom))]
pub mod meters;
#[cfg(not(loom))]
pub mod name;
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
    use crate::handle::{BindError, Counting, Handle, MISUSED};

    const TABLE_FULL: i32 = -2;
    const SYSTEM_REFUSED: i32 = -3;
    const NAME_TOO_LONG: i32 = -4;

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
            bind_code(handle.bind(index as usize, id, Limit::new(rate_rps, burst), now_ns))
        })
    }

    /// Binds a meter's index to the meter of a 16-byte id, with the limit that decisions hold it to. Returns as `bind`
    /// does, or -4 the name is too long.
    #[napi(catch_unwind)]
    pub fn bind_meter(table: u32, index: u32, id: &[u8], name: &[u8], limit: f64) -> i32 {
        let Ok(id) = id.try_into() else { return MISUSED };
        with_handle(table, |handle| bind_code(handle.bind_meter(index as usize, id, name, limit)))
    }

    #[napi(catch_unwind)]
    pub fn unbind_meter(table: u32, index: u32) -> i32 {
        with_handle(table, |handle| handle.unbind_meter(index as usize).map_or(SYSTEM_REFUSED, |()| 0))
    }

    /// Writes the number of a bound meter for the period that began on a day. Returns 0, or -1 misused.
    #[napi(catch_unwind)]
    pub fn set_meter(table: u32, index: i32, period: i32, number: f64, is_usage: bool) -> i32 {
        with_handle(table, |handle| handle.set_meter(index, period, number, is_usage))
    }

    /// Whether the store's numbers are in the file: 1 or 0, or -1 misused.
    #[napi(catch_unwind)]
    pub fn is_restored(table: u32) -> i32 {
        with_handle(table, |handle| i32::from(handle.is_restored()))
    }

    #[napi(catch_unwind)]
    pub fn mark_restored(table: u32) -> i32 {
        with_handle(table, |handle| {
            handle.mark_restored();
            0
        })
    }

    /// Whether the file's name still leads to it: 1 or 0, or -1 misused.
    #[napi(catch_unwind)]
    pub fn is_current(table: u32) -> i32 {
        with_handle(table, |handle| i32::from(handle.is_current()))
    }

    /// The meters that changed since this was asked last: for each its slot, and eight times a day and a number.
    #[napi(catch_unwind)]
    pub fn changed_meters(table: u32) -> Vec<f64> {
        let mut changed = Vec::new();
        with_handle(table, |handle| {
            for (slot, cells) in handle.changed() {
                changed.push(slot as f64);
                changed.extend(cells.iter().flat_map(|(period, number)| [*period as f64, *number as f64]));
            }
            0
        });
        changed
    }

    /// The name of the meter in a slot; empty where there is none.
    #[napi(catch_unwind)]
    pub fn meter_name(table: u32, slot: u32) -> String {
        let mut found = Vec::new();
        with_handle(table, |handle| {
            found = handle.meter_name(slot as usize).ok().flatten().unwrap_or_default();
            0
        });
        String::from_utf8(found).unwrap_or_default()
    }

    /// Returns 1 when the meter is free now, 0 when it is held, -1 misused, -3 the system refused.
    #[napi(catch_unwind)]
    pub fn vacate_meter(table: u32, slot: u32) -> i32 {
        with_handle(table, |handle| handle.vacate_meter(slot as usize).map_or(SYSTEM_REFUSED, i32::from))
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

    /// Adds the two functions of the hot path as bare N-API callbacks: 60 ns for six numbers, where `#[napi]` needs
    /// 175 on a function and 370 on a method (docs/decisions/throttle.md).
    #[napi(module_exports)]
    pub fn add_take(mut exports: Object) -> Result<()> {
        exports.create_named_method("take", take)?;
        exports.create_named_method("takeCounted", take_counted)
    }

    /// `take(table, a, b, c, d, nowNs)`: 0 when taken, the 1-based position of the first bucket that refused, or
    /// -1 misused.
    extern "C" fn take(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
        // A panic must not leave an `extern "C"` function: it would abort the process.
        let code = catch_unwind(|| {
            let Some(([table, a, b, c, d], now_ns)) = numbers(env, info) else { return MISUSED };
            with_handle(table as u32, |handle| handle.take([a, b, c, d], now_ns))
        });
        answer(env, code.unwrap_or(MISUSED))
    }

    /// `takeCounted(table, a, b, c, d, quota, period, usage, day, nowNs)`: as `take`, or 5 the quota refused, or 6
    /// the file was not restored.
    extern "C" fn take_counted(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
        let code = catch_unwind(|| {
            let Some(([table, a, b, c, d, quota, period, usage, day], now_ns)) = numbers(env, info) else {
                return MISUSED;
            };
            let counting = Counting { quota, period, usage, day };
            with_handle(table as u32, |handle| handle.take_counted([a, b, c, d], counting, now_ns))
        });
        answer(env, code.unwrap_or(MISUSED))
    }

    fn answer(env: sys::napi_env, code: i32) -> sys::napi_value {
        let mut result = null_mut();
        // SAFETY: `env` is the one that Node passed for this call. When it fails, null is JavaScript's undefined.
        unsafe { sys::napi_create_int32(env, code, &mut result) };
        result
    }

    /// The most numbers that a bare callback is called with.
    const ARGUMENTS_MAX: usize = 10;

    /// A call's arguments: whole numbers, then a time. `None` when one of the whole numbers is none; a time that is no
    /// number stays the NaN that the handle refuses.
    fn numbers<const COUNT: usize>(
        env: sys::napi_env,
        info: sys::napi_callback_info,
    ) -> Option<([i32; COUNT], f64)> {
        const { assert!(COUNT < ARGUMENTS_MAX) };
        let mut values = [null_mut(); ARGUMENTS_MAX];
        let mut count = values.len();
        // SAFETY: `env` and `info` are those that Node passed for this call; `values` has room for `count`, and
        // Node fills what the caller left out with undefined.
        let status = unsafe {
            sys::napi_get_cb_info(env, info, &mut count, values.as_mut_ptr(), null_mut(), null_mut())
        };
        if status != sys::Status::napi_ok {
            return None;
        }
        let mut wholes = [0; COUNT];
        for (number, value) in wholes.iter_mut().zip(values) {
            // SAFETY: as above, `value` belongs to this call; what is no number gives another status.
            let status = unsafe { sys::napi_get_value_int32(env, value, number) };
            if status != sys::Status::napi_ok {
                return None;
            }
        }
        let mut time = f64::NAN;
        // SAFETY: as above.
        unsafe { sys::napi_get_value_double(env, *values.get(COUNT)?, &mut time) };
        Some((wholes, time))
    }

    fn bind_code(bound: std::result::Result<(), BindError>) -> i32 {
        match bound {
            Ok(()) => 0,
            Err(BindError::IndexOutOfRange) => MISUSED,
            Err(BindError::TableFull) => TABLE_FULL,
            Err(BindError::Io(_)) => SYSTEM_REFUSED,
            Err(BindError::NameTooLong) => NAME_TOO_LONG,
        }
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
