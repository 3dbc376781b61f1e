//! Modules that are nothing but a title and settings, and the savers that use them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use h5_types::Result;
use pymodaq_data::{
    Array, Axis, DataCalculated, DataDistribution, DataRaw, DataToExport, Parameter, PyValue, SaveType,
};
use pymodaq_h5::{
    ActuatorSaver, DetectorEnlargeableSaver, DetectorSaver, Extension, Fidelity, Flavour, H5SaverLowLevel,
    InitOptions, LoggerSaver, Module, ModuleSaver, ScanSaver,
};

use super::golden::{T0, ax_lin, d0, d1, d2, indexes, open, open_as};

pub struct Mod {
    title: String,
    kind: &'static str,
    detectors: Vec<&'static str>,
    actuators: Vec<&'static str>,
}

impl Mod {
    pub fn new(title: &str, kind: &'static str) -> Self {
        Self { title: title.to_owned(), kind, detectors: Vec::new(), actuators: Vec::new() }
    }

    pub fn extension(
        title: &str,
        detectors: &[&'static str],
        actuators: &[&'static str],
    ) -> Arc<dyn Extension> {
        let (detectors, actuators) = (detectors.to_vec(), actuators.to_vec());
        Arc::new(Self { title: title.to_owned(), kind: "Extension", detectors, actuators })
    }
}

impl Module for Mod {
    fn title(&self) -> &str {
        &self.title
    }

    fn settings(&self) -> Parameter {
        let parameter = |name: &str, kind: &str, title: &str, value: PyValue| {
            Parameter::new(name, kind, title, value).unwrap()
        };
        let main = Parameter::group("main_settings", "Main:")
            .with_child(parameter("module_name", "str", "Module name:", self.title.as_str().into()))
            .with_child(parameter("Naverage", "int", "Averages:", 3.into()))
            .with_child(parameter("live", "bool", "Live?:", true.into()))
            .with_child(
                parameter("exposure", "float", "Exposure:", 0.25.into()).with_attribute("suffix", "s"),
            )
            .with_child(
                parameter("mode", "list", "Mode:", "b".into()).with_attribute("limits", "['a', 'b']"),
            );
        Parameter::group("settings", format!("{} Settings", self.kind)).with_child(main)
    }
}

impl Extension for Mod {
    fn detectors(&self) -> Vec<Arc<dyn Module>> {
        self.detectors
            .iter()
            .map(|title| Arc::new(Self::new(title, "DAQ_Viewer")) as Arc<dyn Module>)
            .collect()
    }

    fn actuators(&self) -> Vec<Arc<dyn Module>> {
        self.actuators.iter().map(|title| Arc::new(Self::new(title, "DAQ_Move")) as Arc<dyn Module>).collect()
    }
}

/// Settings with the names that the settings of a file have.
fn h5saver_settings() -> Parameter {
    let named = |names: &[&str]| names.iter().map(|name| Parameter::bare(*name)).collect::<Vec<_>>();
    let group = |name: &str, children: Vec<Parameter>| {
        children.into_iter().fold(Parameter::group(name, ""), Parameter::with_child)
    };
    let backend = group("backend", {
        let mut children = named(&["backend_type"]);
        children.push(group("swmr_options", named(&["enable_swmr", "flush_interval"])));
        children.push(group("hsds_options", named(&["endpoint", "user", "password"])));
        children
    });
    let format = group("data_format", {
        let mut children = named(&["fill_value"]);
        children.push(group("compression_options", named(&["h5comp_library", "h5comp_level"])));
        children
    });
    let mut children = named(&[
        "save_type",
        "save_2D",
        "save_raw_only",
        "do_save",
        "N_saved",
        "custom_name",
        "close_after_scan",
        "base_path",
        "base_name",
        "current_scan_name",
        "current_scan_path",
        "current_h5_file",
        "show_file",
        "new_file",
    ]);
    children.push(backend);
    children.push(format);
    group("h5saver_settings", children)
}

fn base(
    registry: &h5_backend::Registry,
    location: &str,
    flavour: Flavour,
    save_type: SaveType,
) -> Result<H5SaverLowLevel> {
    let saver = open(registry, location, flavour, save_type)?;
    saver.set_settings(h5saver_settings());
    Ok(saver)
}

/// What a scan says of the whole file.
fn describe_dataset(saver: &H5SaverLowLevel) -> Result<()> {
    let raw_group = saver.raw_group()?;
    for (name, value) in [
        ("type", "dataset"),
        ("author", "me"),
        ("dataset_name", "D0"),
        ("sample", ""),
        ("date_time", "02/01/2026 03:04:05"),
        ("description", ""),
    ] {
        raw_group.set_attr(name, value)?;
    }
    Ok(())
}

pub fn scan_swmr(
    registry: &h5_backend::Registry,
    location: &str,
    options: &InitOptions,
) -> Result<H5SaverLowLevel> {
    let saver = open_as(registry, location, Flavour::H5py, SaveType::Scan, options)?;
    saver.set_settings(h5saver_settings());
    describe_dataset(&saver)?;
    let scans = ScanSaver::with_clock(&saver, extension(), clock());
    let group = one_scan(&scans, &[3], &[ax_lin(3, "Xaxis", "mm", 0, 1.0, 0.5)])?;
    assert!(saver.is_swmr_active(), "the first point lets readers in");
    saver.finalize_swmr(true)?;
    group.set_attr("scan_type", "Scan1D")?;
    Ok(saver)
}

/// The clock of the formulas: an eighth of a second more each time.
fn clock() -> Arc<dyn Fn() -> f64 + Send + Sync> {
    let ticks = AtomicU32::new(0);
    Arc::new(move || 0.125 * f64::from(ticks.fetch_add(1, Ordering::SeqCst) + 1))
}

pub fn extension() -> Arc<dyn Extension> {
    Mod::extension("DAQScan", &["Det0", "Det1"], &["Xaxis"])
}

/// One scan of all three data at each point.
pub fn one_scan(saver: &ScanSaver, shape: &[usize], axes: &[Axis]) -> Result<pymodaq_h5::GROUP> {
    let group = saver.get_set_node(true)?;
    saver.set_scan_shape(shape)?;
    saver.add_nav_axes(axes)?;
    for at in indexes(shape) {
        let k: f64 = at.iter().enumerate().map(|(n, &i)| i as f64 * 10_f64.powi(n as i32)).sum();
        let data =
            [d0("c0", "Det0", k, 2, false), d1("c1", "Det1", k, 2, false), d2("c2", "Det1", k as i64, 1)];
        let data = data.map(|data| data.build().unwrap());
        saver.add_data(&DataToExport::new("scan", data), &at, DataDistribution::Uniform)?;
    }
    Ok(group)
}

pub fn scan(registry: &h5_backend::Registry, location: &str, flavour: Flavour) -> Result<H5SaverLowLevel> {
    let saver = base(registry, location, flavour, SaveType::Scan)?;
    describe_dataset(&saver)?;
    let scans = ScanSaver::with_clock(&saver, extension(), clock());
    let group = one_scan(&scans, &[3], &[ax_lin(3, "Xaxis", "mm", 0, 1.0, 0.5)])?;
    group.set_attr("scan_type", "Scan1D")?;
    let axes = [ax_lin(2, "Yaxis", "mm", 0, 1.0, 0.5), ax_lin(3, "Xaxis", "mm", 1, 1.0, 0.5)];
    one_scan(&scans, &[2, 3], &axes)?;
    saver.add_log("scan done")?;
    Ok(saver)
}

pub fn compressed(
    registry: &h5_backend::Registry,
    location: &str,
    flavour: Flavour,
) -> Result<H5SaverLowLevel> {
    // Compression is defined before the file is made, so that the log has it too.
    let saver = H5SaverLowLevel::new(registry, flavour, SaveType::Scan);
    saver.define_compression("gzip", 5)?;
    saver.init_file(location, &InitOptions::new().new_file(true))?;
    saver.set_fidelity(Fidelity::Original);
    saver.set_settings(h5saver_settings());
    let scans = ScanSaver::with_clock(&saver, extension(), clock());
    one_scan(&scans, &[4], &[ax_lin(4, "Xaxis", "mm", 0, 1.0, 0.5)])?;
    Ok(saver)
}

pub fn detector(
    registry: &h5_backend::Registry,
    location: &str,
    flavour: Flavour,
) -> Result<H5SaverLowLevel> {
    let saver = base(registry, location, flavour, SaveType::Detector)?;
    let detector = DetectorSaver::new(&saver, Arc::new(Mod::new("Viewer", "DAQ_Viewer")));
    let group = detector.get_set_node(saver.raw_group()?)?;
    let measure = DataCalculated::builder("Measure_000", vec![Array::from([3.0])]).origin("Viewer/ROI");
    let data = [
        d0("det0D", "Det0", 0.0, 2, false),
        d1("det1D", "Det1", 0.0, 1, false),
        measure,
        d2("det2D", "Det2", 0, 1).attribute("do_save", true),
        d2("not saved", "Det2", 0, 1).attribute("do_save", false),
    ];
    detector.add_data(&group, &DataToExport::new("x", data.map(|data| data.build().unwrap())))?;
    let background = [d0("det0D", "Det0", -1.0, 2, false), d1("det1D", "Det1", 1.0, 1, false)];
    detector.add_bkg(&group, &DataToExport::new("b", background.map(|data| data.build().unwrap())))?;
    let actuator = ActuatorSaver::new(&saver, Arc::new(Mod::new("Act", "DAQ_Move")));
    let group = actuator.get_set_node(saver.raw_group()?)?;
    actuator.add_data(&group, &DataToExport::new("Act", [position(12.5)]))?;
    Ok(saver)
}

fn position(value: f64) -> pymodaq_data::DataWithAxes {
    let position = DataRaw::builder("Act", vec![Array::from([value])]).units("mm").origin("Act");
    position.build().unwrap()
}

pub fn logger(registry: &h5_backend::Registry, location: &str, flavour: Flavour) -> Result<H5SaverLowLevel> {
    let saver = base(registry, location, flavour, SaveType::Logger)?;
    let log = LoggerSaver::new(&saver, Mod::extension("H5Logger", &["Det0", "Det1"], &["Act"]));
    log.get_set_node(true)?;
    for i in 0..3 {
        let k = f64::from(i);
        let all = [
            DataToExport::new("Det0", [d0("det0D", "Det0", k, 2, false).build().unwrap()]),
            DataToExport::new(
                "Det1",
                [
                    d1("det1D", "Det1", k, 1, false).build().unwrap(),
                    d2("det2D", "Det1", i.into(), 1).build().unwrap(),
                ],
            ),
            DataToExport::new("Act", [position(k)]),
        ];
        // PyMoDAQ forgets when data of detectors were taken, and notes when it looked at them: by the clock of the formulas, which runs
        // half a second for each object, 25 of them in a round.
        let times = [T0 + 3.5 + 12.5 * k, T0 + 6.5 + 12.5 * k, T0 + k + 0.25];
        for (mut data, time) in all.into_iter().zip(times) {
            data.set_timestamp(time);
            log.add_data(&data)?;
        }
    }
    saver.add_log("2026-01-02 - logger - INFO - started")?;
    Ok(saver)
}

pub fn optimizer(
    registry: &h5_backend::Registry,
    location: &str,
    flavour: Flavour,
) -> Result<H5SaverLowLevel> {
    let saver = base(registry, location, flavour, SaveType::Optimizer)?;
    let detector = Arc::new(Mod::new("Det0", "DAQ_Viewer"));
    let detector = DetectorEnlargeableSaver::new(&saver, detector, &[("Act", "mm"), ("Act2", "V")]);
    let group = detector.get_set_node(saver.raw_group()?)?;
    for i in 0..3 {
        let k = f64::from(i);
        let data = [d0("det0D", "Det0", k, 2, false), d1("det1D", "Det1", k, 1, false)];
        let data = DataToExport::new("Det0", data.map(|data| data.build().unwrap()));
        detector.add_data(&group, &data, &[k, 3.0 - k])?;
    }
    Ok(saver)
}
