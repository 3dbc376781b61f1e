//! Expected parameters are those of files that h5py 3.16 (HDF5 2.0) and hdf5plugin wrote.

use h5_types::{
    ArrayType, ByteOrder, CharacterSet, CompoundType, Datatype, FillDefinition, FilterInfo, H5Type,
    IntegerType, Member, Name, Padding, StringLength, StringPadding, StringType,
};

use super::*;

fn run(
    id: u16,
    given: &[u32],
    datatype: &Datatype,
    chunk: &[u64],
    fill: &FillDefinition,
) -> Result<Vec<u32>> {
    let filter = FilterInfo { id, flags: 1, name: None, client_data: given.to_vec() };
    let shape = ChunkShape { datatype, chunk, fill };
    let once = complete(&filter, shape)?;
    assert_eq!(complete(&once, shape)?, once, "complete parameters stay");
    Ok(once.client_data)
}

#[track_caller]
fn check(id: u16, given: &[u32], datatype: &Datatype, chunk: &[u64], expected: &[u32]) {
    assert_eq!(run(id, given, datatype, chunk, &FillDefinition::Default).unwrap(), expected);
}

fn integer(size: usize, order: ByteOrder, signed: bool, precision_bits: u16, offset_bits: u16) -> Datatype {
    let (low_padding, high_padding) = (Padding::Zero, Padding::Zero);
    Datatype::Integer(IntegerType {
        size,
        order,
        signed,
        offset_bits,
        precision_bits,
        low_padding,
        high_padding,
    })
}

fn text(bytes: usize) -> Datatype {
    Datatype::String(StringType {
        length: StringLength::Fixed(bytes),
        padding: StringPadding::NullPadded,
        character_set: CharacterSet::Ascii,
    })
}

fn array(base: Datatype, dimensions: &[u32]) -> Datatype {
    Datatype::Array(ArrayType { dimensions: dimensions.to_vec(), base: Box::new(base) })
}

#[test]
fn sizes_of_elements_and_chunks() {
    let f8 = f64::datatype();
    check(2, &[], &f8, &[10], &[8]);
    check(2, &[], &text(7), &[3], &[7]);
    check(32000, &[], &f8, &[10, 5], &[4, 261, 400]);
    check(32001, &[], &f8, &[10, 5], &[2, 2, 8, 400]);
    check(32001, &[0, 0, 0, 0, 9, 2, 1], &f8, &[10, 5], &[2, 2, 8, 400, 9, 2, 1]);
    check(32001, &[0, 0, 0, 0, 5, 1, 0], &text(300), &[10], &[2, 2, 1, 3000, 5, 1, 0]);
    check(32001, &[0, 0, 0, 0, 5, 1, 0], &array(i16::datatype(), &[6]), &[10], &[2, 2, 2, 120, 5, 1, 0]);
    check(32026, &[0, 0, 0, 0, 5, 1, 0], &f8, &[10], &[1, 0, 8, 80, 5, 1, 0]);
    check(32026, &[], &f8, &[10, 5], &[1, 0, 8, 400, 5, 1, 0, 2, 10, 5]);
    check(32026, &[0, 0, 0, 0, 7, 2, 5], &f8, &[2, 3, 4], &[1, 0, 8, 192, 7, 2, 5, 3, 2, 3, 4]);
    check(32026, &[0, 0, 0, 0, 5, 1, 0], &text(300), &[10], &[1, 0, 300, 3000, 5, 1, 0]);
    check(32008, &[], &f32::datatype(), &[100], &[0, 4, 4]);
    check(32008, &[0, 2], &text(7), &[100], &[0, 4, 7, 0, 2]);
    check(32008, &[0, 3, 4], &f32::datatype(), &[100], &[0, 4, 4, 0, 3, 4]);
    check(32015, &[3], &f8, &[10], &[3]);
    check(32004, &[], &f8, &[10], &[]);
}

#[test]
fn szip_takes_precision_order_and_rows() {
    let i4 = i32::datatype();
    check(4, &[161, 16], &i4, &[10, 100], &[169, 16, 32, 100]);
    check(4, &[32, 16], &integer(2, ByteOrder::Big, true, 16, 0), &[10, 100], &[177, 16, 16, 100]);
    check(4, &[32, 16], &f64::datatype(), &[10, 100], &[169, 16, 64, 100]);
    check(4, &[4, 8], &i4, &[100, 4], &[141, 8, 32, 400]);
    check(4, &[4, 8], &i4, &[3, 5000], &[141, 8, 32, 1024]);
    check(4, &[32, 32], &i4, &[3, 16], &[169, 32, 32, 48]);
    check(4, &[4, 8], &integer(2, ByteOrder::Little, true, 12, 2), &[64], &[141, 8, 16, 64]);
    check(4, &[4, 8], &integer(4, ByteOrder::Big, true, 20, 0), &[64], &[149, 8, 20, 64]);
    check(4, &[4, 8], &integer(4, ByteOrder::Big, true, 28, 0), &[64], &[149, 8, 32, 64]);
    assert!(run(4, &[4, 8], &i4, &[7], &FillDefinition::Default).is_err(), "less than a block");
    assert!(run(4, &[4, 8], &text(4), &[64], &FillDefinition::Default).is_err());
    assert!(run(4, &[4], &i4, &[64], &FillDefinition::Default).is_err());
}

#[test]
fn nbit_describes_the_datatype() {
    let packed = integer(2, ByteOrder::Little, true, 12, 2);
    check(5, &[], &i32::datatype(), &[10, 4], &[8, 1, 40, 1, 4, 0, 32, 0]);
    check(5, &[], &packed, &[64], &[8, 0, 64, 1, 2, 0, 12, 2]);
    check(5, &[], &text(4), &[7], &[3, 1, 7]);
    let member = |name: &str, offset, datatype| Member { name: Name::from(name), offset, datatype };
    let members = vec![
        member("a", 0, packed.clone()),
        member("b", 4, f32::datatype()),
        member("c", 8, array(packed.clone(), &[3])),
    ];
    let expected = [26, 0, 5, 3, 16, 3, 0, 1, 2, 0, 12, 2, 4, 1, 4, 0, 32, 0, 8, 2, 6, 1, 2, 0, 12, 2];
    check(5, &[], &Datatype::Compound(CompoundType { size: 16, members }), &[5], &expected);
    check(5, &[], &array(packed.clone(), &[2, 3]), &[5], &[10, 0, 5, 2, 12, 1, 2, 0, 12, 2]);
    check(5, &[], &array(i16::datatype(), &[2]), &[5], &[10, 1, 5, 2, 4, 1, 2, 0, 16, 0]);
    let nested = array(array(packed.clone(), &[2]), &[2]);
    let unreadable = CompoundType::packed([(Name::from("a"), nested), (Name::from("b"), packed)]);
    assert!(run(5, &[], &Datatype::Compound(unreadable), &[5], &FillDefinition::Default).is_err());
}

#[test]
fn scale_offset_knows_the_fill_value() {
    let case = |given: &[u32], datatype: &Datatype, fill: FillDefinition, expected: &[u32]| {
        let mut expected = expected.to_vec();
        expected.resize(20, 0);
        assert_eq!(run(6, given, datatype, &[10, 3], &fill).unwrap(), expected);
    };
    let user = |bytes: &[u8]| FillDefinition::User(bytes.to_vec());
    case(&[2, 0], &i32::datatype(), FillDefinition::Default, &[2, 0, 30, 0, 4, 1, 0, 1]);
    case(&[2, 0], &i32::datatype(), FillDefinition::Undefined, &[2, 0, 30, 0, 4, 1, 0, 0]);
    case(&[2, 0], &i32::datatype(), user(&(-5_i32).to_le_bytes()), &[2, 0, 30, 0, 4, 1, 0, 1, 4294967291]);
    let big = integer(2, ByteOrder::Big, true, 16, 0);
    case(&[2, 0], &big, user(&300_i16.to_be_bytes()), &[2, 0, 30, 0, 2, 1, 1, 1, 300]);
    let big = integer(8, ByteOrder::Big, false, 64, 0);
    case(&[2, 0], &big, user(&((1_u64 << 40) + 1).to_be_bytes()), &[2, 0, 30, 0, 8, 0, 1, 1, 1, 256]);
    case(&[0, 3], &f32::datatype(), user(&1.5_f32.to_le_bytes()), &[0, 3, 30, 1, 4, 0, 0, 1, 1069547520]);
    case(&[0, 3], &f64::datatype(), FillDefinition::Default, &[0, 3, 30, 1, 8, 0, 0, 1]);
    assert!(run(6, &[2, 0], &f32::datatype(), &[10], &FillDefinition::Default).is_err());
    assert!(run(6, &[2, 0], &text(4), &[10], &FillDefinition::Default).is_err());
}

#[test]
fn zfp_has_a_header() {
    let rate = [1, 0, 0, 1_075_838_976, 0, 0];
    let words = |given: &[u32], datatype: &Datatype, chunk: &[u64], header: [u32; 2]| {
        let found = run(32013, given, datatype, chunk, &FillDefinition::Default).unwrap();
        assert_eq!(found[1..4], [91_252_346, header[0], header[1]]);
    };
    words(&rate, &f32::datatype(), &[16, 16], [4_026_532_086, 133_169_152]);
    words(&rate, &i64::datatype(), &[4, 4, 4, 4], [805_503_037, 2_146_435_840]);
    words(&[2, 0, 12, 0, 0, 0], &f64::datatype(), &[64], [1011, 2_159_017_984]);
    words(&[5, 0, 0, 0, 0, 0], &i32::datatype(), &[4, 8, 8], [7_340_152, 2_281_701_424]);
    assert!(run(32013, &rate, &i16::datatype(), &[16], &FillDefinition::Default).is_err());
}
