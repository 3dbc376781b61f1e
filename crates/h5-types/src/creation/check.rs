//! Whether the parts of what is asked for go together.

use super::{NewAttribute, NewDataset, NewLayout};
use crate::dataspace::checked_product;
use crate::{Dataspace, Datatype, Error, FillDefinition, FillTime, Result};

/// Most dimensions of a dataspace (specification IV.A.2.b).
const LARGEST_RANK: usize = 32;
/// Most bytes of elements in an object header message (specification IV.A.2.i: a 16-bit size).
const LARGEST_COMPACT_BYTES: u64 = 65_535;

impl NewDataset {
    /// Checks that the parts do not contradict each other: what each backend refuses alike, whatever it can store.
    ///
    /// # Errors
    /// `Usage`: a rank over 32 or of 0; a maximum below the current size; a chunk of another rank, with a dimension of 0 or beyond the
    /// maximum of one that is not empty; filters without chunks; an extent that can grow in a layout that cannot; external files of another layout than
    /// contiguous; a fill value of another size; elements of variable length that are never filled; more elements than 64 bits count, or bytes of
    /// them in one block. `Unsupported`: a fill value of a datatype with a variable part, which bytes alone do not hold unless they are all
    /// zero: null.
    pub fn check(&self) -> Result<()> {
        check_datatype(&self.datatype)?;
        check_dataspace(&self.dataspace)?;
        let count = self.dataspace.element_count();
        let count = count.ok_or_else(|| Error::usage("a dataset of more elements than 64 bits count"))?;
        match &self.layout {
            // Most of them may never be written.
            NewLayout::Chunked { chunk, .. } => self.check_chunk(chunk)?,
            _ => self.check_unchunked(count)?,
        }
        if !self.external.is_empty() && self.layout != NewLayout::Contiguous {
            return Err(Error::usage("external files of a layout other than contiguous"));
        }
        self.check_fill()
    }

    fn check_chunk(&self, chunk: &[u64]) -> Result<()> {
        let Dataspace::Simple { dimensions, maximum } = &self.dataspace else {
            return Err(Error::usage("chunks of a dataset without dimensions"));
        };
        if chunk.len() != dimensions.len() {
            let (found, rank) = (chunk.len(), dimensions.len());
            return Err(Error::usage(format!("a chunk of rank {found} in a dataset of rank {rank}")));
        }
        for ((&length, &size), &most) in chunk.iter().zip(dimensions).zip(maximum) {
            if length == 0 {
                return Err(Error::usage("a chunk dimension of 0"));
            }
            // An empty extent says nothing of how large a chunk may be; the C library takes any then.
            if let Some(most) = most.filter(|&most| size > 0 && length > most) {
                return Err(Error::usage(format!(
                    "a chunk dimension of {length} along one of at most {most}"
                )));
            }
        }
        if checked_product(chunk).is_none() {
            return Err(Error::usage("a chunk of more elements than 64 bits count"));
        }
        Ok(())
    }

    fn check_unchunked(&self, count: u64) -> Result<()> {
        let bytes = u64::try_from(self.datatype.size()).ok().and_then(|size| count.checked_mul(size));
        let bytes = bytes.ok_or_else(|| Error::usage("a dataset of more bytes than 64 bits count"))?;
        if self.layout == NewLayout::Compact && bytes > LARGEST_COMPACT_BYTES {
            return Err(Error::usage(format!(
                "{bytes} bytes in the compact layout, which holds {LARGEST_COMPACT_BYTES}"
            )));
        }
        if !self.filters.is_empty() {
            return Err(Error::usage("filters without chunks"));
        }
        let grows = match &self.dataspace {
            Dataspace::Simple { dimensions, maximum } => {
                dimensions.iter().zip(maximum).any(|(&size, &most)| most != Some(size))
            }
            _ => false,
        };
        let can_grow = matches!(self.layout, NewLayout::Virtual { .. }) || !self.external.is_empty();
        if grows && !can_grow {
            return Err(Error::usage("an extent that can grow without chunks"));
        }
        Ok(())
    }

    fn check_fill(&self) -> Result<()> {
        if self.fill_time == FillTime::Never && self.datatype.has_variable_length() {
            return Err(Error::usage("elements of variable length have to be filled"));
        }
        if let Some(value) = &self.fill_elements {
            return match value.count() {
                1 => Ok(()),
                count => Err(Error::usage(format!("a fill value of {count} elements"))),
            };
        }
        let FillDefinition::User(value) = &self.fill else { return Ok(()) };
        if self.datatype.has_variable_part() {
            // Null has the size of any form, as the datatype has.
            return match value.iter().all(|&byte| byte == 0) {
                true => Ok(()),
                false => Err(Error::unsupported("a fill value with a variable part, as bytes of a file")),
            };
        }
        if value.len() != self.datatype.size() {
            return Err(Error::usage(format!(
                "a fill value of {} bytes for elements of {}",
                value.len(),
                self.datatype.size()
            )));
        }
        Ok(())
    }
}

impl NewAttribute {
    /// Checks that the parts do not contradict each other.
    ///
    /// # Errors
    /// `Usage`: an empty name, one with a NUL, a rank over 32 or of 0, an extent that can grow.
    pub fn check(&self) -> Result<()> {
        if self.name.is_empty() || self.name.as_bytes().contains(&0) {
            return Err(Error::usage(format!("`{}` is no name of an attribute", self.name)));
        }
        check_datatype(&self.datatype)?;
        check_dataspace(&self.dataspace)?;
        match &self.dataspace {
            Dataspace::Simple { dimensions, maximum }
                if dimensions.iter().zip(maximum).any(|(&size, &most)| most != Some(size)) =>
            {
                Err(Error::usage("an attribute that can grow"))
            }
            _ => Ok(()),
        }
    }
}

fn check_datatype(datatype: &Datatype) -> Result<()> {
    if datatype.size() == 0 {
        return Err(Error::usage(format!("elements of no bytes: {datatype}")));
    }
    Ok(())
}

fn check_dataspace(dataspace: &Dataspace) -> Result<()> {
    let Dataspace::Simple { dimensions, maximum } = dataspace else { return Ok(()) };
    let rank = dimensions.len();
    if rank == 0 || rank > LARGEST_RANK {
        return Err(Error::usage(format!(
            "a dataspace of {rank} dimensions, 1 to {LARGEST_RANK} are possible"
        )));
    }
    if maximum.len() != rank {
        return Err(Error::usage(format!("{} maximum dimensions of {rank}", maximum.len())));
    }
    for (&size, &most) in dimensions.iter().zip(maximum) {
        if most.is_some_and(|most| most < size) {
            return Err(Error::usage(format!("a dimension of {size} beyond its maximum")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{
        Dataspace, ErrorKind, ExternalFile, FillDefinition, FillTime, FilterInfo, H5Type, NewAttribute,
        NewDataset, NewLayout,
    };

    fn dataset(dimensions: &[u64], maximum: &[Option<u64>]) -> NewDataset {
        let (dimensions, maximum) = (dimensions.to_vec(), maximum.to_vec());
        NewDataset::new(i32::datatype(), Dataspace::Simple { dimensions, maximum })
    }

    fn chunked(dimensions: &[u64], maximum: &[Option<u64>], chunk: &[u64]) -> NewDataset {
        let layout = NewLayout::Chunked { chunk: chunk.to_vec(), index: None };
        NewDataset { layout, ..dataset(dimensions, maximum) }
    }

    #[test]
    fn parts_that_go_together_pass() {
        assert!(dataset(&[3], &[Some(3)]).check().is_ok());
        assert!(chunked(&[3], &[None], &[1000]).check().is_ok());
        assert!(chunked(&[0, 2], &[Some(0), Some(9)], &[1, 5]).check().is_ok());
        assert!(NewDataset::new(i32::datatype(), Dataspace::Null).check().is_ok());
    }

    #[test]
    fn parts_that_contradict_each_other_are_the_callers_mistake() {
        let shuffle = FilterInfo { id: 2, flags: 0, name: None, client_data: vec![] };
        let external = ExternalFile { name: "raw".into(), offset_bytes: 0, size_bytes: None };
        let refused = [
            dataset(&[], &[]),
            dataset(&[1; 33], &[Some(1); 33]),
            dataset(&[3], &[Some(2)]),
            dataset(&[3], &[None]),
            dataset(&[3], &[]),
            dataset(&[1 << 62], &[Some(1 << 62)]),
            chunked(&[3], &[Some(3)], &[4]),
            chunked(&[3], &[None], &[0]),
            chunked(&[3], &[None], &[1, 1]),
            chunked(&[3, 3], &[None, None], &[1 << 32, 1 << 32]),
            NewDataset { dataspace: Dataspace::Scalar, ..chunked(&[3], &[None], &[1]) },
            NewDataset { filters: vec![shuffle], ..dataset(&[3], &[Some(3)]) },
            NewDataset { external: vec![external], ..chunked(&[3], &[None], &[1]) },
            NewDataset { layout: NewLayout::Compact, ..dataset(&[20_000], &[Some(20_000)]) },
            NewDataset { fill: FillDefinition::User(vec![0; 3]), ..dataset(&[3], &[Some(3)]) },
        ];
        for dataset in refused {
            assert_eq!(dataset.check().unwrap_err().kind(), ErrorKind::Usage, "{dataset:?}");
        }
        let text = NewDataset::new(String::datatype(), Dataspace::Scalar);
        assert!(NewDataset { fill_time: FillTime::Never, ..text }.check().is_err());
        let text = |fill| NewDataset {
            fill: FillDefinition::User(fill),
            ..NewDataset::new(String::datatype(), Dataspace::Scalar)
        };
        assert_eq!(text(vec![1; 16]).check().unwrap_err().kind(), ErrorKind::Unsupported);
        assert!(text(vec![0; 16]).check().is_ok());
    }

    #[test]
    fn attributes_have_names_and_do_not_grow() {
        let check = |name: &str, dataspace| NewAttribute::new(name, i32::datatype(), dataspace).check();
        assert!(check("a", Dataspace::fixed([2])).is_ok());
        assert!(check("", Dataspace::Scalar).is_err());
        let growing = Dataspace::Simple { dimensions: vec![1], maximum: vec![None] };
        assert!(check("a", growing).is_err());
    }
}
