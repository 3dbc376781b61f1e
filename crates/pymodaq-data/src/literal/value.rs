use crate::array::Scalar;

/// A value that Python's `repr` can write and that attributes hold.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PyValue {
    /// `None`
    None,
    /// `True` or `False`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer that 64 bits do not hold, as decimal digits with a sign if it is negative.
    BigInt(String),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Str(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A tuple.
    Tuple(Vec<PyValue>),
    /// A list.
    List(Vec<PyValue>),
    /// A dictionary, in its order.
    Dict(Vec<(PyValue, PyValue)>),
    /// `np.float64(...)`
    NumpyFloat64(f64),
    /// `np.int64(...)`
    NumpyInt64(i64),
    /// `np.True_` or `np.False_`
    NumpyBool(bool),
    /// A date, a time or both, as `repr` writes it: `datetime.datetime(2026, 1, 2, 0, 0)`.
    DateTime(String),
    /// Anything else that is written as a call, as text: `array([1, 2])`.
    Opaque(String),
}

impl PyValue {
    /// A tuple of numbers such as a shape.
    pub fn tuple_of(numbers: &[usize]) -> Self {
        Self::Tuple(numbers.iter().map(|number| Self::from(*number)).collect())
    }

    /// Whether it is `None`.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// The bytes, if it is bytes.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) | Self::NumpyBool(value) => Some(*value),
            _ => None,
        }
    }

    /// The integer, if it is one that 64 bits hold.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) | Self::NumpyInt64(value) => Some(*value),
            _ => None,
        }
    }

    /// The integer as a size, if it is one.
    pub fn as_usize(&self) -> Option<usize> {
        self.as_int().and_then(|value| usize::try_from(value).ok())
    }

    /// The number as a float64, if it is a number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Float(value) | Self::NumpyFloat64(value) => Some(*value),
            Self::Int(value) | Self::NumpyInt64(value) => Some(*value as f64),
            Self::BigInt(digits) => super::float::parse_float(digits),
            _ => None,
        }
    }

    /// The items, if it is a tuple or a list.
    pub fn as_slice(&self) -> Option<&[PyValue]> {
        match self {
            Self::Tuple(items) | Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The sizes, if it is a tuple or a list of them.
    pub fn as_usizes(&self) -> Option<Vec<usize>> {
        self.as_slice()?.iter().map(Self::as_usize).collect()
    }

    /// The value of a key that is text, if it is a dictionary with that key.
    pub fn get(&self, key: &str) -> Option<&PyValue> {
        let Self::Dict(pairs) = self else { return None };
        pairs.iter().find(|(known, _)| known.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// The name of the type in Python.
    pub fn type_name(&self) -> &str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) | Self::NumpyBool(_) => "bool",
            Self::Int(_) | Self::BigInt(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::Tuple(_) => "tuple",
            Self::List(_) => "list",
            Self::Dict(_) => "dict",
            Self::NumpyFloat64(_) => "float64",
            Self::NumpyInt64(_) => "int64",
            Self::DateTime(text) => called(text).rsplit('.').next().unwrap_or("datetime"),
            Self::Opaque(text) => match called(text) {
                "array" | "np.array" | "numpy.array" => "ndarray",
                name => name.rsplit('.').next().unwrap_or(name),
            },
        }
    }

    /// The module of the type in Python.
    pub fn module(&self) -> &str {
        match self {
            Self::NumpyFloat64(_) | Self::NumpyInt64(_) | Self::NumpyBool(_) => "numpy",
            Self::DateTime(_) => "datetime",
            Self::Opaque(text) => match called(text).rsplit_once('.') {
                Some(("np", _)) => "numpy",
                Some((module, _)) => module,
                None if called(text) == "array" => "numpy",
                None => "builtins",
            },
            _ => "builtins",
        }
    }
}

/// What stands before the first parenthesis.
fn called(text: &str) -> &str {
    text.split('(').next().unwrap_or(text)
}

macro_rules! from_integer {
    ($($type:ty),+) => {$(
        impl From<$type> for PyValue {
            fn from(value: $type) -> Self {
                i64::try_from(value).map_or_else(|_| Self::BigInt(value.to_string()), Self::Int)
            }
        }
    )+};
}

from_integer!(i8, i16, i32, i64, u8, u16, u32, u64, isize, usize);

impl From<bool> for PyValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for PyValue {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for PyValue {
    fn from(value: &str) -> Self {
        Self::Str(value.to_owned())
    }
}

impl From<String> for PyValue {
    fn from(value: String) -> Self {
        Self::Str(value)
    }
}

impl From<Vec<PyValue>> for PyValue {
    fn from(items: Vec<PyValue>) -> Self {
        Self::List(items)
    }
}

impl<T: Into<PyValue>> From<Option<T>> for PyValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

impl From<Scalar> for PyValue {
    /// Complex numbers stay as text.
    fn from(value: Scalar) -> Self {
        match value {
            Scalar::Bool(value) => value.into(),
            Scalar::Int(value) => value.into(),
            Scalar::UInt(value) => value.into(),
            Scalar::Float(value) => value.into(),
            Scalar::Str(value) => value.into(),
            Scalar::Complex(value) => Self::Opaque(format!(
                "complex({}, {})",
                super::repr_float(value.re),
                super::repr_float(value.im)
            )),
        }
    }
}
