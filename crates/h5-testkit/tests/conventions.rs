//! Dimension scales, images and tables.

#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "tests: a failure is what is to be shown"
)]

use h5_backend::conventions::{dimension_scales, images, tables};
use h5_backend::{Dataset, File};
use h5_testkit::MemoryBackend;
use h5_types::{
    CompoundType, Datatype, ErrorKind, FieldDecoder, FieldEncoder, H5Type, Heap, Name, Result, Value,
};
use images::{ImageKind, Interlace, Origin};

fn kind<T: std::fmt::Debug>(result: Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}

fn zeros(file: &File, path: &str, shape: &[u64]) -> Dataset {
    file.new_dataset::<u8>(path).shape(shape).create().unwrap()
}

fn tokens(found: Result<Vec<Result<Dataset>>>) -> Vec<u128> {
    found.unwrap().into_iter().map(|dataset| dataset.unwrap().object().token().0).collect()
}

#[test]
fn scales_are_attached_and_both_sides_know() {
    let file = MemoryBackend::new();
    let (data, x, t) = (zeros(&file, "data", &[3, 4]), zeros(&file, "x", &[4]), zeros(&file, "t", &[4]));
    dimension_scales::make_scale(&x, Some(&"position".into())).unwrap();
    for scale in [&x, &t, &x] {
        dimension_scales::attach(&data, 1, scale).unwrap();
    }
    dimension_scales::attach(&data, 0, &x).unwrap();
    let of = |dataset: &Dataset| dataset.object().token().0;
    assert_eq!(tokens(dimension_scales::scales(&data, 1)), [of(&x), of(&t)]);
    assert_eq!(tokens(dimension_scales::scales(&data, 0)), [of(&x)]);
    assert_eq!(dimension_scales::scale_name(&x).unwrap(), Some("position".into()));
    assert!(dimension_scales::is_scale(&t).unwrap());
    assert_eq!(dimension_scales::scale_name(&t).unwrap(), None);
    let users = dimension_scales::users(&x).unwrap();
    let users: Vec<_> = users.into_iter().map(|(user, at)| (user.unwrap().object().token().0, at)).collect();
    assert_eq!(users, [(of(&data), 1), (of(&data), 0)]);

    let class = x.attr("CLASS").unwrap();
    assert_eq!(class.datatype().to_string(), "string(16)");
    assert_eq!(data.attr("DIMENSION_LIST").unwrap().datatype().to_string(), "vlen<reference<object>>");
    let list = x.attr("REFERENCE_LIST").unwrap();
    let Datatype::Compound(compound) = list.datatype() else { panic!("{:?}", list.datatype()) };
    assert_eq!((compound.size, compound.members.len()), (16, 2));
    assert_eq!((&compound.members[1].name, compound.members[1].offset), (&"dimension".into(), 8));
}

#[test]
fn scales_are_detached_and_leave_nothing() {
    let file = MemoryBackend::new();
    let (data, x) = (zeros(&file, "data", &[3, 4]), zeros(&file, "x", &[4]));
    dimension_scales::attach(&data, 0, &x).unwrap();
    dimension_scales::attach(&data, 1, &x).unwrap();
    dimension_scales::detach(&data, 0, &x).unwrap();
    assert_eq!(dimension_scales::users(&x).unwrap().len(), 1);
    assert_eq!(kind(dimension_scales::detach(&data, 0, &x)), ErrorKind::NotFound);
    dimension_scales::detach(&data, 1, &x).unwrap();
    assert_eq!(kind(data.attr("DIMENSION_LIST")), ErrorKind::NotFound);
    assert_eq!(kind(x.attr("REFERENCE_LIST")), ErrorKind::NotFound);
    assert!(dimension_scales::is_scale(&x).unwrap());
}

#[test]
fn scales_have_no_scales_and_dimensions_exist() {
    let file = MemoryBackend::new();
    let (data, x) = (zeros(&file, "data", &[3]), zeros(&file, "x", &[3]));
    assert_eq!(kind(dimension_scales::attach(&data, 0, &data)), ErrorKind::Usage);
    assert_eq!(kind(dimension_scales::attach(&data, 1, &x)), ErrorKind::Usage);
    assert!(!dimension_scales::is_scale(&x).unwrap());
    dimension_scales::attach(&data, 0, &x).unwrap();
    assert_eq!(kind(dimension_scales::attach(&x, 0, &data)), ErrorKind::Usage);
    assert_eq!(kind(dimension_scales::make_scale(&data, None)), ErrorKind::Usage);
    assert_eq!(kind(dimension_scales::scales(&data, 1)), ErrorKind::Usage);
    let other = MemoryBackend::new();
    assert_eq!(kind(dimension_scales::attach(&data, 0, &zeros(&other, "x", &[3]))), ErrorKind::Usage);
    // A scale that is gone is told of, and hides no other.
    let y = zeros(&file, "y", &[3]);
    dimension_scales::attach(&data, 0, &y).unwrap();
    file.remove("x").unwrap();
    let scales = dimension_scales::scales(&data, 0).unwrap();
    assert_eq!(scales[0].as_ref().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(scales[1].as_ref().unwrap().object().token(), y.object().token());
}

#[test]
fn dimensions_have_labels() {
    let file = MemoryBackend::new();
    let data = zeros(&file, "data", &[3, 4]);
    assert_eq!(dimension_scales::label(&data, 1).unwrap(), None);
    dimension_scales::set_label(&data, 1, "x").unwrap();
    assert_eq!(dimension_scales::label(&data, 0).unwrap(), None);
    assert_eq!(dimension_scales::label(&data, 1).unwrap(), Some("x".into()));
    assert_eq!(data.attr("DIMENSION_LABELS").unwrap().read::<String>().unwrap(), ["", "x"]);
    assert_eq!(kind(dimension_scales::set_label(&data, 2, "z")), ErrorKind::Usage);
    dimension_scales::set_label(&data, 1, "").unwrap();
    assert_eq!(kind(data.attr("DIMENSION_LABELS")), ErrorKind::NotFound);
    // A file may say what makes no sense.
    data.set_attr("DIMENSION_LABELS", ["x"]).unwrap();
    assert_eq!(kind(dimension_scales::label(&data, 0)), ErrorKind::Format);
}

#[test]
fn images_say_what_they_are() {
    let file = MemoryBackend::new();
    let gray = zeros(&file, "gray", &[5, 10]);
    assert_eq!(kind(images::image_info(&gray)), ErrorKind::Usage);
    images::make_image(&gray, ImageKind::Grayscale { white_is_zero: true }).unwrap();
    images::set_origin(&gray, Origin::LowerLeft).unwrap();
    let info = images::image_info(&gray).unwrap();
    assert_eq!(info.kind, Some(ImageKind::Grayscale { white_is_zero: true }));
    assert_eq!((info.height, info.width, info.components), (5, 10, 1));
    assert_eq!(info.origin, Some(Origin::LowerLeft));
    assert_eq!(gray.attr("IMAGE_VERSION").unwrap().read_scalar::<String>().unwrap(), "1.2");
    images::set_range(&gray, 10.0, 300.0).unwrap();
    let range = gray.attr("IMAGE_MINMAXRANGE").unwrap();
    assert_eq!((range.datatype().to_string().as_str(), range.read().unwrap()), ("uint8", vec![10_u8, 255]));

    let planes = zeros(&file, "planes", &[3, 5, 10]);
    assert_eq!(kind(images::make_image(&planes, ImageKind::Indexed)), ErrorKind::Usage);
    images::make_image(&planes, ImageKind::TrueColor(Interlace::Plane)).unwrap();
    let info = images::image_info(&planes).unwrap();
    assert_eq!((info.height, info.width, info.components), (5, 10, 3));
    assert_eq!(info.kind, Some(ImageKind::TrueColor(Interlace::Plane)));
    // What made it one kind of image does not stay when it becomes another.
    let one = zeros(&file, "one", &[5, 10, 1]);
    images::make_image(&one, ImageKind::TrueColor(Interlace::Pixel)).unwrap();
    images::make_image(&one, ImageKind::Bitmap { white_is_zero: false }).unwrap();
    assert_eq!(kind(one.attr("INTERLACE_MODE")), ErrorKind::NotFound);
    assert_eq!(kind(images::make_image(&zeros(&file, "l", &[5]), ImageKind::Indexed)), ErrorKind::Usage);
}

#[test]
fn images_have_palettes() {
    let file = MemoryBackend::new();
    let (image, palette) = (zeros(&file, "image", &[5, 10]), zeros(&file, "palette", &[256, 3]));
    images::make_image(&image, ImageKind::Indexed).unwrap();
    assert_eq!(kind(images::add_palette(&image, &palette)), ErrorKind::Usage);
    images::make_palette(&palette, "RGB").unwrap();
    assert!(images::is_palette(&palette).unwrap());
    images::add_palette(&image, &palette).unwrap();
    images::add_palette(&image, &palette).unwrap();
    assert_eq!(tokens(images::palettes(&image)), [palette.object().token().0]);
    images::remove_palette(&image, &palette).unwrap();
    assert_eq!(kind(images::remove_palette(&image, &palette)), ErrorKind::NotFound);
    assert!(images::palettes(&image).unwrap().is_empty());
    assert_eq!(kind(images::make_palette(&zeros(&file, "p", &[3]), "RGB")), ErrorKind::Usage);
}

#[derive(Debug, Clone, PartialEq)]
struct Particle {
    charge: i32,
    mass: f64,
}

impl H5Type for Particle {
    const SIZE: usize = i32::SIZE + f64::SIZE;

    fn datatype() -> Datatype {
        let members = [("charge".into(), i32::datatype()), ("mass".into(), f64::datatype())];
        Datatype::Compound(CompoundType::packed(members))
    }

    fn decode(bytes: &[u8], heap: &Heap) -> Result<Self> {
        let mut fields = FieldDecoder::new(bytes, heap);
        Ok(Self { charge: fields.field()?, mass: fields.field()? })
    }

    fn encode(&self, bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
        let mut fields = FieldEncoder::new(bytes, heap);
        fields.field(&self.charge)?;
        fields.field(&self.mass)
    }
}

#[test]
fn tables_have_titles_and_fields_and_grow() {
    let file = MemoryBackend::new();
    let root = file.root().unwrap();
    let row = |charge, mass| Particle { charge, mass };
    let table = tables::create_table(&root, "t", "Particles", &[row(-1, 0.5)]).unwrap();
    tables::append_rows(&table, &[row(1, 2.0), row(0, 3.0)]).unwrap();
    assert_eq!(table.read::<Particle>().unwrap(), [row(-1, 0.5), row(1, 2.0), row(0, 3.0)]);
    let info = tables::table_info(&table).unwrap();
    assert_eq!(info.title, Some("Particles".into()));
    assert_eq!(info.fields, ["charge", "mass"].map(Name::from));
    assert_eq!(info.rows, 3);
    assert_eq!(table.attr("CLASS").unwrap().datatype().to_string(), "string(6)");
    assert_eq!(table.attr("FIELD_1_NAME").unwrap().read_scalar::<String>().unwrap(), "mass");
    assert_eq!(kind(tables::append_rows(&table, &[1])), ErrorKind::Conversion);
    assert_eq!(kind(tables::create_table(&root, "u", "", &[1])), ErrorKind::Usage);
    assert_eq!(kind(tables::table_info(&zeros(&file, "z", &[1]))), ErrorKind::Usage);
    assert_eq!(kind(tables::make_table(&zeros(&file, "y", &[1]), "")), ErrorKind::Usage);
}

#[test]
fn the_fill_value_of_a_table_is_that_of_its_fields() {
    let file = MemoryBackend::new();
    let fill = Particle { charge: 9, mass: -1.0 };
    let new = file.new_dataset::<Particle>("t").shape([0]).resizable().fill_value(fill);
    let table = new.create().unwrap();
    tables::make_table(&table, "filled").unwrap();
    assert_eq!(table.attr("FIELD_0_FILL").unwrap().value().unwrap(), Value::Int(9));
    assert_eq!(table.attr("FIELD_1_FILL").unwrap().value().unwrap(), Value::Float(-1.0));
}

#[test]
fn rows_without_a_member_are_not_appended() {
    let file = MemoryBackend::new();
    let datatype = Datatype::Compound(CompoundType::packed([
        ("charge".into(), i32::datatype()),
        ("mass".into(), f64::datatype()),
        ("spin".into(), i32::datatype()),
    ]));
    let table = file.new_dataset::<Particle>("t").shape([0]).resizable().datatype(datatype).create().unwrap();
    let row = Particle { charge: 0, mass: 0.0 };
    assert_eq!(kind(tables::append_rows(&table, &[row])), ErrorKind::Conversion);
    assert_eq!(table.shape().unwrap(), [0]);
}
