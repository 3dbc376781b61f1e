use crate::{Datatype, Error, ErrorKind, Name, Result};

/// Checks that a type asks of the elements nothing that they do not have. Conversion leaves such parts as they were, which
/// is right where there are values to keep and a wrong value where there are none.
///
/// - each member of a compound in `memory` is one of the compound in `stored`;
/// - each name of an enumeration in `stored` is one of the enumeration in `memory`.
///
/// # Errors
/// `Conversion`, naming the first that is missing. Whether the datatypes convert at all is not asked here.
pub fn check_readable(stored: &Datatype, memory: &Datatype) -> Result<()> {
    match (stored, memory) {
        (Datatype::Compound(stored), Datatype::Compound(memory)) => {
            for wanted in &memory.members {
                let Some(member) = stored.member(wanted.name.as_bytes()) else {
                    let names: Vec<_> = stored.members.iter().take(8).map(|m| m.name.to_string()).collect();
                    let more = if stored.members.len() > names.len() { ", ..." } else { "" };
                    return Err(missing(format!(
                        "no member `{}` in the stored compound of {}{more}",
                        wanted.name,
                        names.join(", ")
                    )));
                };
                check_readable(&member.datatype, &wanted.datatype)?;
            }
            Ok(())
        }
        (Datatype::Enum(stored), Datatype::Enum(memory)) => {
            let known = |name: &Name| memory.members.iter().any(|m| m.name == *name);
            match stored.members.iter().find(|m| !known(&m.name)) {
                Some(member) => {
                    Err(missing(format!("the stored enumeration's `{}` has no counterpart", member.name)))
                }
                None => Ok(()),
            }
        }
        (Datatype::Array(stored), Datatype::Array(memory)) => check_readable(&stored.base, &memory.base),
        (Datatype::Vlen(stored), Datatype::Vlen(memory)) => check_readable(&stored.base, &memory.base),
        _ => Ok(()),
    }
}

/// Checks that a type brings nothing that the stored elements have no place for. Conversion would drop it.
///
/// - each member of a compound in `memory` is one of the compound in `stored`, which may have more: they keep their values;
/// - each name of an enumeration in `memory` is one of the enumeration in `stored`.
///
/// # Errors
/// `Conversion`, naming the first that is missing. Whether the datatypes convert at all is not asked here.
pub fn check_writable(stored: &Datatype, memory: &Datatype) -> Result<()> {
    match (stored, memory) {
        (Datatype::Compound(stored), Datatype::Compound(memory)) => {
            memory.members.iter().try_for_each(|given| match stored.member(given.name.as_bytes()) {
                Some(member) => check_writable(&member.datatype, &given.datatype),
                None => Err(missing(format!("no member `{}` in the stored compound", given.name))),
            })
        }
        (Datatype::Enum(stored), Datatype::Enum(memory)) => {
            let known = |name: &Name| stored.members.iter().any(|m| m.name == *name);
            match memory.members.iter().find(|m| !known(&m.name)) {
                Some(member) => Err(missing(format!("no `{}` in the stored enumeration", member.name))),
                None => Ok(()),
            }
        }
        (Datatype::Array(stored), Datatype::Array(memory)) => check_writable(&stored.base, &memory.base),
        (Datatype::Vlen(stored), Datatype::Vlen(memory)) => check_writable(&stored.base, &memory.base),
        _ => Ok(()),
    }
}

fn missing(message: String) -> Error {
    Error::new(ErrorKind::Conversion, message)
}

#[cfg(test)]
mod tests {
    use super::{check_readable, check_writable};
    use crate::{CompoundType, Datatype, EnumMember, EnumType, ErrorKind, H5Type, VlenType};

    fn compound(names: &[&str]) -> Datatype {
        let members = names.iter().map(|&name| (name.into(), i32::datatype()));
        Datatype::Compound(CompoundType::packed(members))
    }

    #[test]
    fn a_compound_may_have_more_members_but_not_fewer() {
        assert!(check_readable(&compound(&["a", "b", "c"]), &compound(&["c", "a"])).is_ok());
        let error = check_readable(&compound(&["a", "b"]), &compound(&["a", "c"])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conversion);
        assert_eq!(error.to_string(), "no member `c` in the stored compound of a, b");
    }

    #[test]
    fn what_is_written_has_its_place() {
        assert!(check_writable(&compound(&["a", "b"]), &compound(&["b"])).is_ok());
        assert!(check_writable(&compound(&["a"]), &compound(&["a", "b"])).is_err());
    }

    #[test]
    fn members_are_looked_for_inside_sequences() {
        let vlen = |names: &[&str]| Datatype::Vlen(VlenType { size: 16, base: Box::new(compound(names)) });
        assert!(check_readable(&vlen(&["a"]), &vlen(&["a"])).is_ok());
        assert!(check_readable(&vlen(&["a"]), &vlen(&["b"])).is_err());
    }

    #[test]
    fn an_enumeration_of_other_names_is_no_bool() {
        let names = |off: &str, on: &str| {
            let members = vec![EnumMember::new(off, 0_i8), EnumMember::new(on, 1_i8)];
            Datatype::Enum(EnumType { base: Box::new(i8::datatype()), members })
        };
        assert!(check_readable(&names("FALSE", "TRUE"), &bool::datatype()).is_ok());
        assert!(check_readable(&names("OFF", "ON"), &bool::datatype()).is_err());
    }
}
