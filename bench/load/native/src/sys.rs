//! What the standard library has no name for: epoll, sockets that connect without waiting or close without goodbye, the
//! clock that all processes of a machine share. The only file with `unsafe`, and of the kernel's interfaces it knows
//! Linux's alone.

use std::io;
use std::mem;
use std::net::TcpStream;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

use libc::{c_int, c_void, socklen_t};

pub const READABLE: u32 = libc::EPOLLIN as u32;
pub const WRITABLE: u32 = libc::EPOLLOUT as u32;
/// Tells once, and then nothing more until `Epoll::change`.
pub const ONCE: u32 = libc::EPOLLONESHOT as u32;

const EVENTS_MAX: usize = 512;

/// Nanoseconds of CLOCK_MONOTONIC, as `sharedNowMs` in TypeScript.
pub fn now_ns() -> u64 {
    clock_ns(libc::CLOCK_MONOTONIC)
}

fn clock_ns(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes one timespec to where one is.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    ns_of(time)
}

fn ns_of(time: libc::timespec) -> u64 {
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// User and system time of this process so far, in nanoseconds.
pub fn cpu_ns() -> u64 {
    // SAFETY: a rusage is numbers alone, for all of which zero is a value.
    let mut usage: libc::rusage = unsafe { mem::zeroed() };
    // SAFETY: the kernel writes one rusage to where one is.
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    [usage.ru_utime, usage.ru_stime]
        .iter()
        .map(|time| time.tv_sec as u64 * 1_000_000_000 + time.tv_usec as u64 * 1_000)
        .sum()
}

/// As many open files as the machine allows us, as Node.js does for itself. Where that fails there are as many as before.
pub fn allow_many_files() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the kernel reads and writes one rlimit where one is.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        }
    }
}

/// The kernel may wake an ordinary thread 50 us late, to wake several at once; at 10,000 requests a second that is half
/// of the time between two.
pub fn wake_on_time() {
    // SAFETY: numbers only.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1_u64) };
}

/// A connection to 127.0.0.1 that may still be under way, on a socket that never waits.
pub fn connect(port: u16) -> io::Result<TcpStream> {
    let kind = libc::SOCK_STREAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: numbers only.
    let fd = checked(unsafe { libc::socket(libc::AF_INET, kind, 0) })?;
    // SAFETY: the kernel has just given it to us, and nobody else has it.
    let stream = unsafe { TcpStream::from_raw_fd(fd) };
    let address = libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: port.to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes([127, 0, 0, 1]) },
        sin_zero: [0; 8],
    };
    let bytes = mem::size_of_val(&address) as socklen_t;
    // SAFETY: the kernel reads the address within its size.
    match checked(unsafe { libc::connect(fd, (&raw const address).cast(), bytes) }) {
        Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
        _ => Ok(stream),
    }
}

/// Closes with a reset: no goodbye, and the port is free at once.
pub fn reset(stream: TcpStream) {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    // Where it fails the connection is closed all the same.
    _ = set_option(&stream, libc::SO_LINGER, &linger);
}

/// Has the kernel keep for `read_stamped` when what comes came.
pub fn stamp_reads(stream: &TcpStream) -> io::Result<()> {
    set_option(stream, libc::SO_TIMESTAMPNS, &1_i32)
}

fn set_option<T>(stream: &TcpStream, name: c_int, value: &T) -> io::Result<()> {
    let bytes = size_of::<T>() as socklen_t;
    let value: *const c_void = (&raw const *value).cast();
    // SAFETY: the kernel reads the option within its size.
    checked(unsafe { libc::setsockopt(stream.as_raw_fd(), libc::SOL_SOCKET, name, value, bytes) }).map(|_| ())
}

/// Room for one time beside the bytes, aligned as the kernel wants it.
#[repr(C)]
struct Stamp {
    header: libc::cmsghdr,
    time: libc::timespec,
}

/// Reads, and tells when the last of these bytes came, on the clock of `now_ns`, if the kernel knows.
pub fn read_stamped(stream: &TcpStream, bytes: &mut [u8]) -> io::Result<(usize, Option<u64>)> {
    let mut part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    // SAFETY: these are numbers and pointers, for all of which zero is a value.
    let (mut stamp, mut message) = unsafe { (mem::zeroed::<Stamp>(), mem::zeroed::<libc::msghdr>()) };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = (&raw mut stamp).cast();
    message.msg_controllen = size_of::<Stamp>() as _;
    // SAFETY: the kernel writes within `bytes` and `stamp`, whose sizes it is told.
    let count = unsafe { libc::recvmsg(stream.as_raw_fd(), &raw mut message, 0) };
    if count < 0 {
        return Err(io::Error::last_os_error());
    }
    let is_told = message.msg_controllen == size_of::<Stamp>()
        && stamp.header.cmsg_level == libc::SOL_SOCKET
        && stamp.header.cmsg_type == libc::SCM_TIMESTAMPNS;
    // The kernel stamps with the time of day.
    let came_ns = is_told.then(|| {
        let ago_ns = clock_ns(libc::CLOCK_REALTIME).saturating_sub(ns_of(stamp.time));
        now_ns().saturating_sub(ago_ns)
    });
    Ok((count as usize, came_ns))
}

/// What epoll told of a file that was added under a token.
#[derive(Clone, Copy)]
pub struct Event {
    pub token: usize,
    pub is_writable: bool,
    /// Or at its end, or broken: reading tells which.
    pub is_readable: bool,
}

/// Files that are waited for, by token. A file that is closed goes by itself.
pub struct Epoll {
    fd: OwnedFd,
    buffer: Vec<libc::epoll_event>,
}

impl Epoll {
    pub fn new() -> io::Result<Epoll> {
        // SAFETY: numbers only.
        let fd = checked(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        // SAFETY: the kernel has just given it to us, and nobody else has it.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        Ok(Epoll { fd, buffer: vec![libc::epoll_event { events: 0, u64: 0 }; EVENTS_MAX] })
    }

    /// Told of as long as it is so (level-triggered), unless `interest` says [`ONCE`].
    pub fn add(&self, file: &impl AsRawFd, token: usize, interest: u32) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, file.as_raw_fd(), token, interest)
    }

    pub fn change(&self, file: &impl AsRawFd, token: usize, interest: u32) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_MOD, file.as_raw_fd(), token, interest)
    }

    fn control(&self, what: c_int, file: RawFd, token: usize, interest: u32) -> io::Result<()> {
        let mut event = libc::epoll_event { events: interest, u64: token as u64 };
        // SAFETY: the kernel reads one epoll_event where one is.
        checked(unsafe { libc::epoll_ctl(self.fd.as_raw_fd(), what, file, &raw mut event) }).map(|_| ())
    }

    /// Replaces `events` by what has come; none after `timeout_ns`, to the nanosecond, or when a signal interrupts.
    pub fn wait(&mut self, events: &mut Vec<Event>, timeout_ns: u64) -> io::Result<()> {
        events.clear();
        let timeout = libc::timespec {
            tv_sec: (timeout_ns / 1_000_000_000) as libc::time_t,
            tv_nsec: (timeout_ns % 1_000_000_000) as libc::c_long,
        };
        // Its name in the C library is younger (glibc 2.35) than some machines that we run on.
        // SAFETY: the kernel writes at most so many events to the buffer, reads one timespec, and is given no signal mask.
        let count = unsafe {
            libc::syscall(
                libc::SYS_epoll_pwait2,
                self.fd.as_raw_fd(),
                self.buffer.as_mut_ptr(),
                self.buffer.len() as c_int,
                &raw const timeout,
                ptr::null::<libc::sigset_t>(),
                0_usize,
            )
        };
        if count < 0 {
            let error = io::Error::last_os_error();
            return if error.kind() == io::ErrorKind::Interrupted { Ok(()) } else { Err(error) };
        }
        events.extend(self.buffer.iter().take(count as usize).map(|event| {
            let bits = event.events;
            Event {
                token: event.u64 as usize,
                is_writable: bits & WRITABLE != 0,
                is_readable: bits & !WRITABLE != 0,
            }
        }));
        Ok(())
    }
}

fn checked(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
