//! Ways to store a dataset: layouts, chunk indexes, filters.

use h5::{AllocationTime, ChunkIndexKind, Dataspace, Datatype, FilterInfo, LibverBounds, NewLayout};

use h5_testkit::samples::Kind;

/// Dimensions of every dataset; not multiples of the chunk's.
pub(crate) const SHAPE: [u64; 2] = [7, 5];
const CHUNK: [u64; 2] = [4, 3];
/// The filter that is not optional: what does not compress may be stored as it is, but a checksum has to be there.
const FLETCHER32: u16 = 3;

/// One way to store a dataset.
pub(crate) struct Storage {
    pub(crate) name: String,
    pub(crate) dataspace: Dataspace,
    pub(crate) layout: NewLayout,
    pub(crate) filters: Vec<FilterInfo>,
    pub(crate) allocation_time: Option<AllocationTime>,
    /// Suffix of the external file's name, if there is one.
    pub(crate) external: String,
    pub(crate) needs_plugin: bool,
}

/// A named pipeline.
struct Pipeline {
    name: &'static str,
    filters: Vec<FilterInfo>,
    plugin: bool,
}

pub(crate) fn all(bounds: LibverBounds, kind: &Kind) -> Vec<Storage> {
    let mut all = vec![plain("compact", NewLayout::Compact), plain("contiguous", NewLayout::Contiguous)];
    all.push(Storage {
        allocation_time: Some(AllocationTime::Early),
        ..plain("contiguous_early", NewLayout::Contiguous)
    });
    if !kind.datatype.has_variable_part() {
        all.push(Storage {
            external: format!("{bounds:?}").to_lowercase(),
            ..plain("external", NewLayout::Contiguous)
        });
    }
    for pipeline in pipelines(&kind.datatype) {
        for (index, name) in indexes(bounds) {
            if index == ChunkIndexKind::Implicit && !pipeline.filters.is_empty() {
                continue;
            }
            all.push(chunked(index, name, &pipeline));
        }
    }
    all
}

fn plain(name: &str, layout: NewLayout) -> Storage {
    Storage {
        name: name.to_owned(),
        dataspace: dataspace([Some(SHAPE[0]), Some(SHAPE[1])]),
        layout,
        filters: Vec::new(),
        allocation_time: None,
        external: String::new(),
        needs_plugin: false,
    }
}

fn chunked(index: ChunkIndexKind, name: &str, pipeline: &Pipeline) -> Storage {
    let maximum = match index {
        ChunkIndexKind::Single | ChunkIndexKind::Implicit | ChunkIndexKind::FixedArray => SHAPE.map(Some),
        ChunkIndexKind::ExtensibleArray => [None, Some(SHAPE[1])],
        ChunkIndexKind::BTreeV1 | ChunkIndexKind::BTreeV2 => [None, None],
    };
    let chunk = if index == ChunkIndexKind::Single { SHAPE } else { CHUNK };
    let early = index == ChunkIndexKind::Implicit;
    Storage {
        name: format!("{name}_{}", pipeline.name),
        dataspace: dataspace(maximum),
        layout: NewLayout::Chunked { chunk: chunk.to_vec(), index: Some(index) },
        filters: pipeline.filters.clone(),
        allocation_time: early.then_some(AllocationTime::Early),
        external: String::new(),
        needs_plugin: pipeline.plugin,
    }
}

fn dataspace(maximum: [Option<u64>; 2]) -> Dataspace {
    Dataspace::Simple { dimensions: SHAPE.to_vec(), maximum: maximum.to_vec() }
}

/// The chunk indexes of a version bound.
fn indexes(bounds: LibverBounds) -> Vec<(ChunkIndexKind, &'static str)> {
    if bounds < LibverBounds::V110 {
        return vec![(ChunkIndexKind::BTreeV1, "btree1")];
    }
    vec![
        (ChunkIndexKind::Single, "single"),
        (ChunkIndexKind::Implicit, "implicit"),
        (ChunkIndexKind::FixedArray, "fixed"),
        (ChunkIndexKind::ExtensibleArray, "extensible"),
        (ChunkIndexKind::BTreeV2, "btree2"),
    ]
}

/// The pipelines that a datatype can go through without loss.
fn pipelines(datatype: &Datatype) -> Vec<Pipeline> {
    let filter = |id, client_data: &[u32]| FilterInfo {
        id,
        flags: u16::from(id != FLETCHER32),
        name: None,
        client_data: client_data.to_vec(),
    };
    let one = |name, plugin, id, client_data: &[u32]| Pipeline {
        name,
        filters: vec![filter(id, client_data)],
        plugin,
    };
    let mut all = vec![
        Pipeline { name: "none", filters: Vec::new(), plugin: false },
        one("deflate", false, 1, &[6]),
        one("fletcher32", false, 3, &[]),
        Pipeline {
            name: "shuffle_deflate_fletcher32",
            filters: vec![filter(2, &[]), filter(1, &[4]), filter(3, &[])],
            plugin: false,
        },
        one("lzf", false, 32000, &[]),
        one("bzip2", true, 307, &[9]),
        one("blosc", true, 32001, &[0, 0, 0, 0, 5, 1, 1]),
        one("lz4", true, 32004, &[]),
        one("bitshuffle", true, 32008, &[0, 2]),
        one("zstd", true, 32015, &[3]),
        one("blosc2", true, 32026, &[0, 0, 0, 0, 5, 1, 1]),
    ];
    let number = matches!(datatype, Datatype::Integer(_) | Datatype::Float(_));
    if number {
        all.push(one("szip", false, 4, &[32, 4]));
        all.push(one("nbit", false, 5, &[]));
    }
    if matches!(datatype, Datatype::Integer(_)) {
        all.push(one("scaleoffset", false, 6, &[2, 0]));
    }
    let zfp = match datatype {
        Datatype::Float(t) => t.size >= 4 && t.order == h5::ByteOrder::Little,
        Datatype::Integer(t) => t.size >= 4 && t.signed && t.order == h5::ByteOrder::Little,
        _ => false,
    };
    if zfp {
        // Mode 5, reversible.
        all.push(one("zfp", true, 32013, &[5]));
    }
    all
}
