//! `h5 completions` and `h5 man`: what is made from the definition of the command line.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::args::Cli;
use crate::failure::{Exit, Outcome};
use crate::out::Out;

/// Print a completion script for a shell.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 completions bash > ~/.local/share/bash-completion/completions/h5
  h5 completions zsh > ~/.zfunc/_h5")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: Shell,
}

/// Print the manual pages, or write them to a directory.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 man | man -l -
  h5 man --directory ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Write one page for each command into this directory
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) directory: Option<PathBuf>,
}

pub(crate) fn completions(args: &CompletionsArgs, out: &mut Out) -> Outcome {
    // Made in memory, because the generator panics if it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "h5", &mut script);
    out.write_all(&script)?;
    Ok(Exit::Success)
}

pub(crate) fn manual(args: &ManArgs, out: &mut Out) -> Outcome {
    let mut root = Cli::command();
    root.build();
    let Some(directory) = &args.directory else {
        clap_mangen::Man::new(root).render(out)?;
        return Ok(Exit::Success);
    };
    std::fs::create_dir_all(directory)?;
    let pages = root.get_subcommands().filter(|command| command.get_name() != "help");
    for command in std::iter::once(&root).chain(pages) {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
        let mut page = Vec::new();
        clap_mangen::Man::new(command.clone()).render(&mut page)?;
        let path = directory.join(format!("{name}.1"));
        std::fs::write(&path, page)?;
        writeln!(out, "{}", h5::Name::new(path.as_os_str().as_encoded_bytes()))?;
    }
    Ok(Exit::Success)
}
