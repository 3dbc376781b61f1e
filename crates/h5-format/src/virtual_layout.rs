//! Global heap block for virtual datasets: HDF5 File Format Specification 4.0, III.F. Reads and writes versions
//! 0 and 1.
//!
//! ```text
//! block     0 version (1)   1 number of entries (L)   entries   checksum (4)
//! entry     version 0: source file (text, NUL)   source dataset (text, NUL)   source selection   virtual selection
//!           version 1: flags (1)   then the same, where
//!             bit 0 set: instead of the source file the number (L) of the entry that has it
//!             bit 1 set: instead of the source dataset the number (L) of the entry that has it
//!             bit 2 set: no source file; it is the file itself
//! ```
//! The text counts the entries that share a name from 1, the C library from 0, as its files show.

use std::collections::HashMap;

use h5_types::{Limits, Name, VirtualMapping};

use crate::selection::{SelectionEncoding, read_selection, write_selection};
use crate::{Reader, Result, Sizes, Writer};

const STRUCTURE: &str = "global heap block for virtual datasets";
const SECTION: &str = "III.F";

const SHARED_FILE: u8 = 1;
const SHARED_DATASET: u8 = 2;
const SAME_FILE: u8 = 4;

/// What a source file is called that is the virtual dataset's own.
const OWN_FILE: &str = ".";

/// Decodes the block; bytes after its checksum are left alone.
///
/// # Errors
/// A version that does not exist, a wrong checksum, a shared name of an entry that does not come before, a selection that does
/// not decode, or too few bytes.
pub fn decode_virtual_layout(bytes: &[u8], sizes: Sizes, limits: &Limits) -> Result<Vec<VirtualMapping>> {
    let mut reader = Reader::new(bytes, STRUCTURE, SECTION);
    let version = reader.version(0..=1, "0 or 1")?;
    let count = reader.length(sizes)?;
    // Not reserved: each entry takes bytes of the block, which bound the list.
    let mut mappings: Vec<VirtualMapping> = Vec::new();
    for _ in 0..count {
        let flags = if version == 0 { 0 } else { reader.u8()? };
        let source_file = if flags & SAME_FILE != 0 {
            Name::from(OWN_FILE)
        } else if flags & SHARED_FILE != 0 {
            shared(&mut reader, sizes, &mappings)?.source_file.clone()
        } else {
            Name::new(reader.nul_terminated()?)
        };
        let source_dataset = if flags & SHARED_DATASET != 0 {
            shared(&mut reader, sizes, &mappings)?.source_dataset.clone()
        } else {
            Name::new(reader.nul_terminated()?)
        };
        let source_selection = read_selection(&mut reader, limits)?;
        let virtual_selection = read_selection(&mut reader, limits)?;
        mappings.push(VirtualMapping { source_file, source_dataset, source_selection, virtual_selection });
    }
    reader.checksum()?;
    Ok(mappings)
}

/// The entry that a shared name comes from.
fn shared<'m>(
    reader: &mut Reader<'_>,
    sizes: Sizes,
    mappings: &'m [VirtualMapping],
) -> Result<&'m VirtualMapping> {
    let number = reader.length(sizes)?;
    let found = usize::try_from(number).ok().and_then(|number| mappings.get(number));
    found.ok_or_else(|| reader.bad_value("shared entry", number, "an entry before this one"))
}

/// Encodes the block. Version 1, which came with HDF5 2.0, stores each name once, and selections in their shortest form.
///
/// # Errors
/// A version that does not exist, a name with a NUL, a selection that cannot be written, or more mappings than a length can count.
pub fn encode_virtual_layout(mappings: &[VirtualMapping], version: u8, sizes: Sizes) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, STRUCTURE, SECTION);
    let encoding = match version {
        0 => SelectionEncoding::Oldest,
        1 => SelectionEncoding::Shortest,
        _ => return Err(writer.unencodable("version", "0 or 1")),
    };
    writer.u8(version);
    writer.count("num_entries", mappings.len(), usize::from(sizes.lengths))?;
    let (mut files, mut datasets) = (HashMap::new(), HashMap::new());
    for (number, mapping) in mappings.iter().enumerate() {
        let (file, dataset) = (&mapping.source_file, &mapping.source_dataset);
        if version == 0 {
            writer.nul_terminated("source_filename", file.as_bytes())?;
            writer.nul_terminated("source_dataset", dataset.as_bytes())?;
        } else {
            // The entry that has a name in full, if it is an earlier one.
            let first_file = *files.entry(file).or_insert(number);
            let first_dataset = *datasets.entry(dataset).or_insert(number);
            let is_own = file.as_bytes() == OWN_FILE.as_bytes();
            let file_flag = match (is_own, first_file < number) {
                (true, _) => SAME_FILE,
                (false, true) => SHARED_FILE,
                (false, false) => 0,
            };
            writer.u8(file_flag | if first_dataset < number { SHARED_DATASET } else { 0 });
            if !is_own {
                write_name(&mut writer, file, first_file, number, sizes)?;
            }
            write_name(&mut writer, dataset, first_dataset, number, sizes)?;
        }
        write_selection(&mut writer, &mapping.source_selection, encoding)?;
        write_selection(&mut writer, &mapping.virtual_selection, encoding)?;
    }
    writer.checksum();
    Ok(bytes)
}

/// Writes a name, or the number of the entry before this one that has it.
fn write_name(writer: &mut Writer<'_>, name: &Name, first: usize, number: usize, sizes: Sizes) -> Result<()> {
    if first < number {
        return writer.count("shared entry", first, usize::from(sizes.lengths));
    }
    writer.nul_terminated("name", name.as_bytes())
}

#[cfg(test)]
mod tests {
    use h5_types::{Points, Selection};
    use proptest::prelude::*;

    use super::*;
    use crate::lookup3;

    const SIZES: Sizes = Sizes { offsets: 8, lengths: 8 };
    const ALL: [u8; 16] = [3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    fn block(version: u8, entries: &[&[u8]]) -> Vec<u8> {
        let mut bytes = vec![version];
        bytes.extend((entries.len() as u64).to_le_bytes());
        for entry in entries {
            bytes.extend(*entry);
            bytes.extend(ALL);
            bytes.extend(ALL);
        }
        let sum = lookup3(&bytes);
        bytes.extend(sum.to_le_bytes());
        bytes
    }

    fn names(bytes: &[u8]) -> Vec<(String, String)> {
        let mappings = decode_virtual_layout(bytes, SIZES, &Limits::default()).unwrap();
        assert!(mappings.iter().all(|m| m.source_selection == Selection::All));
        mappings.iter().map(|m| (m.source_file.to_string(), m.source_dataset.to_string())).collect()
    }

    fn pair(file: &str, dataset: &str) -> (String, String) {
        (file.into(), dataset.into())
    }

    #[test]
    fn version_0_has_names_in_full() {
        assert_eq!(names(&block(0, &[b"a.h5\0x\0", b".\0y\0"])), [pair("a.h5", "x"), pair(".", "y")]);
    }

    #[test]
    fn version_1_shares_names_counted_from_zero() {
        let shared = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let own = [4, b's', 0];
        let bytes = block(1, &[b"\0a.h5\0x\0", &shared, &own]);
        assert_eq!(names(&bytes), [pair("a.h5", "x"), pair("a.h5", "x"), pair(".", "s")]);
    }

    #[test]
    fn a_name_shared_with_a_later_entry_is_an_error() {
        let bytes = block(1, &[&[1, 0, 0, 0, 0, 0, 0, 0, 0, b'x', 0]]);
        assert!(decode_virtual_layout(&bytes, SIZES, &Limits::default()).is_err());
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let good = block(0, &[b"a.h5\0x\0"]);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            assert!(decode_virtual_layout(&bad, SIZES, &Limits::default()).is_err(), "byte {at}");
        }
    }

    fn mapping((file, dataset): (&str, &str)) -> VirtualMapping {
        VirtualMapping {
            source_file: file.into(),
            source_dataset: dataset.into(),
            source_selection: Selection::All,
            virtual_selection: Selection::All,
        }
    }

    #[test]
    fn encode_both_versions() {
        let mappings = [("a.h5", "x"), ("a.h5", "x"), (".", "s"), ("b.h5", "x")].map(mapping);
        let names = [&b"a.h5\0x\0"[..], b"a.h5\0x\0", b".\0s\0", b"b.h5\0x\0"];
        assert_eq!(encode_virtual_layout(&mappings, 0, SIZES).unwrap(), block(0, &names));
        let shared = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let last = b"\x02b.h5\0\0\0\0\0\0\0\0\0";
        let expected = block(1, &[b"\0a.h5\0x\0", &shared, &[4, b's', 0], last]);
        assert_eq!(encode_virtual_layout(&mappings, 1, SIZES).unwrap(), expected);
        assert!(encode_virtual_layout(&mappings, 2, SIZES).is_err());
        for version in [0, 1] {
            assert!(encode_virtual_layout(&[mapping(("a\0b", "x"))], version, SIZES).is_err());
        }
    }

    proptest! {
        #[test]
        fn blocks_decode_to_what_was_encoded(
            names in prop::collection::vec(("[ab.]{0,2}", "[cd]{0,2}", any::<u64>()), 0..12),
            version in 0..2_u8,
        ) {
            let mappings: Vec<_> = names
                .iter()
                .map(|(file, dataset, coordinate)| VirtualMapping {
                    virtual_selection: Selection::Points(Points { rank: 1, coordinates: vec![*coordinate] }),
                    ..mapping((file, dataset))
                })
                .collect();
            let bytes = encode_virtual_layout(&mappings, version, SIZES).unwrap();
            prop_assert_eq!(decode_virtual_layout(&bytes, SIZES, &Limits::default()).unwrap(), mappings);
        }
    }
}
