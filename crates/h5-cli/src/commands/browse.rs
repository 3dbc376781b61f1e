//! `h5 browse`.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use h5::{LibverBounds, Mode};
use h5_web::server::{LocalFiles, Opener, Page, Server};

use crate::args::GlobalArgs;
use crate::failure::{self, Exit, Failure, Outcome};
use crate::interrupt;
use crate::location::{Location, limits};
use crate::out::Out;

/// Look into files in a browser
///
/// Serves a page on this machine alone, at an address that is good for one visit, and opens it. The page shows the tree of a file, of
/// all files in a folder or of a domain of HSDS, attributes, storage, tables and plots, PyMoDAQ's data with their axes, and follows files that grow. It ends
/// with the terminal, or with control-C. Nothing outside the folder is shown, and nothing is written without --write.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 browse scan.h5
  h5 browse --no-open .
  h5 browse hsds://host:5101/home/me/scan.h5
  h5 browse --port 8080 --no-open scan.h5     for `ssh -L 8080:127.0.0.1:8080`

Exit status: 0 once it is ended, 2 if the file or folder cannot be opened or this program was built without the page.")]
pub(crate) struct BrowseArgs {
    /// File, folder or domain
    #[arg(value_name = "FILE|FOLDER|DOMAIN")]
    place: OsString,
    /// Let the page write comments
    #[arg(long)]
    write: bool,
    /// Only print the address
    #[arg(long)]
    no_open: bool,
    /// Port to listen on [default: a free one]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// Take the page from this directory instead of the one that is built in
    #[arg(long, value_name = "DIR")]
    page: Option<PathBuf>,
}

/// Said by programs that were built without the page.
const NO_PAGE: &str = "this program was built without the page; build it by `npm ci && npm run build` in \
                       crates/h5-web/frontend and build h5 again, or name one that is built by --page";

pub(crate) fn run(args: &BrowseArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let page = match &args.page {
        Some(directory) => Page::of_directory(directory).map_err(|error| blame(directory, error))?,
        None => Page::embedded().ok_or_else(|| Failure::usage(NO_PAGE))?,
    };
    let files = files(args, global)?;
    let server = Server::listen(Box::new(files), page, args.port)
        .map_err(|error| Failure::File { file: format!("127.0.0.1:{}", args.port), error })?;
    interrupt::catch();
    writeln!(out, "{}", server.url())?;
    out.flush()?;
    if !args.no_open && open::that_detached(server.url()).is_err() && !global.quiet {
        failure::warn("no browser could be opened; visit the address above");
    }
    server
        .run(&interrupt::is_wanted)
        .map_err(|error| Failure::File { file: "127.0.0.1".to_owned(), error })?;
    Ok(Exit::Success)
}

fn files(args: &BrowseArgs, global: &GlobalArgs) -> Outcome<LocalFiles> {
    let path = Path::new(&args.place);
    if path.is_dir() {
        let files = LocalFiles::new(path, opener(global.backend, global), args.write);
        return files.map_err(|error| blame(path, error));
    }
    let location = Location::parse(&args.place);
    let backend = location.backend(global)?;
    let open = opener(backend, global);
    let files = if backend.has_files() {
        LocalFiles::new(&location.file, open, args.write).map_err(|error| location.blame(error))?
    } else {
        // Shown with its scheme, opened without.
        let domain = location.file.clone();
        let open = Box::new(move |_: &OsStr, mode| open(domain.as_os_str(), mode));
        LocalFiles::location(&location.file_json(), open, args.write)
    };
    // A file that is none is better said here than in the page.
    match backend.open(&location.file, limits(), global) {
        Ok(_) => Ok(files),
        Err(error) => match backend.open_live(&location.file, limits(), global) {
            Ok(_) => Ok(files),
            Err(_) => Err(location.blame(error)),
        },
    }
}

/// Opens files as the other commands do.
fn opener(backend: crate::backend::Backend, global: &GlobalArgs) -> Opener {
    let global = global.clone();
    Box::new(move |path: &OsStr, mode| -> h5::Result<Arc<dyn h5::Backend>> {
        let path = Path::new(path);
        let file = match mode {
            Mode::Read => backend.open(path, limits(), &global),
            Mode::ReadLive => backend.open_live(path, limits(), &global),
            _ => backend.open_to_change(path, LibverBounds::Earliest, limits(), &global),
        };
        Ok(Arc::clone(file?.backend()))
    })
}

fn blame(path: &Path, error: h5::Error) -> Failure {
    Failure::File { file: path.display().to_string(), error }
}
