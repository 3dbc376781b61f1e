//! What each verb refuses, with which kind of error, and that nothing has changed then.

use h5_backend::{Backend, File, GroupNode, Node};
use h5_types::{
    CompoundType, Dataspace, Datatype, Elements, Error, ErrorKind, ExternalFile, FillDefinition, FilterInfo,
    H5Type, LinkTarget, NewAttribute, NewDataset, NewGroup, NewLayout, ObjectToken, Result, Selection,
};
use std::sync::Arc;

use super::{growing, plain, scalar, soft};
use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, is_error};

pub(super) fn cases() -> Vec<Case> {
    cases!("errors";
        a_group_of_a_name_that_is_taken [],
        a_dataset_of_a_name_that_is_taken [],
        a_datatype_of_a_name_that_is_taken [CommittedDatatypes],
        a_soft_link_of_a_name_that_is_taken [SoftLinks],
        a_hard_link_of_a_name_that_is_taken [HardLinks],
        an_attribute_of_a_name_that_is_taken [],
        names_that_no_link_can_have [],
        names_that_no_attribute_can_have [],
        a_hard_link_to_no_object [HardLinks],
        removing_a_link_that_is_not_there [],
        removing_an_attribute_that_is_not_there [],
        moving_a_link_that_is_not_there [MoveLink],
        moving_a_link_onto_another [MoveLink],
        moving_a_link_onto_itself [MoveLink],
        moving_a_link_into_what_is_no_group [MoveLink],
        moving_a_link_to_a_name_that_it_cannot_have [MoveLink],
        moving_a_group_below_itself [MoveLink],
        renaming_an_attribute_that_is_not_there [RenameAttribute],
        renaming_an_attribute_onto_another [RenameAttribute],
        renaming_an_attribute_to_nothing [RenameAttribute],
        opening_a_token_of_nothing [],
        a_dataset_is_no_group [],
        a_group_is_no_dataset [],
        a_path_through_a_dataset [],
        a_path_that_leads_nowhere [],
        datasets_whose_parts_contradict_each_other [],
        chunks_that_do_not_fit [ChunkedLayout],
        a_compact_dataset_that_is_too_large [CompactLayout],
        a_fill_value_of_another_size [],
        a_fill_value_of_text [VariableLength],
        a_dataset_of_another_than_the_committed_datatype [CommittedDatatypes],
        a_dataset_of_a_datatype_that_is_none [],
        an_attribute_of_a_datatype_that_is_none [],
        an_attribute_with_too_few_or_too_many_elements [],
        an_attribute_that_could_grow [],
        an_attribute_that_does_not_convert [],
        replacing_an_attribute_by_what_does_not_convert [],
        writing_too_few_or_too_many_elements [],
        reading_into_a_buffer_of_another_size [],
        bytes_that_point_outside_their_heap [VariableLength],
        a_soft_link_to_nothing [SoftLinks],
        a_user_defined_link_of_a_reserved_class [UserDefinedLinks],
        every_call_on_a_closed_file [],
        a_file_is_closed_twice [],
        what_failed_can_be_done_right_afterwards [],
    )
}

fn node(file: &File, path: &str) -> Result<Arc<dyn Node>> {
    file.backend().open(file.object(path)?.token())
}

fn as_group(node: &Arc<dyn Node>) -> Result<&dyn GroupNode> {
    node.as_group().ok_or_else(|| Error::not_found("a group"))
}

fn a_group_of_a_name_that_is_taken(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("a")?.set_attr("n", 1)?;
    t.refused(ErrorKind::AlreadyExists, |file| file.create_group("a"))
}

fn a_dataset_of_a_name_that_is_taken(t: &mut Trial<'_>) -> Outcome {
    t.file().write_array("x", [1, 2])?;
    t.refused(ErrorKind::AlreadyExists, |file| file.create_dataset_from("x", &plain::<u8>(&[9])))
}

fn a_datatype_of_a_name_that_is_taken(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("t")?;
    t.refused(ErrorKind::AlreadyExists, |file| file.commit_datatype("t", &u8::datatype()))
}

fn a_soft_link_of_a_name_that_is_taken(t: &mut Trial<'_>) -> Outcome {
    t.file().link_soft("s", "a")?;
    t.refused(ErrorKind::AlreadyExists, |file| file.link_soft("s", "b"))?;
    // A link is a name, whether it leads anywhere or not.
    t.refused(ErrorKind::AlreadyExists, |file| file.create_group("s"))
}

fn a_hard_link_of_a_name_that_is_taken(t: &mut Trial<'_>) -> Outcome {
    let a = t.file().create_group("a")?;
    t.file().create_group("b")?;
    t.refused(ErrorKind::AlreadyExists, |file| file.link_hard("b", &a))?;
    t.refused(ErrorKind::AlreadyExists, |file| file.link_hard("a", &a))
}

fn an_attribute_of_a_name_that_is_taken(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    root.set_attr("a", 1)?;
    let (new, value) = scalar("a", 2.5)?;
    t.refused(ErrorKind::AlreadyExists, |_| root.object().create_attr(&new, &value))
}

fn names_that_no_link_can_have(t: &mut Trial<'_>) -> Outcome {
    let root = node(t.file(), "/")?;
    let group = as_group(&root)?;
    for name in [&b""[..], b".", b"a/b", b"/", b"a\0b"] {
        let name = h5_types::Name::new(name);
        t.refused(ErrorKind::Usage, |_| group.create_group(&name, &NewGroup::default()))?;
        t.refused(ErrorKind::Usage, |_| group.create_dataset(&name, &plain::<u8>(&[1])))?;
    }
    Ok(())
}

fn names_that_no_attribute_can_have(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    for name in ["", "a\0b"] {
        let (new, value) = scalar(name, 1)?;
        t.refused(ErrorKind::Usage, |_| root.write_attr(&new, &value))?;
    }
    Ok(())
}

fn a_hard_link_to_no_object(t: &mut Trial<'_>) -> Outcome {
    let gone = t.file().create_group("a")?.object().token();
    t.file().remove("a")?;
    let root = node(t.file(), "/")?;
    let group = as_group(&root)?;
    t.refused(ErrorKind::NotFound, |_| group.create_link(&"h".into(), &LinkTarget::Hard(gone)))
}

fn removing_a_link_that_is_not_there(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("a")?;
    let root = node(t.file(), "/")?;
    let group = as_group(&root)?;
    for name in ["b", "", "aa", "a/"] {
        t.refused(ErrorKind::NotFound, |_| group.remove_link(name.as_bytes()))?;
    }
    Ok(())
}

fn removing_an_attribute_that_is_not_there(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    root.set_attr("a", 1)?;
    t.refused(ErrorKind::NotFound, |_| root.remove_attr("b"))?;
    t.refused(ErrorKind::NotFound, |_| root.remove_attr(""))
}

fn moving_a_link_that_is_not_there(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("a")?;
    t.refused(ErrorKind::NotFound, |file| file.rename("b", "c"))?;
    let root = node(t.file(), "/")?;
    let (group, token) = (as_group(&root)?, root.token());
    t.refused(ErrorKind::NotFound, |_| group.move_link(b"b", token, &"c".into()))
}

fn moving_a_link_onto_another(t: &mut Trial<'_>) -> Outcome {
    for path in ["a", "b", "g", "g/a"] {
        t.file().create_group(path)?;
    }
    t.refused(ErrorKind::AlreadyExists, |file| file.rename("a", "b"))?;
    t.refused(ErrorKind::AlreadyExists, |file| file.rename("a", "g/a"))
}

fn moving_a_link_onto_itself(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("a")?;
    let root = node(t.file(), "/")?;
    let (group, token) = (as_group(&root)?, root.token());
    t.refused(ErrorKind::AlreadyExists, |_| group.move_link(b"a", token, &"a".into()))
}

fn moving_a_link_into_what_is_no_group(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("a")?;
    let data = t.file().write_array("x", [1])?.object().token();
    let root = node(t.file(), "/")?;
    let group = as_group(&root)?;
    t.refused(ErrorKind::Usage, |_| group.move_link(b"a", data, &"b".into()))
}

fn moving_a_link_to_a_name_that_it_cannot_have(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("a")?;
    let root = node(t.file(), "/")?;
    let (group, token) = (as_group(&root)?, root.token());
    for name in ["", ".", "b/c"] {
        t.refused(ErrorKind::Usage, |_| group.move_link(b"a", token, &name.into()))?;
    }
    Ok(())
}

fn moving_a_group_below_itself(t: &mut Trial<'_>) -> Outcome {
    t.file().require_group("a/b/c")?;
    t.refused(ErrorKind::Usage, |file| file.rename("a", "a/b/c/a"))?;
    t.refused(ErrorKind::Usage, |file| file.rename("a/b", "a/b/b"))
}

fn renaming_an_attribute_that_is_not_there(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    root.set_attr("a", 1)?;
    t.refused(ErrorKind::NotFound, |_| root.rename_attr("b", "c"))
}

fn renaming_an_attribute_onto_another(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    root.set_attr("a", 1)?;
    root.set_attr("b", 2)?;
    t.refused(ErrorKind::AlreadyExists, |_| root.rename_attr("a", "b"))?;
    t.refused(ErrorKind::AlreadyExists, |_| root.rename_attr("a", "a"))
}

fn renaming_an_attribute_to_nothing(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    root.set_attr("a", 1)?;
    t.refused(ErrorKind::Usage, |_| root.rename_attr("a", ""))?;
    t.refused(ErrorKind::Usage, |_| root.rename_attr("a", "b\0"))
}

fn opening_a_token_of_nothing(t: &mut Trial<'_>) -> Outcome {
    for token in [u128::MAX, 0xdead_beef_0000, 1 << 64] {
        match t.file().backend().open(ObjectToken(token)) {
            Ok(node) => is_error(ErrorKind::NotFound, Ok(node))?,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Format) => {}
            Err(error) => is_error::<()>(ErrorKind::NotFound, Err(error))?,
        }
    }
    Ok(())
}

fn a_dataset_is_no_group(t: &mut Trial<'_>) -> Outcome {
    t.file().write_array("x", [1])?;
    t.refused(ErrorKind::Usage, |file| file.group("x"))?;
    t.refused(ErrorKind::Usage, |file| file.create_group("x/a"))?;
    t.refused(ErrorKind::Usage, |file| file.remove("x/a"))
}

fn a_group_is_no_dataset(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("g")?;
    t.refused(ErrorKind::Usage, |file| file.dataset("g"))
}

fn a_path_through_a_dataset(t: &mut Trial<'_>) -> Outcome {
    t.file().write_array("x", [1])?;
    is_error(ErrorKind::Usage, t.file().object("x/y"))
}

fn a_path_that_leads_nowhere(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("a")?;
    for path in ["b", "a/b", "a/b/c", "A"] {
        is_error(ErrorKind::NotFound, t.file().object(path))?;
    }
    t.refused(ErrorKind::NotFound, |file| file.create_group("a/b/c"))
}

fn datasets_whose_parts_contradict_each_other(t: &mut Trial<'_>) -> Outcome {
    let of = |dimensions: &[u64], maximum: &[Option<u64>]| {
        let dataspace = Dataspace::Simple { dimensions: dimensions.to_vec(), maximum: maximum.to_vec() };
        NewDataset::new(u8::datatype(), dataspace)
    };
    let mut filtered = plain::<u8>(&[3]);
    filtered.filters = vec![FilterInfo { id: 1, flags: 0, name: None, client_data: vec![6] }];
    let mut external = growing::<u8>(&[3], &[2]);
    external.external = vec![ExternalFile { name: "raw".into(), offset_bytes: 0, size_bytes: None }];
    let refused = [
        of(&[], &[]),
        of(&[1; 33], &[Some(1); 33]),
        of(&[3], &[Some(2)]),
        of(&[3], &[]),
        of(&[3], &[None]),
        of(&[1 << 62, 1 << 62], &[Some(1 << 62); 2]),
        filtered,
        external,
    ];
    for new in refused {
        t.refused(ErrorKind::Usage, |file| file.create_dataset_from("x", &new))?;
    }
    Ok(())
}

fn chunks_that_do_not_fit(t: &mut Trial<'_>) -> Outcome {
    let mut scalar = growing::<u8>(&[4], &[2]);
    scalar.dataspace = Dataspace::Scalar;
    let mut too_long = growing::<u8>(&[4], &[5]);
    too_long.dataspace = Dataspace::fixed([4]);
    for new in
        [growing::<u8>(&[4], &[2, 2]), growing::<u8>(&[4], &[0]), growing::<u8>(&[4], &[]), scalar, too_long]
    {
        t.refused(ErrorKind::Usage, |file| file.create_dataset_from("x", &new))?;
    }
    Ok(())
}

fn a_compact_dataset_that_is_too_large(t: &mut Trial<'_>) -> Outcome {
    let mut new = plain::<u8>(&[70_000]);
    new.layout = NewLayout::Compact;
    t.refused(ErrorKind::Usage, |file| file.create_dataset_from("x", &new))
}

fn a_fill_value_of_another_size(t: &mut Trial<'_>) -> Outcome {
    let mut new = plain::<i32>(&[3]);
    new.fill = FillDefinition::User(vec![1, 2, 3]);
    t.refused(ErrorKind::Usage, |file| file.create_dataset_from("x", &new))
}

fn a_fill_value_of_text(t: &mut Trial<'_>) -> Outcome {
    let mut new = plain::<String>(&[3]);
    new.fill = FillDefinition::User(vec![1; 16]);
    t.refused(ErrorKind::Unsupported, |file| file.create_dataset_from("x", &new))
}

fn a_dataset_of_another_than_the_committed_datatype(t: &mut Trial<'_>) -> Outcome {
    let committed = t.file().commit_datatype("t", &f32::datatype())?;
    let mut new = plain::<f64>(&[3]);
    new.committed_datatype = Some(committed.object().token());
    t.refused(ErrorKind::Usage, |file| file.create_dataset_from("x", &new))?;
    let group = t.file().create_group("g")?;
    new.committed_datatype = Some(group.object().token());
    t.refused(ErrorKind::Usage, |file| file.create_dataset_from("x", &new))?;
    let (mut attribute, value) = scalar("a", 1.5_f64)?;
    attribute.committed_datatype = Some(committed.object().token());
    t.refused(ErrorKind::Usage, |_| group.write_attr(&attribute, &value))
}

/// Elements of no bytes.
fn nothing() -> Datatype {
    Datatype::Compound(CompoundType { size: 0, members: vec![] })
}

fn a_dataset_of_a_datatype_that_is_none(t: &mut Trial<'_>) -> Outcome {
    let new = NewDataset::new(nothing(), Dataspace::Scalar);
    t.refused(ErrorKind::Usage, |file| file.create_dataset_from("x", &new))
}

fn an_attribute_of_a_datatype_that_is_none(t: &mut Trial<'_>) -> Outcome {
    let new = NewAttribute::new("a", nothing(), Dataspace::Scalar);
    let value = Elements::from_values(&[1_u8])?;
    let root = t.root()?;
    t.refused(ErrorKind::Usage, |_| root.write_attr(&new, &value))
}

fn an_attribute_with_too_few_or_too_many_elements(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    root.set_attr("a", 1)?;
    for (dataspace, values) in [
        (Dataspace::Scalar, vec![1, 2]),
        (Dataspace::Scalar, vec![]),
        (Dataspace::fixed([3]), vec![1, 2]),
        (Dataspace::Null, vec![1]),
    ] {
        let new = NewAttribute::new("a", i32::datatype(), dataspace);
        let value = Elements::from_values(&values)?;
        t.refused(ErrorKind::Usage, |_| root.write_attr(&new, &value))?;
    }
    Ok(())
}

fn an_attribute_that_could_grow(t: &mut Trial<'_>) -> Outcome {
    let growing = Dataspace::Simple { dimensions: vec![1], maximum: vec![None] };
    let new = NewAttribute::new("a", i32::datatype(), growing);
    let value = Elements::from_values(&[1])?;
    let root = t.root()?;
    t.refused(ErrorKind::Usage, |_| root.write_attr(&new, &value))
}

fn an_attribute_that_does_not_convert(t: &mut Trial<'_>) -> Outcome {
    let text = Datatype::String(h5_types::StringType::fixed(3, h5_types::StringPadding::NullPadded));
    let new = NewAttribute::new("a", text, Dataspace::Scalar);
    let value = Elements::from_values(&[1.5])?;
    let root = t.root()?;
    t.refused(ErrorKind::Conversion, |_| root.write_attr(&new, &value))
}

fn replacing_an_attribute_by_what_does_not_convert(t: &mut Trial<'_>) -> Outcome {
    t.root()?.set_attr("a", [1, 2, 3])?;
    an_attribute_that_does_not_convert(t)
}

fn writing_too_few_or_too_many_elements(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [1, 2, 3])?;
    let node = data.node()?;
    for length in [0, 8, 11, 16] {
        t.refused(ErrorKind::Usage, |_| {
            node.write(&Selection::All, &i32::datatype(), &vec![9; length], &Default::default())
        })?;
    }
    Ok(())
}

fn reading_into_a_buffer_of_another_size(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [1, 2, 3])?;
    let node = data.node()?;
    for length in [0, 8, 11, 16] {
        let mut out = vec![0; length];
        let read = node.read(&Selection::All, &i32::datatype(), &mut out, &mut Default::default());
        is_error(ErrorKind::Usage, read)?;
    }
    Ok(())
}

fn bytes_that_point_outside_their_heap(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", ["a".to_owned()])?;
    let mut lies = Elements::from_values(&["some text".to_owned()])?;
    lies.heap.bytes.clear();
    t.refused(ErrorKind::Usage, |_| data.write_elements(&Selection::All, &lies))?;
    let root = t.root()?;
    let new = NewAttribute::new("a", String::datatype(), Dataspace::Scalar);
    t.refused(ErrorKind::Usage, |_| root.write_attr(&new, &lies))
}

fn a_soft_link_to_nothing(t: &mut Trial<'_>) -> Outcome {
    let root = node(t.file(), "/")?;
    let group = as_group(&root)?;
    t.refused(ErrorKind::Usage, |_| group.create_link(&"s".into(), &soft("")))?;
    t.refused(ErrorKind::Usage, |_| group.create_link(&"s".into(), &soft("a\0b")))
}

fn a_user_defined_link_of_a_reserved_class(t: &mut Trial<'_>) -> Outcome {
    let root = node(t.file(), "/")?;
    let group = as_group(&root)?;
    for class in [0, 1, 2, 64] {
        let target = LinkTarget::UserDefined { class, value: vec![1] };
        t.refused(ErrorKind::Usage, |_| group.create_link(&"u".into(), &target))?;
    }
    Ok(())
}

fn every_call_on_a_closed_file(t: &mut Trial<'_>) -> Outcome {
    let (group, data) = (t.file().create_group("g")?, t.file().write_array("x", [1])?);
    group.set_attr("a", 1)?;
    t.file().close()?;
    let file = t.file();
    is_error(ErrorKind::Usage, file.flush())?;
    is_error(ErrorKind::Usage, file.root())?;
    is_error(ErrorKind::Usage, file.backend().open(group.object().token()))?;
    is_error(ErrorKind::Usage, group.link_count())?;
    is_error(ErrorKind::Usage, group.link("x"))?;
    is_error(ErrorKind::Usage, group.object().attributes(h5_backend::Order::Name))?;
    is_error(ErrorKind::Usage, group.create_group("n"))?;
    is_error(ErrorKind::Usage, group.set_attr("b", 1))?;
    is_error(ErrorKind::Usage, data.read::<i32>())?;
    is_error(ErrorKind::Usage, data.write(&[2]))?;
    is_error(ErrorKind::Usage, data.info())?;
    is_error(ErrorKind::Usage, file.info())
}

fn a_file_is_closed_twice(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("g")?;
    let backend: &Arc<dyn Backend> = t.file().backend();
    backend.close()?;
    backend.close()?;
    Ok(())
}

fn what_failed_can_be_done_right_afterwards(t: &mut Trial<'_>) -> Outcome {
    t.refused(ErrorKind::NotFound, |file| file.create_group("a/b"))?;
    t.file().create_group("a")?;
    t.file().create_group("a/b")?;
    t.refused(ErrorKind::AlreadyExists, |file| file.create_group("a/b"))?;
    t.file().remove("a/b")?;
    t.file().create_group("a/b")?;
    t.reopen()?;
    t.file().group("a/b")?;
    Ok(())
}
