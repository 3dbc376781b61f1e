//! `deflate=6`, `/camera:zstd=3`, `chunked=256x256`: how the user says what datasets are to be stored as.

use h5::{FilterInfo, Name};

/// Something said of all datasets, or of one and those below a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scoped<T> {
    /// The path; `None` for all.
    pub(crate) path: Option<Name>,
    /// What was said.
    pub(crate) what: T,
}

/// Filters of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FilterSpec {
    /// No filters.
    None,
    /// One more filter.
    Add(FilterInfo),
}

/// Layout of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LayoutSpec {
    /// In the object header.
    Compact,
    /// In one block.
    Contiguous,
    /// In chunks; without dimensions, of a shape that is guessed.
    Chunked(Option<Vec<u64>>),
}

impl<T> Scoped<T> {
    /// Whether a dataset is meant.
    pub(crate) fn covers(&self, path: &Name) -> bool {
        let Some(scope) = &self.path else { return true };
        let Some(rest) = path.as_bytes().strip_prefix(scope.as_bytes()) else { return false };
        rest.is_empty() || rest.first() == Some(&b'/') || scope.as_bytes() == b"/"
    }

    fn parse(text: &str, what: impl Fn(&str) -> Result<T, String>) -> Result<Self, String> {
        match text.rsplit_once(':').filter(|_| text.starts_with('/')) {
            Some((path, said)) => {
                Ok(Self { path: Some(crate::edit::normal(&path.into())), what: what(said)? })
            }
            None if text.starts_with('/') => Err(format!("`{text}`: a path, but nothing said of it")),
            None => Ok(Self { path: None, what: what(text)? }),
        }
    }
}

/// For the command line.
pub(crate) fn scoped_filter(text: &str) -> Result<Scoped<FilterSpec>, String> {
    Scoped::parse(text, filter_spec)
}

/// For the command line.
pub(crate) fn scoped_layout(text: &str) -> Result<Scoped<LayoutSpec>, String> {
    Scoped::parse(text, layout_spec)
}

/// Bit 0 of a filter's flags: a chunk may be stored without it.
const OPTIONAL: u16 = 1;

/// A filter by name or number, with its parameters behind `=`, separated by commas.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn filter_spec(text: &str) -> Result<FilterSpec, String> {
    let (name, parameters) = text.split_once('=').unwrap_or((text, ""));
    let parameters: Vec<u32> = parameters
        .split(',')
        .filter(|number| !number.is_empty())
        .map(|number| number.parse().map_err(|_| format!("`{number}` is no parameter of a filter")))
        .collect::<Result<_, _>>()?;
    let first = |default: u32| parameters.first().copied().unwrap_or(default);
    let rest = || parameters.clone();
    let (id, flags, client_data) = match name {
        "none" => return Ok(FilterSpec::None),
        "deflate" | "gzip" => (1, OPTIONAL, vec![level(first(6), 9)?]),
        "shuffle" => (2, OPTIONAL, Vec::new()),
        "fletcher32" => (3, 0, Vec::new()),
        // Coding by nearest neighbours, in blocks of so many pixels.
        "szip" => (4, OPTIONAL, vec![32, first(16)]),
        "nbit" => (5, OPTIONAL, Vec::new()),
        // Integers: as many bits as needed, or as said. Floats: so many decimal digits.
        "scaleoffset" => (6, OPTIONAL, vec![if parameters.is_empty() { 2 } else { 0 }, first(0)]),
        "bzip2" => (307, OPTIONAL, vec![level(first(9), 9)?]),
        "lzf" => (32_000, OPTIONAL, Vec::new()),
        "lz4" => (32_004, OPTIONAL, rest()),
        "zstd" => (32_015, OPTIONAL, vec![level(first(3), 22)?]),
        "bitshuffle" => (32_008, OPTIONAL, rest()),
        // Four that the filter fills in; then level, shuffle, codec.
        "blosc" => (32_001, OPTIONAL, vec![0, 0, 0, 0, level(first(5), 9)?, 1, 0]),
        "blosc2" => (32_026, OPTIONAL, vec![0, 0, 0, 0, level(first(5), 9)?, 1, 0]),
        number => match number.parse() {
            Ok(id) => (id, 0, rest()),
            Err(_) => return Err(format!("`{name}` is no filter; a number with its parameters is one")),
        },
    };
    Ok(FilterSpec::Add(FilterInfo { id, flags, name: None, client_data }))
}

fn level(level: u32, most: u32) -> Result<u32, String> {
    if level <= most { Ok(level) } else { Err(format!("level {level}; 0 to {most} are possible")) }
}

/// `compact`, `contiguous`, `chunked` or `chunked=256x256`.
fn layout_spec(text: &str) -> Result<LayoutSpec, String> {
    match text.split_once('=') {
        None if text == "compact" => Ok(LayoutSpec::Compact),
        None if text == "contiguous" => Ok(LayoutSpec::Contiguous),
        None if text == "chunked" => Ok(LayoutSpec::Chunked(None)),
        Some(("chunked", sizes)) => dimensions(sizes).map(|sizes| LayoutSpec::Chunked(Some(sizes))),
        _ => Err(format!("`{text}` is none of chunked=256x256, chunked, contiguous, compact")),
    }
}

/// `256x256` or `256,256`.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn dimensions(text: &str) -> Result<Vec<u64>, String> {
    let size = |size: &str| size.trim().parse().map_err(|_| format!("`{size}` is no size of a dimension"));
    text.split(['x', ',']).map(size).collect()
}

/// `100x*`: maximum dimensions, `*` or `unlimited` for none.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn maximum_dimensions(text: &str) -> Result<Vec<Option<u64>>, String> {
    let size = |size: &str| match size.trim() {
        "*" | "unlimited" | "None" => Ok(None),
        size => size.parse().map(Some).map_err(|_| format!("`{size}` is neither a size nor `*`")),
    };
    text.split(['x', ',']).map(size).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_have_names_numbers_and_scopes() {
        let filter = scoped_filter("/a/b:deflate=4").unwrap();
        assert_eq!(filter.path, Some("/a/b".into()));
        let FilterSpec::Add(info) = &filter.what else { panic!("{filter:?}") };
        assert_eq!((info.id, info.client_data.as_slice()), (1, &[4][..]));
        assert!(filter.covers(&"/a/b".into()) && filter.covers(&"/a/b/c".into()));
        assert!(!filter.covers(&"/a/bc".into()) && !filter.covers(&"/a".into()));
        let FilterSpec::Add(info) = filter_spec("32015=3,1").unwrap() else { panic!("a filter") };
        assert_eq!((info.id, info.client_data), (32_015, vec![3, 1]));
        assert_eq!(filter_spec("none"), Ok(FilterSpec::None));
        for wrong in ["deflate=10", "nonsense", "deflate=x", "/a"] {
            assert!(scoped_filter(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn layouts_and_extents_are_read() {
        let layout = |text| scoped_layout(text).unwrap().what;
        assert_eq!(layout("/x:chunked=2x3"), LayoutSpec::Chunked(Some(vec![2, 3])));
        assert_eq!(layout("contiguous"), LayoutSpec::Contiguous);
        assert!(scoped_layout("chunked=2xy").is_err());
        assert_eq!(maximum_dimensions("*,5").unwrap(), [None, Some(5)]);
        assert_eq!(dimensions("7").unwrap(), [7]);
    }
}
