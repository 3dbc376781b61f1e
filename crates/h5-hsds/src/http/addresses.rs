//! Addresses of the server, which ureq asks for before each request, also one on a connection that is there.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Looks names up now and then only, and numbers never: a look-up that may take only so long costs a thread.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    system: DefaultResolver,
    known: Mutex<Option<Known>>,
}

/// What a name was found to be.
#[derive(Debug)]
struct Known {
    place: String,
    addresses: Vec<SocketAddr>,
    found: Instant,
}

/// How long a name's addresses are believed.
const BELIEVED: Duration = Duration::from_secs(10);

impl Resolver for Addresses {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        if let Some(address) = number(uri) {
            return Ok(self.list([address]));
        }
        let place = uri.authority().map_or("", |authority| authority.as_str());
        if let Some(known) = self.lock().as_ref()
            && known.place == place
            && known.found.elapsed() < BELIEVED
        {
            return Ok(self.list(known.addresses.iter().copied()));
        }
        // Requests that run at the same time do not wait for each other's look-up: each has its own deadline.
        let found = self.system.resolve(uri, config, timeout)?;
        let addresses = found.iter().copied().collect();
        *self.lock() = Some(Known { place: place.to_owned(), addresses, found: Instant::now() });
        Ok(found)
    }
}

impl Addresses {
    fn lock(&self) -> MutexGuard<'_, Option<Known>> {
        // It is replaced in one step.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn list(&self, addresses: impl IntoIterator<Item = SocketAddr>) -> ResolvedSocketAddrs {
        let mut list = self.empty();
        addresses.into_iter().for_each(|address| list.push(address));
        list
    }
}

/// The address of a host that is given as a number.
fn number(uri: &Uri) -> Option<SocketAddr> {
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
    let address: IpAddr = host.parse().ok()?;
    let standard = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    Some(SocketAddr::new(address, uri.port_u16().unwrap_or(standard)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_addresses() {
        let of = |text: &str| number(&text.parse().unwrap()).map(|address| address.to_string());
        assert_eq!(of("http://127.0.0.1:5101/about").as_deref(), Some("127.0.0.1:5101"));
        assert_eq!(of("http://[::1]:5101/").as_deref(), Some("[::1]:5101"));
        assert_eq!(of("https://10.0.0.1/").as_deref(), Some("10.0.0.1:443"));
        assert_eq!(of("http://hsds.example:5101/"), None);
    }
}
