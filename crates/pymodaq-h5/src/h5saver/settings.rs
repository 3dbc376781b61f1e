//! The settings of a saver, as PyMoDAQ's users know them and as files keep them.

use h5_types::Result;
use pymodaq_data::{Parameter, PyValue, SaveType};

use crate::backend::Flavour;
use crate::error::IntoH5;

/// Name of the tree.
const NAME: &str = "h5saver_settings";
/// Level of compression that is offered.
const COMPRESSION_LEVEL: i64 = 5;

/// What is written on a leaf of the tree, but for its name and value.
struct Leaf {
    kind: &'static str,
    title: &'static str,
    readonly: bool,
    visible: bool,
    /// An attribute that leaves of this kind have more.
    extra: Option<(&'static str, String)>,
}

impl Leaf {
    fn new(kind: &'static str, title: &'static str) -> Self {
        Self { kind, title, readonly: false, visible: true, extra: None }
    }

    fn readonly(mut self) -> Self {
        self.readonly = true;
        self
    }

    fn hidden(mut self) -> Self {
        self.visible = false;
        self
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.extra = Some((name, value.into()));
        self
    }

    fn of(self, name: &str, value: impl Into<PyValue>) -> Result<Parameter> {
        let mut made = Parameter::new(name, self.kind, self.title, value).map_err(IntoH5::usage)?;
        made.set_attribute("readonly", flag(self.readonly));
        made.set_attribute("visible", flag(self.visible));
        if let Some((name, value)) = self.extra {
            made.set_attribute(name, value);
        }
        Ok(made)
    }
}

fn flag(value: bool) -> &'static str {
    if value { "1" } else { "0" }
}

/// A list of texts as Python writes it.
fn limits<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names = names.into_iter().map(PyValue::from).collect();
    pymodaq_data::literal::repr(&PyValue::List(names))
}

/// The tree with its defaults: as PyMoDAQ's, but for what a user's configuration says there, and single-writer access, which is off.
pub(super) fn tree(save_type: SaveType, flavour: Flavour, base_path: &str) -> Result<Parameter> {
    let boolean = |title| Leaf::new("bool", title);
    let mut tree = Parameter::group(NAME, NAME);
    let save_types = limits(SaveType::names());
    let leaves = [
        Leaf::new("list", "Save type:")
            .readonly()
            .with("limits", save_types)
            .of("save_type", save_type.name())?,
        boolean("Save 2D datas and above:").of("save_2D", true)?,
        boolean("Save raw datas only:").of("save_raw_only", true)?,
        boolean("Do Save:").of("do_save", false)?,
        Leaf::new("int", "N saved:").hidden().of("N_saved", 0_i64)?,
        boolean("custom_name?:").of("custom_name", false)?,
        boolean("Close file after scan:").of("close_after_scan", false)?,
        Leaf::new("browsepath", "Base path:").readonly().with("filetype", "0").of("base_path", base_path)?,
        Leaf::new("str", "Base name:").readonly().of("base_name", "Scan")?,
        Leaf::new("str", "Current scan:").readonly().of("current_scan_name", "")?,
        Leaf::new("text", "Current path:").readonly().hidden().of("current_scan_path", base_path)?,
        Leaf::new("browsepath", "h5file:").readonly().with("filetype", "1").of("current_h5_file", "")?,
        Leaf::new("action", "Browse file content").of("show_file", PyValue::None)?,
        Leaf::new("action", "New file").of("new_file", PyValue::None)?,
        backend(flavour)?,
        data_format()?,
    ];
    for leaf in leaves {
        tree.add_child(leaf);
    }
    Ok(tree)
}

fn backend(flavour: Flavour) -> Result<Parameter> {
    let names = limits(["tables", "h5py", "h5pyd"]);
    let swmr = Parameter::group("swmr_options", "SWMR options:")
        .with_child(Leaf::new("bool", "Enable SWMR:").of("enable_swmr", false)?)
        .with_child(Leaf::new("int", "Flush interval:").of("flush_interval", 1_i64)?);
    let text = |title| Leaf::new("str", title);
    let hsds = Parameter::group("hsds_options", "HSDS Server:")
        .with_attribute("visible", "0")
        .with_child(text("Endpoint:").of("endpoint", "http://localhost:5101")?)
        .with_child(text("User:").of("user", "")?)
        .with_child(text("password:").of("password", "")?);
    Ok(Parameter::group("backend", "Backend:")
        .with_child(
            Leaf::new("list", "Backend type:").with("limits", names).of("backend_type", flavour.name())?,
        )
        .with_child(swmr)
        .with_child(hsds))
}

fn data_format() -> Result<Parameter> {
    let fill_values = "{'0': 'float(0.0)', 'nan': 'np.nan'}";
    let compression = Parameter::group("compression_options", "Compression:")
        .with_child(
            Leaf::new("list", "Library:")
                .with("limits", limits(["zlib", "gzip"]))
                .of("h5comp_library", "zlib")?,
        )
        .with_child(Leaf::new("int", "Level:").of("h5comp_level", COMPRESSION_LEVEL)?);
    Ok(Parameter::group("data_format", "Data format:")
        .with_child(Leaf::new("list", "Fill value:").with("limits", fill_values).of("fill_value", f64::NAN)?)
        .with_child(compression))
}

/// Where the password is in the tree.
pub(super) const PASSWORD: [&str; 3] = ["backend", "hsds_options", "password"];

#[cfg(test)]
mod tests {
    use pymodaq_data::{Parameter, SaveType};

    use super::tree;
    use crate::backend::Flavour;

    /// Names, types, titles and options of a tree, one a line; values but for those that name this machine's places.
    fn outline(tree: &Parameter) -> Vec<String> {
        let mut lines = Vec::new();
        tree.walk(&mut |parameter, depth| {
            let attributes: Vec<_> =
                parameter.attributes().map(|(name, value)| format!("{name}={value}")).collect();
            let elsewhere = [
                "base_path",
                "current_scan_path",
                "current_h5_file",
                "current_scan_name",
                "user",
                "password",
            ];
            let text = if elsewhere.contains(&parameter.name()) { "" } else { parameter.text() };
            lines.push(format!("{depth} {} {} {text}", parameter.name(), attributes.join(" ")));
        });
        lines
    }

    #[test]
    fn the_tree_is_that_of_pymodaq() {
        let xml = include_str!("../../../../tests/fixtures/pymodaq/data/settings.xml");
        let all = Parameter::from_xml(xml).unwrap();
        let expected = all.child(&["H5Saver", "h5saver_settings"]).unwrap();
        let made = tree(SaveType::Detector, Flavour::H5py, "/data").unwrap();
        let (expected, made) = (outline(expected), outline(&made));
        assert!(expected.len() > 25);
        assert_eq!(made, expected);
    }
}
