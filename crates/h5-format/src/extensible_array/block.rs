//! What all blocks of an extensible array have in common.

use h5_types::Address;

use super::{ExtensibleArrayHeader, SECTION};
use crate::{ChunkElement, FormatError, Reader, Records, Result, Writer};

pub(super) fn element_bytes(header: &ExtensibleArrayHeader) -> u64 {
    u64::try_from(header.format.bytes()).unwrap_or(u64::MAX)
}

/// What all blocks begin with.
pub(super) fn read_owner(
    reader: &mut Reader<'_>,
    signature: &[u8; 4],
    header: &ExtensibleArrayHeader,
    header_address: Address,
) -> Result<()> {
    reader.signature(signature)?;
    reader.version(0..=0, "0")?;
    header.format.check_client(reader)?;
    let owner = reader.defined_address(header.format.sizes, "header_address")?;
    if owner == header_address {
        return Ok(());
    }
    Err(reader.bad_value("header_address", owner.0, "the address of this array"))
}

pub(super) fn read_offset(
    reader: &mut Reader<'_>,
    header: &ExtensibleArrayHeader,
    expected: [u64; 2],
) -> Result<()> {
    let found = reader.uint(header.offset_bytes())?;
    if expected.contains(&found) {
        return Ok(());
    }
    Err(reader.bad_value("block_offset", found, "the block's place in the array"))
}

pub(super) fn read_addresses<'a>(
    reader: &mut Reader<'a>,
    header: &ExtensibleArrayHeader,
    count: u64,
) -> Result<Records<'a>> {
    let offsets = header.format.sizes.offsets;
    Ok(Records::new(reader.take_u64(count.saturating_mul(u64::from(offsets)))?, usize::from(offsets)))
}

pub(super) fn address_of(
    addresses: Records<'_>,
    number: u64,
    header: &ExtensibleArrayHeader,
) -> Result<Option<Address>, FormatError> {
    let bytes = usize::try_from(number).ok().and_then(|number| addresses.get(number)).unwrap_or_default();
    Reader::new(bytes, "extensible array block address", SECTION).address(header.format.sizes)
}

pub(super) fn write_owner(
    writer: &mut Writer<'_>,
    signature: &[u8; 4],
    header: &ExtensibleArrayHeader,
    header_address: Address,
) -> Result<()> {
    writer.put(signature);
    writer.u8(0);
    writer.u8(header.format.client_id());
    writer.address("header_address", header_address, header.format.sizes)
}

/// Writes addresses, which must be as many as the block has.
pub(super) fn write_addresses(
    writer: &mut Writer<'_>,
    header: &ExtensibleArrayHeader,
    field: &'static str,
    addresses: &[Option<Address>],
    count: u64,
) -> Result<()> {
    if u64::try_from(addresses.len()) != Ok(count) {
        return Err(writer.unencodable(field, "as many as the block has"));
    }
    addresses.iter().try_for_each(|&address| writer.optional_address(field, address, header.format.sizes))
}

/// Writes elements, which must be as many as the block has.
pub(super) fn write_elements(
    writer: &mut Writer<'_>,
    header: &ExtensibleArrayHeader,
    elements: &[Option<ChunkElement>],
    count: u64,
) -> Result<()> {
    if u64::try_from(elements.len()) != Ok(count) {
        return Err(writer.unencodable("elements", "as many as the block has"));
    }
    elements.iter().try_for_each(|&element| header.format.write(writer, element))
}

#[cfg(test)]
pub(super) mod tests {
    use crate::lookup3;

    pub(in crate::extensible_array) fn block(signature: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
        let mut bytes = [&signature[..], &[0, 0], &0x90_u64.to_le_bytes(), &parts.concat()].concat();
        bytes.extend(lookup3(&bytes).to_le_bytes());
        bytes
    }
}
