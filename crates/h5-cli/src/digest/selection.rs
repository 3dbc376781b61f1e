use h5::{Points, Selection};
use sha2::{Digest as _, Sha256};

/// Elements above which a hyperslab is only counted.
const LARGEST_HYPERSLAB: u64 = 2_000_000;
/// Points above which a point selection is only counted.
const LARGEST_POINT_LIST: usize = 200_000;

/// A selection in words that do not depend on how it is put together: kind, number of elements, hash of their indices.
pub(super) fn describe(selection: &Selection, dimensions: &[u64]) -> String {
    match selection {
        Selection::None => "none".into(),
        Selection::All => "all".into(),
        Selection::Points(points) => describe_points(points, dimensions),
        _ => describe_hyperslab(selection, dimensions),
    }
}

fn describe_points(points: &Points, dimensions: &[u64]) -> String {
    let count = points.coordinates.len().checked_div(points.rank).unwrap_or(0);
    if count > LARGEST_POINT_LIST {
        return format!("points:{count}:too-many");
    }
    let mut hash = Sha256::new();
    for point in points.coordinates.chunks_exact(points.rank.max(1)) {
        let index = point
            .iter()
            .zip(dimensions)
            .fold(0_u64, |index, (&coordinate, &size)| index.wrapping_mul(size).wrapping_add(coordinate));
        hash.update(index.to_le_bytes());
    }
    format!("points:{count}:{}", super::hex(&hash.finalize()))
}

fn describe_hyperslab(selection: &Selection, dimensions: &[u64]) -> String {
    if selection.is_unlimited() {
        return "hyperslab:-1:too-many".into();
    }
    let count = match selection.element_count(dimensions) {
        Ok(count) if count <= LARGEST_HYPERSLAB => count,
        Ok(count) => return format!("hyperslab:{count}:too-many"),
        Err(_) => return "?".into(),
    };
    let Ok(resolved) = selection.resolve(dimensions) else { return "?".into() };
    let Ok(runs) = resolved.runs() else { return "?".into() };
    let mut hash = Sha256::new();
    for run in runs {
        for index in run.offset..run.offset.saturating_add(run.length) {
            hash.update(index.to_le_bytes());
        }
    }
    format!("hyperslab:{count}:{}", super::hex(&hash.finalize()))
}

/// The smallest extent that holds a selection; empty where the selection does not say.
pub(super) fn smallest_extent(selection: &Selection) -> Vec<u64> {
    match selection {
        Selection::Hyperslab(slab) => slab
            .dimensions
            .iter()
            .map(|d| {
                let blocks = d.count.unwrap_or(1).saturating_sub(1);
                d.start.saturating_add(blocks.saturating_mul(d.stride)).saturating_add(d.block.unwrap_or(1))
            })
            .collect(),
        Selection::Union(blocks) => {
            let rank = blocks.first().map_or(0, |b| b.start.len());
            let end = |b: &h5::Block, n: usize| {
                b.start.get(n).copied().unwrap_or(0).saturating_add(b.size.get(n).copied().unwrap_or(0))
            };
            (0..rank).map(|n| blocks.iter().map(|b| end(b, n)).max().unwrap_or(0)).collect()
        }
        Selection::Points(points) => {
            let coordinate = |n: usize| points.coordinates.iter().skip(n).step_by(points.rank.max(1));
            (0..points.rank).map(|n| coordinate(n).max().map_or(0, |&c| c.saturating_add(1))).collect()
        }
        _ => Vec::new(),
    }
}
