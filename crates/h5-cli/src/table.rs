//! Comma-separated values (RFC 4180) as values.

use std::io::Read;

use h5::Datatype;
use serde_json::{Map, Number, Value as Json};

use crate::typed::Shaped;

/// Reads a table. Its shape is that of its records, or what its index columns say.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn read(
    reader: impl Read,
    header: bool,
    datatype: Option<&Datatype>,
    rank: Option<usize>,
) -> Result<Shaped, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(reader);
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        records.push(record.iter().map(str::to_owned).collect::<Vec<String>>());
    }
    let indexes = records.first().map_or(0, |names| index_columns(names));
    let members = match datatype {
        Some(Datatype::Compound(t)) => {
            Some(t.members.iter().map(|m| (m.name.to_text().into_owned(), Some(&m.datatype))).collect())
        }
        _ => None,
    };
    let names = if header || indexes > 0 { Some(records.remove(0)) } else { None };
    let width = records.first().map_or(0, Vec::len);
    if records.iter().any(|record| record.len() != width) {
        return Err("records of different lengths".into());
    }
    let Some(columns) = width.checked_sub(indexes) else { return Err("records without values".into()) };
    let outer = outer_shape(&records, indexes)?;
    let values: Vec<&[String]> =
        records.iter().map(|record| record.get(indexes..).unwrap_or_default()).collect();
    // Names that count the columns say that these are a dimension.
    let counted = names.as_ref().is_some_and(|names| {
        names.iter().skip(indexes).enumerate().all(|(number, name)| *name == number.to_string())
    });
    let named: Option<Vec<(String, Option<&Datatype>)>> = match (members, &names) {
        (Some(members), _) => Some(members),
        (None, Some(names)) if !counted && (columns > 1 || datatype.is_none()) => {
            Some(names.iter().skip(indexes).map(|name| (name.clone(), None)).collect())
        }
        _ => None,
    };
    if let Some(named) = named {
        return records_of(&values, &named, outer);
    }
    let cells: Vec<&String> = values.iter().copied().flatten().collect();
    let mut shape = outer;
    if columns != 1 || counted || rank.is_some_and(|rank| rank == shape.len().saturating_add(1)) {
        shape.push(u64::try_from(columns).unwrap_or(u64::MAX));
    }
    Ok(Shaped { shape, values: column(&cells, datatype) })
}

/// Columns at the beginning that are called `index_0`, `index_1`, ...
fn index_columns(names: &[String]) -> usize {
    names.iter().enumerate().take_while(|(number, name)| **name == format!("index_{number}")).count()
}

/// The shape that index columns say; without any, as many as there are records.
fn outer_shape(records: &[Vec<String>], indexes: usize) -> Result<Vec<u64>, String> {
    let count = u64::try_from(records.len()).unwrap_or(u64::MAX);
    if indexes == 0 {
        return Ok(vec![count]);
    }
    let mut shape = vec![0_u64; indexes];
    for record in records {
        for (size, cell) in shape.iter_mut().zip(record) {
            let index: u64 = cell.trim().parse().map_err(|_| format!("`{cell}` is no index"))?;
            *size = (*size).max(index.saturating_add(1));
        }
    }
    let whole = shape.iter().try_fold(1_u64, |product, &size| product.checked_mul(size));
    if whole != Some(count) {
        return Err(format!("{count} records for an array of {shape:?}"));
    }
    Ok(shape)
}

fn records_of(
    values: &[&[String]],
    named: &[(String, Option<&Datatype>)],
    shape: Vec<u64>,
) -> Result<Shaped, String> {
    if values.iter().any(|record| record.len() != named.len()) {
        return Err(format!("records of another length than {} members", named.len()));
    }
    let mut records = vec![Map::new(); values.len()];
    for (number, (name, datatype)) in named.iter().enumerate() {
        let cells: Vec<&String> = values.iter().filter_map(|record| record.get(number)).collect();
        for (record, value) in records.iter_mut().zip(column(&cells, *datatype)) {
            record.insert(name.clone(), value);
        }
    }
    Ok(Shaped { shape, values: records.into_iter().map(Json::Object).collect() })
}

/// Cells of one kind: as the datatype says, else numbers if all are, else text.
fn column(cells: &[&String], datatype: Option<&Datatype>) -> Vec<Json> {
    let text = || cells.iter().map(|cell| Json::String((*cell).clone())).collect();
    if matches!(datatype, Some(Datatype::String(_))) {
        return text();
    }
    let numbers: Option<Vec<Json>> = cells.iter().map(|cell| number(cell.trim())).collect();
    match (numbers, datatype) {
        (Some(numbers), _) => numbers,
        // Lists, names of enumerations and the like: JSON if it is some.
        (None, Some(_)) => cells
            .iter()
            .map(|cell| serde_json::from_str(cell).unwrap_or_else(|_| Json::String((*cell).clone())))
            .collect(),
        (None, None) => text(),
    }
}

fn number(text: &str) -> Option<Json> {
    let integer = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
    if let Ok(integer) = integer {
        return Some(Json::Number(integer));
    }
    let float: f64 = text.parse().ok()?;
    // What JSON has no number for stays text, which floats understand.
    Some(Number::from_f64(float).map_or_else(
        || {
            Json::String(
                if float.is_nan() {
                    "NaN"
                } else if float > 0.0 {
                    "Infinity"
                } else {
                    "-Infinity"
                }
                .into(),
            )
        },
        Json::Number,
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_text(text: &str, header: bool) -> (Vec<u64>, Json) {
        let Shaped { shape, values } = read(text.as_bytes(), header, None, None).unwrap();
        (shape, Json::Array(values))
    }

    #[test]
    fn tables_become_arrays() {
        assert_eq!(read_text("1\n2\n3\n", false), (vec![3], json!([1, 2, 3])));
        assert_eq!(read_text("1,2.5\n3,nan\n", false), (vec![2, 2], json!([1, 2.5, 3, "NaN"])));
        assert_eq!(read_text("\"a,b\"\n\"c\"\"d\"\n", false), (vec![2], json!(["a,b", "c\"d"])));
    }

    #[test]
    fn a_header_names_members() {
        let (shape, values) = read_text("x,name\n1,one\n2,two\n", true);
        assert_eq!((shape, values), (vec![2], json!([{ "x": 1, "name": "one" }, { "x": 2, "name": "two" }])));
    }

    #[test]
    fn index_columns_say_the_shape() {
        let text = "index_0,index_1,0,1\n0,0,1,2\n0,1,3,4\n1,0,5,6\n1,1,7,8\n";
        assert_eq!(read_text(text, false), (vec![2, 2, 2], json!([1, 2, 3, 4, 5, 6, 7, 8])));
        let text = "index_0,x,name\n0,1,one\n1,-2,two\n";
        assert_eq!(read_text(text, false).1, json!([{ "x": 1, "name": "one" }, { "x": -2, "name": "two" }]));
    }

    #[test]
    fn what_is_no_table_is_said() {
        for text in ["1,2\n3\n", "index_0,0\n0,1\n5,2\n"] {
            assert!(read(text.as_bytes(), false, None, None).is_err(), "{text}");
        }
    }
}
