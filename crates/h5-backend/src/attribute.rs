use h5_types::{Dataspace, Datatype, Elements, Error, H5Type, Name, NewAttribute, Result, Value, decode_all};
use ndarray::ArrayD;

use crate::backend::AttributeInfo;
use crate::dataset::{array_shape, not_one};
use crate::object::Object;

/// An attribute of an object.
#[derive(Debug, Clone)]
pub struct Attribute {
    pub(crate) object: Object,
    pub(crate) info: AttributeInfo,
}

impl Attribute {
    /// The attribute's name.
    pub fn name(&self) -> &Name {
        &self.info.name
    }

    /// Its datatype, as stored.
    pub fn datatype(&self) -> &Datatype {
        &self.info.datatype
    }

    /// Its extent.
    pub fn dataspace(&self) -> &Dataspace {
        &self.info.dataspace
    }

    /// Everything but the value.
    pub fn info(&self) -> &AttributeInfo {
        &self.info
    }

    /// Dimensions, slowest-varying first; empty for a scalar or null dataspace.
    pub fn shape(&self) -> &[u64] {
        self.info.dataspace.dimensions()
    }

    /// All elements as `T`, in C order.
    ///
    /// # Errors
    /// `Conversion` if they do not convert to `T` or lack one of its members, `Format`, `Io`, `Limit`.
    pub fn read<T: H5Type>(&self) -> Result<Vec<T>> {
        decode_all(&self.elements()?).map_err(|e| self.locate(e))
    }

    /// All elements as an array of the attribute's shape. A scalar gives an array without axes, a null dataspace one of shape `[0]`.
    ///
    /// # Errors
    /// As [`Attribute::read`].
    pub fn read_array<T: H5Type>(&self) -> Result<ArrayD<T>> {
        let shape = array_shape(&self.info.dataspace).map_err(|e| self.locate(e))?;
        ArrayD::from_shape_vec(shape, self.read()?)
            .map_err(|e| self.locate(Error::limit("the shape of an array").with_source(e)))
    }

    /// The one element of a scalar attribute, or of one whose extent has one element.
    ///
    /// # Errors
    /// `Usage` if there are more or none; else as [`Attribute::read`].
    pub fn read_scalar<T: H5Type>(&self) -> Result<T> {
        let count = self.info.dataspace.element_count();
        if count != Some(1) {
            return Err(self.locate(not_one(count)));
        }
        self.read()?.pop().ok_or_else(|| self.locate(not_one(Some(0))))
    }

    /// The value, whatever type it has: the element of a scalar attribute, a [`Value::Array`] of the others' shape; a null
    /// dataspace gives one of shape `[0]`.
    ///
    /// # Errors
    /// `Unsupported` as [`Value::decode`], `Limit` for a dimension over 32 bits, `Format`, `Io`.
    pub fn value(&self) -> Result<Value> {
        let elements = self.elements()?;
        if self.info.dataspace == Dataspace::Scalar {
            return elements.value(0).map_err(|e| self.locate(e));
        }
        let dimensions = match &self.info.dataspace {
            Dataspace::Null => Ok(vec![0]),
            other => other.dimensions().iter().map(|&d| u32::try_from(d)).collect(),
        };
        let dimensions = dimensions.map_err(|_| self.locate(Error::limit("a dimension over 32 bits")))?;
        let values: Result<Vec<Value>> = elements.values().collect();
        Ok(Value::Array { dimensions, values: values.map_err(|e| self.locate(e))? })
    }

    /// Writes another value of the stored datatype and extent: what [`Attribute::value`] gives, and what else [`Value::encode`] takes. To
    /// change these too, set the attribute anew: [`Object::set_attr`].
    ///
    /// # Errors
    /// `Conversion` if the value does not fit the datatype, `Usage` if it has another shape; those of [`Object::set_attr`]. Nothing has
    /// changed then.
    pub fn write_value(&self, value: &Value) -> Result<()> {
        let AttributeInfo { name, datatype, committed_datatype, dataspace, .. } = &self.info;
        let values = match (value, dataspace) {
            (value, Dataspace::Scalar) => std::slice::from_ref(value),
            (Value::Array { dimensions, values }, Dataspace::Simple { dimensions: sizes, .. })
                if dimensions.iter().copied().map(u64::from).eq(sizes.iter().copied()) =>
            {
                values.as_slice()
            }
            (Value::Array { values, .. }, Dataspace::Null) if values.is_empty() => &[],
            _ => return Err(self.locate(Error::usage("a value of another shape than the attribute's"))),
        };
        let elements = Elements::from_dynamic(&datatype.memory_form(), values).map_err(|e| self.locate(e))?;
        let mut attribute = NewAttribute::new(name.clone(), datatype.clone(), dataspace.clone());
        attribute.committed_datatype = *committed_datatype;
        self.object.write_attr(&attribute, &elements)
    }

    /// All elements, in the memory form of the stored datatype.
    ///
    /// # Errors
    /// `Format`, `Io`, `Limit`.
    pub fn elements(&self) -> Result<Elements> {
        self.object.node.read_attribute(self.info.name.as_bytes()).map_err(|e| self.locate(e))
    }

    fn locate(&self, error: Error) -> Error {
        error.with_path(format!("{}@{}", self.object.path, self.info.name))
    }
}
