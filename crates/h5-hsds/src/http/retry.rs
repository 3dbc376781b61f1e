//! How long to wait before the next attempt.

use std::time::Duration;

use ureq::http::HeaderMap;

/// The pause before the attempt after number `attempt`: doubled each time and scattered, so that many clients that were refused together do
/// not come back together; at least what the server asked for.
pub(super) fn pause(attempt: u32, hint: Option<Duration>) -> Duration {
    let doubled = FIRST.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
    let scattered = doubled.min(LONGEST).mul_f64(0.5 + scatter());
    scattered.max(hint.unwrap_or_default())
}

/// What the server asks for: `Retry-After` in seconds. The form with a date is not used by HSDS or what stands before it.
pub(super) fn hint(headers: &HeaderMap) -> Option<Duration> {
    headers.get("retry-after")?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// A number from 0 up to 1. Without a source of random numbers, the middle: then pauses are equal but still right.
fn scatter() -> f64 {
    getrandom::u32().map_or(0.5, |random| f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_keep_to_what_is_asked() {
        for attempt in 1..40 {
            let pause = pause(attempt, None);
            assert!(pause >= FIRST / 2 && pause <= LONGEST.mul_f64(1.5), "{pause:?}");
        }
        assert!(pause(5, None) > pause(1, None));
        assert_eq!(pause(1, Some(Duration::from_secs(9))), Duration::from_secs(9));
        let mut headers = HeaderMap::new();
        assert_eq!(hint(&headers), None);
        headers.insert("retry-after", "3".parse().unwrap());
        assert_eq!(hint(&headers), Some(Duration::from_secs(3)));
    }
}
