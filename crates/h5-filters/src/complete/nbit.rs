//! Parameters of nbit: the datatype, in words. See [`crate::Nbit`] for their meaning.

use h5_types::{ByteOrder, Datatype, Error, Result};

use super::{ChunkShape, word};

/// Numbers of the kinds of types.
const NUMBER: u32 = 1;
const ARRAY: u32 = 2;
const COMPOUND: u32 = 3;
const AS_IT_IS: u32 = 4;

/// The words of a datatype, as far as they are known.
struct Words {
    values: Vec<u32>,
    /// Whether some number has bits that need not be stored.
    packs: bool,
}

/// Number of words, 1 if nothing is packed, elements in a chunk, and the datatype, unless it is one of bytes that are kept as they are.
pub(super) fn client_data(shape: ChunkShape<'_>) -> Result<Vec<u32>> {
    let mut words = Words { values: vec![0, 0, shape.elements()?], packs: false };
    if is_packable(shape.datatype) {
        words.push(shape.datatype)?;
    }
    let count = word(words.values.len())?;
    let unpacked = u32::from(!words.packs);
    for (place, value) in words.values.iter_mut().zip([count, unpacked]) {
        *place = value;
    }
    Ok(words.values)
}

fn is_packable(datatype: &Datatype) -> bool {
    matches!(datatype, Datatype::Integer(_) | Datatype::Float(_) | Datatype::Array(_) | Datatype::Compound(_))
}

impl Words {
    fn push(&mut self, datatype: &Datatype) -> Result<()> {
        let size = word(datatype.size())?;
        match datatype {
            Datatype::Integer(t) => self.number(size, t.order, t.precision_bits, t.offset_bits),
            Datatype::Float(t) => self.number(size, t.order, t.precision_bits, t.offset_bits),
            Datatype::Array(t) => {
                self.values.extend([ARRAY, size]);
                self.push(&t.base)
            }
            Datatype::Compound(t) => {
                self.values.extend([COMPOUND, size, word(t.members.len())?]);
                let last = t.members.len().saturating_sub(1);
                for (index, member) in t.members.iter().enumerate() {
                    if index < last && is_array_of_structures(&member.datatype) {
                        let text =
                            "nbit of a compound with an array of arrays or compounds before its last member";
                        return Err(Error::unsupported(text));
                    }
                    self.values.push(word(member.offset)?);
                    self.push(&member.datatype)?;
                }
                Ok(())
            }
            _ => {
                self.values.extend([AS_IT_IS, size]);
                Ok(())
            }
        }
    }

    fn number(&mut self, size: u32, order: ByteOrder, precision: u16, offset: u16) -> Result<()> {
        let order = match order {
            ByteOrder::Little => 0,
            ByteOrder::Big => 1,
            ByteOrder::Vax => return Err(Error::unsupported("nbit of numbers in VAX byte order")),
        };
        self.values.extend([NUMBER, size, order, u32::from(precision), u32::from(offset)]);
        self.packs |= offset != 0 || u32::from(precision) != size.saturating_mul(8);
        Ok(())
    }
}

/// What the library cannot read back unless it comes last.
fn is_array_of_structures(datatype: &Datatype) -> bool {
    matches!(datatype, Datatype::Array(t) if matches!(*t.base, Datatype::Array(_) | Datatype::Compound(_)))
}
