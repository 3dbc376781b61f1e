#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod attributes;
mod compound;
mod enumeration;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use syn::{Data, DeriveInput, Error, Result, parse_macro_input};

/// Makes a struct or an enum an element type.
///
/// A struct with named fields becomes a packed compound with a member for each field; each field's type is an `H5Type` itself. Members
/// are found by their names, in any order; what the file has more is passed over, what it lacks is an error.
///
/// An enum without fields becomes an enumeration with a member for each variant. It needs the integer type that holds its values:
/// `#[repr(i8)]` to `#[repr(u64)]`. Elements of an enumeration are read by name, those of an integer by value; an element that no
/// variant stands for is an error.
///
/// `#[h5(rename = "...")]` on a field or variant gives it another name in the file.
#[proc_macro_derive(H5Type, attributes(h5))]
pub fn derive_h5_type(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn expand(input: &DeriveInput) -> Result<Tokens> {
    attributes::refuse_all(&input.attrs)?;
    match &input.data {
        Data::Struct(data) => compound::expand(input, data),
        Data::Enum(data) => enumeration::expand(input, data),
        Data::Union(data) => Err(Error::new_spanned(
            data.union_token,
            "a union is no element type: HDF5 has no datatype that is one of several",
        )),
    }
}
