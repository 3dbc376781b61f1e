//! The server of `h5 browse`: HTTP on the loopback interface, for one visitor.

mod folder;
mod guard;
mod page;
mod reply;

use std::fmt;
use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use h5_types::{Error, Result};

pub use folder::{LocalFiles, Opener};
pub use guard::secret;
pub use page::Page;

use crate::answer::Answer;
use crate::files::Files;
use crate::request::{Method, Request};
use crate::responder::{Options, Responder};
use guard::{Guard, Verdict};
use reply::Reply;

/// Bytes of an export.
const EXPORT_BYTES: usize = 1 << 30;
/// Bytes that may be sent with a request.
const LARGEST_BODY: u64 = 1 << 20;
/// Requests that are answered at a time.
const THREADS: usize = 4;
/// How often it is looked whether to end.
const PAUSE: Duration = Duration::from_millis(100);

/// A server that listens.
pub struct Server {
    http: tiny_http::Server,
    guard: Guard,
    page: Page,
    responder: Responder,
}

impl Server {
    /// Listens on 127.0.0.1, on a free port if `port` is 0.
    ///
    /// # Errors
    /// `Io` if the port is taken or there is no source of random numbers.
    pub fn listen(files: Box<dyn Files>, page: Page, port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let port = listener.local_addr()?.port();
        let http = tiny_http::Server::from_listener(listener, None)
            .map_err(|error| Error::new(h5_types::ErrorKind::Io, error.to_string()))?;
        let guard = Guard::new(port)?;
        let csrf = files.is_writable().then(|| guard.csrf().to_owned());
        let options = Options { is_static: false, csrf, export_bytes: EXPORT_BYTES };
        Ok(Self { http, guard, page, responder: Responder::new(files, options) })
    }

    /// The address to visit. It is good for one visit.
    pub fn url(&self) -> String {
        self.guard.url()
    }

    /// Answers until it is told to end.
    pub fn run(&self, ended: &(dyn Fn() -> bool + Sync)) {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| self.work(&over));
            }
            while !ended() {
                thread::sleep(PAUSE);
            }
            over.store(true, Ordering::Relaxed);
            (0..THREADS).for_each(|_| self.http.unblock());
        });
    }

    fn work(&self, over: &AtomicBool) {
        while !over.load(Ordering::Relaxed) {
            // A visitor that leaves in the middle is no reason to end.
            let Ok(Some(mut http)) = self.http.recv_timeout(PAUSE) else { continue };
            let reply = catch_unwind(AssertUnwindSafe(|| self.reply(&mut http)));
            let reply = reply.unwrap_or_else(|_| Reply::refusal(500, "the request could not be answered"));
            let _ = http.respond(reply.into_response());
        }
    }

    /// Who asks comes first; only then is looked at what is asked.
    fn reply(&self, http: &mut tiny_http::Request) -> Reply {
        match self.guard.verdict(http) {
            Verdict::Enter(cookie) => return Reply::enter(&cookie),
            Verdict::Refused(why) => return Reply::refusal(403, why),
            Verdict::Welcome => {}
        }
        let target = http.url().to_owned();
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let Some(route) = target.strip_prefix("/api").filter(|route| route.starts_with('/')) else {
            return match http.method() {
                tiny_http::Method::Get | tiny_http::Method::Head => self.page.file(path),
                _ => Reply::refusal(405, "files of the page are only read"),
            };
        };
        let method = match http.method() {
            tiny_http::Method::Get | tiny_http::Method::Head => Method::Get,
            tiny_http::Method::Post => Method::Post,
            _ => return Reply::refusal(405, "GET and POST"),
        };
        let mut body = Vec::new();
        if method == Method::Post {
            let mut bounded = http.as_reader().take(LARGEST_BODY.saturating_add(1));
            if bounded.read_to_end(&mut body).is_err() {
                return Reply::refusal(400, "the request ends too early");
            }
            if u64::try_from(body.len()).unwrap_or(u64::MAX) > LARGEST_BODY {
                return Reply::refusal(413, "too much was sent");
            }
        }
        let answer = match Request::new(method, route, body) {
            Ok(request) => self.responder.answer(&request),
            Err(error) => Answer::error(&error, None),
        };
        Reply::answer(answer)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("responder", &self.responder).finish_non_exhaustive()
    }
}
