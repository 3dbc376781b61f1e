//! Byte planes: the byte-shuffle of blosc and blosc2, and the last step of the bit transpose.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "kernel: every index is below `elements * element_size`, which both slices are checked to have"
)]

/// Elements that are worked on at once.
pub(crate) const PLANE: usize = 64;

/// One byte of each of [`PLANE`] elements.
pub(crate) type Plane = [u8; PLANE];

/// Shuffles whole elements: byte `j` of element `i` goes to `j * elements + i`. Bytes past the last whole element are
/// copied.
pub(crate) fn shuffle(input: &[u8], output: &mut [u8], element_size: usize) {
    let Some(elements) = whole_elements(input, output, element_size) else { return };
    let mut planes = vec![[0_u8; PLANE]; element_size];
    for start in (0..elements).step_by(PLANE) {
        let count = (elements - start).min(PLANE);
        gather_planes(&input[start * element_size..(start + count) * element_size], &mut planes);
        for (j, plane) in planes.iter().enumerate() {
            output[j * elements + start..][..count].copy_from_slice(&plane[..count]);
        }
    }
    copy_rest(input, output, elements * element_size);
}

/// Undoes [`shuffle`].
pub(crate) fn unshuffle(input: &[u8], output: &mut [u8], element_size: usize) {
    let Some(elements) = whole_elements(input, output, element_size) else { return };
    let mut planes = vec![[0_u8; PLANE]; element_size];
    for start in (0..elements).step_by(PLANE) {
        let count = (elements - start).min(PLANE);
        for (j, plane) in planes.iter_mut().enumerate() {
            plane[..count].copy_from_slice(&input[j * elements + start..][..count]);
        }
        scatter_planes(&planes, &mut output[start * element_size..(start + count) * element_size]);
    }
    copy_rest(input, output, elements * element_size);
}

fn whole_elements(input: &[u8], output: &[u8], element_size: usize) -> Option<usize> {
    debug_assert_eq!(input.len(), output.len(), "a shuffle keeps the length");
    input.len().min(output.len()).checked_div(element_size)
}

fn copy_rest(input: &[u8], output: &mut [u8], done: usize) {
    for (to, from) in output[done..].iter_mut().zip(&input[done..]) {
        *to = *from;
    }
}

/// Interleaves up to [`PLANE`] elements from one plane a byte. `output` has whole elements.
pub(crate) fn scatter_planes(planes: &[Plane], output: &mut [u8]) {
    match planes.len() {
        1 => output.copy_from_slice(&planes[0][..output.len()]),
        2 => scatter::<2>(planes, output),
        4 => scatter::<4>(planes, output),
        8 => scatter::<8>(planes, output),
        size => {
            for (i, element) in output.chunks_exact_mut(size).enumerate() {
                for (byte, plane) in element.iter_mut().zip(planes) {
                    *byte = plane[i];
                }
            }
        }
    }
}

/// Splits up to [`PLANE`] elements to one plane a byte; planes past the elements are set to zero.
pub(crate) fn gather_planes(input: &[u8], planes: &mut [Plane]) {
    let size = planes.len();
    if input.len() < size * PLANE {
        for plane in planes.iter_mut() {
            plane.fill(0);
        }
    }
    match size {
        1 => planes[0][..input.len()].copy_from_slice(input),
        2 => gather::<2>(input, planes),
        4 => gather::<4>(input, planes),
        8 => gather::<8>(input, planes),
        _ => {
            for (i, element) in input.chunks_exact(size).enumerate() {
                for (byte, plane) in element.iter().zip(planes.iter_mut()) {
                    plane[i] = *byte;
                }
            }
        }
    }
}

/// The compiler turns the fixed sizes into vector interleaves.
#[inline]
fn scatter<const SIZE: usize>(planes: &[Plane], output: &mut [u8]) {
    let Some(planes) = planes.first_chunk::<SIZE>() else { return };
    let (elements, _) = output.as_chunks_mut::<SIZE>();
    if let Some(elements) = elements.first_chunk_mut::<PLANE>() {
        for (i, element) in elements.iter_mut().enumerate() {
            *element = std::array::from_fn(|j| planes[j][i]);
        }
    } else {
        for (i, element) in elements.iter_mut().enumerate() {
            *element = std::array::from_fn(|j| planes[j][i]);
        }
    }
}

#[inline]
fn gather<const SIZE: usize>(input: &[u8], planes: &mut [Plane]) {
    let Some(planes) = planes.first_chunk_mut::<SIZE>() else { return };
    let (elements, _) = input.as_chunks::<SIZE>();
    if let Some(elements) = elements.first_chunk::<PLANE>() {
        for (j, plane) in planes.iter_mut().enumerate() {
            *plane = std::array::from_fn(|i| elements[i][j]);
        }
        return;
    }
    for (j, plane) in planes.iter_mut().enumerate() {
        for (byte, element) in plane.iter_mut().zip(elements) {
            *byte = element[j];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffle_equals_its_definition_and_is_undone() {
        for element_size in [1, 2, 3, 4, 7, 8, 16] {
            for length in [0, 1, 15, 16, 17, 64 * element_size, 100 * element_size + 1] {
                let input: Vec<u8> =
                    (0_usize..length).map(|i| ((i * 31) ^ (i >> 4)).to_le_bytes()[0]).collect();
                let elements = length / element_size;
                let mut expected = input.clone();
                for i in 0..elements {
                    for j in 0..element_size {
                        expected[j * elements + i] = input[i * element_size + j];
                    }
                }
                let mut output = vec![0; length];
                shuffle(&input, &mut output, element_size);
                assert_eq!(output, expected, "{element_size} bytes, length {length}");
                let mut back = vec![0; length];
                unshuffle(&output, &mut back, element_size);
                assert_eq!(back, input, "{element_size} bytes, length {length}");
            }
        }
    }
}
