//! A connection of the open loop, and what it has to do.

use std::io::{self, ErrorKind, Write};
use std::mem;
use std::net::TcpStream;

use crate::answer::AnswerReader;
use crate::sys::{Epoll, READABLE, WRITABLE};
use crate::tally::Asked;

/// One keep-alive connection.
#[derive(Default)]
pub struct Line {
    /// None until it is opened again.
    pub stream: Option<TcpStream>,
    pub is_connected: bool,
    pub reader: AnswerReader,
    /// What the socket would not take yet.
    unsent: Vec<u8>,
    /// The request that it is busy with.
    pub asked: Option<Asked>,
}

impl Line {
    /// One that is not connected yet.
    pub fn opening(stream: TcpStream) -> Line {
        Line { stream: Some(stream), ..Line::default() }
    }

    /// Writes now what the socket takes, and the rest when it takes more.
    pub fn write(&mut self, epoll: &Epoll, index: usize, bytes: &[u8]) -> io::Result<()> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        if !self.unsent.is_empty() {
            self.unsent.extend_from_slice(bytes);
            return Ok(());
        }
        let count = match stream.write(bytes) {
            Err(error) if is_for_later(&error) => 0,
            written => written?,
        };
        if count == bytes.len() {
            return Ok(());
        }
        self.unsent = bytes.get(count..).unwrap_or_default().to_vec();
        epoll.change(stream, index, READABLE | WRITABLE)
    }

    pub fn write_unsent(&mut self, epoll: &Epoll, index: usize) -> io::Result<()> {
        let unsent = mem::take(&mut self.unsent);
        if let Some(stream) = &self.stream {
            epoll.change(stream, index, READABLE)?;
        }
        self.write(epoll, index, &unsent)
    }
}

/// Whether nothing is wrong but the time.
pub fn is_for_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
