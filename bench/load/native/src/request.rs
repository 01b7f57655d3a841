//! What is asked, again and again.

use std::fs;
use std::io;

use crate::plan::{OpenLoopPlan, latin1};

/// The bytes of each request.
pub struct Request {
    bytes: Vec<u8>,
    each: Option<Each>,
}

/// What stands before and after `{each}`, and what takes its place, in turn.
struct Each {
    before: Vec<u8>,
    after: Vec<u8>,
    lines: Vec<Vec<u8>>,
}

impl Request {
    pub fn new(plan: &OpenLoopPlan) -> io::Result<Request> {
        let each = match plan.each_file.as_ref().zip(plan.request.split_once("{each}")) {
            None => None,
            Some((file, (before, after))) => Some(Each {
                before: latin1(before),
                after: latin1(after),
                lines: fs::read(file)?.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect(),
            }),
        };
        Ok(Request { bytes: latin1(&plan.request), each })
    }

    pub fn bytes(&mut self, index: usize) -> &[u8] {
        if let Some(each) = &self.each {
            let line = each.lines.get(index % each.lines.len()).map_or(&[][..], Vec::as_slice);
            self.bytes.clear();
            for part in [&each.before, line, &each.after] {
                self.bytes.extend_from_slice(part);
            }
        }
        &self.bytes
    }
}
