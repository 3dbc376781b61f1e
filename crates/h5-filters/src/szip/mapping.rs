//! The unit-delay predictor and its error mapper: CCSDS 121.0-B-2, 4.2 and 4.4, for unsigned samples.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "samples have at most 31 bits, so that sums of two fit 32"
)]

/// The code of `sample` after `previous`: small for a small difference, and never more than `maximum`.
#[inline]
pub(super) fn map(previous: u32, sample: u32, maximum: u32) -> u32 {
    let reach = previous.min(maximum - previous);
    if sample >= previous {
        let distance = sample - previous;
        if distance <= reach { 2 * distance } else { reach + distance }
    } else {
        let distance = previous - sample;
        if distance <= reach { 2 * distance - 1 } else { reach + distance }
    }
}

/// The sample whose code after `previous` is `code`; `code` is at most `maximum`.
#[inline]
pub(super) fn unmap(previous: u32, code: u32, maximum: u32) -> u32 {
    let reach = previous.min(maximum - previous);
    if code > 2 * reach {
        // Only one direction has values this far away.
        if previous <= maximum / 2 { code } else { maximum - code }
    } else if code.is_multiple_of(2) {
        previous + code / 2
    } else {
        previous - code.div_ceil(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_has_its_own_code() {
        for bits in 1..=7 {
            let maximum = (1 << bits) - 1;
            for previous in 0..=maximum {
                let mut codes: Vec<u32> =
                    (0..=maximum).map(|sample| map(previous, sample, maximum)).collect();
                for (sample, &code) in (0..).zip(&codes) {
                    assert_eq!(unmap(previous, code, maximum), sample);
                }
                codes.sort_unstable();
                assert!(codes.into_iter().eq(0..=maximum), "bits {bits} previous {previous}");
            }
        }
    }
}
