/// Whether a file may make us open other files: external links, external raw data, virtual dataset sources, file family
/// members named by the file itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AccessPolicy {
    /// Nothing outside the file. The default of the command line, the server and the browser.
    Deny,
    /// Files in the same directory or below it, after symbolic links are resolved. The library's default.
    #[default]
    SameDir,
    /// Any file that the process can open.
    Allow,
}
