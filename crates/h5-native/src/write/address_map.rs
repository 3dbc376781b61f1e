//! Maps whose keys are addresses.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher};

use h5_types::Address;

/// What is known of blocks and objects by their addresses.
pub(super) type AddressMap<V> = HashMap<Address, V, AddressHash>;

/// A set of blocks or objects.
pub(super) type AddressSet = HashSet<Address, AddressHash>;

/// Hashes an address by one multiplication. The numbers differ from map to map, so that no file can be made whose addresses collide.
#[derive(Debug, Clone)]
pub(crate) struct AddressHash {
    seed: u64,
    factor: u64,
}

impl Default for AddressHash {
    fn default() -> Self {
        let random = RandomState::new();
        Self { seed: random.hash_one(0), factor: random.hash_one(1) | 1 }
    }
}

impl BuildHasher for AddressHash {
    type Hasher = AddressHasher;

    fn build_hasher(&self) -> AddressHasher {
        AddressHasher { state: self.seed, factor: self.factor }
    }
}

/// The state while an address is hashed.
#[derive(Debug)]
pub(crate) struct AddressHasher {
    state: u64,
    factor: u64,
}

impl Hasher for AddressHasher {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut number = [0; 8];
            number.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
            self.write_u64(u64::from_le_bytes(number));
        }
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        // Both halves of the product depend on all bits of the number.
        let product = u128::from(self.state ^ number).wrapping_mul(u128::from(self.factor));
        let [low, high] = [product, product >> 64].map(|half| half & u128::from(u64::MAX));
        self.state = u64::try_from(low ^ high).unwrap_or(0);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart_in_all_bits_of_the_hash() {
        let hash = AddressHash::default();
        let hashes: Vec<u64> = (0..4096_u64).map(|number| hash.hash_one(Address(number * 512))).collect();
        // Tables take a few bits from either end.
        for bits in [
            hashes.iter().map(|h| h >> 52).collect::<HashSet<_>>(),
            hashes.iter().map(|h| h & 0xfff).collect(),
        ] {
            assert!(bits.len() > 1000, "{} of 4096 values", bits.len());
        }
    }
}
