//! The server refuses everyone but its visitor, and everything but its files.
#![cfg(feature = "server")]
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{env, fs, process, thread};

use h5_backend::{Backend, File, Mode};
use h5_native::{CreateOptions, LiveFile, NativeFile, OpenOptions};
use h5_web::server::{LocalFiles, Opener, Page, Server};

/// A server over a folder of its own, and its visitor.
struct Visit {
    folder: PathBuf,
    port: u16,
    token: String,
    cookie: String,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Reply {
    status: u16,
    head: String,
    body: String,
}

fn opener() -> Opener {
    Box::new(|path, mode| {
        let (path, options) = (Path::new(path), OpenOptions::new());
        Ok(match mode {
            Mode::ReadLive => Arc::new(LiveFile::open(path, &options)?) as Arc<dyn Backend>,
            Mode::Read => Arc::new(NativeFile::open(path, &options)?),
            _ => Arc::new(NativeFile::open_writable(path, &options)?),
        })
    })
}

fn made(path: &Path) {
    let native = NativeFile::create(path, &CreateOptions::new(), &OpenOptions::new()).unwrap();
    let file = File::from_backend(Arc::new(native));
    file.create_group("<img src=x onerror=alert(1)>").unwrap();
    file.root().unwrap().object().set_attr("units", "mm").unwrap();
    file.close().unwrap();
}

impl Visit {
    fn begin(name: &str, write: bool) -> Self {
        let folder = env::temp_dir().join(format!("h5-web-{name}-{}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("served/sub")).unwrap();
        fs::create_dir_all(folder.join("page/assets")).unwrap();
        fs::write(folder.join("page/index.html"), "<meta name=\"h5-shape\" content=\"static\">").unwrap();
        fs::write(folder.join("page/assets/a.js"), "1").unwrap();
        fs::write(folder.join("secret.txt"), "secret").unwrap();
        made(&folder.join("outside.h5"));
        made(&folder.join("served/a.h5"));
        made(&folder.join("served/sub/b.h5"));
        made(&folder.join("served/.hidden.h5"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../outside.h5", folder.join("served/link.h5")).unwrap();
            std::os::unix::fs::symlink("..", folder.join("served/up")).unwrap();
            std::os::unix::fs::symlink("a.h5", folder.join("served/inner.h5")).unwrap();
            std::os::unix::fs::symlink("../secret.txt", folder.join("page/secret.txt")).unwrap();
        }
        let files = LocalFiles::new(&folder.join("served"), opener(), write).unwrap();
        let page = Page::of_directory(&folder.join("page")).unwrap();
        let server = Server::listen(Box::new(files), page, 0).unwrap();
        let url = server.url();
        let (port, token) = url.strip_prefix("http://127.0.0.1:").unwrap().split_once("/?token=").unwrap();
        let (port, token) = (port.parse().unwrap(), token.to_owned());
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let thread = Some(thread::spawn(move || server.run(&|| ended.load(Ordering::Relaxed)).unwrap()));
        Self { folder, port, token, cookie: String::new(), over, thread }
    }

    /// Visits the address that was printed.
    fn enter(mut self) -> Self {
        let reply = self.raw("GET", &format!("/?token={}", self.token), &self.host(), "");
        assert_eq!(reply.status, 303, "{}", reply.head);
        let cookie = reply.head.lines().find_map(|line| line.strip_prefix("Set-Cookie: ")).unwrap();
        self.cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap());
        self
    }

    fn host(&self) -> String {
        format!("Host: 127.0.0.1:{}\r\n", self.port)
    }

    fn get(&self, target: &str) -> Reply {
        self.raw("GET", target, &format!("{}{}", self.host(), self.cookie), "")
    }

    fn raw(&self, method: &str, target: &str, headers: &str, body: &str) -> Reply {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length =
            if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        write!(stream, "{method} {target} HTTP/1.1\r\n{headers}{length}Connection: close\r\n\r\n{body}")
            .unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Reply { status, head: head.to_owned(), body: body.to_owned() }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn nothing_is_answered_without_the_cookie() {
    let visit = Visit::begin("cookie", false);
    for target in ["/", "/assets/a.js", "/api/session", "/api/meta?file=a.h5&path=/", "/?token=", "/?token=x"]
    {
        let reply = visit.get(target);
        assert_eq!(reply.status, 403, "{target}");
        assert!(!reply.body.contains("h5-shape"), "{target}");
    }
    let visit = visit.enter();
    assert_eq!(visit.get("/api/session").status, 200);
    // The address is good for one visit, with the cookie or without.
    assert_eq!(visit.get(&format!("/?token={}", visit.token)).status, 403);
    let other =
        visit.raw("GET", "/api/session", &format!("{}Cookie: h5-{}=guess\r\n", visit.host(), visit.port), "");
    assert_eq!(other.status, 403);
}

#[test]
fn other_hosts_and_other_pages_are_refused() {
    let visit = Visit::begin("origin", false).enter();
    let asked =
        |headers: String| visit.raw("GET", "/api/session", &format!("{headers}{}", visit.cookie), "").status;
    assert_eq!(asked(visit.host()), 200);
    assert_eq!(asked(format!("Host: localhost:{}\r\n", visit.port)), 200);
    assert_eq!(asked(format!("{}Origin: http://127.0.0.1:{}\r\n", visit.host(), visit.port)), 200);
    assert_eq!(asked(String::new()), 403);
    assert_eq!(asked(format!("Host: rebound.example:{}\r\n", visit.port)), 403);
    assert_eq!(asked("Host: 127.0.0.1\r\n".to_owned()), 403);
    for origin in ["null", "http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1"] {
        assert_eq!(asked(format!("{}Origin: {origin}\r\n", visit.host())), 403, "{origin}");
    }
    for site in ["cross-site", "same-site"] {
        assert_eq!(asked(format!("{}Sec-Fetch-Site: {site}\r\n", visit.host())), 403, "{site}");
    }
}

#[test]
fn nothing_outside_the_folder_is_shown() {
    let visit = Visit::begin("outside", false).enter();
    let status = |file: &str| visit.get(&format!("/api/meta?path=/&file={file}")).status;
    assert_eq!(status("a.h5"), 200);
    assert_eq!(status("sub/b.h5"), 200);
    let absolute = visit.folder.join("outside.h5");
    for file in [
        "../outside.h5",
        "sub/../../outside.h5",
        "..%2Foutside.h5",
        "%2e%2e/outside.h5",
        "sub/..%5C..%5Coutside.h5",
        "./a.h5",
        "sub//b.h5",
        "/a.h5",
        "",
        ".",
        "sub",
        ".hidden.h5",
        "a.h5%00",
        "C:a.h5",
        absolute.to_str().unwrap(),
    ] {
        let found = status(file);
        assert!(matches!(found, 400 | 404), "{file}: {found}");
    }
    #[cfg(unix)]
    {
        assert_eq!(status("inner.h5"), 200, "a link inside the folder");
        assert_eq!(status("link.h5"), 404, "a link to a file outside");
        assert_eq!(status("up/outside.h5"), 404, "a link to a folder outside");
        assert_eq!(visit.get("/api/files?folder=up").status, 404);
    }
    assert_eq!(visit.get("/api/files?folder=..").status, 404);
    let listed = visit.get("/api/files?folder=").body;
    assert!(listed.contains("a.h5") && listed.contains("\"sub\""), "{listed}");
    assert!(
        !listed.contains("link.h5") && !listed.contains("hidden") && !listed.contains("\"up\""),
        "{listed}"
    );
}

#[test]
fn only_files_of_the_page_are_served() {
    let visit = Visit::begin("page", false).enter();
    let index = visit.get("/");
    assert_eq!(index.status, 200);
    assert!(index.body.contains("content=\"server\""), "{}", index.body);
    assert_eq!(visit.get("/assets/a.js").status, 200);
    for target in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/../../secret.txt",
        "/secret.txt",
        "//etc/passwd",
        "/.git",
    ] {
        let reply = visit.get(target);
        assert!(matches!(reply.status, 400 | 404), "{target}: {}", reply.status);
        assert!(!reply.body.contains("secret\n") && reply.body != "secret", "{target}");
    }
}

#[test]
fn answers_carry_the_policy_and_names_are_text() {
    let visit = Visit::begin("policy", false).enter();
    for target in ["/", "/api/meta?file=a.h5&path=/", "/api/nothing", "/nothing"] {
        let head = visit.get(target).head;
        let policy = head.lines().find_map(|line| line.strip_prefix("Content-Security-Policy: ")).unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("script-src 'self' 'unsafe-inline'"), "{policy}");
        for header in ["X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer"] {
            assert!(head.contains(header), "{target}: {head}");
        }
        assert!(!head.contains("Access-Control-Allow-Origin"), "{head}");
    }
    let children = visit.get("/api/children?file=a.h5&path=/");
    assert!(children.head.contains("application/json"), "{}", children.head);
    assert!(!children.body.contains('<') && children.body.contains("\\u003cimg"), "{}", children.body);
}

#[test]
fn nothing_is_written_unless_it_was_allowed() {
    let post = |visit: &Visit, headers: &str| {
        let headers = format!("{}{}{headers}", visit.host(), visit.cookie);
        visit.raw("POST", "/api/pymodaq/comment?file=a.h5&path=/", &headers, "seen")
    };
    let before = |visit: &Visit| fs::read(visit.folder.join("served/a.h5")).unwrap();
    let visit = Visit::begin("read-only", false).enter();
    let bytes = before(&visit);
    assert!(visit.get("/api/session").body.contains("\"csrf\":null"));
    assert_eq!(post(&visit, "").status, 403);
    assert_eq!(post(&visit, "X-H5-Csrf: guess\r\n").status, 403);
    assert_eq!(visit.get("/api/pymodaq/comment?file=a.h5&path=/").status, 405);
    assert_eq!(before(&visit), bytes);
    drop(visit);

    let visit = Visit::begin("write", true).enter();
    let bytes = before(&visit);
    let session = visit.get("/api/session").body;
    let csrf =
        session.split("\"csrf\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    assert_eq!(post(&visit, "").status, 403);
    assert_eq!(post(&visit, &format!("X-H5-Csrf: {csrf}\r\nOrigin: http://evil.example\r\n")).status, 403);
    assert_eq!(before(&visit), bytes);
    let reply = post(&visit, &format!("X-H5-Csrf: {csrf}\r\n"));
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(reply.body.contains("seen"), "{}", reply.body);
    let shown = visit.get("/api/attributes?file=a.h5&path=/").body;
    assert!(shown.contains("comments") && shown.contains("seen"), "{shown}");
}

#[test]
fn odd_requests_end_nothing() {
    let visit = Visit::begin("odd", false).enter();
    for method in ["PUT", "DELETE", "OPTIONS", "TRACE"] {
        let headers = format!("{}{}", visit.host(), visit.cookie);
        assert_eq!(visit.raw(method, "/api/session", &headers, "").status, 405, "{method}");
    }
    assert_eq!(visit.get("/api/meta?file=a.h5&path=%ff").status, 400);
    let long = "x".repeat(100_000);
    assert!(matches!(visit.get(&format!("/api/meta?file=a.h5&path=/{long}")).status, 400 | 404 | 414 | 431));
    let mut stream = TcpStream::connect(("127.0.0.1", visit.port)).unwrap();
    stream.write_all(b"\0\xff garbage\r\n\r\n").unwrap();
    drop(stream);
    assert_eq!(visit.get("/api/session").status, 200);
}

/// Browsers open connections ahead of need, and keep them.
#[test]
fn idle_connections_keep_nobody_waiting() {
    let visit = Visit::begin("idle", false).enter();
    for _ in 0..20 {
        let idle: Vec<_> = (0..8).map(|_| TcpStream::connect(("127.0.0.1", visit.port)).unwrap()).collect();
        for mut stream in idle.into_iter().rev().take(6) {
            stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            write!(stream, "GET /api/session HTTP/1.1\r\n{}{}\r\n", visit.host(), visit.cookie).unwrap();
            let mut start = [0; 15];
            stream.read_exact(&mut start).unwrap();
            assert_eq!(&start, b"HTTP/1.1 200 OK");
        }
    }
}
