//! The commands.

pub(crate) mod attr;
pub(crate) mod attr_edit;
mod attributes;
#[cfg(feature = "browse")]
pub(crate) mod browse;
pub(crate) mod check;
pub(crate) mod clear;
mod compare;
pub(crate) mod cp;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod digest;
pub(crate) mod dump;
pub(crate) mod generate;
pub(crate) mod get;
pub(crate) mod info;
pub(crate) mod links;
pub(crate) mod ls;
pub(crate) mod new;
pub(crate) mod pymodaq;
pub(crate) mod recover;
pub(crate) mod repack;
pub(crate) mod set;
pub(crate) mod stat;
pub(crate) mod tree;
pub(crate) mod watch;

use std::io::Write as _;

use crate::args::{Cli, Command};
use crate::failure::Outcome;
use crate::out::Out;

/// Runs the command that was asked for.
pub(crate) fn run(cli: &Cli) -> Outcome {
    let global = &cli.global;
    let mut out = Out::new(global.color);
    let exit = match &cli.command {
        Command::Tree(args) => tree::run(args, global, &mut out),
        Command::Ls(args) => ls::run(args, global, &mut out),
        Command::Info(args) => info::run(args, global, &mut out),
        Command::Get(args) => get::run(args, global, &mut out),
        Command::Dump(args) => dump::run(args, global, &mut out),
        Command::Attr(args) => attr::run(args, global, &mut out),
        Command::Stat(args) => stat::run(args, global, &mut out),
        Command::Digest(args) => digest::run(args, global, &mut out),
        Command::Diff(args) => diff::run(args, global, &mut out),
        Command::Check(args) => check::run(args, global, &mut out),
        Command::New(args) => new::new(args, global),
        Command::Mkgroup(args) => new::mkgroup(args, global),
        Command::Set(args) => set::run(args, global, &mut out),
        Command::Cp(args) => cp::run(args, global, &mut out),
        Command::Mv(args) => links::mv(args, global, &mut out),
        Command::Rm(args) => links::rm(args, global, &mut out),
        Command::Ln(args) => links::ln(args, global),
        Command::Repack(args) => repack::run(args, global, &mut out),
        Command::Clear(args) => clear::clear(args, global, &mut out),
        Command::Recover(args) => recover::recover(args, global, &mut out),
        Command::Watch(args) => watch::watch(args, global, &mut out),
        Command::Tail(args) => watch::tail(args, global, &mut out),
        Command::Demo(args) => demo::run(args, global, &mut out),
        #[cfg(feature = "browse")]
        Command::Browse(args) => browse::run(args, global, &mut out),
        Command::Pymodaq(args) => pymodaq::run(args, global, &mut out),
        Command::Completions(args) => generate::completions(args, &mut out),
        Command::Man(args) => generate::manual(args, &mut out),
    };
    // What was found before a failure is still worth seeing.
    let flushed = out.flush();
    let exit = exit?;
    flushed?;
    Ok(exit)
}
