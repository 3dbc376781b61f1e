//! Arrays in numpy's binary format (NEP 1, version 1.0), byte for byte as `numpy.save` writes them.

use std::io::Write;
use std::path::Path;

use h5_types::Result;
use pymodaq_data::{Array, DType};

use super::exporter::{H5Exporter, write_file};
use super::values::regular;
use crate::elements::bytes_of;
use crate::node::Node;

/// The elements of an array; lines of text as text of one length.
#[derive(Debug)]
pub(super) struct NpyExporter;

impl H5Exporter for NpyExporter {
    fn format_description(&self) -> &str {
        "Binary NumPy format"
    }

    fn format_extension(&self) -> &str {
        "npy"
    }

    fn export_data(&self, node: &Node, file: &Path) -> Result<()> {
        write_file(file, |out| self.write_data(node, out))
    }

    fn write_data(&self, node: &Node, out: &mut dyn Write) -> Result<()> {
        let array = regular(node)?;
        write(out, &array)
    }
}

/// Room for the first dimension to grow in place, which numpy leaves: the digits of the largest number and a sign.
const GROWTH_DIGITS: usize = 21;
/// What the length of everything before the elements is a multiple of.
const ALIGNMENT: usize = 64;
/// Bytes before the header: magic, version, length of the header.
const PREFIX_BYTES: usize = 10;

fn write(out: &mut dyn Write, array: &Array) -> Result<()> {
    let (descr, bytes) = match array {
        Array::Str(texts) => fixed_text(texts.iter().map(String::as_str)),
        _ => (descr(array.dtype()), bytes_of(array)?.into_owned()),
    };
    let shape = match array.shape() {
        [] => "()".to_owned(),
        [size] => format!("({size},)"),
        shape => format!("({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    if let Some(first) = array.shape().first() {
        header.push_str(&" ".repeat(GROWTH_DIGITS.saturating_sub(first.to_string().len())));
    }
    // One byte more for the end of the line.
    let length = PREFIX_BYTES.saturating_add(header.len()).saturating_add(1);
    header.push_str(&" ".repeat(length.next_multiple_of(ALIGNMENT).saturating_sub(length)));
    header.push('\n');
    let header_bytes = u16::try_from(header.len())
        .map_err(|_| h5_types::Error::unsupported("an array of more dimensions than this format has"))?;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&header_bytes.to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    out.write_all(&bytes)?;
    Ok(())
}

/// numpy's code of a datatype in this machine's byte order, in which elements lie in memory.
fn descr(dtype: DType) -> String {
    let order = if cfg!(target_endian = "little") { '<' } else { '>' };
    let code = match dtype {
        DType::Bool => return "|b1".to_owned(),
        DType::Int8 => return "|i1".to_owned(),
        DType::UInt8 => return "|u1".to_owned(),
        DType::Int16 => "i2",
        DType::Int32 => "i4",
        DType::Int64 => "i8",
        DType::UInt16 => "u2",
        DType::UInt32 => "u4",
        DType::UInt64 => "u8",
        DType::Float32 => "f4",
        DType::Float64 => "f8",
        DType::Complex64 => "c8",
        DType::Complex128 => "c16",
        DType::Str => "U1",
    };
    format!("{order}{code}")
}

/// Text as numpy keeps it: each as long as the longest one, four bytes a character.
fn fixed_text<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> (String, Vec<u8>) {
    let longest = texts.clone().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
    let mut bytes = Vec::new();
    for text in texts {
        let padded = text.chars().map(u32::from).chain(std::iter::repeat(0)).take(longest);
        padded.for_each(|character| bytes.extend_from_slice(&character.to_le_bytes()));
    }
    (format!("<U{longest}"), bytes)
}
