//! Open-loop load: requests are due at a constant rate whatever the server does, and a request's latency counts from
//! the moment it was due, so that a stall is seen by all who would have come during it.
//!
//! ```text
//!   due ──► an idle connection, the latest first ──► sent ──► last byte of the answer ──► idle
//!    └ none is idle: it waits, and goes as soon as one is ┘
//! ```
//!
//! Below 5,000 requests a second each is sent at the moment when it is due. From there on those that are due within
//! [`TOGETHER_NS`] go together, when the last of them is, and meanwhile nothing wakes this program: what comes is looked at
//! in the same turn, with the kernel's word for when it came.

use std::collections::VecDeque;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::mem;
use std::thread;
use std::time::Duration;

use crate::answer::Reading;
use crate::line::{Line, is_for_later};
use crate::plan::{OpenLoopPlan, OpenLoopProgress, print_line};
use crate::request::Request;
use crate::sys::{self, Epoll, Event, READABLE, WRITABLE, cpu_ns, now_ns};
use crate::tally::{Asked, CUT, NOT_AN_ANSWER, Tally};

const READ_BYTES: usize = 65_536;
/// A pause, so that a server that is gone is not hammered.
const REOPEN_NS: u64 = 50_000_000;
/// How late a request may go so that others go with it. At 10,000 a second, from a core of its own in a virtual machine, it
/// takes 55 % of that core to wake for each request and for each answer; three at a time, blind in between, 28 %, and the
/// server pays for fewer wakes too: 25 us a request and not 43. More would save more, but show in the latencies.
const TOGETHER_NS: f64 = 200_000.0;
const SECOND_NS: u64 = 1_000_000_000;
/// Requests are not due before the load has started.
const NOT_STARTED: u64 = u64::MAX;

/// Loads as planned; prints a line each second, and then the report.
pub fn run(plan: OpenLoopPlan) -> Result<(), Box<dyn Error>> {
    let mut load = OpenLoop::new(plan)?;
    load.open_all()?;
    let cpu_before_ns = cpu_ns();
    load.start_ns = now_ns();
    load.tally.start(load.start_ns);
    let mut seconds_past = 1;
    loop {
        let now = now_ns();
        load.pump(now)?;
        let Some(until_ns) = load.runs_until(now) else { break };
        let next_line_ns = load.start_ns + seconds_past * SECOND_NS;
        if now >= next_line_ns {
            print_line(&OpenLoopProgress { seconds_past, answered: load.tally.answered() })?;
            seconds_past += 1;
        }
        load.turn(until_ns.min(next_line_ns), load.can_look_away())?;
    }
    let cpu_used_ns = cpu_ns() - cpu_before_ns;
    print_line(&load.tally.report(&load.plan, load.sent, cpu_used_ns, now_ns()))
}

struct OpenLoop {
    plan: OpenLoopPlan,
    request: Request,
    due: usize,
    /// How many requests wait for the one after them.
    together: usize,
    sent: usize,
    start_ns: u64,
    epoll: Epoll,
    events: Vec<Event>,
    chunk: Vec<u8>,
    lines: Vec<Line>,
    /// Lines that wait for a request; the latest is the next.
    idle: Vec<usize>,
    /// When lines that were closed are opened again.
    closed: VecDeque<(u64, usize)>,
    /// How often a connection came about.
    connected: usize,
    tally: Tally,
}

impl OpenLoop {
    fn new(plan: OpenLoopPlan) -> Result<OpenLoop, Box<dyn Error>> {
        Ok(OpenLoop {
            request: Request::new(&plan)?,
            due: plan.due(),
            together: (TOGETHER_NS * plan.rate_rps / 1e9) as usize,
            sent: 0,
            start_ns: NOT_STARTED,
            epoll: Epoll::new()?,
            events: Vec::new(),
            chunk: vec![0; READ_BYTES],
            lines: (0..plan.connections).map(|_| Line::default()).collect(),
            idle: Vec::with_capacity(plan.connections),
            closed: VecDeque::new(),
            connected: 0,
            tally: Tally::new(&plan)?,
            plan,
        })
    }

    /// Connections are open before the first request is due.
    fn open_all(&mut self) -> io::Result<()> {
        for index in 0..self.lines.len() {
            self.open(index)?;
        }
        while self.connected < self.plan.connections {
            self.turn(NOT_STARTED, false)?;
        }
        Ok(())
    }

    /// When something is to be done even if nothing comes; None when the load is over.
    fn runs_until(&self, now: u64) -> Option<u64> {
        let offered_ns = self.start_ns + (self.plan.duration_ms * 1e6) as u64;
        let drained_ns = offered_ns + (self.plan.drain_ms * 1e6) as u64;
        let is_settled = self.sent == self.due && self.tally.settled() >= self.due;
        if now > drained_ns || (now > offered_ns && is_settled) {
            return None;
        }
        let end_ns = if now > offered_ns { drained_ns } else { offered_ns };
        let is_waiting = self.sent < self.due && !self.idle.is_empty();
        let next_ns = self.due_ns((self.sent + self.together).min(self.due.saturating_sub(1)));
        Some(if is_waiting { next_ns.min(end_ns + 1) } else { end_ns + 1 })
    }

    fn due_ns(&self, index: usize) -> u64 {
        self.start_ns.saturating_add(self.plan.due_after_ns(index))
    }

    /// Whether answers can wait until the next requests go: there are lines enough without them.
    fn can_look_away(&self) -> bool {
        self.together > 0 && self.sent < self.due && self.idle.len() > self.together
    }

    /// Waits until something comes, or until then, and sees to it. Looking away, it waits until then whatever comes.
    fn turn(&mut self, until_ns: u64, looks_away: bool) -> io::Result<()> {
        let wake_ns = self.closed.front().map_or(until_ns, |(reopen_ns, _)| until_ns.min(*reopen_ns));
        let mut timeout_ns = wake_ns.saturating_sub(now_ns()).min(SECOND_NS);
        if looks_away {
            thread::sleep(Duration::from_nanos(mem::take(&mut timeout_ns)));
        }
        let mut events = mem::take(&mut self.events);
        self.epoll.wait(&mut events, timeout_ns)?;
        for event in &events {
            self.on_event(*event)?;
        }
        self.events = events;
        while let Some(&(reopen_ns, index)) = self.closed.front()
            && reopen_ns <= now_ns()
        {
            self.closed.pop_front();
            self.open(index)?;
        }
        Ok(())
    }

    fn open(&mut self, index: usize) -> io::Result<()> {
        let opened = sys::connect(self.plan.port).and_then(|stream| {
            stream.set_nodelay(true)?;
            sys::stamp_reads(&stream)?;
            self.epoll.add(&stream, index, WRITABLE)?;
            Ok(stream)
        });
        match opened {
            Ok(stream) => {
                if let Some(line) = self.lines.get_mut(index) {
                    *line = Line::opening(stream);
                }
                Ok(())
            }
            Err(error) => self.close(index, error),
        }
    }

    fn on_event(&mut self, event: Event) -> io::Result<()> {
        let index = event.token;
        // It may have been closed by what came before it in the same turn.
        let Some(line) = self.lines.get_mut(index) else { return Ok(()) };
        let Some(stream) = &mut line.stream else { return Ok(()) };
        if !line.is_connected {
            if let Some(error) = stream.take_error()? {
                return self.close(index, error);
            }
            line.is_connected = true;
            self.epoll.change(stream, index, READABLE)?;
            self.connected += 1;
            self.idle.push(index);
            return Ok(());
        }
        if event.is_writable
            && let Err(error) = line.write_unsent(&self.epoll, index)
        {
            return self.close(index, error);
        }
        if event.is_readable { self.read(index) } else { Ok(()) }
    }

    fn read(&mut self, index: usize) -> io::Result<()> {
        let Some(line) = self.lines.get_mut(index) else { return Ok(()) };
        let Some(stream) = &mut line.stream else { return Ok(()) };
        let (reading, came_ns) = match sys::read_stamped(stream, &mut self.chunk) {
            Ok((0, _)) => return self.close(index, ErrorKind::UnexpectedEof.into()),
            Ok((count, came_ns)) => (line.reader.push(self.chunk.get(..count).unwrap_or_default()), came_ns),
            Err(error) if is_for_later(&error) => return Ok(()),
            Err(error) => return self.close(index, error),
        };
        let status = match reading {
            Reading::More => return Ok(()),
            Reading::NotHttp => None,
            Reading::Complete(status) => Some(status),
        };
        let Some((status, asked)) = status.zip(line.asked) else {
            self.tally.error(NOT_AN_ANSWER);
            return self.close(index, ErrorKind::InvalidData.into());
        };
        line.asked = None;
        let now = now_ns();
        // Another clock says when it came: one that is set while we look at it is not believed.
        let came_ns = came_ns.filter(|came| (asked.sent_ns..=now).contains(came)).unwrap_or(now);
        self.tally.answer(&self.plan, asked, status, came_ns);
        self.idle.push(index);
        self.pump(now)
    }

    /// Sends what is due, as far as there are idle connections.
    fn pump(&mut self, now: u64) -> io::Result<()> {
        while self.sent < self.due {
            let due_ns = self.due_ns(self.sent);
            if due_ns > now {
                return Ok(());
            }
            let Some(index) = self.idle.pop() else { return Ok(()) };
            let Some(line) = self.lines.get_mut(index) else { return Ok(()) };
            let asked = Asked { index: self.sent, due_ns, sent_ns: now };
            line.asked = Some(asked);
            self.sent += 1;
            if let Err(error) = line.write(&self.epoll, index, self.request.bytes(asked.index)) {
                self.close(index, error)?;
            }
        }
        Ok(())
    }

    /// Closes a line and has it opened again; an error before the load, when there is no connection to be had.
    fn close(&mut self, index: usize, why: io::Error) -> io::Result<()> {
        let Some(line) = self.lines.get_mut(index) else { return Ok(()) };
        let line = mem::take(line);
        if self.start_ns == NOT_STARTED && !line.is_connected {
            return Err(io::Error::new(
                why.kind(),
                format!("cannot connect to 127.0.0.1:{}: {why}", self.plan.port),
            ));
        }
        if line.asked.is_some() {
            self.tally.error(CUT);
        } else {
            self.idle.retain(|idle| *idle != index);
        }
        self.closed.push_back((now_ns() + REOPEN_NS, index));
        Ok(())
    }
}
