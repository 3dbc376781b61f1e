/// Extent of a dataset or an attribute (specification IV.A.2.b).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Dataspace {
    /// No elements, and no shape.
    Null,
    /// One element.
    Scalar,
    /// A regular array, at most 32 dimensions, slowest-varying first.
    Simple {
        /// Current size of each dimension, in elements.
        dimensions: Vec<u64>,
        /// Maximum size of each dimension; `None` is unlimited. Same length as `dimensions`.
        maximum: Vec<Option<u64>>,
    },
}

impl Dataspace {
    /// A simple dataspace that cannot grow.
    pub fn fixed(dimensions: impl Into<Vec<u64>>) -> Self {
        let dimensions = dimensions.into();
        let maximum = dimensions.iter().copied().map(Some).collect();
        Self::Simple { dimensions, maximum }
    }

    /// Current dimensions, slowest-varying first; empty for scalar and null.
    pub fn dimensions(&self) -> &[u64] {
        match self {
            Self::Null | Self::Scalar => &[],
            Self::Simple { dimensions, .. } => dimensions,
        }
    }

    /// Number of dimensions; 0 for scalar and null.
    pub fn rank(&self) -> usize {
        self.dimensions().len()
    }

    /// Number of elements; `None` if the product does not fit in 64 bits.
    pub fn element_count(&self) -> Option<u64> {
        match self {
            Self::Null => Some(0),
            Self::Scalar => Some(1),
            Self::Simple { dimensions, .. } => checked_product(dimensions),
        }
    }
}

/// Product of sizes; a zero among them makes it zero however large the others are.
pub(crate) fn checked_product(sizes: &[u64]) -> Option<u64> {
    if sizes.contains(&0) {
        return Some(0);
    }
    sizes.iter().try_fold(1_u64, |product, &size| product.checked_mul(size))
}
