//! Dataspaces and selections.

use h5_types::{Block, Dataspace, Error, Hyperslab, HyperslabDimension, Points, Result, Selection};
use hdf5_metno_sys::h5s::{self, H5S_class_t, H5S_sel_type, H5S_seloper_t};

use super::{Id, Library, convert};

impl Library {
    /// A dataspace of an extent, all of it selected.
    pub(crate) fn make_space(&self, dataspace: &Dataspace) -> Result<Id> {
        // SAFETY: the lock is held; both lists have as many numbers as the rank says.
        let space = unsafe {
            match dataspace {
                Dataspace::Null => h5s::H5Screate(H5S_class_t::H5S_NULL),
                Dataspace::Scalar => h5s::H5Screate(H5S_class_t::H5S_SCALAR),
                Dataspace::Simple { dimensions, maximum } => {
                    if dimensions.len() != maximum.len() {
                        return Err(Error::usage("as many maximum dimensions as dimensions are needed"));
                    }
                    let maximum: Vec<u64> =
                        maximum.iter().map(|most| most.unwrap_or(h5s::H5S_UNLIMITED)).collect();
                    let rank = convert(dimensions.len(), "a rank")?;
                    h5s::H5Screate_simple(rank, dimensions.as_ptr(), maximum.as_ptr())
                }
            }
        };
        self.id(space, "a dataspace")
    }

    /// The extent of a dataspace.
    pub(crate) fn extent(&self, space: &Id) -> Result<Dataspace> {
        // SAFETY: the lock is held, the handle lives.
        let class = unsafe { h5s::H5Sget_simple_extent_type(space.0) };
        match class {
            H5S_class_t::H5S_NULL => return Ok(Dataspace::Null),
            H5S_class_t::H5S_SCALAR => return Ok(Dataspace::Scalar),
            H5S_class_t::H5S_SIMPLE => {}
            H5S_class_t::H5S_NO_CLASS => return Err(self.error("a dataspace")),
        }
        let rank = self.rank(space)?;
        let (mut dimensions, mut maximum) = (vec![0_u64; rank], vec![0_u64; rank]);
        // SAFETY: the lock is held, the handle lives; both lists have as many numbers as the rank says.
        let got =
            unsafe { h5s::H5Sget_simple_extent_dims(space.0, dimensions.as_mut_ptr(), maximum.as_mut_ptr()) };
        self.done(got, "an extent")?;
        let maximum = maximum.into_iter().map(|most| Some(most).filter(|&most| most != h5s::H5S_UNLIMITED));
        Ok(Dataspace::Simple { dimensions, maximum: maximum.collect() })
    }

    /// Number of elements of a dataspace.
    pub(super) fn space_elements(&self, space: &Id) -> Result<usize> {
        // SAFETY: the lock is held, the handle lives.
        self.count(unsafe { h5s::H5Sget_simple_extent_npoints(space.0) }, "an extent")
    }

    /// Number of selected elements of a dataspace.
    pub(super) fn selected_elements(&self, space: &Id) -> Result<usize> {
        // SAFETY: the lock is held, the handle lives.
        self.count(unsafe { h5s::H5Sget_select_npoints(space.0) }, "a selection")
    }

    fn rank(&self, space: &Id) -> Result<usize> {
        // SAFETY: the lock is held, the handle lives.
        self.count(unsafe { h5s::H5Sget_simple_extent_ndims(space.0) }, "a rank")
    }

    /// Selects nothing.
    pub(crate) fn select_none(&self, space: &Id) -> Result<()> {
        // SAFETY: the lock is held, the handle lives.
        self.done(unsafe { h5s::H5Sselect_none(space.0) }, "selecting nothing")
    }

    /// Selects a regular hyperslab alone, or in addition to what is selected. Counts and blocks may be unlimited.
    pub(crate) fn select_hyperslab(
        &self,
        space: &Id,
        dimensions: &[HyperslabDimension],
        adds: bool,
    ) -> Result<()> {
        if dimensions.len() != self.rank(space)? {
            return Err(Error::usage("a selection of another rank"));
        }
        let list =
            |part: fn(&HyperslabDimension) -> u64| -> Vec<u64> { dimensions.iter().map(part).collect() };
        let (start, stride) = (list(|d| d.start), list(|d| d.stride.max(1)));
        let count = list(|d| d.count.unwrap_or(h5s::H5S_UNLIMITED));
        let block = list(|d| d.block.unwrap_or(h5s::H5S_UNLIMITED));
        let how = if adds { H5S_seloper_t::H5S_SELECT_OR } else { H5S_seloper_t::H5S_SELECT_SET };
        // SAFETY: the lock is held, the handle lives; each list has as many numbers as the dataspace's rank, which was checked.
        let done = unsafe {
            h5s::H5Sselect_hyperslab(
                space.0,
                how,
                start.as_ptr(),
                stride.as_ptr(),
                count.as_ptr(),
                block.as_ptr(),
            )
        };
        self.done(done, "selecting a hyperslab")
    }

    /// Selects points, in their order.
    pub(crate) fn select_points(&self, space: &Id, points: &Points) -> Result<()> {
        let count = points.coordinates.len().checked_div(points.rank);
        let whole = count.and_then(|count| count.checked_mul(points.rank)) == Some(points.coordinates.len());
        let (Some(count), true) = (count, whole && points.rank == self.rank(space)?) else {
            return Err(Error::usage("points of another rank"));
        };
        // SAFETY: the lock is held, the handle lives; the list has as many coordinates as the points, of the dataspace's rank.
        let done = unsafe {
            h5s::H5Sselect_elements(
                space.0,
                H5S_seloper_t::H5S_SELECT_SET,
                count,
                points.coordinates.as_ptr(),
            )
        };
        self.done(done, "selecting points")
    }

    /// What is selected of a dataspace.
    pub(crate) fn selection(&self, space: &Id) -> Result<Selection> {
        // SAFETY: the lock is held, the handle lives.
        match unsafe { h5s::H5Sget_select_type(space.0) } {
            H5S_sel_type::H5S_SEL_NONE => Ok(Selection::None),
            H5S_sel_type::H5S_SEL_ALL => Ok(Selection::All),
            H5S_sel_type::H5S_SEL_POINTS => self.selected_points(space),
            H5S_sel_type::H5S_SEL_HYPERSLABS => self.selected_hyperslab(space),
            _ => Err(self.error("a selection")),
        }
    }

    fn selected_points(&self, space: &Id) -> Result<Selection> {
        let rank = self.rank(space)?;
        // SAFETY: the lock is held, the handle lives.
        let count = self.count(unsafe { h5s::H5Sget_select_elem_npoints(space.0) }, "points")?;
        let mut coordinates = numbers(count, rank)?;
        // SAFETY: as above; the list has room for all coordinates.
        let got = unsafe {
            h5s::H5Sget_select_elem_pointlist(space.0, 0, convert(count, "points")?, coordinates.as_mut_ptr())
        };
        self.done(got, "points")?;
        Ok(Selection::Points(Points { rank, coordinates }))
    }

    fn selected_hyperslab(&self, space: &Id) -> Result<Selection> {
        let rank = self.rank(space)?;
        // SAFETY: the lock is held, the handle lives.
        if self.answer(unsafe { h5s::H5Sis_regular_hyperslab(space.0) }, "a hyperslab")? {
            let mut parts = [(); 4].map(|()| vec![0_u64; rank]);
            let [start, stride, count, block] = &mut parts;
            // SAFETY: as above; each list has as many numbers as the rank.
            let got = unsafe {
                h5s::H5Sget_regular_hyperslab(
                    space.0,
                    start.as_mut_ptr(),
                    stride.as_mut_ptr(),
                    count.as_mut_ptr(),
                    block.as_mut_ptr(),
                )
            };
            self.done(got, "a hyperslab")?;
            let limited = |number: u64| Some(number).filter(|&number| number != h5s::H5S_UNLIMITED);
            let firsts = start.iter().zip(stride.iter());
            let dimensions =
                firsts.zip(count.iter().zip(block.iter())).map(|((&start, &stride), (&count, &block))| {
                    HyperslabDimension { start, stride, count: limited(count), block: limited(block) }
                });
            return Ok(Selection::Hyperslab(Hyperslab { dimensions: dimensions.collect() }));
        }
        // SAFETY: as above.
        let count = self.count(unsafe { h5s::H5Sget_select_hyper_nblocks(space.0) }, "blocks")?;
        let mut corners = numbers(count, rank.saturating_mul(2))?;
        // SAFETY: as above; the list has room for both corners of all blocks.
        let got = unsafe {
            h5s::H5Sget_select_hyper_blocklist(space.0, 0, convert(count, "blocks")?, corners.as_mut_ptr())
        };
        self.done(got, "blocks")?;
        let blocks = corners.chunks(rank.saturating_mul(2).max(1)).map(|corners| {
            let (first, last) = corners.split_at_checked(rank).unwrap_or((corners, &[]));
            let size = |(&first, &last): (&u64, &u64)| last.saturating_sub(first).saturating_add(1);
            Block { start: first.to_vec(), size: first.iter().zip(last).map(size).collect() }
        });
        Ok(Selection::Union(blocks.collect()))
    }
}

/// A list of `count` times `width` zeros, or an error where the memory has not so much.
fn numbers(count: usize, width: usize) -> Result<Vec<u64>> {
    let mut list = Vec::new();
    let length = count.checked_mul(width).ok_or_else(|| Error::limit("a selection of too many parts"))?;
    list.try_reserve_exact(length)
        .map_err(|e| Error::limit("a selection of too many parts").with_source(e))?;
    list.resize(length, 0);
    Ok(list)
}
