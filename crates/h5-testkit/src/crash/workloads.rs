//! What programs do with files, each in a form that meets one part of the writer in all its cases.

use h5_types::Result;

use super::model::Value;
use super::script::{DatasetShape, Script};
use super::states::Random;

/// A workload. The number says how many steps it takes.
pub type Workload = fn(&mut Script, u64) -> Result<()>;

/// All workloads, by name, with the number of steps that shows all of their cases.
pub const ALL: [(&str, Workload, u64); 11] = [
    ("groups", groups, 40),
    ("append_rows", append_rows, 60),
    ("append_frames", append_frames, 40),
    ("scans", scans, 60),
    ("attribute_edits", attribute_edits, 60),
    ("dense_links", dense_links, 60),
    ("many_chunks", many_chunks, 60),
    ("rewrites", rewrites, 64),
    ("delete_and_reuse", delete_and_reuse, 60),
    ("moves", moves, 60),
    ("large_headers", large_headers, 60),
];

fn number(value: u64) -> Value {
    Value::Numbers { shape: vec![1], values: vec![signed(value)] }
}

fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// `count` numbers that differ from those of another `first`.
fn numbers(first: u64, count: u64) -> Vec<i64> {
    (0..count)
        .map(|index| signed(first.saturating_mul(1000).saturating_add(index).saturating_add(1)))
        .collect()
}

fn growing(shape: &[u64], chunk: &[u64]) -> DatasetShape {
    DatasetShape { shape: shape.to_vec(), chunk: chunk.to_vec(), one_unlimited: true, filtered: false }
}

/// Groups in groups, a flush for each and for several at once.
///
/// # Errors
/// Those of the file, as with all workloads.
pub fn groups(script: &mut Script, steps: u64) -> Result<()> {
    script.create_group("first")?;
    script.flush()?;
    for step in 0..steps {
        script.create_group(&format!("first/{step}"))?;
        script.create_group(&format!("first/{step}/below"))?;
        if step % 4 == 0 {
            script.create_group(&format!("other {step}"))?;
        }
        if step % 3 != 0 {
            script.flush()?;
        }
    }
    script.close()
}

/// Two datasets grow by a row each, then a flush.
///
/// # Errors
/// Those of the file.
pub fn append_rows(script: &mut Script, steps: u64) -> Result<()> {
    script.create_growing("time", &growing(&[0], &[16]))?;
    script.create_growing("signal", &growing(&[0, 3], &[7, 3]))?;
    script.flush()?;
    for step in 0..steps {
        script.append("time", numbers(step, 1))?;
        script.append("signal", numbers(step, 3))?;
        script.flush()?;
    }
    script.close()
}

/// A filtered stack of frames grows, several rows in one chunk; one without a maximum in any direction beside it.
///
/// # Errors
/// Those of the file.
pub fn append_frames(script: &mut Script, steps: u64) -> Result<()> {
    let filtered = |how: DatasetShape| DatasetShape { filtered: true, ..how };
    script.create_growing("frames", &filtered(growing(&[0, 40], &[4, 16])))?;
    let free = DatasetShape { one_unlimited: false, ..growing(&[1, 5], &[2, 2]) };
    script.create_growing("free", &filtered(free))?;
    script.flush()?;
    for step in 0..steps {
        script.append("frames", numbers(step, 40))?;
        if step % 2 == 0 {
            script.append("free", numbers(step, 5))?;
        }
        if step % 7 == 6 {
            script.shorten("free", 3)?;
        }
        script.flush()?;
    }
    script.close()
}

/// For each scan a new group with three datasets and attributes, then a flush: what acquisition programs do.
///
/// # Errors
/// Those of the file.
pub fn scans(script: &mut Script, steps: u64) -> Result<()> {
    script.create_group("raw")?;
    script.set_attribute("raw", "title", text("scans"))?;
    for step in 0..steps {
        let scan = format!("raw/scan{step:03}");
        script.create_group(&scan)?;
        script.set_attribute(&scan, "title", text(format!("scan number {step}")))?;
        for (index, name) in ["axis", "data", "dark"].into_iter().enumerate() {
            let path = format!("{scan}/{name}");
            let index = u64::try_from(index).unwrap_or(0);
            script.create_array(&path, &[10], numbers(step.saturating_mul(3).saturating_add(index), 10))?;
            script.set_attribute(&path, "units", text("counts"))?;
            script.set_attribute(&path, "index", number(index))?;
        }
        script.flush()?;
    }
    script.close()
}

/// Attributes are added until they leave the header, replaced by longer and shorter ones, and removed again, on a group and a dataset.
///
/// # Errors
/// Those of the file.
pub fn attribute_edits(script: &mut Script, steps: u64) -> Result<()> {
    script.create_group("group")?;
    script.create_array("data", &[4], numbers(1, 4))?;
    script.flush()?;
    let most = steps / 3;
    for step in 0..most {
        script.set_attribute("group", &format!("a{step}"), number(step))?;
        script.set_attribute(
            "data",
            &format!("a{step}"),
            text("x".repeat(usize::try_from(step).unwrap_or(0))),
        )?;
        script.flush()?;
    }
    for step in 0..most {
        let name = format!("a{}", step.wrapping_mul(7).checked_rem(most).unwrap_or(0));
        let length = usize::try_from(step.wrapping_mul(37) % 300).unwrap_or(0);
        script.set_attribute("group", &name, text("y".repeat(length)))?;
        script.set_attribute(
            "data",
            &name,
            Value::Numbers {
                shape: vec![step.saturating_add(1)],
                values: numbers(step, step.saturating_add(1)),
            },
        )?;
        script.flush()?;
    }
    for step in 0..most {
        script.remove_attribute("group", &format!("a{step}"))?;
        if step % 2 == 0 {
            script.remove_attribute("data", &format!("a{step}"))?;
        }
        script.flush()?;
    }
    script.close()
}

/// A group's links leave its header and come back.
///
/// # Errors
/// Those of the file.
pub fn dense_links(script: &mut Script, steps: u64) -> Result<()> {
    script.create_group("group")?;
    script.create_array("data", &[4], numbers(1, 4))?;
    script.flush()?;
    for step in 0..steps {
        let name = format!("group/a link with a name of some length {}", step.wrapping_mul(13) % 97);
        if step % 3 == 0 {
            script.link(&name, "data")?;
        } else {
            script.create_group(&name)?;
        }
        if step < 12 || step % 4 == 0 {
            script.flush()?;
        }
    }
    for step in 0..steps {
        script.remove(&format!("group/a link with a name of some length {}", step.wrapping_mul(13) % 97))?;
        if step.saturating_add(12) > steps || step % 4 == 0 {
            script.flush()?;
        }
    }
    script.close()
}

/// Datasets that grow are overwritten, made shorter and longer, and get attributes, in all combinations, each with one flush.
///
/// # Errors
/// Those of the file.
pub fn rewrites(script: &mut Script, steps: u64) -> Result<()> {
    let line = growing(&[0], &[2]);
    script.create_growing("line", &line)?;
    script.create_growing("packed", &DatasetShape { filtered: true, ..line })?;
    script.flush()?;
    let mut rows = 0_u64;
    for step in 0..steps {
        let does = |bit: u64| step & bit != 0;
        let before = rows;
        for path in ["line", "packed"] {
            rows = before;
            if does(1) {
                rows = rows.saturating_add(3);
                script.append(path, numbers(step, 3))?;
            }
            if does(2) {
                script.overwrite(path, numbers(step.saturating_add(100), rows))?;
            }
            if does(4) {
                script.set_attribute(path, "step", number(step))?;
            }
            if does(8) {
                rows = rows.saturating_sub(step % 5);
                script.shorten(path, rows)?;
            }
            if does(16) {
                rows = rows.saturating_add(2);
                script.append(path, numbers(step.saturating_add(200), 2))?;
            }
        }
        script.flush()?;
    }
    script.close()
}

/// Small chunks, so many that their index grows a level: several chunks for each flush.
///
/// # Errors
/// Those of the file.
pub fn many_chunks(script: &mut Script, steps: u64) -> Result<()> {
    script.create_growing("line", &growing(&[0], &[1]))?;
    let plane = DatasetShape { one_unlimited: false, ..growing(&[0, 2], &[1, 1]) };
    script.create_growing("plane", &plane)?;
    script.create_growing("packed", &DatasetShape { filtered: true, ..growing(&[0], &[2]) })?;
    script.flush()?;
    for step in 0..steps {
        script.append("line", numbers(step, 5))?;
        script.append("plane", numbers(step, 6))?;
        script.append("packed", numbers(step, 5))?;
        script.flush()?;
    }
    script.shorten("line", 3)?;
    script.shorten("plane", 2)?;
    script.shorten("packed", 5)?;
    script.flush()?;
    script.append("line", numbers(9000, 70))?;
    script.flush()?;
    script.close()
}

/// Objects go and others come into their space.
///
/// # Errors
/// Those of the file.
pub fn delete_and_reuse(script: &mut Script, steps: u64) -> Result<()> {
    for step in 0..8 {
        script.create_array(&format!("{step}"), &[20], numbers(step, 20))?;
    }
    script.flush()?;
    reuse_on(script, 8, steps)
}

/// Goes on with what [`delete_and_reuse`] left after `first` steps, up to another number of them.
///
/// # Errors
/// Those of the file.
pub fn reuse_on(script: &mut Script, first: u64, steps: u64) -> Result<()> {
    for step in first..steps {
        script.remove(&format!("{}", step.saturating_sub(8)))?;
        let size = step.wrapping_mul(11) % 40;
        script.create_array(&format!("{step}"), &[size], numbers(step, size))?;
        script.set_attribute(&format!("{step}"), "step", number(step))?;
        script.overwrite(
            &format!("{}", step.saturating_sub(3)),
            numbers(step.saturating_add(500), length(script, step.saturating_sub(3))),
        )?;
        if step % 5 == 0 {
            // Space at the end that is handed out and given back.
            script.create_group("for a moment")?;
            script.create_array("for a moment/large", &[400], numbers(step, 400))?;
            script.remove("for a moment")?;
            // The same of blocks that wait in memory: nobody writes them.
            script.create_group("brief")?;
            for index in 0..40 {
                script.create_group(&format!("brief/{index}"))?;
            }
            script.remove("brief")?;
        }
        script.flush()?;
    }
    script.close()
}

/// Elements of the dataset of that number.
fn length(script: &Script, number: u64) -> u64 {
    let model = script.model();
    let object = model.find(&format!("{number}")).and_then(|id| model.object(id));
    match object.map(|object| &object.content) {
        Some(super::Content::Dataset(Value::Numbers { shape, .. })) => shape.first().copied().unwrap_or(0),
        _ => 0,
    }
}

/// Objects move between groups, groups with all that is in them too, and gain and lose names.
///
/// # Errors
/// Those of the file.
pub fn moves(script: &mut Script, steps: u64) -> Result<()> {
    for group in ["a", "b", "c"] {
        script.create_group(group)?;
        for index in 0..4 {
            script.create_array(&format!("{group}/{index}"), &[3], numbers(index, 3))?;
        }
    }
    script.create_group("a/inner")?;
    script.create_array("a/inner/deep", &[3], numbers(77, 3))?;
    script.flush()?;
    let mut inner = "a/inner".to_owned();
    for step in 0..steps {
        let (from, to) = match step % 3 {
            0 => ("a", "b"),
            1 => ("b", "c"),
            _ => ("c", "a"),
        };
        // Numbers go round, so that each name is free again after a while.
        let name = step % 4;
        script.rename(&format!("{from}/{name}"), &format!("{to}/moved{step}"))?;
        script.link(&format!("{from}/{name}"), &format!("{to}/moved{step}"))?;
        if step % 4 == 3 {
            let target = format!("{to}/inner{step}");
            script.rename(&inner, &target)?;
            inner = target;
        }
        if step % 2 == 0 {
            script.flush()?;
        }
        script.remove(&format!("{to}/moved{step}"))?;
        script.flush()?;
        if step % 5 == 4 {
            // Into groups that are new, out of groups that go, and through several in one flush.
            script.create_group("new")?;
            script.create_group("new/newer")?;
            script.rename(&format!("{from}/{name}"), "new/newer/x")?;
            script.flush()?;
            script.rename("new/newer/x", "new/y")?;
            script.rename("new/y", &format!("{from}/{name}"))?;
            script.remove("new")?;
            script.flush()?;
            script.link("also", &format!("{from}/{name}"))?;
            script.flush()?;
            script.create_group("other")?;
            script.link("other/x", "also")?;
            script.flush()?;
            script.remove("other")?;
            script.remove("also")?;
            script.flush()?;
        }
    }
    script.close()
}

/// Datasets whose elements are in their headers, several of which change in one commit: blocks of several sectors, each replaced in place.
///
/// # Errors
/// Those of the file.
pub fn large_headers(script: &mut Script, steps: u64) -> Result<()> {
    const DATASETS: u64 = 4;
    let values =
        |step: u64| (0..300).map(|index| signed(step).wrapping_mul(1000).wrapping_add(index)).collect();
    script.create_group("g")?;
    for dataset in 0..DATASETS {
        script.create_compact(&format!("g/{dataset}"), values(dataset))?;
    }
    script.flush()?;
    for step in 0..steps {
        for changed in [step, step.wrapping_add(1)] {
            let path = format!("g/{}", changed.checked_rem(DATASETS).unwrap_or(0));
            script.overwrite(&path, values(step.wrapping_add(10)))?;
            script.set_attribute(&path, "step", number(step))?;
        }
        if step % 5 == 0 {
            script.create_compact(&format!("g/at {step}"), values(step))?;
        }
        if step % 4 == 1 {
            script.set_attribute("g", "step", number(step))?;
        }
        script.flush()?;
    }
    script.close()
}

/// Changes of all kinds in an order that a seed chooses.
///
/// # Errors
/// Those of the file.
pub fn random(script: &mut Script, steps: u64, seed: u64) -> Result<()> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    // Groups that exchange objects between two flushes make a commit in between, as the decision on the protocol says, and a model knows
    // flushes only: one move for each.
    let mut moved = false;
    let (mut groups, mut arrays, mut stacks) = (vec![String::new()], Vec::new(), Vec::new());
    for step in 0..steps {
        let at = |list: &[String], random: &mut Random| -> Option<usize> {
            usize::try_from(random.below(u64::try_from(list.len()).unwrap_or(0)))
                .ok()
                .filter(|_| !list.is_empty())
        };
        let group = at(&groups, &mut random).and_then(|index| groups.get(index)).cloned().unwrap_or_default();
        match random.below(12) {
            0 => {
                // Not below the deepest that is read back.
                if group.matches('/').count() < 8 {
                    let path = format!("{group}/g{step}");
                    script.create_group(&path)?;
                    groups.push(path);
                }
            }
            1 | 2 => {
                let (path, size) = (format!("{group}/d{step}"), random.below(60));
                script.create_array(&path, &[size], numbers(step, size))?;
                arrays.push(path);
            }
            3 => {
                let path = format!("{group}/s{step}");
                let how = growing(&[0, 3], &[random.below(4).saturating_add(1), 2]);
                let filtered = random.below(2) == 0;
                script.create_growing(
                    &path,
                    &DatasetShape { filtered, one_unlimited: random.below(2) == 0, ..how },
                )?;
                stacks.push(path);
            }
            4..=6 => {
                if let Some(path) = at(&stacks, &mut random).and_then(|index| stacks.get(index)) {
                    let rows = random.below(5);
                    script.append(path, numbers(step, rows.saturating_mul(3)))?;
                }
            }
            7 => {
                let list = if random.below(2) == 0 { &mut arrays } else { &mut stacks };
                if let Some(index) = at(list, &mut random) {
                    script.remove(&list.swap_remove(index))?;
                }
            }
            8 => {
                if let Some(index) = at(&arrays, &mut random) {
                    let new = format!("{group}/m{step}");
                    if std::mem::replace(&mut moved, true) {
                        script.flush()?;
                    }
                    let old = arrays.swap_remove(index);
                    script.rename(&old, &new)?;
                    arrays.push(new);
                }
            }
            9 => {
                let name = format!("k{}", random.below(12));
                let value = if random.below(2) == 0 {
                    number(step)
                } else {
                    text("z".repeat(usize::try_from(random.below(80)).unwrap_or(0)))
                };
                script.set_attribute(if group.is_empty() { "/" } else { &group }, &name, value)?;
            }
            10 => {
                if let Some(path) = at(&stacks, &mut random).and_then(|index| stacks.get(index)).cloned() {
                    script.shorten(&path, random.below(4))?;
                }
            }
            _ => {
                script.flush()?;
                moved = false;
            }
        }
    }
    script.close()
}
