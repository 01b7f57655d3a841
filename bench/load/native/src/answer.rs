//! Reads answers as cheaply as can be: status, framing, nothing else. One per connection. The rules are those of
//! `../../answer-reader.ts`.

/// A status line must be longer than this before it is looked at.
const STATUS_LINE_BYTES_MIN: usize = 16;
const LAST_CHUNK: [u8; 5] = *b"0\r\n\r\n";

/// What a piece of an answer made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    More,
    Complete(u16),
    NotHttp,
}

/// Tells the end of each answer on a keep-alive connection without pipelining.
#[derive(Default)]
pub struct AnswerReader {
    /// The head as far as it has come, when it did not come in one piece.
    head: Vec<u8>,
    body: Option<Body>,
}

/// What is still to come of a body.
struct Body {
    status: u16,
    rest: Rest,
}

enum Rest {
    Bytes(u64),
    /// Chunked: no trailers among those whom we ask, so the last chunk ends the answer. These are its last bytes so far.
    Chunks([u8; 5]),
}

impl AnswerReader {
    pub fn push(&mut self, piece: &[u8]) -> Reading {
        if let Some(mut body) = self.body.take() {
            let reading = body.push(piece);
            if reading == Reading::More {
                self.body = Some(body);
            }
            return reading;
        }
        if self.head.is_empty() {
            return self.begin(piece);
        }
        let mut bytes = std::mem::take(&mut self.head);
        bytes.extend_from_slice(piece);
        self.begin(&bytes)
    }

    fn begin(&mut self, bytes: &[u8]) -> Reading {
        if bytes.len() >= STATUS_LINE_BYTES_MIN
            && (bytes.first() != Some(&b'H') || bytes.get(8) != Some(&b' '))
        {
            return Reading::NotHttp;
        }
        let Some((head, rest)) = split_head(bytes) else {
            self.head = bytes.to_vec();
            return Reading::More;
        };
        let status = head.get(9..12).map_or(0, number) as u16;
        let rest_wanted = match content_length(head) {
            Some(length) => Rest::Bytes(length),
            None if status == 204 || status == 304 => Rest::Bytes(0),
            None => Rest::Chunks([0; 5]),
        };
        let mut body = Body { status, rest: rest_wanted };
        let reading = body.push(rest);
        if reading == Reading::More {
            self.body = Some(body);
        }
        reading
    }
}

impl Body {
    fn push(&mut self, piece: &[u8]) -> Reading {
        let is_over = match &mut self.rest {
            Rest::Bytes(count) => {
                *count = count.saturating_sub(piece.len() as u64);
                *count == 0
            }
            Rest::Chunks(last) => {
                for byte in piece.iter().skip(piece.len().saturating_sub(last.len())) {
                    last.rotate_left(1);
                    if let Some(end) = last.last_mut() {
                        *end = *byte;
                    }
                }
                *last == LAST_CHUNK
            }
        };
        if is_over { Reading::Complete(self.status) } else { Reading::More }
    }
}

/// The lines of the head, without the empty one that ends it, and what comes after that.
fn split_head(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((bytes.get(..end)?, bytes.get(end + 4..)?))
}

fn content_length(head: &[u8]) -> Option<u64> {
    const NAME: &[u8] = b"content-length:";
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let (name, value) = line.split_at_checked(NAME.len())?;
        name.eq_ignore_ascii_case(NAME).then(|| number(value.trim_ascii()))
    })
}

/// The digits with which the text begins.
fn number(text: &[u8]) -> u64 {
    text.iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0, |value: u64, digit| value.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWERS: [(&str, u16); 7] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: x\r\n\r\nhello", 200),
        ("HTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nhello", 200),
        ("HTTP/1.1 200 OK\r\nCONTENT-LENGTH:\t5\r\n\r\nhello", 200),
        ("HTTP/1.1 400 Bad Request\r\nA: b\r\ncontent-length: 0\r\n\r\n", 400),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 200),
        ("HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 17\r\n\r\ncontent-length: 9", 200),
    ];

    #[test]
    fn an_answer_is_one_answer_in_whatever_two_pieces_it_comes() {
        let mut reader = AnswerReader::default();
        for (text, status) in ANSWERS {
            let bytes = text.as_bytes();
            for cut in 1..bytes.len() {
                assert_eq!(reader.push(&bytes[..cut]), Reading::More, "{cut} bytes of {text:?}");
                assert_eq!(reader.push(&bytes[cut..]), Reading::Complete(status), "{text:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn an_answer_is_one_answer_also_when_it_comes_whole_or_byte_by_byte() {
        let mut reader = AnswerReader::default();
        for (text, status) in ANSWERS {
            assert_eq!(reader.push(text.as_bytes()), Reading::Complete(status), "{text:?}");
            let told: Vec<Reading> = text.bytes().map(|byte| reader.push(&[byte])).collect();
            assert_eq!(told.iter().filter(|reading| **reading != Reading::More).count(), 1, "{text:?}");
            assert_eq!(told.last(), Some(&Reading::Complete(status)), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_http_is_told() {
        assert_eq!(AnswerReader::default().push(b"SSH-2.0-OpenSSH_9.2\r\n"), Reading::NotHttp);
    }
}
