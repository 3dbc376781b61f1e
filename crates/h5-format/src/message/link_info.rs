use super::dense_info::{CreationIndex, DenseInfo};
use crate::{Reader, Result, Writer};

/// Link Info (specification IV.A.2.c): how a new-style group keeps its links.
pub type LinkInfo = DenseInfo<i64>;

impl CreationIndex for i64 {
    const MESSAGE: &'static str = "Link Info message";
    const SECTION: &'static str = "IV.A.2.c";

    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(reader.u64()?.cast_signed())
    }

    fn write(self, writer: &mut Writer<'_>) {
        writer.u64(self.cast_unsigned());
    }
}

#[cfg(test)]
mod tests {
    use h5_types::{Address, Limits};

    use super::super::Context;
    use super::*;
    use crate::Sizes;

    fn decode_and_encode(body: &[u8]) -> Vec<u8> {
        let limits = Limits::default();
        let sizes = Sizes { offsets: 4, lengths: 2 };
        let decoded = LinkInfo::decode(body, Context { sizes, limits: &limits }).unwrap();
        let mut out = Vec::new();
        decoded.encode(sizes, &mut out).unwrap();
        out
    }

    #[test]
    fn optional_fields_follow_their_flags() {
        let (heap, names, order) = ([1, 0, 0, 0], [2, 0, 0, 0], [3, 0, 0, 0]);
        let plain = [&[0, 0][..], &[0xff; 8]].concat();
        assert_eq!(decode_and_encode(&plain), plain);
        let tracked = [&[0, 1, 7, 0, 0, 0, 0, 0, 0, 0][..], &heap, &names].concat();
        assert_eq!(decode_and_encode(&tracked), tracked);
        let indexed = [&[0, 3, 7, 0, 0, 0, 0, 0, 0, 0][..], &heap, &names, &order].concat();
        assert_eq!(decode_and_encode(&indexed), indexed);
    }

    #[test]
    fn a_field_without_its_flag_is_an_error() {
        let none = LinkInfo {
            creation_order_tracked: false,
            creation_order_indexed: false,
            maximum_creation_index: None,
            fractal_heap_address: None,
            name_index_b_tree_address: None,
            creation_order_b_tree_address: None,
        };
        let encode = |info: LinkInfo| info.encode(Sizes { offsets: 4, lengths: 4 }, &mut Vec::new());
        assert!(encode(none).is_ok());
        assert!(encode(LinkInfo { maximum_creation_index: Some(0), ..none }).is_err());
        assert!(encode(LinkInfo { creation_order_tracked: true, ..none }).is_err());
        assert!(encode(LinkInfo { creation_order_b_tree_address: Some(Address(1)), ..none }).is_err());
        assert!(encode(LinkInfo { fractal_heap_address: Some(Address(1 << 32)), ..none }).is_err());
    }
}
