//! `h5 browse`: serves, says where, and ends when it is told to.
#![cfg(feature = "browse")]
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

fn h5() -> Command {
    Command::new(env!("CARGO_BIN_EXE_h5"))
}

fn scan() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/pymodaq/scan.h5")
}

/// A directory with a page, gone at the end.
struct Page(PathBuf);

impl Page {
    fn made(name: &str) -> Self {
        let path = env::temp_dir().join(format!("h5-browse-{name}-{}", process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("index.html"), "<meta name=\"h5-shape\" content=\"static\">").unwrap();
        Self(path)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn started(page: &Page) -> (Child, String) {
    let mut child = h5()
        .args(["browse", "--no-open", "--page"])
        .arg(&page.0)
        .arg(scan())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim().to_owned())
}

fn asked(url: &str, headers: &str) -> String {
    let (host, target) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{target} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn the_printed_address_leads_to_the_file() {
    let page = Page::made("address");
    let (mut child, url) = started(&page);
    let entered = asked(&url, "");
    assert!(entered.starts_with("HTTP/1.1 303"), "{entered}");
    let cookie = entered.lines().find_map(|line| line.strip_prefix("Set-Cookie: ")).unwrap();
    let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap());
    let base = url.split("/?").next().unwrap();
    assert!(asked(&format!("{base}/"), &cookie).contains("content=\"server\""));
    let file = asked(&format!("{base}/api/file"), &cookie);
    assert!(file.contains("\"program\":\"PyMoDAQ\"") && file.contains("\"write\":false"), "{file}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[cfg(unix)]
#[test]
fn it_ends_with_the_terminal_and_with_control_c() {
    for signal in ["HUP", "INT", "TERM"] {
        let page = Page::made(signal);
        let (mut child, _) = started(&page);
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{signal} did not end it");
            thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success(), "{signal}: {status}");
    }
}

#[test]
fn what_cannot_be_shown_is_said() {
    let page = Page::made("refusals");
    let refused = |arguments: &[&str]| {
        let output = h5().args(["browse", "--no-open"]).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let of_page = page.0.to_str().unwrap();
    assert!(refused(&["--page", of_page, "no-such-file.h5"]).contains("no-such-file.h5"));
    assert!(refused(&["--page", of_page, &format!("{of_page}/index.html")]).contains("index.html"));
    assert!(refused(&["--page", "/no/such/page", scan().to_str().unwrap()]).contains("index.html"));
}
