//! Datatypes, property by property.

use std::ffi::{CStr, c_char, c_void};

use h5_types::{ByteOrder, CharacterSet, Error, MantissaNormalization, Name, Padding, Result, StringPadding};
use hdf5_metno_sys::h5::H5free_memory;
use hdf5_metno_sys::h5t::{
    self, H5T_class_t, H5T_cset_t, H5T_norm_t, H5T_order_t, H5T_pad_t, H5T_sign_t, H5T_str_t,
};

use super::{Id, Library, c_string, convert};

/// Classes of datatypes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Integer,
    Float,
    Time,
    String,
    Bitfield,
    Opaque,
    Compound,
    ObjectReference,
    RegionReference,
    OtherReference,
    Enum,
    Vlen,
    Array,
    #[cfg_attr(not(hdf5_2_0), expect(dead_code, reason = "older releases have no such class"))]
    Complex,
}

/// Where the parts of a floating-point number lie.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FloatFields {
    pub(crate) sign_position: usize,
    pub(crate) exponent_position: usize,
    pub(crate) exponent_bits: usize,
    pub(crate) mantissa_position: usize,
    pub(crate) mantissa_bits: usize,
}

/// A datatype's numbers: each getter is of a class that has it.
impl Library {
    /// The class.
    pub(crate) fn class(&self, datatype: &Id) -> Result<Class> {
        // SAFETY: the lock is held, the handle lives.
        Ok(match unsafe { h5t::H5Tget_class(datatype.0) } {
            H5T_class_t::H5T_INTEGER => Class::Integer,
            H5T_class_t::H5T_FLOAT => Class::Float,
            H5T_class_t::H5T_TIME => Class::Time,
            H5T_class_t::H5T_STRING => Class::String,
            H5T_class_t::H5T_BITFIELD => Class::Bitfield,
            H5T_class_t::H5T_OPAQUE => Class::Opaque,
            H5T_class_t::H5T_COMPOUND => Class::Compound,
            H5T_class_t::H5T_REFERENCE => self.reference_class(datatype)?,
            H5T_class_t::H5T_ENUM => Class::Enum,
            H5T_class_t::H5T_VLEN => Class::Vlen,
            H5T_class_t::H5T_ARRAY => Class::Array,
            #[cfg(hdf5_2_0)]
            H5T_class_t::H5T_COMPLEX => Class::Complex,
            _ => return Err(self.error("the class of a datatype")),
        })
    }

    fn reference_class(&self, datatype: &Id) -> Result<Class> {
        for (known, class) in [
            (*h5t::H5T_STD_REF_OBJ, Class::ObjectReference),
            (*h5t::H5T_STD_REF_DSETREG, Class::RegionReference),
        ] {
            // SAFETY: the lock is held, both handles live.
            if self.answer(unsafe { h5t::H5Tequal(datatype.0, known) }, "comparing datatypes")? {
                return Ok(class);
            }
        }
        Ok(Class::OtherReference)
    }

    /// Bytes of an element in memory.
    pub(crate) fn type_size(&self, datatype: &Id) -> Result<usize> {
        // SAFETY: the lock is held, the handle lives.
        match unsafe { h5t::H5Tget_size(datatype.0) } {
            0 => Err(self.error("the size of a datatype")),
            size => Ok(size),
        }
    }

    /// True if the datatype is an object of the file, or was taken from one.
    pub(crate) fn is_committed(&self, datatype: &Id) -> Result<bool> {
        // SAFETY: the lock is held, the handle lives.
        self.answer(unsafe { h5t::H5Tcommitted(datatype.0) }, "a datatype")
    }

    pub(crate) fn order(&self, datatype: &Id) -> Result<ByteOrder> {
        // SAFETY: the lock is held, the handle lives.
        match unsafe { h5t::H5Tget_order(datatype.0) } {
            H5T_order_t::H5T_ORDER_LE | H5T_order_t::H5T_ORDER_NONE => Ok(ByteOrder::Little),
            H5T_order_t::H5T_ORDER_BE => Ok(ByteOrder::Big),
            H5T_order_t::H5T_ORDER_VAX => Ok(ByteOrder::Vax),
            _ => Err(self.error("the byte order of a datatype")),
        }
    }

    /// Lowest bit and number of bits.
    pub(crate) fn bits(&self, datatype: &Id) -> Result<(u16, u16)> {
        // SAFETY: the lock is held, the handle lives.
        let (offset, precision) =
            unsafe { (h5t::H5Tget_offset(datatype.0), h5t::H5Tget_precision(datatype.0)) };
        let offset = self.count(offset, "the offset of a datatype")?;
        Ok((convert(offset, "a bit offset")?, convert(precision, "a precision")?))
    }

    /// What fills the bits below and above.
    pub(crate) fn padding(&self, datatype: &Id) -> Result<(Padding, Padding)> {
        let (mut low, mut high) = (H5T_pad_t::H5T_PAD_ZERO, H5T_pad_t::H5T_PAD_ZERO);
        // SAFETY: the lock is held, the handle lives, the numbers are this function's.
        self.done(unsafe { h5t::H5Tget_pad(datatype.0, &mut low, &mut high) }, "padding")?;
        Ok((padding(low), padding(high)))
    }

    pub(crate) fn is_signed(&self, datatype: &Id) -> Result<bool> {
        // SAFETY: the lock is held, the handle lives.
        match unsafe { h5t::H5Tget_sign(datatype.0) } {
            H5T_sign_t::H5T_SGN_NONE => Ok(false),
            H5T_sign_t::H5T_SGN_2 => Ok(true),
            _ => Err(self.error("the sign of a datatype")),
        }
    }

    pub(crate) fn float_fields(&self, datatype: &Id) -> Result<FloatFields> {
        let mut fields = FloatFields::default();
        // SAFETY: the lock is held, the handle lives, the numbers are this function's.
        let got = unsafe {
            h5t::H5Tget_fields(
                datatype.0,
                &mut fields.sign_position,
                &mut fields.exponent_position,
                &mut fields.exponent_bits,
                &mut fields.mantissa_position,
                &mut fields.mantissa_bits,
            )
        };
        self.done(got, "the parts of a number")?;
        Ok(fields)
    }

    /// Bias of the exponent, normalization of the mantissa, and what fills bits of no part.
    pub(crate) fn float_rules(&self, datatype: &Id) -> Result<(u32, MantissaNormalization, Padding)> {
        // SAFETY: the lock is held, the handle lives.
        let (bias, norm, pad) = unsafe {
            (h5t::H5Tget_ebias(datatype.0), h5t::H5Tget_norm(datatype.0), h5t::H5Tget_inpad(datatype.0))
        };
        let norm = match norm {
            H5T_norm_t::H5T_NORM_IMPLIED => MantissaNormalization::Implied,
            H5T_norm_t::H5T_NORM_MSBSET => MantissaNormalization::MostSignificantBitSet,
            H5T_norm_t::H5T_NORM_NONE => MantissaNormalization::None,
            H5T_norm_t::H5T_NORM_ERROR => return Err(self.error("the normalization of a number")),
        };
        Ok((convert(bias, "the bias of an exponent")?, norm, padding(pad)))
    }

    pub(crate) fn is_variable_string(&self, datatype: &Id) -> Result<bool> {
        // SAFETY: the lock is held, the handle lives.
        self.answer(unsafe { h5t::H5Tis_variable_str(datatype.0) }, "a string datatype")
    }

    /// How the end of a text is marked, and its encoding.
    pub(crate) fn text(&self, datatype: &Id) -> Result<(StringPadding, CharacterSet)> {
        // SAFETY: the lock is held, the handle lives.
        let (pad, set) = unsafe { (h5t::H5Tget_strpad(datatype.0), h5t::H5Tget_cset(datatype.0)) };
        let pad = match pad {
            H5T_str_t::H5T_STR_NULLTERM => StringPadding::NullTerminated,
            H5T_str_t::H5T_STR_NULLPAD => StringPadding::NullPadded,
            H5T_str_t::H5T_STR_SPACEPAD => StringPadding::SpacePadded,
            other => return Err(Error::format(format!("a string with padding {other:?}"))),
        };
        let set = match set {
            H5T_cset_t::H5T_CSET_ASCII => CharacterSet::Ascii,
            H5T_cset_t::H5T_CSET_UTF8 => CharacterSet::Utf8,
            other => return Err(Error::format(format!("a string in character set {other:?}"))),
        };
        Ok((pad, set))
    }

    /// Tag of an opaque datatype.
    pub(crate) fn tag(&self, datatype: &Id) -> Result<Name> {
        // SAFETY: the lock is held, the handle lives.
        let text = unsafe { h5t::H5Tget_tag(datatype.0) };
        self.take_text(text, "the tag of a datatype")
    }

    /// Number of members of a compound or an enumeration.
    pub(crate) fn member_count(&self, datatype: &Id) -> Result<u32> {
        // SAFETY: the lock is held, the handle lives.
        let count = self.count(unsafe { h5t::H5Tget_nmembers(datatype.0) }, "the members of a datatype")?;
        convert(count, "members of a datatype")
    }

    pub(crate) fn member_name(&self, datatype: &Id, member: u32) -> Result<Name> {
        // SAFETY: the lock is held, the handle lives.
        let text = unsafe { h5t::H5Tget_member_name(datatype.0, member) };
        self.take_text(text, "the name of a member")
    }

    /// First byte of a compound's member in memory.
    pub(crate) fn member_offset(&self, datatype: &Id, member: u32) -> usize {
        // SAFETY: the lock is held, the handle lives.
        unsafe { h5t::H5Tget_member_offset(datatype.0, member) }
    }

    pub(crate) fn member_type(&self, datatype: &Id, member: u32) -> Result<Id> {
        // SAFETY: the lock is held, the handle lives.
        self.id(unsafe { h5t::H5Tget_member_type(datatype.0, member) }, "the datatype of a member")
    }

    /// Value of a member of an enumeration, in the datatype below it.
    pub(crate) fn member_value(&self, datatype: &Id, member: u32) -> Result<Vec<u8>> {
        let mut value = vec![0_u8; self.type_size(datatype)?];
        // SAFETY: the lock is held, the handle lives, the buffer has the size of the enumeration, which is that of its values.
        let got = unsafe { h5t::H5Tget_member_value(datatype.0, member, value.as_mut_ptr().cast()) };
        self.done(got, "the value of a member")?;
        Ok(value)
    }

    /// The datatype below an enumeration, a sequence, an array or a complex number.
    pub(crate) fn base(&self, datatype: &Id) -> Result<Id> {
        // SAFETY: the lock is held, the handle lives.
        self.id(unsafe { h5t::H5Tget_super(datatype.0) }, "a datatype's base")
    }

    pub(crate) fn array_dimensions(&self, datatype: &Id) -> Result<Vec<u64>> {
        // SAFETY: the lock is held, the handle lives.
        let rank = self.count(unsafe { h5t::H5Tget_array_ndims(datatype.0) }, "the rank of an array")?;
        let mut dimensions = vec![0_u64; rank];
        // SAFETY: as above; the list has as many numbers as the rank.
        let got = unsafe { h5t::H5Tget_array_dims2(datatype.0, dimensions.as_mut_ptr()) };
        self.done(got, "the dimensions of an array")?;
        Ok(dimensions)
    }

    /// A text that the library allocated; it is given back.
    fn take_text(&self, text: *mut c_char, doing: &str) -> Result<Name> {
        if text.is_null() {
            return Err(self.error(doing));
        }
        // SAFETY: the library returned a text of C, which it gave away; it is copied, then given back once.
        unsafe {
            let name = Name::new(CStr::from_ptr(text).to_bytes());
            H5free_memory(text.cast());
            Ok(name)
        }
    }
}

/// Making datatypes.
impl Library {
    /// A copy of a datatype of the library's, to be changed.
    fn copy_type(&self, known: i64) -> Result<Id> {
        // SAFETY: the lock is held, the handle is the library's own.
        self.id(unsafe { h5t::H5Tcopy(known) }, "copying a datatype")
    }

    /// The simplest datatype of a class that has numbers or texts.
    pub(crate) fn new_type(&self, class: Class) -> Result<Id> {
        self.copy_type(match class {
            Class::Integer => *h5t::H5T_STD_I64LE,
            Class::Float => *h5t::H5T_IEEE_F64LE,
            Class::Time => *h5t::H5T_UNIX_D64LE,
            Class::String => *h5t::H5T_C_S1,
            Class::Bitfield => *h5t::H5T_STD_B64LE,
            Class::ObjectReference => *h5t::H5T_STD_REF_OBJ,
            Class::RegionReference => *h5t::H5T_STD_REF_DSETREG,
            other => return Err(Error::unsupported(format!("a datatype of class {other:?}"))),
        })
    }

    /// A datatype of bytes: opaque ones, or members to come.
    pub(crate) fn new_record(&self, class: Class, size: usize) -> Result<Id> {
        let class = if class == Class::Opaque { H5T_class_t::H5T_OPAQUE } else { H5T_class_t::H5T_COMPOUND };
        // SAFETY: the lock is held.
        self.id(unsafe { h5t::H5Tcreate(class, size) }, "making a datatype")
    }

    pub(crate) fn new_enum(&self, base: &Id) -> Result<Id> {
        // SAFETY: the lock is held, the handle lives.
        self.id(unsafe { h5t::H5Tenum_create(base.0) }, "making an enumeration")
    }

    pub(crate) fn new_vlen(&self, base: &Id) -> Result<Id> {
        // SAFETY: the lock is held, the handle lives.
        self.id(unsafe { h5t::H5Tvlen_create(base.0) }, "making a datatype of sequences")
    }

    pub(crate) fn new_array(&self, base: &Id, dimensions: &[u64]) -> Result<Id> {
        let rank = convert(dimensions.len(), "the rank of an array")?;
        // SAFETY: the lock is held, the handle lives, the list has as many numbers as the rank says.
        let made = unsafe { h5t::H5Tarray_create2(base.0, rank, dimensions.as_ptr()) };
        self.id(made, "making an array datatype")
    }

    #[cfg(hdf5_2_0)]
    pub(crate) fn new_complex(&self, base: &Id) -> Result<Id> {
        // SAFETY: the lock is held, the handle lives.
        self.id(unsafe { h5t::H5Tcomplex_create(base.0) }, "making a complex datatype")
    }

    #[cfg(not(hdf5_2_0))]
    pub(crate) fn new_complex(&self, _: &Id) -> Result<Id> {
        Err(Error::unsupported("complex numbers: this release of libhdf5 has none, 2.0 and later have"))
    }

    /// Sets the size; `None` is variable.
    pub(crate) fn set_size(&self, datatype: &Id, size: Option<usize>) -> Result<()> {
        // SAFETY: the lock is held, the handle lives.
        let set = unsafe { h5t::H5Tset_size(datatype.0, size.unwrap_or(h5t::H5T_VARIABLE)) };
        self.done(set, "the size of a datatype")
    }

    pub(crate) fn set_precision(&self, datatype: &Id, bits: usize) -> Result<()> {
        // SAFETY: the lock is held, the handle lives.
        self.done(unsafe { h5t::H5Tset_precision(datatype.0, bits) }, "the precision of a datatype")
    }

    pub(crate) fn set_offset(&self, datatype: &Id, bits: usize) -> Result<()> {
        // SAFETY: the lock is held, the handle lives.
        self.done(unsafe { h5t::H5Tset_offset(datatype.0, bits) }, "the offset of a datatype")
    }

    pub(crate) fn set_order(&self, datatype: &Id, order: ByteOrder) -> Result<()> {
        let order = match order {
            ByteOrder::Little => H5T_order_t::H5T_ORDER_LE,
            ByteOrder::Big => H5T_order_t::H5T_ORDER_BE,
            ByteOrder::Vax => H5T_order_t::H5T_ORDER_VAX,
        };
        // SAFETY: the lock is held, the handle lives.
        self.done(unsafe { h5t::H5Tset_order(datatype.0, order) }, "the byte order of a datatype")
    }

    pub(crate) fn set_padding(&self, datatype: &Id, low: Padding, high: Padding) -> Result<()> {
        // SAFETY: the lock is held, the handle lives.
        let set = unsafe { h5t::H5Tset_pad(datatype.0, pad(low), pad(high)) };
        self.done(set, "the padding of a datatype")
    }

    pub(crate) fn set_signed(&self, datatype: &Id, signed: bool) -> Result<()> {
        let sign = if signed { H5T_sign_t::H5T_SGN_2 } else { H5T_sign_t::H5T_SGN_NONE };
        // SAFETY: the lock is held, the handle lives.
        self.done(unsafe { h5t::H5Tset_sign(datatype.0, sign) }, "the sign of a datatype")
    }

    pub(crate) fn set_float_fields(&self, datatype: &Id, fields: &FloatFields) -> Result<()> {
        // SAFETY: the lock is held, the handle lives.
        let set = unsafe {
            h5t::H5Tset_fields(
                datatype.0,
                fields.sign_position,
                fields.exponent_position,
                fields.exponent_bits,
                fields.mantissa_position,
                fields.mantissa_bits,
            )
        };
        self.done(set, "the parts of a number")
    }

    pub(crate) fn set_float_rules(
        &self,
        datatype: &Id,
        bias: u32,
        normalization: MantissaNormalization,
        inside: Padding,
    ) -> Result<()> {
        let norm = match normalization {
            MantissaNormalization::Implied => H5T_norm_t::H5T_NORM_IMPLIED,
            MantissaNormalization::MostSignificantBitSet => H5T_norm_t::H5T_NORM_MSBSET,
            MantissaNormalization::None => H5T_norm_t::H5T_NORM_NONE,
        };
        let bias = convert(bias, "the bias of an exponent")?;
        // SAFETY: the lock is held, the handle lives.
        let returned = unsafe {
            [
                h5t::H5Tset_ebias(datatype.0, bias),
                h5t::H5Tset_norm(datatype.0, norm),
                h5t::H5Tset_inpad(datatype.0, pad(inside)),
            ]
        };
        returned.into_iter().try_for_each(|status| self.done(status, "the rules of a number"))
    }

    pub(crate) fn set_text(
        &self,
        datatype: &Id,
        padding: StringPadding,
        character_set: CharacterSet,
    ) -> Result<()> {
        let pad = match padding {
            StringPadding::NullTerminated => H5T_str_t::H5T_STR_NULLTERM,
            StringPadding::NullPadded => H5T_str_t::H5T_STR_NULLPAD,
            StringPadding::SpacePadded => H5T_str_t::H5T_STR_SPACEPAD,
        };
        let set = match character_set {
            CharacterSet::Ascii => H5T_cset_t::H5T_CSET_ASCII,
            CharacterSet::Utf8 => H5T_cset_t::H5T_CSET_UTF8,
        };
        // SAFETY: the lock is held, the handle lives.
        let returned = unsafe { [h5t::H5Tset_strpad(datatype.0, pad), h5t::H5Tset_cset(datatype.0, set)] };
        returned.into_iter().try_for_each(|status| self.done(status, "a string datatype"))
    }

    pub(crate) fn set_tag(&self, datatype: &Id, tag: &[u8]) -> Result<()> {
        let tag = c_string(tag)?;
        // SAFETY: the lock is held, the handle lives, the tag is a text of C.
        self.done(unsafe { h5t::H5Tset_tag(datatype.0, tag.as_ptr()) }, "the tag of a datatype")
    }

    /// Adds a member to a compound.
    pub(crate) fn add_member(&self, compound: &Id, name: &[u8], offset: usize, member: &Id) -> Result<()> {
        let name = c_string(name)?;
        // SAFETY: the lock is held, the handles live, the name is a text of C.
        let added = unsafe { h5t::H5Tinsert(compound.0, name.as_ptr(), offset, member.0) };
        self.done(added, "a member of a compound")
    }

    /// Adds a member to an enumeration.
    pub(crate) fn add_value(&self, enumeration: &Id, name: &[u8], value: &[u8]) -> Result<()> {
        if value.len() != self.type_size(enumeration)? {
            return Err(Error::usage(format!("a value of {} bytes of an enumeration", value.len())));
        }
        let name = c_string(name)?;
        let value: *const c_void = value.as_ptr().cast();
        // SAFETY: the lock is held, the handle lives, the name is a text of C, the value has the size of the datatype.
        let added = unsafe { h5t::H5Tenum_insert(enumeration.0, name.as_ptr(), value) };
        self.done(added, "a member of an enumeration")
    }
}

fn padding(pad: H5T_pad_t) -> Padding {
    match pad {
        H5T_pad_t::H5T_PAD_ONE => Padding::One,
        H5T_pad_t::H5T_PAD_BACKGROUND => Padding::Background,
        _ => Padding::Zero,
    }
}

fn pad(padding: Padding) -> H5T_pad_t {
    match padding {
        Padding::Zero => H5T_pad_t::H5T_PAD_ZERO,
        Padding::One => H5T_pad_t::H5T_PAD_ONE,
        Padding::Background => H5T_pad_t::H5T_PAD_BACKGROUND,
    }
}
