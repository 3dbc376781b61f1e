//! Filters, and chunks as they are stored.

use h5_backend::{Dataset, Feature};
use h5_types::{
    Block, ByteOrder, Dataspace, Datatype, ErrorKind, FilterInfo, H5Type, IntegerType, NewDataset, NewLayout,
    Result, Selection,
};

use super::{growing, plain};
use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, is_error, same, some};

/// Filters that lose nothing, with parameters and what they are called.
const FILTERS: [(&str, u16, &[u32]); 14] = [
    ("deflate", 1, &[6]),
    ("shuffle", 2, &[]),
    ("fletcher32", 3, &[]),
    ("szip", 4, &[32, 8]),
    ("nbit", 5, &[]),
    ("scaleoffset", 6, &[2, 0]),
    ("bzip2", 307, &[9]),
    ("lzf", 32000, &[]),
    ("blosc", 32001, &[0, 0, 0, 0, 5, 1, 1]),
    ("lz4", 32004, &[]),
    ("bitshuffle", 32008, &[0, 2]),
    ("zfp", 32013, &[5]),
    ("zstd", 32015, &[3]),
    ("blosc2", 32026, &[0, 0, 0, 0, 5, 1, 1]),
];

pub(super) fn cases() -> Vec<Case> {
    let needs = || [Feature::Write, Feature::ChunkedLayout];
    let mut cases: Vec<Case> = FILTERS
        .iter()
        .map(|&(name, id, parameters)| {
            let case = Case::new("chunks", &format!("filter_{name}"), needs(), move |t| {
                through_filters(t, &[filter(id, parameters)])
            });
            case.with_filters([id])
        })
        .collect();
    let pipeline =
        [("deflate_fletcher32", [1, 3]), ("fletcher32_deflate", [3, 1]), ("shuffle_deflate", [2, 1])];
    for (name, ids) in pipeline {
        let run = move |t: &mut Trial<'_>| through_filters(t, &ids.map(|id| filter(id, parameters_of(id))));
        cases.push(Case::new("chunks", &format!("filters_{name}"), needs(), run).with_filters(ids));
    }
    let unpacked: Vec<Case> = cases!("chunks";
        a_mandatory_filter_that_is_unknown_is_refused [ChunkedLayout],
        stored_chunks_are_listed [RawChunks, ChunkedLayout],
        chunks_that_were_not_written_are_not_listed [RawChunks, ChunkedLayout],
        a_stored_chunk_is_read [RawChunks, ChunkedLayout],
        a_chunk_is_written_as_it_is_stored [RawChunks, ChunkedLayout],
        a_chunk_that_no_filter_was_applied_to [RawChunks, ChunkedLayout],
        a_chunk_that_was_not_written_is_not_found [RawChunks, ChunkedLayout],
        a_place_where_no_chunk_begins [RawChunks, ChunkedLayout],
        a_dataset_without_chunks_has_none [],
        a_dataset_without_chunks_reads_and_writes_none [RawChunks],
        chunks_go_with_the_elements_cut_off [RawChunks, Resize, Shrink],
    );
    cases.extend(unpacked);
    cases
}

fn filter(id: u16, parameters: &[u32]) -> FilterInfo {
    FilterInfo { id, flags: 0, name: None, client_data: parameters.to_vec() }
}

pub(super) fn parameters_of(id: u16) -> &'static [u32] {
    FILTERS.iter().find(|found| found.1 == id).map_or(&[], |found| found.2)
}

fn through_filters(t: &mut Trial<'_>, filters: &[FilterInfo]) -> Outcome {
    let datatype = Datatype::Integer(IntegerType::plain(4, true, ByteOrder::Little));
    let mut new = NewDataset::new(datatype, Dataspace::fixed([30, 50]));
    new.layout = NewLayout::Chunked { chunk: vec![16, 16], index: None };
    new.filters = filters.to_vec();
    let mut values: Vec<i32> = (0..1500).map(|i| i * i % 977 - 300).collect();
    let data = t.root()?.create_dataset_from("x", &new)?;
    data.write(&values)?;
    same(data.read::<i32>()?, values.as_slice())?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    let ids: Vec<u16> = data.info()?.filters.iter().map(|filter| filter.id).collect();
    same(ids, filters.iter().map(|filter| filter.id).collect::<Vec<u16>>())?;
    same(data.read::<i32>()?, values.as_slice())?;
    // Chunks are written again, and in part.
    let row = Selection::from_block(&Block { start: vec![3, 0], size: vec![1, 50] });
    data.write_selection(&row, &[7; 50])?;
    values[150..200].fill(7);
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, values)
}

fn a_mandatory_filter_that_is_unknown_is_refused(t: &mut Trial<'_>) -> Outcome {
    mandatory_is_refused(t, 511)
}

/// Fails unless a filter keeps a dataset from being made or, where chunks that were filtered elsewhere are taken, from being written to.
pub(super) fn mandatory_is_refused(t: &Trial<'_>, id: u16) -> Outcome {
    let mut new = plain::<i32>(&[8]);
    new.layout = NewLayout::Chunked { chunk: vec![4], index: None };
    new.filters = vec![filter(id, parameters_of(id))];
    let path = format!("x{id}");
    match t.file().create_dataset_from(&path, &new) {
        Ok(data) => t.refused(ErrorKind::Unsupported, |_| data.write(&[1; 8])),
        Err(_) => t.refused(ErrorKind::Unsupported, |file| file.create_dataset_from(&path, &new)),
    }
}

/// A dataset of three chunks, the second of which was never written.
fn gappy(t: &Trial<'_>) -> Result<Dataset> {
    let mut new = growing::<u8>(&[6], &[2]);
    new.dataspace = Dataspace::fixed([6]);
    let data = t.root()?.create_dataset_from("x", &new)?;
    let part = |start| Selection::from_block(&Block { start: vec![start], size: vec![2] });
    data.write_selection(&part(4), &[5_u8, 6])?;
    data.write_selection(&part(0), &[1_u8, 2])?;
    Ok(data)
}

fn offsets(data: &Dataset) -> Result<Vec<u64>> {
    let mut found: Vec<u64> = data.chunks()?.into_iter().flat_map(|chunk| chunk.offset).collect();
    found.sort_unstable();
    Ok(found)
}

fn stored_chunks_are_listed(t: &mut Trial<'_>) -> Outcome {
    let mut new = plain::<u16>(&[3, 5]);
    new.layout = NewLayout::Chunked { chunk: vec![2, 2], index: None };
    t.root()?.create_dataset_from("x", &new)?.write(&[1_u16; 15])?;
    t.reopen()?;
    let chunks = t.file().dataset("x")?.chunks()?;
    let mut offsets: Vec<Vec<u64>> = chunks.iter().map(|chunk| chunk.offset.clone()).collect();
    offsets.sort();
    same(offsets, [[0, 0], [0, 2], [0, 4], [2, 0], [2, 2], [2, 4]])?;
    same(chunks.iter().all(|chunk| chunk.stored_bytes == 8 && chunk.filter_mask == 0), true)?;
    same(t.file().dataset("x")?.storage_bytes()?, 48)
}

fn chunks_that_were_not_written_are_not_listed(t: &mut Trial<'_>) -> Outcome {
    gappy(t)?;
    t.reopen()?;
    // An index that keeps all chunks in place knows of all.
    let found = offsets(&t.file().dataset("x")?)?;
    same(found == [0, 4] || found == [0, 2, 4], true)
}

fn a_stored_chunk_is_read(t: &mut Trial<'_>) -> Outcome {
    let data = gappy(t)?;
    let (info, bytes) = data.read_raw_chunk(&[4])?;
    same(bytes, [5, 6])?;
    same((info.offset, info.stored_bytes, info.filter_mask), (vec![4], 2, 0))
}

fn a_chunk_is_written_as_it_is_stored(t: &mut Trial<'_>) -> Outcome {
    let data = gappy(t)?;
    data.write_raw_chunk(&[2], 0, &[8, 9])?;
    data.write_raw_chunk(&[0], 0, &[10, 11])?;
    same(data.read::<u8>()?, [10, 11, 8, 9, 5, 6])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<u8>()?, [10, 11, 8, 9, 5, 6])
}

fn a_chunk_that_no_filter_was_applied_to(t: &mut Trial<'_>) -> Outcome {
    if !t.capability().encodes(1) {
        return Ok(());
    }
    let mut new = plain::<u8>(&[8]);
    new.layout = NewLayout::Chunked { chunk: vec![4], index: None };
    new.filters = vec![filter(1, &[6])];
    let data = t.root()?.create_dataset_from("x", &new)?;
    data.write(&[3_u8; 8])?;
    data.write_raw_chunk(&[4], 1, &[1, 2, 3, 4])?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    same(data.read::<u8>()?, [3, 3, 3, 3, 1, 2, 3, 4])?;
    let chunks = data.chunks()?;
    let second = some(chunks.iter().find(|chunk| chunk.offset == [4]))?;
    same((second.filter_mask, second.stored_bytes), (1, 4))
}

fn a_chunk_that_was_not_written_is_not_found(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<u8>(&[6], &[2]))?;
    is_error(ErrorKind::NotFound, data.read_raw_chunk(&[2]))
}

fn a_place_where_no_chunk_begins(t: &mut Trial<'_>) -> Outcome {
    let data = gappy(t)?;
    for offset in [&[1][..], &[6], &[0, 0], &[]] {
        is_error(ErrorKind::Usage, data.read_raw_chunk(offset))?;
        t.refused(ErrorKind::Usage, |_| data.write_raw_chunk(offset, 0, &[0, 0]))?;
    }
    Ok(())
}

fn a_dataset_without_chunks_has_none(t: &mut Trial<'_>) -> Outcome {
    same(t.file().write_array("x", [1, 2])?.chunks()?.len(), 0)
}

fn a_dataset_without_chunks_reads_and_writes_none(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [1, 2])?;
    is_error(ErrorKind::Usage, data.read_raw_chunk(&[0]))?;
    t.refused(ErrorKind::Usage, |_| data.write_raw_chunk(&[0], 0, &[0; 8]))
}

fn chunks_go_with_the_elements_cut_off(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<u8>(&[8], &[2]))?;
    data.write(&[1_u8; 8])?;
    data.resize([3])?;
    same(offsets(&data)?, [0, 2])?;
    t.reopen()?;
    same(offsets(&t.file().dataset("x")?)?, [0, 2])?;
    same(&t.file().dataset("x")?.info()?.datatype, &u8::datatype())
}
