//! Requests: a route, and parameters behind it.

use h5_types::{Error, Name, Result};

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Something is asked for.
    Get,
    /// Something is changed.
    Post,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is done.
    pub method: Method,
    /// The route, without a slash at its end: `/meta`.
    pub route: String,
    parameters: Vec<(String, String)>,
    /// What was sent with it.
    pub body: Vec<u8>,
}

/// Parameters of one request at most.
const LARGEST_COUNT: usize = 256;

impl Request {
    /// Takes a target such as `/meta?path=/a%20b` apart.
    ///
    /// # Errors
    /// `Usage` for what is no percent-encoded UTF-8.
    pub fn new(method: Method, target: &str, body: Vec<u8>) -> Result<Self> {
        let (route, query) = target.split_once('?').unwrap_or((target, ""));
        let route = route.strip_suffix('/').filter(|route| !route.is_empty()).unwrap_or(route);
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let parameters = pairs.take(LARGEST_COUNT).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded(name)?, decoded(value)?))
        });
        Ok(Self { method, route: route.to_owned(), parameters: parameters.collect::<Result<_>>()?, body })
    }

    /// A parameter, if it was given.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All values of a parameter.
    pub(crate) fn all<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        self.parameters.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that must be there.
    pub(crate) fn text(&self, name: &str) -> Result<&str> {
        self.find(name).ok_or_else(|| Error::usage(format!("the parameter `{name}` is missing")))
    }

    /// A number between 0 and `largest`; more is taken for `largest`.
    pub(crate) fn number(&self, name: &str, default: u64, largest: u64) -> Result<u64> {
        let Some(text) = self.find(name).filter(|text| !text.is_empty()) else { return Ok(default) };
        let number = text.parse::<u64>();
        let number = number.map_err(|_| Error::usage(format!("`{name}` is {text:?}, expected a number")))?;
        Ok(number.min(largest))
    }

    /// As [`Request::number`], to count things in memory.
    pub(crate) fn count(&self, name: &str, default: usize, largest: usize) -> Result<usize> {
        let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let number = self.number(name, wide(default), wide(largest))?;
        Ok(usize::try_from(number).unwrap_or(largest))
    }

    /// True for `true` and `1`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.find(name), Some("true" | "1"))
    }

    /// Indexes separated by commas; none if it is missing.
    pub(crate) fn indexes(&self, name: &str) -> Result<Vec<u64>> {
        let Some(text) = self.find(name).filter(|text| !text.is_empty()) else { return Ok(Vec::new()) };
        let parts = text.split(',').map(|part| part.trim().parse::<u64>());
        parts
            .collect::<Result<_, _>>()
            .map_err(|_| Error::usage(format!("`{name}` is {text:?}, expected indexes")))
    }
}

/// The byte that two hexadecimal digits tell; a sign is no digit.
pub(crate) fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|d| d.is_ascii_hexdigit()))?;
    u8::from_str_radix(text, 16).ok().filter(|_| digits.len() == 2)
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> Result<String> {
    let wrong = || Error::usage(format!("`{}` is no percent-encoded UTF-8", Name::from(text)));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (digits, behind) = rest.split_at_checked(2).ok_or_else(wrong)?;
                bytes.push(hexadecimal(digits).ok_or_else(wrong)?);
                rest = behind;
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::{Method, Request};

    fn get(target: &str) -> Request {
        Request::new(Method::Get, target, Vec::new()).unwrap()
    }

    #[test]
    fn targets_are_taken_apart() {
        let request = get("/meta/?path=%2Fa+b%C3%A9&n=3&flag=true&x=1&x=2&empty");
        assert_eq!(request.route, "/meta");
        assert_eq!(request.find("path"), Some("/a b\u{e9}"));
        assert_eq!(request.number("n", 7, 100).unwrap(), 3);
        assert_eq!(request.number("m", 7, 100).unwrap(), 7);
        assert_eq!(request.count("n", 7, 2).unwrap(), 2);
        assert!(request.flag("flag") && !request.flag("n"));
        assert_eq!(request.all("x").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(request.find("empty"), Some(""));
        assert!(request.text("none").is_err());
        assert_eq!(get("/").route, "/");
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for target in ["/a?x=%", "/a?x=%1", "/a?x=%zz", "/a?x=%ff", "/a?%+1=2"] {
            assert!(Request::new(Method::Get, target, Vec::new()).is_err(), "{target}");
        }
        assert!(get("/a?n=x").number("n", 0, 9).is_err());
        assert!(get("/a?at=1,x").indexes("at").is_err());
        assert_eq!(get("/a?at=1,2").indexes("at").unwrap(), [1, 2]);
    }
}
