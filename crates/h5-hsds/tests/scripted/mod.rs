//! A small service that keeps objects, links and rows in memory, and fails as it is told to.

mod model;

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use h5_hsds::{Endpoint, HsdsOptions};
pub(crate) use model::Model;

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// A status; nothing is done.
    Status(u16),
    /// A status, though all was done.
    StatusAfter(u16),
    /// 429, and to come back after a second.
    Later,
    /// No answer at all, and nothing is done.
    SilentBefore,
    /// No answer at all, though all was done.
    SilentAfter,
    /// The connection is cut, and nothing is done.
    ResetBefore,
    /// The connection is cut, though all was done.
    ResetAfter,
    /// The answer ends in the middle.
    Truncated,
    /// The answer is shorter than it says.
    TooShort,
    /// The answer is no HTTP.
    Garbage,
    /// Sends to the same server.
    RedirectHere,
    /// Sends to the same server, again and again.
    RedirectInCircles,
    /// Sends to another server.
    RedirectAway,
    /// The answer says that it has a terabyte.
    Huge,
    /// The answer has no end.
    Endless,
    /// The answer is compressed, which was not asked for.
    Compressed,
    /// The answer is no JSON.
    NoJson,
    /// The service is killed and started again, and nothing is done.
    RestartBefore,
    /// The service is killed and started again, after all was done.
    RestartAfter,
}

/// A running service.
pub(crate) struct Scripted {
    pub(crate) endpoint: Endpoint,
    pub(crate) model: Arc<Mutex<Model>>,
    faults: Arc<Mutex<VecDeque<Fault>>>,
    /// Requests so far: method and path.
    pub(crate) seen: Arc<Mutex<Vec<String>>>,
    /// Requests that came to where a redirect led away.
    pub(crate) strayed: Arc<Mutex<usize>>,
}

impl Scripted {
    pub(crate) fn new() -> Self {
        let (listener, away) =
            (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
        let endpoint = Endpoint::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let elsewhere = format!("http://{}", away.local_addr().unwrap());
        let this = Self {
            endpoint,
            model: Arc::default(),
            faults: Arc::default(),
            seen: Arc::default(),
            strayed: Arc::default(),
        };
        let strayed = Arc::clone(&this.strayed);
        thread::spawn(move || away.incoming().for_each(|_| *strayed.lock().unwrap() += 1));
        let (model, faults, seen) =
            (Arc::clone(&this.model), Arc::clone(&this.faults), Arc::clone(&this.seen));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = (Arc::clone(&model), Arc::clone(&faults), Arc::clone(&seen));
                let elsewhere = elsewhere.clone();
                thread::spawn(move || {
                    // A client that goes away ends its thread.
                    let _ = serve(&stream, &shared, &elsewhere);
                });
            }
        });
        this
    }

    /// What the next requests meet, one after the other.
    pub(crate) fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        *self.faults.lock().unwrap() = faults.into_iter().collect();
    }

    pub(crate) fn options(&self) -> HsdsOptions {
        HsdsOptions::new()
            .endpoint(self.endpoint.clone())
            .credentials(h5_hsds::Credentials::Basic { username: "me".into(), password: "sesame".into() })
            .connect_timeout(Duration::from_millis(500))
            .read_timeout(Duration::from_millis(400))
            .total_timeout(Duration::from_secs(10))
    }
}

type Shared = (Arc<Mutex<Model>>, Arc<Mutex<VecDeque<Fault>>>, Arc<Mutex<Vec<String>>>);

fn serve(stream: &TcpStream, (model, faults, seen): &Shared, elsewhere: &str) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut out = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut words = line.split(' ');
        let (method, target) = (words.next().unwrap_or("").to_owned(), words.next().unwrap_or("").to_owned());
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            if header.trim().is_empty() {
                break;
            }
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        seen.lock().unwrap().push(format!("{method} {target}"));
        let fault = faults.lock().unwrap().pop_front().unwrap_or(Fault::None);
        let does_nothing = matches!(
            fault,
            Fault::Status(_)
                | Fault::Later
                | Fault::SilentBefore
                | Fault::ResetBefore
                | Fault::RestartBefore
                | Fault::RedirectHere
                | Fault::RedirectInCircles
                | Fault::RedirectAway
        );
        let done = (!does_nothing).then(|| model.lock().unwrap().handle(&method, &target, &body));
        let (status, kind, answer) =
            done.unwrap_or((503, "text/plain", b"503: Service Unavailable".to_vec()));
        let head = |status: u16, extra: &str, length: usize| {
            format!(
                "HTTP/1.1 {status} Status\r\ncontent-type: {kind}\r\n{extra}content-length: {length}\r\n\r\n"
            )
        };
        let plain = |status: u16, extra: &str| {
            let text = format!("{status}: as told");
            format!(
                "HTTP/1.1 {status} Status\r\ncontent-type: text/plain\r\n{extra}content-length: {}\r\n\r\n{text}",
                text.len()
            )
        };
        match fault {
            Fault::None => {
                out.write_all(head(status, "", answer.len()).as_bytes())?;
                out.write_all(&answer)?;
            }
            Fault::Status(status) | Fault::StatusAfter(status) => {
                out.write_all(plain(status, "").as_bytes())?
            }
            Fault::Later => out.write_all(plain(429, "retry-after: 1\r\n").as_bytes())?,
            Fault::SilentBefore | Fault::SilentAfter => {
                thread::sleep(Duration::from_secs(20));
                return Ok(());
            }
            Fault::RestartBefore | Fault::RestartAfter => {
                model.lock().unwrap().restart();
                return stream.shutdown(Shutdown::Both);
            }
            Fault::ResetBefore | Fault::ResetAfter => return stream.shutdown(Shutdown::Both),
            Fault::Truncated => {
                out.write_all(head(status, "", answer.len().max(2)).as_bytes())?;
                out.write_all(answer.get(..answer.len() / 2).unwrap_or_default())?;
                return stream.shutdown(Shutdown::Both);
            }
            Fault::TooShort => {
                out.write_all(head(status, "", answer.len() + 10).as_bytes())?;
                out.write_all(&answer)?;
                return stream.shutdown(Shutdown::Both);
            }
            Fault::Garbage => {
                out.write_all(b"\0\x01 what is this\r\n\r\n")?;
                return stream.shutdown(Shutdown::Both);
            }
            Fault::RedirectHere => {
                out.write_all(plain(307, &format!("location: {target}\r\n")).as_bytes())?
            }
            Fault::RedirectInCircles => {
                faults.lock().unwrap().push_front(Fault::RedirectInCircles);
                out.write_all(plain(308, &format!("location: {target}\r\n")).as_bytes())?;
            }
            Fault::RedirectAway => {
                out.write_all(plain(307, &format!("location: {elsewhere}{target}\r\n")).as_bytes())?;
            }
            Fault::Huge => out.write_all(head(status, "", 1 << 40).as_bytes())?,
            Fault::Endless => {
                out.write_all(format!("HTTP/1.1 {status} Status\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n").as_bytes())?;
                let piece = vec![b' '; 1 << 16];
                loop {
                    out.write_all(b"10000\r\n")?;
                    out.write_all(&piece)?;
                    out.write_all(b"\r\n")?;
                }
            }
            Fault::Compressed => {
                // The beginning of a gzip file; what it would grow to does not matter.
                let bomb = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
                out.write_all(head(status, "content-encoding: gzip\r\n", bomb.len()).as_bytes())?;
                out.write_all(&bomb)?;
            }
            Fault::NoJson => {
                out.write_all(head(status, "", 4).as_bytes())?;
                out.write_all(b"{\"a\"")?;
            }
        }
    }
}
