//! Opens WebSockets one after the other, as fast as a server takes them, and resets them again.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::TcpStream;

use crate::plan::{StormPlan, StormReport, latin1};
use crate::sys::{self, Epoll, ONCE, READABLE, WRITABLE, now_ns};

/// How long after the end those still under way are waited for.
const DRAIN_NS: u64 = 2_000_000_000;
const ANSWER_BYTES: usize = 4_096;

/// A handshake under way.
struct Opening {
    stream: TcpStream,
    is_greeted: bool,
}

struct Storm {
    port: u16,
    head: Vec<u8>,
    open_max: usize,
    epoll: Epoll,
    slots: Vec<Option<Opening>>,
    /// Slots without a handshake under way.
    free: Vec<usize>,
    open: VecDeque<TcpStream>,
    opened: u64,
    failed: u64,
}

/// Opens until the time of the plan is up.
pub fn run(plan: &StormPlan) -> io::Result<StormReport> {
    let mut storm = Storm {
        port: plan.port,
        head: latin1(&plan.head),
        open_max: plan.open,
        epoll: Epoll::new()?,
        slots: (0..plan.opening).map(|_| None).collect(),
        free: (0..plan.opening).collect(),
        open: VecDeque::with_capacity(plan.open + 1),
        opened: 0,
        failed: 0,
    };
    let began_ns = now_ns();
    let ends_ns = began_ns + (plan.seconds * 1e9) as u64;
    let mut events = Vec::new();
    loop {
        let now = now_ns();
        let is_over = now >= ends_ns;
        let under_way = plan.opening - storm.free.len();
        if is_over && (under_way == 0 || now >= ends_ns + DRAIN_NS) {
            storm.failed += under_way as u64;
            let seconds = (now - began_ns) as f64 / 1e9;
            return Ok(StormReport { opened: storm.opened, failed: storm.failed, seconds });
        }
        if !is_over {
            // Those that fail at once are not tried again in the same turn, but nothing is waited for either.
            for slot in mem::take(&mut storm.free) {
                storm.begin(slot);
            }
        }
        let until_ns = match (is_over, storm.free.is_empty()) {
            (true, _) => ends_ns + DRAIN_NS,
            (false, true) => ends_ns,
            (false, false) => now,
        };
        storm.epoll.wait(&mut events, until_ns.saturating_sub(now_ns()))?;
        for event in &events {
            storm.go_on(event.token);
        }
    }
}

impl Storm {
    // Within one machine the kernel has usually connected when it returns, and the handshake can be sent at once: without
    // a wait, and without a word to epoll.
    fn begin(&mut self, slot: usize) {
        let begun = sys::connect(self.port).and_then(|mut stream| {
            let is_greeted = greet(&mut stream, &self.head)?;
            let awaited = if is_greeted { READABLE } else { WRITABLE };
            self.epoll.add(&stream, slot, awaited | ONCE)?;
            Ok(Opening { stream, is_greeted })
        });
        match (begun, self.slots.get_mut(slot)) {
            (Ok(opening), Some(place)) => *place = Some(opening),
            _ => self.lose(slot),
        }
    }

    /// The next step of a handshake that was waited for.
    fn go_on(&mut self, slot: usize) {
        let Some(mut opening) = self.slots.get_mut(slot).and_then(Option::take) else { return };
        match self.step(slot, &mut opening) {
            Ok(true) => {
                self.opened += 1;
                self.free.push(slot);
                // What else comes is not looked at: epoll was asked once.
                self.open.push_back(opening.stream);
                if self.open.len() > self.open_max
                    && let Some(oldest) = self.open.pop_front()
                {
                    sys::reset(oldest);
                }
            }
            Ok(false) => {
                if let Some(place) = self.slots.get_mut(slot) {
                    *place = Some(opening);
                }
            }
            Err(_) => {
                sys::reset(opening.stream);
                self.lose(slot);
            }
        }
    }

    /// Whether the connection was granted; false while that is not known, an error when it was not.
    fn step(&self, slot: usize, opening: &mut Opening) -> io::Result<bool> {
        if opening.is_greeted {
            let mut answer = [0; ANSWER_BYTES];
            match opening.stream.read(&mut answer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // As `isUpgraded` in ../../websocket-handshake.ts: the first piece has the whole status line.
                read => {
                    return match answer.get(..read?).and_then(|piece| piece.get(9..12)) {
                        Some(b"101") => Ok(true),
                        _ => Err(ErrorKind::ConnectionRefused.into()),
                    };
                }
            }
        } else {
            opening.is_greeted = greet(&mut opening.stream, &self.head)?;
        }
        let awaited = if opening.is_greeted { READABLE } else { WRITABLE };
        self.epoll.change(&opening.stream, slot, awaited | ONCE)?;
        Ok(false)
    }

    fn lose(&mut self, slot: usize) {
        self.failed += 1;
        self.free.push(slot);
    }
}

/// Whether the handshake was sent; false while the socket takes nothing.
fn greet(stream: &mut TcpStream, head: &[u8]) -> io::Result<bool> {
    match stream.write(head) {
        Ok(count) if count == head.len() => Ok(true),
        Ok(_) => Err(ErrorKind::WriteZero.into()),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error),
    }
}
