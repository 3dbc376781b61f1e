//! Values that are to be written, from wherever they come.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufReader, Read};

use h5::{Datatype, Elements, Heap, Value};
use serde_json::Value as Json;

use crate::failure::{Failure, Outcome};
use crate::typed::{self, Shaped, depth, inner_rank};
use crate::{npy_read, table};

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Comma-separated values.
    Csv,
    /// An array of numpy.
    Npy,
    /// JSON.
    Json,
    /// Bytes of elements.
    Raw,
}

/// Values in C order.
pub(crate) struct Feed {
    kind: Kind,
    /// The source, for errors.
    name: String,
    /// Dimensions, where the source has some.
    shape: Option<Vec<u64>>,
    /// Number of values, where it is known.
    count: Option<u64>,
}

enum Kind {
    /// Elements as bytes, read as they are needed.
    Bytes { reader: Box<dyn Read>, datatype: Datatype },
    /// Values of JSON or a table, from a position on.
    Values { values: Vec<Json>, position: usize },
}

impl Feed {
    /// A value of the command line.
    pub(crate) fn of_value(
        value: &OsString,
        datatype: Option<&Datatype>,
        rank: Option<usize>,
    ) -> Outcome<Self> {
        let json = crate::commands::attr_edit::json(value, false).map_err(Failure::Usage)?;
        // A single value fills all elements.
        let is_single = datatype.map_or(!json.is_array(), |datatype| depth(&json) <= inner_rank(datatype));
        let rank = if is_single { Some(0) } else { rank };
        Self::of_json(json, "--value", datatype, rank)
    }

    /// A file, or the standard input.
    pub(crate) fn open(
        source: &OsStr,
        format: Option<Format>,
        header: bool,
        raw_type: Option<&Datatype>,
        datatype: Option<&Datatype>,
        rank: Option<usize>,
    ) -> Outcome<Self> {
        let name = h5::Name::new(source.as_encoded_bytes()).to_string();
        let format = match format.or_else(|| by_name(source)) {
            Some(format) => format,
            None => return Err(Failure::usage(format!("{name}: --format says what it is"))),
        };
        let failed = |error: std::io::Error| Failure::File { file: name.clone(), error: error.into() };
        let (reader, length): (Box<dyn Read>, Option<u64>) = if source == "-" {
            (Box::new(std::io::stdin()), None)
        } else {
            let file = File::open(source).map_err(failed)?;
            let length = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|data| data.len());
            (Box::new(file), length)
        };
        let reader: Box<dyn Read> = Box::new(BufReader::with_capacity(1 << 16, reader));
        match format {
            Format::Raw => {
                let datatype = raw_type
                    .or(datatype)
                    .ok_or_else(|| Failure::usage(format!("{name}: --type says what the raw bytes are")))?;
                Self::of_bytes(reader, datatype.clone(), name, length)
            }
            Format::Npy => Self::of_npy(reader, name),
            Format::Json => {
                let json = serde_json::from_reader(reader);
                let json = json.map_err(|error| Failure::usage(format!("{name}: {error}")))?;
                Self::of_json(json, &name, datatype, rank)
            }
            Format::Csv => {
                let table = table::read(reader, header, datatype, rank);
                let table = table.map_err(|why| Failure::usage(format!("{name}: {why}")))?;
                Ok(Self::of_shaped(table, name))
            }
        }
    }

    fn of_bytes(
        reader: Box<dyn Read>,
        datatype: Datatype,
        name: String,
        length: Option<u64>,
    ) -> Outcome<Self> {
        if datatype.has_variable_part() {
            return Err(Failure::usage(format!("{name}: {datatype} has no raw bytes")));
        }
        let size = u64::try_from(datatype.size()).unwrap_or(u64::MAX);
        if length.is_some_and(|length| length.checked_rem(size) != Some(0)) {
            return Err(Failure::usage(format!("{name}: no whole number of elements of {size} bytes")));
        }
        let count = length.and_then(|length| length.checked_div(size));
        Ok(Self { kind: Kind::Bytes { reader, datatype }, name, shape: None, count })
    }

    fn of_npy(mut reader: Box<dyn Read>, name: String) -> Outcome<Self> {
        let header = npy_read::header(&mut reader).map_err(|why| Failure::usage(format!("{name}: {why}")))?;
        let count = header.shape.iter().try_fold(1_u64, |count, &size| count.checked_mul(size));
        let count =
            count.ok_or_else(|| Failure::usage(format!("{name}: more elements than 64 bits count")))?;
        let kind = Kind::Bytes { reader, datatype: header.datatype };
        Ok(Self { kind, name, shape: Some(header.shape), count: Some(count) })
    }

    fn of_json(json: Json, name: &str, datatype: Option<&Datatype>, rank: Option<usize>) -> Outcome<Self> {
        let rank = match (rank, datatype) {
            (Some(rank), _) => Some(rank),
            (None, Some(datatype)) => Some(depth(&json).saturating_sub(inner_rank(datatype))),
            (None, None) => None,
        };
        let shaped = Shaped::new(json, rank).map_err(|why| Failure::usage(format!("{name}: {why}")))?;
        Ok(Self::of_shaped(shaped, name.to_owned()))
    }

    fn of_shaped(shaped: Shaped, name: String) -> Self {
        let count = u64::try_from(shaped.values.len()).unwrap_or(u64::MAX);
        let kind = Kind::Values { values: shaped.values, position: 0 };
        Self { kind, name, shape: Some(shaped.shape), count: Some(count) }
    }

    /// Dimensions, where the source has some.
    pub(crate) fn shape(&self) -> Option<&[u64]> {
        self.shape.as_deref()
    }

    /// Number of values, where it is known.
    pub(crate) fn count(&self) -> Option<u64> {
        self.count
    }

    /// True for a single value without dimensions, which stands for any number of them.
    pub(crate) fn repeats(&self) -> bool {
        self.shape.as_ref().is_some_and(Vec::is_empty) && matches!(self.kind, Kind::Values { .. })
    }

    /// The datatype that the values have of themselves.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn datatype(&self) -> Result<Datatype, String> {
        match &self.kind {
            Kind::Bytes { datatype, .. } => Ok(datatype.clone()),
            Kind::Values { values, .. } => {
                typed::datatype_of(values).map_err(|why| format!("{}: {why}", self.name))
            }
        }
    }

    /// The next values. Bytes keep their own datatype, values get the one asked for.
    pub(crate) fn take(&mut self, count: u64, datatype: &Datatype) -> Outcome<Elements> {
        let repeats = self.repeats();
        let usage = |why: String| Failure::usage(format!("{}: {why}", self.name));
        let count = usize::try_from(count).map_err(|_| usage("more values than fit in memory".into()))?;
        match &mut self.kind {
            Kind::Bytes { reader, datatype } => {
                let length = count.checked_mul(datatype.size());
                let length = length.ok_or_else(|| usage("more values than fit in memory".into()))?;
                let mut bytes = Vec::new();
                let limit = u64::try_from(length).unwrap_or(u64::MAX);
                reader.take(limit).read_to_end(&mut bytes).map_err(|error| usage(error.to_string()))?;
                if bytes.len() != length {
                    return Err(usage("fewer values than there are elements".into()));
                }
                Ok(Elements { datatype: datatype.clone(), bytes, heap: Heap::default() })
            }
            Kind::Values { values, position } => {
                let taken: Vec<Value> = if repeats {
                    let value = values.first().map(|json| typed::value(json, datatype));
                    let value = value.unwrap_or_else(|| Err("no value".into())).map_err(usage)?;
                    vec![value; count]
                } else {
                    let from = *position;
                    *position = from.saturating_add(count);
                    let part = values.get(from..*position);
                    let part = part.ok_or_else(|| usage("fewer values than there are elements".into()))?;
                    let value = |json| typed::value(json, datatype);
                    part.iter().map(value).collect::<Result<_, _>>().map_err(usage)?
                };
                Elements::from_dynamic(&datatype.memory_form(), &taken)
                    .map_err(|error| usage(error.to_string()))
            }
        }
    }

    /// Complains of bytes that are left over.
    pub(crate) fn check_end(&mut self) -> Outcome<()> {
        let Kind::Bytes { reader, .. } = &mut self.kind else { return Ok(()) };
        match reader.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(Failure::usage(format!("{}: more values than there are elements", self.name))),
            Err(error) => Err(Failure::File { file: self.name.clone(), error: error.into() }),
        }
    }
}

fn by_name(source: &OsStr) -> Option<Format> {
    let extension = std::path::Path::new(source).extension()?.to_ascii_lowercase();
    match extension.to_str()? {
        "csv" | "tsv" | "txt" => Some(Format::Csv),
        "npy" => Some(Format::Npy),
        "json" => Some(Format::Json),
        "raw" | "bin" | "dat" => Some(Format::Raw),
        _ => None,
    }
}
