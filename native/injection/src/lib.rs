//! libinjection for the firewall. This file is the boundary to JavaScript: bytes in, a code out, nothing decided. A
//! panic of the library becomes a code, for otherwise it would end the process.

use std::panic::catch_unwind;

/// Not judged: no text was given, or the library panicked. Whoever asks must refuse then.
pub const NOT_JUDGED: i32 = -1;

/// 1 when the bytes look like an SQL injection, 0 when not, or [`NOT_JUDGED`].
pub fn judge_sqli(bytes: &[u8]) -> i32 {
    catch_unwind(|| i32::from(libinjectionrs::detect_sqli(bytes).is_injection())).unwrap_or(NOT_JUDGED)
}

/// 1 when the bytes look like cross-site scripting, 0 when not, or [`NOT_JUDGED`].
pub fn judge_xss(bytes: &[u8]) -> i32 {
    catch_unwind(|| i32::from(libinjectionrs::detect_xss(bytes).is_injection())).unwrap_or(NOT_JUDGED)
}

#[cfg(feature = "node")]
pub mod node {
    use std::cell::RefCell;
    use std::ptr::null_mut;

    use napi::bindgen_prelude::{JsObjectValue, Object, Result};
    use napi::sys;
    use napi_derive::napi;

    use crate::{NOT_JUDGED, judge_sqli, judge_xss};

    /// The longest text that is looked at; the firewall hands over less.
    const BYTES_MAX: usize = 1 << 20;

    thread_local! {
        /// Of this JavaScript thread, so that no call allocates.
        static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    /// Bare N-API callbacks, as in the throttle: `#[napi]` would copy the text twice, and cost more than judging it.
    #[napi(module_exports)]
    pub fn add_judges(mut exports: Object) -> Result<()> {
        exports.create_named_method("sqli", sqli)?;
        exports.create_named_method("xss", xss)
    }

    /// `sqli(text)`: a text with one character for each byte.
    extern "C" fn sqli(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
        judged(env, info, judge_sqli)
    }

    /// `xss(text)`: likewise.
    extern "C" fn xss(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
        judged(env, info, judge_xss)
    }

    fn judged(env: sys::napi_env, info: sys::napi_callback_info, judge: fn(&[u8]) -> i32) -> sys::napi_value {
        let code = BYTES.with(|bytes| match bytes.try_borrow_mut() {
            Ok(mut bytes) => read(env, info, &mut bytes).map_or(NOT_JUDGED, judge),
            Err(_) => NOT_JUDGED,
        });
        let mut result = null_mut();
        // SAFETY: `env` is the one that Node passed for this call. When it fails, null is JavaScript's undefined.
        unsafe { sys::napi_create_int32(env, code, &mut result) };
        result
    }

    /// The first argument's bytes; `None` when it is no text, or longer than [`BYTES_MAX`].
    fn read(env: sys::napi_env, info: sys::napi_callback_info, bytes: &mut Vec<u8>) -> Option<&[u8]> {
        let mut value = null_mut();
        let mut count = 1;
        // SAFETY: `env` and `info` are those that Node passed for this call; `value` has room for one argument, and
        // Node writes undefined where the caller gave none.
        let status =
            unsafe { sys::napi_get_cb_info(env, info, &mut count, &mut value, null_mut(), null_mut()) };
        if status != sys::Status::napi_ok {
            return None;
        }
        let mut length = 0;
        // SAFETY: `value` belongs to this call; without a buffer Node writes the length alone, or fails.
        let status = unsafe { sys::napi_get_value_string_latin1(env, value, null_mut(), 0, &mut length) };
        if status != sys::Status::napi_ok || length > BYTES_MAX {
            return None;
        }
        if bytes.len() <= length {
            // Node ends what it writes with a zero.
            bytes.resize(length + 1, 0);
        }
        // SAFETY: as above; the buffer has room for as many bytes as Node is told.
        let status = unsafe {
            sys::napi_get_value_string_latin1(env, value, bytes.as_mut_ptr().cast(), bytes.len(), &mut length)
        };
        if status != sys::Status::napi_ok {
            return None;
        }
        bytes.get(..length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attacks_are_told_from_prose() {
        assert_eq!(judge_sqli(b"1' OR '1'='1"), 1);
        assert_eq!(judge_sqli(b"-1 union select 1,2,password from users--"), 1);
        assert_eq!(judge_sqli(b"Mr. O'Brien selected a table from the menu"), 0);
        assert_eq!(judge_xss(b"<script>alert(1)</script>"), 1);
        assert_eq!(judge_xss(b"a < b and b > c"), 0);
        assert_eq!((judge_sqli(b""), judge_xss(b"")), (0, 0));
    }

    /// What the library does with any bytes at all: it ends, and it does not panic.
    #[test]
    fn whatever_bytes_are_judged() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let pieces: [&[u8]; 12] =
            [b"'", b"\"", b"--", b"/*", b"*/", b"union", b" ", b"<", b">", b"=", b"&#x", b"\0"];
        for _ in 0..20_000 {
            let mut bytes = Vec::new();
            for _ in 0..next() % 24 {
                match next() % 2 {
                    0 => bytes.push(next() as u8),
                    _ => bytes.extend_from_slice(pieces[(next() % 12) as usize]),
                }
            }
            assert_ne!(judge_sqli(&bytes), NOT_JUDGED, "{bytes:?}");
            assert_ne!(judge_xss(&bytes), NOT_JUDGED, "{bytes:?}");
        }
    }
}
