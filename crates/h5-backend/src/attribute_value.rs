//! Rust values as attributes.

use h5_types::{Complex, Dataspace, Elements, Error, H5Type, Name, Reference, Result, Value};
use ndarray::{ArrayBase, Data, Dimension};

/// What [`Object::set_attr`](crate::Object::set_attr) takes: a scalar, text, a list or an array of these, or a [`Value`].
pub trait AttributeValue {
    /// The extent and the elements, which are stored in the datatype that they have.
    ///
    /// # Errors
    /// `Limit` if memory is short, `Conversion` for a [`Value`] that has no datatype of its own.
    fn into_attribute(self) -> Result<(Dataspace, Elements)>;
}

/// What the scalars, lists and arrays are of that are an [`AttributeValue`].
pub trait AttributeElement {
    /// The type that it is stored as.
    type Stored: H5Type;

    /// The value as it is stored.
    fn to_stored(&self) -> Self::Stored;
}

macro_rules! elements {
    ($($t:ty),* $(,)?) => {$(
        impl AttributeElement for $t {
            type Stored = Self;

            fn to_stored(&self) -> Self {
                self.clone()
            }
        }

        impl AttributeValue for $t {
            fn into_attribute(self) -> Result<(Dataspace, Elements)> {
                Ok((Dataspace::Scalar, Elements::from_values(&[self])?))
            }
        }
    )*};
}

elements!(
    i8,
    i16,
    i32,
    i64,
    i128,
    u8,
    u16,
    u32,
    u64,
    u128,
    f32,
    f64,
    Complex<f32>,
    Complex<f64>,
    bool,
    String,
    Name,
    Reference,
);

/// Text becomes a variable-length UTF-8 string.
impl AttributeElement for &str {
    type Stored = String;

    fn to_stored(&self) -> String {
        (*self).to_owned()
    }
}

impl AttributeValue for &str {
    fn into_attribute(self) -> Result<(Dataspace, Elements)> {
        self.to_owned().into_attribute()
    }
}

impl AttributeValue for &String {
    fn into_attribute(self) -> Result<(Dataspace, Elements)> {
        self.clone().into_attribute()
    }
}

/// A list becomes a dataspace of one dimension.
impl<T: AttributeElement> AttributeValue for &[T] {
    fn into_attribute(self) -> Result<(Dataspace, Elements)> {
        let length = u64::try_from(self.len()).map_err(|e| Error::limit("a list").with_source(e))?;
        Ok((Dataspace::fixed([length]), encode(self)?))
    }
}

impl<T: AttributeElement, const N: usize> AttributeValue for [T; N] {
    fn into_attribute(self) -> Result<(Dataspace, Elements)> {
        self.as_slice().into_attribute()
    }
}

impl<T: AttributeElement, const N: usize> AttributeValue for &[T; N] {
    fn into_attribute(self) -> Result<(Dataspace, Elements)> {
        self.as_slice().into_attribute()
    }
}

impl<T: AttributeElement> AttributeValue for Vec<T> {
    fn into_attribute(self) -> Result<(Dataspace, Elements)> {
        self.as_slice().into_attribute()
    }
}

impl<T: AttributeElement> AttributeValue for &Vec<T> {
    fn into_attribute(self) -> Result<(Dataspace, Elements)> {
        self.as_slice().into_attribute()
    }
}

/// An array becomes a dataspace of its shape; one without axes, a scalar.
impl<S: Data<Elem: AttributeElement>, D: Dimension> AttributeValue for &ArrayBase<S, D> {
    fn into_attribute(self) -> Result<(Dataspace, Elements)> {
        Ok((dataspace_of(self.shape())?, encode(self)?))
    }
}

impl<S: Data<Elem: AttributeElement>, D: Dimension> AttributeValue for ArrayBase<S, D> {
    fn into_attribute(self) -> Result<(Dataspace, Elements)> {
        (&self).into_attribute()
    }
}

/// An array becomes a dataspace of its dimensions, anything else a scalar; the datatype is [`Value::datatype`].
impl AttributeValue for &Value {
    fn into_attribute(self) -> Result<(Dataspace, Elements)> {
        let Value::Array { dimensions, values } = self else {
            return Ok((Dataspace::Scalar, Elements::from_dynamic(&self.datatype()?, [self])?));
        };
        let h5_types::Datatype::Array(array) = self.datatype()? else {
            return Err(Error::usage("an array without a datatype"));
        };
        let dimensions: Vec<u64> = dimensions.iter().map(|&size| size.into()).collect();
        let dataspace = if dimensions.is_empty() { Dataspace::Scalar } else { Dataspace::fixed(dimensions) };
        Ok((dataspace, Elements::from_dynamic(&array.base, values)?))
    }
}

impl AttributeValue for Value {
    fn into_attribute(self) -> Result<(Dataspace, Elements)> {
        (&self).into_attribute()
    }
}

/// The dataspace of an array's shape.
pub(crate) fn dataspace_of(shape: &[usize]) -> Result<Dataspace> {
    if shape.is_empty() {
        return Ok(Dataspace::Scalar);
    }
    let sizes: Result<Vec<u64>, _> = shape.iter().map(|&size| u64::try_from(size)).collect();
    sizes.map(Dataspace::fixed).map_err(|e| Error::limit("the shape of an array").with_source(e))
}

fn encode<'a, T: AttributeElement + 'a>(values: impl IntoIterator<Item = &'a T>) -> Result<Elements> {
    let stored: Vec<T::Stored> = values.into_iter().map(T::to_stored).collect();
    Elements::from_values(&stored)
}
