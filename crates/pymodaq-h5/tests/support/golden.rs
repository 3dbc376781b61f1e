//! The files that PyMoDAQ's savers are compared with: the formulas of the script that writes the golden ones, in its order.

use h5_backend::Registry;
use h5_types::Result;
use pymodaq_data::{
    Array, Attributes, Axis, DType, DataBuilder, DataCalculated, DataDim, DataDistribution, DataRaw,
    DataToExport, DataWithAxes, PyValue, SaveType,
};
use pymodaq_h5::{
    AxisSaverLoader, DataEnlargeableSaver, DataSaverLoader, DataToExportEnlargeableSaver,
    DataToExportExtendedSaver, DataToExportSaver, DataToExportTimedSaver, Fidelity, Flavour, GROUP,
    H5SaverLowLevel, InitOptions, SaveOptions,
};

use super::golden_modules;

/// The time that stands still.
pub const T0: f64 = 1_700_000_000.25;

/// The cases that need no live readers.
pub const CASES: [&str; 14] = [
    "arrays",
    "axes",
    "bkg",
    "compressed",
    "data",
    "detector",
    "dte",
    "dte_enlargeable",
    "dte_extended",
    "dte_timed",
    "enlargeable",
    "logger",
    "optimizer",
    "scan",
];

/// The cases that are written for readers at the same time, which h5py alone follows.
pub const SWMR_CASES: [&str; 2] = ["enl_swmr", "scan_swmr"];

/// Writes a case of [`SWMR_CASES`] with a registry for such files, as [`write`] does the others.
pub fn write_swmr(case: &str, registry: &Registry, location: &str) -> Result<H5SaverLowLevel> {
    let options = InitOptions::new().new_file(true).swmr(registry);
    match case {
        "enl_swmr" => enl_swmr(registry, location, &options),
        "scan_swmr" => golden_modules::scan_swmr(registry, location, &options),
        other => panic!("no case {other}"),
    }
}

/// Writes a case, faults of PyMoDAQ's included, and returns the open file.
pub fn write(case: &str, registry: &Registry, location: &str, flavour: Flavour) -> Result<H5SaverLowLevel> {
    let write = match case {
        "arrays" => arrays,
        "axes" => axes,
        "bkg" => bkg,
        "compressed" => golden_modules::compressed,
        "data" => data,
        "detector" => golden_modules::detector,
        "dte" => dte,
        "dte_enlargeable" => dte_enlargeable,
        "dte_extended" => dte_extended,
        "dte_timed" => dte_timed,
        "enlargeable" => enlargeable,
        "logger" => golden_modules::logger,
        "optimizer" => golden_modules::optimizer,
        "scan" => golden_modules::scan,
        other => panic!("no case {other}"),
    };
    write(registry, location, flavour)
}

/// A new file in which savers write what PyMoDAQ writes.
pub fn open(
    registry: &Registry,
    location: &str,
    flavour: Flavour,
    save_type: SaveType,
) -> Result<H5SaverLowLevel> {
    open_with(registry, location, flavour, save_type, Attributes::new())
}

fn open_with(
    registry: &Registry,
    location: &str,
    flavour: Flavour,
    save_type: SaveType,
    metadata: Attributes,
) -> Result<H5SaverLowLevel> {
    let options = InitOptions::new().new_file(true).metadata(metadata);
    open_as(registry, location, flavour, save_type, &options)
}

pub fn open_as(
    registry: &Registry,
    location: &str,
    flavour: Flavour,
    save_type: SaveType,
    options: &InitOptions,
) -> Result<H5SaverLowLevel> {
    let saver = H5SaverLowLevel::from_file(registry, flavour, save_type, location, options)?;
    let faithful = std::env::var_os("PYMODAQ_H5_IMPROVED").is_none();
    saver.set_fidelity(if faithful { Fidelity::Original } else { Fidelity::Improved });
    Ok(saver)
}

pub fn ax_lin(n: usize, label: &str, units: &str, index: usize, start: f64, step: f64) -> Axis {
    let values: Vec<f64> = (0..n).map(|i| start + step * i as f64).collect();
    Axis::new(label, units, values, index).unwrap()
}

pub fn ax_non(n: usize, label: &str, units: &str, index: usize, spread_order: usize) -> Axis {
    let values: Vec<f64> = (0..n).map(|i| (i * i) as f64).collect();
    Axis::new(label, units, values, index).unwrap().with_spread_order(spread_order)
}

fn labels(prefix: &str, n: usize) -> Vec<String> {
    (0..n).map(|i| format!("{prefix}{i}")).collect()
}

pub fn d0(name: &str, origin: &str, k: f64, n: usize, err: bool) -> DataBuilder {
    let data = (0..n).map(|i| Array::from([1.5 + k + i as f64])).collect();
    let errors = err.then(|| (0..n).map(|i| Array::from([0.1 + i as f64])).collect::<Vec<_>>());
    DataRaw::builder(name, data).labels(labels("c", n)).units("V").origin(origin).errors(errors)
}

pub fn d1(name: &str, origin: &str, k: f64, n: usize, err: bool) -> DataBuilder {
    let sine = |i: usize| (0..5).map(|x| (f64::from(x) + k + i as f64).sin()).collect::<Vec<f64>>();
    let data = (0..n).map(|i| Array::from(sine(i))).collect();
    let errors = err.then(|| (0..n).map(|i| Array::from(vec![0.1 + i as f64; 5])).collect::<Vec<_>>());
    DataRaw::builder(name, data)
        .labels(labels("c", n))
        .units("W")
        .origin(origin)
        .axis(ax_lin(5, "pix", "", 0, 0.0, 1.0))
        .errors(errors)
}

pub fn d2(name: &str, origin: &str, k: i64, n: usize) -> DataBuilder {
    let image = |i: usize| (0..12).map(|x| (x + k + 100 * i as i64) as u16).collect::<Vec<u16>>();
    let data = (0..n).map(|i| Array::from_shape_vec(&[3, 4], image(i)).unwrap()).collect();
    DataRaw::builder(name, data)
        .labels(labels("im", n))
        .origin(origin)
        .axes([ax_lin(3, "y", "um", 0, 1.0, 0.5), ax_non(4, "x", "um", 1, 0)])
}

fn det0(k: f64, err: bool) -> DataWithAxes {
    d0("det0D", "Det0", k, 2, err).build().unwrap()
}

fn det1(k: f64, n: usize, err: bool) -> DataWithAxes {
    d1("det1D", "Det1", k, n, err).build().unwrap()
}

fn det2(k: i64, n: usize) -> DataWithAxes {
    d2("det2D", "Det2", k, n).build().unwrap()
}

fn range(shape: &[usize]) -> Array {
    Array::arange(shape.iter().product()).reshape(shape).unwrap()
}

fn mapped(array: &Array, f: impl Fn(f64) -> f64) -> Array {
    let values: Vec<f64> = array.to_f64().unwrap().into_iter().map(f).collect();
    Array::from_shape_vec(array.shape(), values).unwrap()
}

/// All indexes of a shape, the last one running fastest.
pub fn indexes(shape: &[usize]) -> Vec<Vec<usize>> {
    shape.iter().fold(vec![Vec::new()], |all, &size| {
        let longer =
            |start: &Vec<usize>| (0..size).map(|i| [start.as_slice(), &[i]].concat()).collect::<Vec<_>>();
        all.iter().flat_map(longer).collect()
    })
}

fn axes(registry: &Registry, location: &str, flavour: Flavour) -> Result<H5SaverLowLevel> {
    let saver = open(registry, location, flavour, SaveType::Custom)?;
    let axes = AxisSaverLoader::new(&saver);
    axes.add_axis("/RawData", &ax_lin(6, "x", "mm", 0, 1.0, 0.5))?;
    axes.add_axis("/RawData", &ax_non(6, "nl", "s", 1, 1))?;
    axes.add_axis("/RawData", &Axis::new("one", "V", vec![3.25], 2).unwrap())?;
    let quotes = "l'\u{e9}t\u{e9} \"q\" \u{b5}";
    axes.add_axis("/RawData", &Axis::new(quotes, "\u{b5}m", vec![0_i64, 1, 2, 3], 0).unwrap())?;
    axes.add_axis("/RawData", &Axis::linear("implicit", "", -1.0, 0.25, 7, 0))?;
    Ok(saver)
}

fn metadata() -> Attributes {
    let mut metadata = Attributes::new();
    metadata.set("user", "me");
    metadata.set("n", 3);
    metadata.set("f", 2.5);
    metadata.set("l", PyValue::List(vec![1.into(), "a".into()]));
    metadata.set("t", PyValue::Tuple(vec![1.into(), 2.into()]));
    metadata.set("b", true);
    metadata.set("by", PyValue::Bytes(vec![0, 0xff]));
    metadata.set("none", PyValue::None);
    metadata.set("d", PyValue::Dict(vec![("k".into(), 1.into())]));
    metadata
}

fn data(registry: &Registry, location: &str, flavour: Flavour) -> Result<H5SaverLowLevel> {
    let saver = open_with(registry, location, flavour, SaveType::Custom, metadata())?;
    let raw_group = saver.raw_group()?;
    let data = DataSaverLoader::new(&saver);
    let group = |name: &str| saver.get_set_group(&raw_group, name, name);
    data.add_data(group("D0")?, &det0(0.0, false))?;
    data.add_data(group("D0err")?, &det0(0.0, true))?;
    data.add_data(group("D1")?, &det1(0.0, 2, false))?;
    data.add_data(group("D1err")?, &det1(0.0, 2, true))?;
    data.add_data(group("D2")?, &det2(0, 2))?;
    let extra = d1("det1D", "Det1", 0.0, 1, false)
        .attribute("do_save", true)
        .attribute("note", "it's")
        .attribute("roi", PyValue::List(vec![1.into(), 2.into(), 3.into()]))
        .attribute("fexp", 1e-7);
    let mut further = Attributes::new();
    further.set("comment", "kwarg");
    further.set("run", 12);
    data.add_data_with(group("Extra")?, &extra.build().unwrap(), &SaveOptions::new().attributes(further))?;
    data.add_data(group("NoAxes")?, &DataRaw::builder("na", vec![range(&[2, 3])]).build().unwrap())?;
    data.add_data_with(group("NoSave")?, &det1(0.0, 1, false), &SaveOptions::new().save_axes(false))?;
    navigated(&data, &group)?;
    for dtype in ["int8", "uint8", "int32", "uint64", "float32", "bool", "complex128", ">f8"] {
        let values = Array::from([0_i64, 1, 1, 0, 1]).cast(dtype.parse().unwrap()).unwrap();
        let one = DataRaw::builder("t", vec![values]).build().unwrap();
        data.add_data(group(&format!("T_{}", dtype.replace('>', "be")))?, &one)?;
    }
    let ones = [1.0, 0.0].map(|value| Array::from_shape_vec(&[1, 4], vec![value; 4]).unwrap());
    data.add_data(group("One")?, &DataRaw::builder("one", ones.to_vec()).build().unwrap())?;
    let odd = Array::from([f64::NAN, f64::INFINITY, 1.0]);
    let calculated = DataCalculated::builder("calc", vec![odd]).units("mW").origin("roi/0");
    data.add_data(group("Calc")?, &calculated.build().unwrap())?;
    data.add_data(group("Twice")?, &det0(0.0, false))?;
    data.add_data("/RawData/Twice", &det0(10.0, false))?;
    Ok(saver)
}

fn navigated(data: &DataSaverLoader, group: &dyn Fn(&str) -> Result<GROUP>) -> Result<()> {
    let nd = range(&[2, 3, 4]);
    let one = DataRaw::builder("nd1", vec![nd.clone()]).nav_indexes([0]).axes([
        ax_lin(2, "nav", "s", 0, 1.0, 0.5),
        ax_lin(3, "y", "", 1, 1.0, 0.5),
        ax_lin(4, "x", "", 2, 1.0, 0.5),
    ]);
    data.add_data(group("ND1")?, &one.build().unwrap())?;
    let two = DataRaw::builder("nd2", vec![nd.clone(), mapped(&nd, |x| x + 1.0)])
        .nav_indexes([0, 1])
        .axes([
            ax_lin(2, "n0", "s", 0, 1.0, 0.5),
            ax_non(3, "n1", "V", 1, 0),
            ax_lin(4, "x", "", 2, 1.0, 0.5),
        ])
        .errors(vec![mapped(&nd, |x| x / 10.0), mapped(&nd, |x| x / 20.0)]);
    data.add_data(group("ND2")?, &two.build().unwrap())?;
    let spread = DataRaw::builder("spread", vec![range(&[5, 4])])
        .nav_indexes([0])
        .distribution(DataDistribution::Spread)
        .axes([
            ax_non(5, "a", "mm", 0, 0),
            Axis::new("b", "mm", vec![3.0, 1.0, 2.0, 5.0, 4.0], 0).unwrap().with_spread_order(1),
            ax_lin(4, "x", "", 1, 1.0, 0.5),
        ]);
    data.add_data(group("Spread")?, &spread.build().unwrap())
}

fn bkg(registry: &Registry, location: &str, flavour: Flavour) -> Result<H5SaverLowLevel> {
    let saver = open(registry, location, flavour, SaveType::Custom)?;
    let data = DataToExport::new("dte", [det0(0.0, false), det1(0.0, 2, false), det2(0, 1)]);
    let group = saver.add_det_group("/RawData", "Det", "<a/>", &Attributes::new())?;
    let export = DataToExportSaver::new(&saver);
    export.add_data(&group, &data)?;
    export
        .add_bkg(&group, &DataToExport::new("bkg", [det0(-1.0, false), det1(3.0, 2, false), det2(1, 1)]))?;
    Ok(saver)
}

fn dte(registry: &Registry, location: &str, flavour: Flavour) -> Result<H5SaverLowLevel> {
    let saver = open(registry, location, flavour, SaveType::Custom)?;
    let export = DataToExportSaver::new(&saver);
    let none = Attributes::new();
    for i in 0..2 {
        let origin = format!("Det {i}");
        let metadata = [("mymeta", i)].into_iter().collect();
        let group = saver.add_det_group("/RawData", &origin, "<All_settings/>", &metadata)?;
        let chunk = DataRaw::builder("e", vec![range(&[2, 3, 4])]).nav_indexes([1]).origin(&origin);
        let data = [
            d0("a", &origin, 0.0, 2, false),
            d0("b", &origin, 0.0, 2, true),
            d1("c", &origin, 0.0, 2, false),
            d2("d", &origin, 0, 1),
            chunk,
        ];
        let data = DataToExport::new("dte", data.map(|data| data.build().unwrap()));
        let further = [("extra", 1)].into_iter().collect();
        export.add_data_with(&group, &data, Some("<x/>".into()), &further)?;
    }
    saver.add_act_group("/RawData", "Act", "<All_settings/>", &none)?;
    saver.add_ch_group("/RawData", "Chan", "", &none)?;
    saver.add_data_group("/RawData", DataDim::Data1D, "dg", "<s/>", &none)?;
    saver.add_generic_group("scan", "/RawData", "gen", "", &none)?;
    Ok(saver)
}

fn enlargeable(registry: &Registry, location: &str, flavour: Flavour) -> Result<H5SaverLowLevel> {
    let saver = open(registry, location, flavour, SaveType::Custom)?;
    let raw_group = saver.raw_group()?;
    for name in ["E0", "E1", "E2"] {
        let growing = DataEnlargeableSaver::new(&saver, &[("pos", "mm")]);
        let group = saver.get_set_group(&raw_group, name, name)?;
        for i in 0..3 {
            let k = f64::from(i);
            let data = match name {
                "E0" => det0(k, false),
                "E1" => det1(k, 1, false),
                _ => det2(i.into(), 1),
            };
            growing.add_data(&group, &data, Some(&[0.5 * k * k]))?;
        }
    }
    let growing = DataEnlargeableSaver::new(&saver, &[("p", "mm"), ("q", "s")]);
    let group = saver.get_set_group(&raw_group, "E1two", "")?;
    for i in 0..3 {
        let k = f64::from(i);
        growing.add_data(&group, &det1(k, 1, true), Some(&[k, 10.0 - k * k]))?;
    }
    let growing = DataEnlargeableSaver::new(&saver, &[("nav axis", "")]);
    let group = saver.get_set_group(&raw_group, "Chunks", "")?;
    for i in 0..2 {
        let values = mapped(&range(&[3, 4]), |x| x + 100.0 * f64::from(i));
        let axes = [ax_lin(3, "nav", "s", 0, 3.0 * f64::from(i), 0.5), ax_lin(4, "x", "", 1, 1.0, 0.5)];
        let chunk = DataRaw::builder("chunk", vec![values]).nav_indexes([0]).axes(axes);
        growing.add_data(&group, &chunk.build().unwrap(), None)?;
    }
    let growing = DataEnlargeableSaver::new(&saver, &[("nav axis", "")]);
    let group = saver.get_set_group(&raw_group, "NoAxis", "")?;
    for i in 0..2 {
        growing.add_data(&group, &det1(f64::from(i), 1, false), None)?;
    }
    Ok(saver)
}

fn dte_enlargeable(registry: &Registry, location: &str, flavour: Flavour) -> Result<H5SaverLowLevel> {
    let saver = open(registry, location, flavour, SaveType::Custom)?;
    let growing = DataToExportEnlargeableSaver::new(&saver, &[("a1", "mm"), ("a2", "deg")]);
    let group = saver.add_det_group("/RawData", "Det", "", &Attributes::new())?;
    for i in 0..3 {
        let k = f64::from(i);
        let data = DataToExport::new("dte", [det0(k, false), det1(k, 2, false), det2(i.into(), 1)]);
        growing.add_data(&group, &data, &[k, 2.0 - k * k])?;
    }
    Ok(saver)
}

fn dte_timed(registry: &Registry, location: &str, flavour: Flavour) -> Result<H5SaverLowLevel> {
    let saver = open(registry, location, flavour, SaveType::Custom)?;
    let growing = DataToExportTimedSaver::new(&saver);
    let group = saver.add_det_group("/RawData", "Det", "", &Attributes::new())?;
    for (i, seconds) in [0.0, 1.0, 3.0, 7.0].into_iter().enumerate() {
        let k = i as f64;
        let mut data = DataToExport::new("dte", [det0(k, true), det1(k, 1, false), det2(i as i64, 1)]);
        data.set_timestamp(T0 + seconds);
        growing.add_data(&group, &data)?;
    }
    Ok(saver)
}

fn enl_swmr(registry: &Registry, location: &str, options: &InitOptions) -> Result<H5SaverLowLevel> {
    let saver = open_as(registry, location, Flavour::H5py, SaveType::Custom, options)?;
    let growing = DataToExportTimedSaver::new(&saver);
    let group = saver.add_det_group("/RawData", "Det", "", &Attributes::new())?;
    for i in 0..4 {
        let k = f64::from(i);
        let mut data = DataToExport::new("dte", [det0(k, false), det1(k, 1, false)]);
        data.set_timestamp(T0 + k * k);
        growing.add_data(&group, &data)?;
        assert!(saver.is_swmr_active(), "the first save lets readers in");
    }
    saver.finalize_swmr(true)?;
    Ok(saver)
}

fn dte_extended(registry: &Registry, location: &str, flavour: Flavour) -> Result<H5SaverLowLevel> {
    let saver = open(registry, location, flavour, SaveType::Custom)?;
    let none = Attributes::new();
    let group = saver.add_scan_group("/RawData", "Scan 2D", "", &none)?;
    let extended = DataToExportExtendedSaver::new(&saver, &[3, 2]);
    let axes = [ax_lin(3, "nx", "mm", 0, 1.0, 0.5), ax_non(2, "ny", "V", 1, 0)];
    extended.add_nav_axes(&group, &axes)?;
    for at in indexes(&[3, 2]).into_iter().filter(|at| *at != [2, 1]) {
        let k = (10 * at[0] + at[1]) as f64;
        let data = DataToExport::new("dte", [det0(k, true), det1(k, 2, false), det2(k as i64, 1)]);
        extended.add_data(&group, &data, &at, DataDistribution::Uniform)?;
    }
    let group = saver.add_scan_group("/RawData", "Scan spread", "", &none)?;
    let extended = DataToExportExtendedSaver::new(&saver, &[4]).with_fill_value(0.0);
    let other = Axis::new("sy", "V", vec![4.0, 1.0, 3.0, 2.0], 0).unwrap().with_spread_order(1);
    extended.add_nav_axes(&group, &[ax_non(4, "sx", "mm", 0, 0), other])?;
    for i in 0..4 {
        let k = i as f64;
        let data = DataToExport::new("dte", [det0(k, false), det1(k, 1, false)]);
        extended.add_data(&group, &data, &[i], DataDistribution::Spread)?;
    }
    Ok(saver)
}

fn arrays(registry: &Registry, location: &str, flavour: Flavour) -> Result<H5SaverLowLevel> {
    let saver = open(registry, location, flavour, SaveType::Custom)?;
    let long = "x".repeat(300);
    for line in ["first", "", "\u{e9} \u{b5} \u{20ac}", &long, "line1\nline2"] {
        saver.add_log(line)?;
    }
    saver.add_string_array("/RawData", "Texts", "some texts", &[("k", "v")].into_iter().collect())?;
    let group = saver.get_set_group("/RawData", "Arr", "Arr")?;
    group.set_raw_attr("origin", "raw string attribute")?;
    saver.create_carray(&group, "c_plain", &Array::arange(10), "ti")?;
    saver.define_compression("gzip", 5)?;
    let tile: Vec<i32> = (0..40).flat_map(|_| 0..64).collect();
    saver.create_carray(&group, "c_gzip", &Array::from_shape_vec(&[40, 64], tile).unwrap(), "gz")?;
    let growing = saver.create_earray(&group, "e_gzip", DType::Float32, &[2, 3], "e")?;
    growing.append(&range(&[2, 3]).cast(DType::Float32).unwrap())?;
    growing.append(&Array::zeros(DType::Float32, &[3, 2, 3]).unwrap())?;
    let growing = saver.create_earray(&group, "e_scalar", DType::Int64, &[], "")?;
    growing.append(&Array::from([7_i64]))?;
    growing.append(&Array::from([8_i64]))?;
    let growing = saver.create_earray(&group, "e_one", DType::Float64, &[1], "")?;
    growing.append(&Array::from([1.5]))?;
    growing.append(&Array::from([2.5, 3.5]))?;
    saver.set_compression(None);
    let ragged = saver.create_vlarray(&group, "v_float", DType::Float64, "ragged")?;
    for row in [Array::arange(3), Array::from([9.0]), Array::arange(5)] {
        ragged.append(&row)?;
    }
    saver.get_child(&group, "c_plain")?.set_attr("comments", "a comment\non two lines")?;
    saver.add_group("ext", "external_h5", &group, "", &[("q", 2)].into_iter().collect())?;
    Ok(saver)
}
