//! The decorrelating transforms of a block: one 4-point lifting a line, along each axis in turn.

use super::coefficient::Coefficient;

/// zfp documentation, "Algorithm", step 3: 1/16 of the matrix (4 4 4 4; 5 1 -1 -5; -4 4 4 -4; -2 6 -6 2).
pub(super) fn forward<T: Coefficient, const D: usize, const N: usize>(block: &mut [T; N]) {
    for axis in 0..D {
        for_lines(block, axis, forward_lift);
    }
}

/// Undoes [`forward`] up to rounding: 1/4 of the matrix (4 6 -4 -1; 4 2 4 5; 4 -2 4 -5; 4 -6 -4 1).
pub(super) fn inverse<T: Coefficient, const D: usize, const N: usize>(block: &mut [T; N]) {
    for axis in (0..D).rev() {
        for_lines(block, axis, inverse_lift);
    }
}

/// The transform of reversible mode: differences up to the third, (1; -1 1; 1 -2 1; -1 3 -3 1).
pub(super) fn forward_reversible<T: Coefficient, const D: usize, const N: usize>(block: &mut [T; N]) {
    for axis in 0..D {
        for_lines(block, axis, forward_reversible_lift);
    }
}

/// Undoes [`forward_reversible`] exactly.
pub(super) fn inverse_reversible<T: Coefficient, const D: usize, const N: usize>(block: &mut [T; N]) {
    for axis in (0..D).rev() {
        for_lines(block, axis, inverse_reversible_lift);
    }
}

/// Applies `lift` to each line of four values along an axis; axis 0 is the fastest.
#[inline(always)]
fn for_lines<T: Coefficient>(block: &mut [T], axis: usize, lift: impl Fn([T; 4]) -> [T; 4]) {
    let stride = 1_usize << axis.saturating_mul(2);
    for slab in block.chunks_exact_mut(stride.saturating_mul(4)) {
        let (low, high) = slab.split_at_mut(stride.saturating_mul(2));
        let ((x, y), (z, w)) = (low.split_at_mut(stride), high.split_at_mut(stride));
        for (((x, y), z), w) in x.iter_mut().zip(y).zip(z).zip(w) {
            [*x, *y, *z, *w] = lift([*x, *y, *z, *w]);
        }
    }
}

#[inline(always)]
fn forward_lift<T: Coefficient>([mut x, mut y, mut z, mut w]: [T; 4]) -> [T; 4] {
    x = x.add(w).halve();
    w = w.subtract(x);
    z = z.add(y).halve();
    y = y.subtract(z);
    x = x.add(z).halve();
    z = z.subtract(x);
    w = w.add(y).halve();
    y = y.subtract(w);
    w = w.add(y.halve());
    y = y.subtract(w.halve());
    [x, y, z, w]
}

#[inline(always)]
fn inverse_lift<T: Coefficient>([mut x, mut y, mut z, mut w]: [T; 4]) -> [T; 4] {
    y = y.add(w.halve());
    w = w.subtract(y.halve());
    y = y.add(w);
    w = w.double().subtract(y);
    z = z.add(x);
    x = x.double().subtract(z);
    y = y.add(z);
    z = z.double().subtract(y);
    w = w.add(x);
    x = x.double().subtract(w);
    [x, y, z, w]
}

#[inline(always)]
fn forward_reversible_lift<T: Coefficient>([x, mut y, mut z, mut w]: [T; 4]) -> [T; 4] {
    w = w.subtract(z);
    z = z.subtract(y);
    y = y.subtract(x);
    w = w.subtract(z);
    z = z.subtract(y);
    w = w.subtract(z);
    [x, y, z, w]
}

#[inline(always)]
fn inverse_reversible_lift<T: Coefficient>([x, mut y, mut z, mut w]: [T; 4]) -> [T; 4] {
    w = w.add(z);
    z = z.add(y);
    w = w.add(z);
    y = y.add(x);
    z = z.add(y);
    w = w.add(z);
    [x, y, z, w]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reversible_transform_of_a_cubic_leaves_its_differences() {
        let mut block = [0_i32, 1, 8, 27];
        forward_reversible::<_, 1, 4>(&mut block);
        assert_eq!(block, [0, 1, 6, 6]);
        inverse_reversible::<_, 1, 4>(&mut block);
        assert_eq!(block, [0, 1, 8, 27]);
    }

    #[test]
    fn constant_block_has_one_coefficient() {
        let mut block = [4096_i64; 64];
        forward::<_, 3, 64>(&mut block);
        assert_eq!(block[0], 4096);
        assert!(block[1..].iter().all(|&value| value == 0));
        inverse::<_, 3, 64>(&mut block);
        assert_eq!(block, [4096; 64]);
    }
}
