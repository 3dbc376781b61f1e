//! The command line: what all commands share, and their list. Help, completions and manual pages are made from these definitions.

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::backend::Backend;
#[cfg(feature = "browse")]
use crate::commands::browse;
use crate::commands::{
    attr, check, clear, cp, demo, diff, digest, dump, generate, get, info, links, ls, new, pymodaq, recover,
    repack, set, stat, tree, watch,
};

/// Look into HDF5 files, write and copy them, check and compare them.
///
/// A place in a file is written FILE::/path or FILE/path, and for values FILE::/path[0,:,10:20] with the indexing of numpy:
/// negative numbers count from the end, a:b:step is a range, ... stands for the dimensions that are not named.
#[derive(Debug, Parser)]
#[command(
    name = "h5",
    version,
    arg_required_else_help = true,
    subcommand_required = true,
    max_term_width = 100,
    after_help = "Exit status: 0 done, 1 the answer is no (different, damaged, not found), 2 error.",
    after_long_help = "Examples:
  h5 tree scan.h5                       what is in the file
  h5 get 'scan.h5::/camera/frames[0]'   the first frame, as text
  h5 check scan.h5                      read everything, verify every checksum
  h5 cp scan.h5::/camera small.h5       copy a group with all that is below it

Exit status: 0 done, 1 the answer is no (different, damaged, not found), 2 error."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct GlobalArgs {
    /// Other files that the file may make us open
    ///
    /// External links, external raw data and sources of virtual datasets name other files. `deny` opens none, `same-dir` those
    /// in the directory of the file or below it, `allow` any.
    #[arg(long, global = true, value_name = "POLICY", default_value = "deny", value_enum)]
    pub(crate) access: Access,

    /// Backend that opens files
    ///
    /// `native` is h5's own. Programs that were built with the feature `libhdf5` have HDF5's C library as well, to compare with. A place
    /// may also name its own: libhdf5:scan.h5::/camera.
    #[arg(long, global = true, value_name = "NAME", default_value = "native", value_enum)]
    pub(crate) backend: Backend,

    /// When to use colours
    ///
    /// `auto`: if the output is a terminal. NO_COLOR and CLICOLOR_FORCE in the environment are heeded.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_enum)]
    pub(crate) color: When,

    /// Threads that decode chunks [default: one for each core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// Map the file into memory instead of reading it piece by piece
    ///
    /// Faster for many small reads. Do not use it on a file that another program may shorten meanwhile.
    #[arg(long, global = true)]
    pub(crate) mmap: bool,

    /// Do not stop at files that ask for far more work than their length
    ///
    /// Where much of a file refers to the same bytes, or little decodes to much, going through it may take hours. What goes through
    /// whole files therefore reads and decodes 1 GiB, and 64 bytes more for each byte of the file, and leaves the rest out with a
    /// remark.
    #[arg(long, global = true)]
    pub(crate) no_work_limit: bool,

    /// No progress and no warnings on the standard error
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

impl From<Access> for h5::AccessPolicy {
    fn from(access: Access) -> Self {
        match access {
            Access::Deny => Self::Deny,
            Access::SameDir => Self::SameDir,
            Access::Allow => Self::Allow,
        }
    }
}

/// Which other files may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Access {
    /// None
    Deny,
    /// Those in the same directory or below it
    SameDir,
    /// Any
    Allow,
}

/// When to do something that depends on the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// If the output is a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the objects of a file as a tree
    Tree(tree::TreeArgs),
    /// List the links of a group
    Ls(ls::LsArgs),
    /// Tell all facts about a file or one object
    Info(info::InfoArgs),
    /// Print the values of a dataset or a part of it
    Get(get::GetArgs),
    /// Print objects with attributes and values
    Dump(dump::DumpArgs),
    /// List, print, set, remove or rename attributes
    Attr(attr::AttrArgs),
    /// Create an empty file
    New(new::NewArgs),
    /// Create groups
    Mkgroup(new::MkgroupArgs),
    /// Write values into a dataset or a part of it, new or not
    Set(set::SetArgs),
    /// Copy objects within a file or to another one
    Cp(cp::CpArgs),
    /// Move or rename an object
    Mv(links::MvArgs),
    /// Remove links, and objects that no other link leads to
    Rm(links::RmArgs),
    /// Make a link to an object
    Ln(links::LnArgs),
    /// Write a file anew: without gaps, with other filters
    Repack(repack::RepackArgs),
    /// Clear what a killed writer left in a file's first bytes
    Clear(clear::ClearArgs),
    /// Save what a damaged file has: all that can be read, and what is found
    Recover(recover::RecoverArgs),
    /// Count objects and bytes by kind
    Stat(stat::StatArgs),
    /// Compare two files or two objects
    Diff(diff::DiffArgs),
    /// Print a fingerprint of a file's content
    Digest(digest::DigestArgs),
    /// Read everything and list what is damaged
    Check(check::CheckArgs),
    /// Show what another process writes, as it flushes it
    Watch(watch::WatchArgs),
    /// Print the last rows of a dataset, and those that come
    Tail(watch::TailArgs),
    /// Scan a simulated sample, save it as PyMoDAQ does, and show it
    Demo(demo::DemoArgs),
    /// Look into files in a browser
    #[cfg(feature = "browse")]
    Browse(browse::BrowseArgs),
    /// Look into files of PyMoDAQ's: data with axes, settings, logs
    Pymodaq(pymodaq::PymodaqArgs),
    /// Print a completion script for a shell
    Completions(generate::CompletionsArgs),
    /// Print the manual pages, or write them to a directory
    Man(generate::ManArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    /// All commands, with those below them.
    fn commands() -> Vec<clap::Command> {
        let mut root = Cli::command();
        root.build();
        let mut found = vec![root];
        let mut next = 0;
        while next < found.len() {
            let below: Vec<_> = found[next].get_subcommands().cloned().collect();
            found.extend(below.into_iter().filter(|c| c.get_name() != "help"));
            next += 1;
        }
        found
    }

    #[test]
    fn definitions_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_a_line_a_page_and_an_example() {
        for command in commands() {
            let name = command.get_name();
            let about = command.get_about().unwrap_or_else(|| panic!("{name} has no help")).to_string();
            assert!(about.len() <= 72 && !about.contains('\n'), "{name}: {about}");
            let has_commands = command.get_subcommands().next().is_some();
            let page = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            assert!(page.contains("Example") || (has_commands && name != "h5"), "{name} has no example");
        }
    }

    #[test]
    fn every_option_has_help() {
        for command in commands() {
            for argument in command.get_arguments() {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!help.is_empty(), "{} {} has no help", command.get_name(), argument.get_id());
            }
        }
    }
}
