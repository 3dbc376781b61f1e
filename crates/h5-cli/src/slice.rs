//! Indexing as in numpy: `0,:,10:20`, `-1`, `::2`, `::-1`, `...`.

/// What is picked along one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Axis {
    /// Lowest index picked.
    pub(crate) start: u64,
    /// Distance of two picked indices, at least 1.
    pub(crate) stride: u64,
    /// How many are picked.
    pub(crate) count: u64,
    /// True if they come in falling order.
    pub(crate) reversed: bool,
    /// True for a single index, which removes the dimension from the result.
    pub(crate) dropped: bool,
}

/// What is picked of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slice {
    /// One entry for each dimension of the dataset.
    pub(crate) axes: Vec<Axis>,
}

impl Axis {
    fn whole(size: u64) -> Self {
        Self { start: 0, stride: 1, count: size, reversed: false, dropped: false }
    }

    fn index(index: u64) -> Self {
        Self { start: index, stride: 1, count: 1, reversed: false, dropped: true }
    }
}

impl Slice {
    /// Everything.
    pub(crate) fn whole(dimensions: &[u64]) -> Self {
        Self { axes: dimensions.iter().map(|&size| Axis::whole(size)).collect() }
    }

    /// Understands what stood between the brackets.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn parse(text: &str, dimensions: &[u64]) -> Result<Self, String> {
        let items: Vec<&str> = match text.trim() {
            "" => Vec::new(),
            text => text.split(',').map(str::trim).collect(),
        };
        let ellipses = items.iter().filter(|item| **item == "...").count();
        if ellipses > 1 {
            return Err(format!("[{text}]: only one `...` can stand for the other dimensions"));
        }
        let named = items.len().saturating_sub(ellipses);
        let Some(free) = dimensions.len().checked_sub(named) else {
            return Err(format!("[{text}]: {named} indices for {} dimensions", dimensions.len()));
        };
        let mut axes = Vec::with_capacity(dimensions.len());
        let mut sizes = dimensions.iter().copied();
        for item in items {
            if item == "..." {
                axes.extend(sizes.by_ref().take(free).map(Axis::whole));
            } else if let Some(size) = sizes.next() {
                axes.push(axis(item, size).map_err(|reason| format!("[{text}]: {reason}"))?);
            }
        }
        axes.extend(sizes.map(Axis::whole));
        Ok(Self { axes })
    }

    /// The part of the extent that a chunk holds; none if it lies outside, as after a dataset has shrunk.
    pub(crate) fn of_chunk(offset: &[u64], chunk: &[u64], dimensions: &[u64]) -> Option<Self> {
        let mut axes = Vec::with_capacity(dimensions.len());
        for ((&start, &size), &extent) in offset.iter().zip(chunk).zip(dimensions) {
            let count = extent.checked_sub(start).filter(|&left| left > 0)?.min(size);
            axes.push(Axis { start, stride: 1, count, reversed: false, dropped: false });
        }
        (axes.len() == dimensions.len()).then_some(Self { axes })
    }

    /// The dataset's index of the element at a position of the result, for a slice of rising ranges.
    pub(crate) fn index_of(&self, position: u64) -> Vec<u64> {
        let mut rest = position;
        let mut index: Vec<u64> = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter().rev() {
            let here = rest.checked_rem(axis.count).unwrap_or(0);
            rest = rest.checked_div(axis.count).unwrap_or(0);
            index.push(axis.start.saturating_add(here.saturating_mul(axis.stride)));
        }
        index.reverse();
        index
    }

    /// Dimensions of the result: those that no single index removed.
    pub(crate) fn shape(&self) -> Vec<u64> {
        self.axes.iter().filter(|axis| !axis.dropped).map(|axis| axis.count).collect()
    }

    /// Number of elements; the largest number if 64 bits do not count them.
    pub(crate) fn element_count(&self) -> u64 {
        if self.axes.iter().any(|axis| axis.count == 0) {
            return 0;
        }
        self.axes.iter().fold(1, |product, axis| product.saturating_mul(axis.count))
    }
}

/// One index or range.
fn axis(item: &str, size: u64) -> Result<Axis, String> {
    let parts: Vec<&str> = item.split(':').map(str::trim).collect();
    let number = |text: &str| match text {
        "" => Ok(None),
        text => {
            text.parse::<i64>().map(|n| Some(i128::from(n))).map_err(|_| format!("`{text}` is not a number"))
        }
    };
    match *parts.as_slice() {
        [index] => {
            let index = number(index)?.ok_or("an index is missing")?;
            let from_start = if index < 0 { index.saturating_add(size.into()) } else { index };
            match u64::try_from(from_start) {
                Ok(found) if found < size => Ok(Axis::index(found)),
                _ => Err(format!("index {index} is outside a dimension of {size}")),
            }
        }
        [start, stop] => range(number(start)?, number(stop)?, 1, size),
        [start, stop, step] => range(number(start)?, number(stop)?, number(step)?.unwrap_or(1), size),
        _ => Err(format!("`{item}` is neither an index nor start:stop:step")),
    }
}

/// A range by the rules of Python: ends beyond the dimension are cut, negative ones count from the end.
fn range(start: Option<i128>, stop: Option<i128>, step: i128, size: u64) -> Result<Axis, String> {
    if step == 0 {
        return Err("a step of 0 leads nowhere".into());
    }
    let size = i128::from(size);
    let (lowest, highest) = if step > 0 { (0, size) } else { (-1, size.saturating_sub(1)) };
    let within = |index: i128| {
        let from_start = if index < 0 { index.saturating_add(size) } else { index };
        from_start.clamp(lowest, highest)
    };
    let (from, to) = if step > 0 { (lowest, highest) } else { (highest, lowest) };
    let (start, stop) = (start.map_or(from, within), stop.map_or(to, within));
    let distance = if step > 0 { stop.saturating_sub(start) } else { start.saturating_sub(stop) };
    let stride = step.saturating_abs();
    let steps = distance.saturating_sub(1).checked_div(stride).unwrap_or(0);
    let count = if distance <= 0 { 0 } else { steps.saturating_add(1) };
    let first =
        if step > 0 || count == 0 { start } else { start.saturating_sub(steps.saturating_mul(stride)) };
    let unsigned = |value: i128| u64::try_from(value.max(0)).unwrap_or(u64::MAX);
    Ok(Axis {
        start: unsigned(first),
        stride: unsigned(stride),
        count: unsigned(count),
        reversed: step < 0,
        dropped: false,
    })
}

#[cfg(test)]
mod tests {
    use super::Slice;

    /// The indices that an item picks of a dimension, in order.
    fn picked(item: &str, size: u64) -> Vec<u64> {
        let slice = Slice::parse(item, &[size]).unwrap();
        let axis = slice.axes[0];
        let mut indices: Vec<u64> = (0..axis.count).map(|n| axis.start + n * axis.stride).collect();
        if axis.reversed {
            indices.reverse();
        }
        indices
    }

    #[test]
    fn ranges_pick_what_numpy_picks() {
        for (item, expected) in [
            (":", vec![0, 1, 2, 3, 4]),
            ("1:3", vec![1, 2]),
            ("-2:", vec![3, 4]),
            (":-3", vec![0, 1]),
            ("::2", vec![0, 2, 4]),
            ("1::2", vec![1, 3]),
            ("::-1", vec![4, 3, 2, 1, 0]),
            ("::-2", vec![4, 2, 0]),
            ("3:0:-2", vec![3, 1]),
            ("-1:-4:-1", vec![4, 3, 2]),
            ("10:20", vec![]),
            ("3:1", vec![]),
            ("-100:100:3", vec![0, 3]),
            ("100:-100:-3", vec![4, 1]),
            ("2", vec![2]),
            ("-1", vec![4]),
        ] {
            assert_eq!(picked(item, 5), expected, "{item}");
        }
    }

    #[test]
    fn single_indices_remove_their_dimension() {
        let shape = |text| Slice::parse(text, &[4, 5, 6]).unwrap().shape();
        assert_eq!(shape(""), [4, 5, 6]);
        assert_eq!(shape("0"), [5, 6]);
        assert_eq!(shape("0,:,1:3"), [5, 2]);
        assert_eq!(shape("...,0"), [4, 5]);
        assert_eq!(shape("0,...,::2"), [5, 3]);
        assert_eq!(shape("0,1,2"), [] as [u64; 0]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in ["5", "-6", "a", "1:2:0", "1:2:3:4", ":,:", "...,...", ",", "99999999999999999999"] {
            assert!(Slice::parse(text, &[5]).is_err(), "{text}");
        }
    }

    #[test]
    fn chunks_at_the_edge_are_cut() {
        let part = Slice::of_chunk(&[2, 4], &[2, 4], &[3, 9]).unwrap();
        assert_eq!(part.shape(), [1, 4]);
        assert_eq!(part.index_of(3), [2, 7]);
        assert_eq!(Slice::of_chunk(&[4, 0], &[2, 4], &[3, 9]), None);
    }

    #[test]
    fn extents_up_to_64_bits_are_sliced() {
        let slice = Slice::parse("-1:-3:-1", &[u64::MAX]).unwrap();
        assert_eq!((slice.axes[0].start, slice.axes[0].count), (u64::MAX - 2, 2));
        assert_eq!(Slice::whole(&[u64::MAX, 2]).element_count(), u64::MAX);
        assert_eq!(Slice::whole(&[u64::MAX, 0, 2]).element_count(), 0);
    }
}
