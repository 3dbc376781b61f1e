//! Filter 2: the bytes of equal significance side by side.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "every index lies below count * size, which is at most the length of both slices"
)]

use crate::{Filter, FilterContext, FilterError};

/// Filter 2, byte shuffle: of elements of `size` bytes, first the first byte of each, then the second of each, and so on.
/// Bytes behind the last whole element stay at the end.
///
/// Client data: `[size]`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shuffle;

impl Filter for Shuffle {
    fn id(&self) -> u16 {
        2
    }

    fn name(&self) -> &'static str {
        "shuffle"
    }

    fn decode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        let size = element_size(context)?;
        // Not cleared first: the bytes are all overwritten, and a vector in reuse keeps its length for nothing.
        output.resize(checked_length(context, input)?, 0);
        unshuffle(size, input, output);
        Ok(())
    }

    fn decode_into(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, FilterError> {
        let size = element_size(context)?;
        let length = checked_length(context, input)?;
        let limit_bytes = output.len();
        unshuffle(size, input, output.get_mut(..length).ok_or(FilterError::TooLong { limit_bytes })?);
        Ok(length)
    }

    fn encode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        crate::filter::check_encodes()?;
        let size = element_size(context)?;
        output.resize(checked_length(context, input)?, 0);
        shuffle(size, input, output);
        Ok(())
    }
}

fn element_size(context: FilterContext<'_>) -> Result<usize, FilterError> {
    let size = context.client_data.first().copied().and_then(|size| usize::try_from(size).ok());
    size.filter(|&size| size > 0)
        .ok_or_else(|| FilterError::Parameters("shuffle needs an element size above 0".into()))
}

fn checked_length(context: FilterContext<'_>, input: &[u8]) -> Result<usize, FilterError> {
    let limit_bytes = context.max_output_bytes;
    if input.len() > limit_bytes { Err(FilterError::TooLong { limit_bytes }) } else { Ok(input.len()) }
}

/// Elements worked on at a time: the tiles of eight planes and both ends stay in the first-level cache.
const TILE_ELEMENTS: usize = 256;

/// Puts the planes of `input` back to elements; both slices have the same length.
pub(crate) fn unshuffle(size: usize, input: &[u8], output: &mut [u8]) {
    let count = input.len() / size;
    if size == 1 || count <= 1 {
        return output.copy_from_slice(input);
    }
    let body = count * size;
    let (planes, rest) = input.split_at(body);
    output[body..].copy_from_slice(rest);
    for start in (0..count).step_by(TILE_ELEMENTS) {
        let length = TILE_ELEMENTS.min(count - start);
        let plane = |index: usize| &planes[index * count + start..][..length];
        let elements = &mut output[start * size..][..length * size];
        match size {
            2 => join::<1>(plane(0), plane(1), elements),
            4 => join4([plane(0), plane(1), plane(2), plane(3)], elements),
            8 => join8(std::array::from_fn(plane), elements),
            _ => unshuffle_tile(size, plane, elements),
        }
    }
}

/// Any element size: planes by eight, four, two and one through a small buffer, then to their places.
fn unshuffle_tile<'a>(size: usize, plane: impl Fn(usize) -> &'a [u8], elements: &mut [u8]) {
    let length = elements.len() / size;
    let mut buffer = [0_u8; 8 * TILE_ELEMENTS];
    let mut done = 0;
    while done < size {
        match size - done {
            8.. => {
                join8(std::array::from_fn(|index| plane(done + index)), &mut buffer[..8 * length]);
                done += scatter::<8>(&buffer[..8 * length], size, done, elements);
            }
            4.. => {
                join4(std::array::from_fn(|index| plane(done + index)), &mut buffer[..4 * length]);
                done += scatter::<4>(&buffer[..4 * length], size, done, elements);
            }
            2.. => {
                join::<1>(plane(done), plane(done + 1), &mut buffer[..2 * length]);
                done += scatter::<2>(&buffer[..2 * length], size, done, elements);
            }
            _ => done += scatter::<1>(plane(done), size, done, elements),
        }
    }
}

/// Takes elements apart to the planes of `output`; both slices have the same length.
pub(crate) fn shuffle(size: usize, input: &[u8], output: &mut [u8]) {
    let count = input.len() / size;
    if size == 1 || count <= 1 {
        return output.copy_from_slice(input);
    }
    let body = count * size;
    let (elements, rest) = input.split_at(body);
    output[body..].copy_from_slice(rest);
    let mut tile = Tile::default();
    for start in (0..count).step_by(TILE_ELEMENTS) {
        let length = TILE_ELEMENTS.min(count - start);
        let elements = &elements[start * size..][..length * size];
        let mut done = 0;
        while done < size {
            let (width, planes) = match size - done {
                8.. => tile.planes::<8>(elements, size, done),
                4.. => tile.planes::<4>(elements, size, done),
                2.. => tile.planes::<2>(elements, size, done),
                _ => tile.planes::<1>(elements, size, done),
            };
            for (plane, index) in planes.chunks_exact(length).zip(plane_order(width)) {
                output[(done + index) * count + start..][..length].copy_from_slice(plane);
            }
            done += width;
        }
    }
}

/// Copies `W` bytes of each of `parts` into the element of `size` bytes, at `offset`; returns `W`.
fn scatter<const W: usize>(parts: &[u8], size: usize, offset: usize, elements: &mut [u8]) -> usize {
    for (element, part) in elements.chunks_exact_mut(size).zip(parts.as_chunks::<W>().0) {
        element[offset..][..W].copy_from_slice(part);
    }
    W
}

/// Copies `W` bytes at `offset` of each element into `parts`.
fn gather<const W: usize>(elements: &[u8], size: usize, offset: usize, parts: &mut [u8]) {
    if size == W {
        return parts.copy_from_slice(elements);
    }
    for (element, part) in elements.chunks_exact(size).zip(parts.as_chunks_mut::<W>().0) {
        part.copy_from_slice(&element[offset..][..W]);
    }
}

/// `W` bytes of `a`, `W` bytes of `b`, and so on, into `out`, which is as long as both together.
#[inline]
fn join<const W: usize>(a: &[u8], b: &[u8], out: &mut [u8]) {
    let pairs = a.as_chunks::<W>().0.iter().zip(b.as_chunks::<W>().0);
    for (target, (left, right)) in out.chunks_exact_mut(2 * W).zip(pairs) {
        target[..W].copy_from_slice(left);
        target[W..].copy_from_slice(right);
    }
}

fn join4(planes: [&[u8]; 4], out: &mut [u8]) {
    let pair = 2 * planes[0].len();
    let (mut low, mut high) = ([0_u8; 2 * TILE_ELEMENTS], [0_u8; 2 * TILE_ELEMENTS]);
    join::<1>(planes[0], planes[1], &mut low[..pair]);
    join::<1>(planes[2], planes[3], &mut high[..pair]);
    join::<2>(&low[..pair], &high[..pair], out);
}

fn join8(planes: [&[u8]; 8], out: &mut [u8]) {
    let four = 4 * planes[0].len();
    let (mut low, mut high) = ([0_u8; 4 * TILE_ELEMENTS], [0_u8; 4 * TILE_ELEMENTS]);
    join4([planes[0], planes[1], planes[2], planes[3]], &mut low[..four]);
    join4([planes[4], planes[5], planes[6], planes[7]], &mut high[..four]);
    join::<4>(&low[..four], &high[..four], out);
}

/// Buffers that a tile's elements pass on their way to planes.
struct Tile {
    front: [u8; 8 * TILE_ELEMENTS],
    back: [u8; 8 * TILE_ELEMENTS],
}

impl Default for Tile {
    fn default() -> Self {
        Self { front: [0; 8 * TILE_ELEMENTS], back: [0; 8 * TILE_ELEMENTS] }
    }
}

impl Tile {
    /// The planes of `W` (1, 2, 4 or 8) bytes at `offset` of each element, in the order of [`plane_order`]; and `W`.
    fn planes<const W: usize>(&mut self, elements: &[u8], size: usize, offset: usize) -> (usize, &[u8]) {
        let used = elements.len() / size * W;
        let (mut from, mut to) = (&mut self.front[..used], &mut self.back[..used]);
        gather::<W>(elements, size, offset, from);
        // Each round halves the streams; splitting by single bytes is what vector instructions do best.
        let mut stream = used;
        while stream > used / W {
            for (from, to) in from.chunks_exact(stream).zip(to.chunks_exact_mut(stream)) {
                let (even, odd) = to.split_at_mut(stream / 2);
                split(from, even, odd);
            }
            std::mem::swap(&mut from, &mut to);
            stream /= 2;
        }
        (W, from)
    }
}

/// Which planes [`Tile::planes`] gives: rounds of even before odd reverse the bits of their indices.
fn plane_order(width: usize) -> &'static [usize] {
    match width {
        8 => &[0, 4, 2, 6, 1, 5, 3, 7],
        4 => &[0, 2, 1, 3],
        2 => &[0, 1],
        _ => &[0],
    }
}

/// The bytes at even places to `even`, those between to `odd`.
///
/// Written as the two halves of words in two passes, which the compiler turns to pack instructions.
#[inline]
fn split(from: &[u8], even: &mut [u8], odd: &mut [u8]) {
    let words = from.as_chunks::<2>().0;
    for (place, &word) in even.iter_mut().zip(words) {
        let [low, _] = word;
        *place = low;
    }
    for (place, &word) in odd.iter_mut().zip(words) {
        let [high, _] = (u16::from_le_bytes(word) >> 8).to_le_bytes();
        *place = high;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_and_length_equals_the_definition() {
        for size in 1..=40 {
            for count in [0, 1, 2, 3, 255, 256, 257, 600] {
                for rest in [0, 1, size - 1] {
                    let elements: Vec<u8> = (0..count * size + rest)
                        .map(|i| ((i * 7 + i / 251) % 256).try_into().unwrap())
                        .collect();
                    let whole = elements.len() / size;
                    let mut expected = Vec::new();
                    (0..size).for_each(|p| expected.extend((0..whole).map(|i| elements[i * size + p])));
                    expected.extend_from_slice(&elements[whole * size..]);
                    let mut shuffled = vec![0xAA; elements.len()];
                    shuffle(size, &elements, &mut shuffled);
                    assert_eq!(shuffled, expected, "size {size} count {count} rest {rest}");
                    let mut back = vec![0x55; elements.len()];
                    unshuffle(size, &shuffled, &mut back);
                    assert_eq!(back, elements, "size {size} count {count} rest {rest}");
                }
            }
        }
    }

    #[test]
    fn an_element_size_of_zero_is_an_error() {
        let context = FilterContext { client_data: &[0], max_output_bytes: 9 };
        assert!(matches!(Shuffle.decode(context, &[1, 2], &mut Vec::new()), Err(FilterError::Parameters(_))));
    }
}
