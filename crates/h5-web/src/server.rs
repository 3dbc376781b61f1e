//! The server of `h5 browse`: HTTP on the loopback interface, for one visitor.

mod folder;
mod guard;
mod page;
mod reply;

use std::convert::Infallible;
use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use h5_types::Result;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::Response;
use hyper::body::{Bytes, Incoming};
use hyper::http::request::Parts;
use hyper::http::uri::PathAndQuery;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::runtime;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

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
const LARGEST_BODY: usize = 1 << 20;
/// Requests that are answered at a time.
const THREADS: usize = 4;
/// How often it is looked whether to end.
const PAUSE: Duration = Duration::from_millis(100);

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    site: Arc<Site>,
}

impl Server {
    /// Listens on 127.0.0.1, on a free port if `port` is 0.
    ///
    /// # Errors
    /// `Io` if the port is taken or there is no source of random numbers.
    pub fn listen(files: Box<dyn Files>, page: Page, port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let guard = Guard::new(listener.local_addr()?.port())?;
        let csrf = files.is_writable().then(|| guard.csrf().to_owned());
        let options = Options { is_static: false, csrf, export_bytes: EXPORT_BYTES };
        let responder = Responder::new(files, options);
        Ok(Self { listener, site: Arc::new(Site { guard, page, responder }) })
    }

    /// The address to visit. It is good for one visit.
    pub fn url(&self) -> String {
        self.site.guard.url()
    }

    /// Answers until it is told to end.
    ///
    /// # Errors
    /// `Io` if the system has no way to wait for visitors.
    pub fn run(self, ended: &dyn Fn() -> bool) -> Result<()> {
        // One thread waits for all connections, however many a browser holds open; a few answer.
        let mut runtime = runtime::Builder::new_current_thread();
        let runtime = runtime.enable_io().enable_time().max_blocking_threads(THREADS).build()?;
        let accepted = runtime.block_on(self.accept(ended));
        runtime.shutdown_background();
        accepted
    }

    async fn accept(self, ended: &dyn Fn() -> bool) -> Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        while !ended() {
            // A visitor that leaves at once is no reason to end.
            let Ok(Ok((stream, _))) = timeout(PAUSE, listener.accept()).await else { continue };
            let site = Arc::clone(&self.site);
            tokio::spawn(async move {
                let answer = service_fn(|request| answer(Arc::clone(&site), request));
                // Nor is one that leaves in the middle.
                let _ = http1::Builder::new()
                    .title_case_headers(true)
                    .serve_connection(TokioIo::new(stream), answer)
                    .await;
            });
        }
        Ok(())
    }
}

/// What is served, and to whom.
struct Site {
    guard: Guard,
    page: Page,
    responder: Responder,
}

/// Who asks comes first; only then is looked at what is asked.
async fn answer(
    site: Arc<Site>,
    http: hyper::Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = http.into_parts();
    let reply = match site.guard.verdict(&head) {
        Verdict::Enter(cookie) => Reply::enter(&cookie),
        Verdict::Refused(why) => Reply::refusal(403, why),
        Verdict::Welcome => match received(&head.method, body).await {
            Ok(body) => {
                let replied = spawn_blocking(move || site.reply(&head, body)).await;
                replied.unwrap_or_else(|_| Reply::refusal(500, "the request could not be answered"))
            }
            Err(refusal) => refusal,
        },
    };
    Ok(reply.into_response())
}

/// What was sent with a request.
async fn received(method: &hyper::Method, body: Incoming) -> Result<Vec<u8>, Reply> {
    if method != hyper::Method::POST {
        return Ok(Vec::new());
    }
    match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(Reply::refusal(413, "too much was sent")),
        Err(_) => Err(Reply::refusal(400, "the request ends too early")),
    }
}

impl Site {
    fn reply(&self, http: &Parts, body: Vec<u8>) -> Reply {
        let target = http.uri.path_and_query().map_or("", PathAndQuery::as_str);
        let method = match http.method {
            hyper::Method::GET | hyper::Method::HEAD => Method::Get,
            hyper::Method::POST => Method::Post,
            _ => return Reply::refusal(405, "GET and POST"),
        };
        let Some(route) = target.strip_prefix("/api").filter(|route| route.starts_with('/')) else {
            return match method {
                Method::Get => self.page.file(http.uri.path()),
                Method::Post => Reply::refusal(405, "files of the page are only read"),
            };
        };
        Reply::answer(match Request::new(method, route, body) {
            Ok(request) => self.responder.answer(&request),
            Err(error) => Answer::error(&error, None),
        })
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("responder", &self.site.responder).finish_non_exhaustive()
    }
}
