//! What to do to convert one datatype to another: found once, run for every tile.

use std::collections::HashMap;

use super::enumeration::EnumTable;
use super::half;
use super::layout::{IntegerLayout, Layout};
use super::native::{Kernel, Native, kernel};
use crate::{
    ArrayType, BitfieldType, ByteOrder, CompoundType, Datatype, Error, ErrorKind, Member, Name,
    ReferenceKind, ReferenceType, Result, StringLength, StringPadding, StringType, VlenType,
};

/// One step; sizes are bytes of one element.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    /// The bytes stay as they are.
    Copy { size: usize },
    /// The bytes of each word are reversed.
    Swap { size: usize },
    /// The target becomes zero.
    Zero { size: usize },
    /// Numbers of the machine's types, in any byte order.
    Kernel(KernelPlan),
    /// Numbers of any layout.
    Number { source: Layout, target: Layout },
    /// Bit fields of any layout.
    Bits { source: IntegerLayout, target: IntegerLayout },
    /// Enumerations, by name.
    Enum(EnumTable),
    /// Fixed-length strings.
    Text { source: (usize, StringPadding), target: (usize, StringPadding) },
    /// A fixed-length string to a variable-length one.
    TextToHeap { source: (usize, StringPadding) },
    /// A variable-length string to a fixed-length one.
    TextFromHeap { target: (usize, StringPadding) },
    /// Members, each at its offsets.
    Members(Vec<MemberPlan>),
    /// Elements that lie without gaps.
    Array { count: usize, source_size: usize, target_size: usize, base: Box<Plan> },
    /// Sequences on the heap; variable-length strings are sequences of bytes.
    Sequence { source_size: usize, target_size: usize, nested: bool, base: Box<Plan> },
    /// References on the heap.
    Reference,
}

/// A native loop, with the byte orders around it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KernelPlan {
    pub(crate) run: Kernel,
    pub(crate) source_size: usize,
    pub(crate) target_size: usize,
    pub(crate) swap_source: bool,
    pub(crate) swap_target: bool,
}

/// A part of an element.
#[derive(Debug, Clone)]
pub(crate) struct MemberPlan {
    pub(crate) source_offset: usize,
    pub(crate) target_offset: usize,
    pub(crate) plan: Plan,
}

/// Finds out how to convert.
pub(crate) fn plan(source: &Datatype, target: &Datatype) -> Result<Plan> {
    if source == target && !source.has_variable_part() {
        return Ok(Plan::Copy { size: source.size() });
    }
    match (source, target) {
        (Datatype::Bitfield(s), Datatype::Bitfield(t)) => bits(s, t),
        (Datatype::String(s), Datatype::String(t)) => Ok(text(s, t)),
        (Datatype::Enum(s), Datatype::Enum(t)) => Ok(Plan::Enum(EnumTable::new(s, t))),
        (Datatype::Compound(s), Datatype::Compound(t)) => compound(s, t),
        (Datatype::Array(s), Datatype::Array(t)) if s.dimensions == t.dimensions => {
            array(s.element_count(), &s.base, &t.base)
        }
        (Datatype::Vlen(s), Datatype::Vlen(t)) => vlen(s, t),
        (Datatype::Reference(s), Datatype::Reference(t)) if same_kind(s, t) => Ok(Plan::Reference),
        (Datatype::Enum(_), Datatype::Complex(_)) | (Datatype::Complex(_), Datatype::Enum(_)) => {
            Err(no_conversion(source, target))
        }
        (Datatype::Complex(_), _) | (_, Datatype::Complex(_)) => complex(source, target),
        // An integer becomes an enumeration's value unchecked, as in h5py; a float never does.
        (Datatype::Float(_), Datatype::Enum(_)) => Err(no_conversion(source, target)),
        _ => number(source, target),
    }
}

fn no_conversion(source: &Datatype, target: &Datatype) -> Error {
    Error::new(ErrorKind::Conversion, format!("no conversion from {source} to {target}"))
}

fn number(source: &Datatype, target: &Datatype) -> Result<Plan> {
    if let Some(plan) = differ_in_order(source, target) {
        return Ok(plan);
    }
    let (Some(s), Some(t)) = (Layout::of(source)?, Layout::of(target)?) else {
        return Err(no_conversion(source, target));
    };
    let (source_size, target_size) = (s.word().size, t.word().size);
    if s == t {
        return Ok(Plan::Copy { size: source_size });
    }
    let (source_order, target_order) = (s.word().order, t.word().order);
    if s.with_order(target_order) == t && source_order != ByteOrder::Vax && target_order != ByteOrder::Vax {
        return Ok(Plan::Swap { size: source_size });
    }
    let native = match (Native::of(&s)?, Native::of(&t)?) {
        (Some(from), Some(to)) => Some(kernel(from, to)),
        _ => half::kernel(&s, &t)?,
    };
    if let Some(run) = native {
        return Ok(Plan::Kernel(KernelPlan {
            run,
            source_size,
            target_size,
            swap_source: source_order == ByteOrder::Big,
            swap_target: target_order == ByteOrder::Big,
        }));
    }
    Ok(Plan::Number { source: s, target: t })
}

/// Words of any size, also those too wide for arithmetic, whose datatypes differ in nothing but the byte order.
fn differ_in_order(source: &Datatype, target: &Datatype) -> Option<Plan> {
    let (from, to, size) = match (source, target) {
        (Datatype::Integer(s), Datatype::Integer(t)) => (s.order, t.order, s.size),
        (Datatype::Float(s), Datatype::Float(t)) => (s.order, t.order, s.size),
        (Datatype::Bitfield(s), Datatype::Bitfield(t)) => (s.order, t.order, s.size),
        _ => return None,
    };
    let mut turned = source.clone();
    match &mut turned {
        Datatype::Integer(t) => t.order = to,
        Datatype::Float(t) => t.order = to,
        Datatype::Bitfield(t) => t.order = to,
        _ => return None,
    }
    let plain_orders = from != ByteOrder::Vax && to != ByteOrder::Vax;
    let plan = if size == 1 { Plan::Copy { size } } else { Plan::Swap { size } };
    (plain_orders && turned == *target).then_some(plan)
}

fn bits(source: &BitfieldType, target: &BitfieldType) -> Result<Plan> {
    let datatypes = (Datatype::Bitfield(source.clone()), Datatype::Bitfield(target.clone()));
    if let Some(plan) = differ_in_order(&datatypes.0, &datatypes.1) {
        return Ok(plan);
    }
    let (source, target) = (IntegerLayout::of_bitfield(source)?, IntegerLayout::of_bitfield(target)?);
    if source == target {
        return Ok(Plan::Copy { size: source.word.size });
    }
    Ok(Plan::Bits { source, target })
}

fn text(source: &StringType, target: &StringType) -> Plan {
    match (source.length, target.length) {
        (StringLength::Fixed(from), StringLength::Fixed(to)) => {
            if from == to && source.padding == target.padding {
                return Plan::Copy { size: from };
            }
            Plan::Text { source: (from, source.padding), target: (to, target.padding) }
        }
        (StringLength::Fixed(from), StringLength::Variable { .. }) => {
            Plan::TextToHeap { source: (from, source.padding) }
        }
        (StringLength::Variable { .. }, StringLength::Fixed(to)) => {
            Plan::TextFromHeap { target: (to, target.padding) }
        }
        (StringLength::Variable { .. }, StringLength::Variable { .. }) => Plan::Sequence {
            source_size: 1,
            target_size: 1,
            nested: false,
            base: Box::new(Plan::Copy { size: 1 }),
        },
    }
}

fn compound(source: &CompoundType, target: &CompoundType) -> Result<Plan> {
    let mut by_name: HashMap<&Name, &Member> = HashMap::with_capacity(source.members.len());
    for member in &source.members {
        by_name.entry(&member.name).or_insert(member);
    }
    let mut members: Vec<MemberPlan> = Vec::new();
    for to in &target.members {
        let Some(from) = by_name.get(&to.name) else { continue };
        let plan = plan(&from.datatype, &to.datatype).map_err(|e| e.with_path(to.name.to_string()))?;
        push_member(&mut members, MemberPlan { source_offset: from.offset, target_offset: to.offset, plan });
    }
    Ok(Plan::Members(members))
}

/// Appends a member; members that are copied and lie side by side in both compounds are copied as one.
fn push_member(members: &mut Vec<MemberPlan>, next: MemberPlan) {
    if let (Some(last), Plan::Copy { size }) = (members.last_mut(), &next.plan)
        && let Plan::Copy { size: before } = &mut last.plan
        && last.source_offset.checked_add(*before) == Some(next.source_offset)
        && last.target_offset.checked_add(*before) == Some(next.target_offset)
        && let Some(both) = before.checked_add(*size)
    {
        *before = both;
        return;
    }
    members.push(next);
}

fn array(count: usize, source: &Datatype, target: &Datatype) -> Result<Plan> {
    let (source_size, target_size) = (source.size(), target.size());
    Ok(match plan(source, target)? {
        Plan::Copy { size } if size.checked_mul(count).is_some() => {
            Plan::Copy { size: size.saturating_mul(count) }
        }
        base => Plan::Array { count, source_size, target_size, base: Box::new(base) },
    })
}

fn vlen(source: &VlenType, target: &VlenType) -> Result<Plan> {
    Ok(Plan::Sequence {
        source_size: source.base.size(),
        target_size: target.base.size(),
        nested: target.base.has_variable_part(),
        base: Box::new(plan(&source.base, &target.base)?),
    })
}

/// Encodings of one kind of reference are the same in memory.
fn same_kind(source: &ReferenceType, target: &ReferenceType) -> bool {
    let general = |kind| match kind {
        ReferenceKind::Object2 => ReferenceKind::Object,
        ReferenceKind::Region2 => ReferenceKind::Region,
        other => other,
    };
    general(source.kind) == general(target.kind)
}

/// Real and imaginary part with their offsets, if the datatype can stand for a complex number: a complex number itself, an
/// array of two floats, or a compound of two floats, whatever their names (as in the C library).
fn parts(datatype: &Datatype) -> Option<[(usize, &Datatype); 2]> {
    let pair = match datatype {
        Datatype::Complex(t) => [(0, &*t.base), (t.base.size(), &*t.base)],
        Datatype::Array(ArrayType { dimensions, base }) if dimensions.as_slice() == [2] => {
            [(0, &**base), (base.size(), &**base)]
        }
        Datatype::Compound(t) => match t.members.as_slice() {
            [real, imaginary] => [(real.offset, &real.datatype), (imaginary.offset, &imaginary.datatype)],
            _ => return None,
        },
        _ => return None,
    };
    let floats = pair.iter().all(|(_, part)| matches!(part, Datatype::Float(_)));
    (floats || matches!(datatype, Datatype::Complex(_))).then_some(pair)
}

/// Complex numbers convert part by part; to a real number the imaginary part is dropped, from one it is zero.
fn complex(source: &Datatype, target: &Datatype) -> Result<Plan> {
    let member = |source_offset, target_offset, plan| MemberPlan { source_offset, target_offset, plan };
    let members = match (parts(source), parts(target)) {
        (Some([(from_real, s_real), (from_imaginary, s_imaginary)]), Some([real, imaginary])) => {
            vec![
                member(from_real, real.0, plan(s_real, real.1)?),
                member(from_imaginary, imaginary.0, plan(s_imaginary, imaginary.1)?),
            ]
        }
        (Some([(offset, real), _]), None) => vec![member(offset, 0, number(real, target)?)],
        (None, Some([(offset, real), (imaginary_offset, imaginary)])) => vec![
            member(0, offset, number(source, real)?),
            member(0, imaginary_offset, Plan::Zero { size: imaginary.size() }),
        ],
        (None, None) => return Err(no_conversion(source, target)),
    };
    let mut merged = Vec::with_capacity(members.len());
    members.into_iter().for_each(|m| push_member(&mut merged, m));
    Ok(Plan::Members(merged))
}

impl Plan {
    /// True if a step reads or writes a heap.
    pub(crate) fn uses_heap(&self) -> bool {
        match self {
            Self::TextToHeap { .. } | Self::TextFromHeap { .. } | Self::Sequence { .. } | Self::Reference => {
                true
            }
            Self::Members(members) => members.iter().any(|member| member.plan.uses_heap()),
            Self::Array { base, .. } => base.uses_heap(),
            _ => false,
        }
    }
}
