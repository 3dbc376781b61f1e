//! Jenkins' lookup3 hash (`hashlittle` with an initial value of zero), the checksum of all metadata since superblock version 2.
//! Source: Bob Jenkins, "lookup3.c", 2006 (public domain); specification, "Metadata checksums".

use crate::{Fault, FormatError, Result};

/// Checksum of a metadata block.
pub fn lookup3(bytes: &[u8]) -> u32 {
    let seed = 0xdead_beef_u32.wrapping_add(u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or(0));
    let (mut a, mut b, mut c) = (seed, seed, seed);
    let mut rest = bytes;
    while rest.len() > 12 {
        let (block, tail) = rest.split_at(12);
        let [x, y, z] = words(block);
        a = a.wrapping_add(x);
        b = b.wrapping_add(y);
        c = c.wrapping_add(z);
        for (p, q, r) in [(4, 6, 8), (16, 19, 4)] {
            a = a.wrapping_sub(c) ^ c.rotate_left(p);
            c = c.wrapping_add(b);
            b = b.wrapping_sub(a) ^ a.rotate_left(q);
            a = a.wrapping_add(c);
            c = c.wrapping_sub(b) ^ b.rotate_left(r);
            b = b.wrapping_add(a);
        }
        rest = tail;
    }
    if rest.is_empty() {
        return c;
    }
    let [x, y, z] = words(rest);
    a = a.wrapping_add(x);
    b = b.wrapping_add(y);
    c = c.wrapping_add(z);
    c = (c ^ b).wrapping_sub(b.rotate_left(14));
    a = (a ^ c).wrapping_sub(c.rotate_left(11));
    b = (b ^ a).wrapping_sub(a.rotate_left(25));
    c = (c ^ b).wrapping_sub(b.rotate_left(16));
    a = (a ^ c).wrapping_sub(c.rotate_left(4));
    b = (b ^ a).wrapping_sub(a.rotate_left(14));
    (c ^ b).wrapping_sub(b.rotate_left(24))
}

/// Up to twelve bytes as three little-endian words, filled up with zeros.
fn words(bytes: &[u8]) -> [u32; 3] {
    let mut padded = [0_u8; 12];
    for (to, from) in padded.iter_mut().zip(bytes) {
        *to = *from;
    }
    let [a, b, c, d, e, f, g, h, i, j, k, l] = padded;
    [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]), u32::from_le_bytes([i, j, k, l])]
}

/// Checks a block that ends with its own checksum.
///
/// # Errors
/// [`Fault::Checksum`] if it does not match, [`Fault::Truncated`] if the block is shorter than a checksum.
pub fn verify_checksum(block: &[u8], structure: &'static str, section: &'static str) -> Result<()> {
    let available = u64::try_from(block.len()).unwrap_or(u64::MAX);
    let (covered, stored) = block
        .split_last_chunk::<4>()
        .ok_or_else(|| FormatError::new(structure, section, Fault::Truncated { needed: 4, available }))?;
    let (stored, computed) = (u32::from_le_bytes(*stored), lookup3(covered));
    if stored == computed {
        Ok(())
    } else {
        Err(FormatError::new(structure, section, Fault::Checksum { stored, computed }))
    }
}

#[cfg(test)]
mod tests {
    use super::lookup3;

    #[test]
    fn matches_the_published_vectors() {
        // From the driver of lookup3.c: hashlittle("", 0, 0) and hashlittle("Four score and seven years ago", 30, 0).
        assert_eq!(lookup3(b""), 0xdead_beef);
        assert_eq!(lookup3(b"Four score and seven years ago"), 0x1777_0551);
    }
}
