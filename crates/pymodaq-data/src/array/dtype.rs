use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// The datatype of an [`Array`](crate::Array), with numpy's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DType {
    /// `bool`
    Bool,
    /// `int8`
    Int8,
    /// `int16`
    Int16,
    /// `int32`
    Int32,
    /// `int64`
    Int64,
    /// `uint8`
    UInt8,
    /// `uint16`
    UInt16,
    /// `uint32`
    UInt32,
    /// `uint64`
    UInt64,
    /// `float32`
    Float32,
    /// `float64`
    Float64,
    /// `complex64`: two `f32`.
    Complex64,
    /// `complex128`: two `f64`.
    Complex128,
    /// `str`: text of any length.
    Str,
}

impl DType {
    /// Every datatype.
    pub const ALL: [Self; 14] = [
        Self::Bool,
        Self::Int8,
        Self::Int16,
        Self::Int32,
        Self::Int64,
        Self::UInt8,
        Self::UInt16,
        Self::UInt32,
        Self::UInt64,
        Self::Float32,
        Self::Float64,
        Self::Complex64,
        Self::Complex128,
        Self::Str,
    ];

    /// The name that numpy gives it (`numpy.dtype.name`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::UInt8 => "uint8",
            Self::UInt16 => "uint16",
            Self::UInt32 => "uint32",
            Self::UInt64 => "uint64",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Complex64 => "complex64",
            Self::Complex128 => "complex128",
            Self::Str => "str",
        }
    }

    /// The size of an element in bytes; `None` for text.
    pub fn item_size(self) -> Option<usize> {
        match self {
            Self::Bool | Self::Int8 | Self::UInt8 => Some(1),
            Self::Int16 | Self::UInt16 => Some(2),
            Self::Int32 | Self::UInt32 | Self::Float32 => Some(4),
            Self::Int64 | Self::UInt64 | Self::Float64 | Self::Complex64 => Some(8),
            Self::Complex128 => Some(16),
            Self::Str => None,
        }
    }

    /// Whether it is a signed or unsigned integer.
    pub fn is_integer(self) -> bool {
        self.is_unsigned() || matches!(self, Self::Int8 | Self::Int16 | Self::Int32 | Self::Int64)
    }

    /// Whether it is an unsigned integer.
    pub fn is_unsigned(self) -> bool {
        matches!(self, Self::UInt8 | Self::UInt16 | Self::UInt32 | Self::UInt64)
    }

    /// Whether it is a real floating-point number.
    pub fn is_float(self) -> bool {
        matches!(self, Self::Float32 | Self::Float64)
    }

    /// Whether it is a complex number.
    pub fn is_complex(self) -> bool {
        matches!(self, Self::Complex64 | Self::Complex128)
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DType {
    type Err = Error;

    /// Reads numpy's name, of either byte order (`float64`, `<f8`, `>f8`).
    fn from_str(text: &str) -> Result<Self> {
        let code = text.strip_prefix(['<', '>', '=', '|']).unwrap_or(text);
        let found = Self::ALL.into_iter().find(|dtype| dtype.name() == text).or(match code {
            "b1" | "?" => Some(Self::Bool),
            "i1" => Some(Self::Int8),
            "i2" => Some(Self::Int16),
            "i4" => Some(Self::Int32),
            "i8" => Some(Self::Int64),
            "u1" => Some(Self::UInt8),
            "u2" => Some(Self::UInt16),
            "u4" => Some(Self::UInt32),
            "u8" => Some(Self::UInt64),
            "f4" => Some(Self::Float32),
            "f8" => Some(Self::Float64),
            "c8" => Some(Self::Complex64),
            "c16" => Some(Self::Complex128),
            _ => None,
        });
        found.ok_or_else(|| Error::type_error(format!("{text:?} is no datatype of an array here")))
    }
}
