//! Enums without fields.

use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use syn::{DataEnum, DeriveInput, Error, Fields, Ident, Result};

use crate::attributes::{integer_repr, refuse_duplicates, stored_name};

pub(crate) fn expand(input: &DeriveInput, data: &DataEnum) -> Result<Tokens> {
    let ident = &input.ident;
    if let Some(variant) = data.variants.iter().find(|v| !matches!(v.fields, Fields::Unit)) {
        return Err(Error::new_spanned(
            variant,
            "a member of an enumeration is a name and a number: no variant has fields",
        ));
    }
    if data.variants.is_empty() {
        return Err(Error::new_spanned(ident, "an enumeration has a member: this enum has no variant"));
    }
    let Some(integer) = integer_repr(&input.attrs)? else {
        let message =
            "the file needs to know the integer below: add `#[repr(u8)]`, or another from i8 to u64";
        return Err(Error::new_spanned(ident, message));
    };
    let variants: Vec<&Ident> = data.variants.iter().map(|variant| &variant.ident).collect();
    let names = data.variants.iter().map(|variant| stored_name(&variant.ident, &variant.attrs));
    let names = names.collect::<Result<Vec<_>>>()?;
    refuse_duplicates(&names)?;
    let constants: Vec<Ident> = (0..variants.len()).map(|n| format_ident!("VALUE_{n}")).collect();
    let text = ident.to_string();
    Ok(quote! {
        #[automatically_derived]
        impl ::h5::H5Type for #ident {
            const SIZE: usize = <#integer as ::h5::H5Type>::SIZE;

            fn datatype() -> ::h5::Datatype {
                ::h5::Datatype::Enum(::h5::EnumType {
                    base: ::std::boxed::Box::new(<#integer as ::h5::H5Type>::datatype()),
                    members: ::std::vec![#(::h5::EnumMember::new(#names, #ident::#variants as #integer)),*],
                })
            }

            #[inline]
            fn decode(bytes: &[u8], heap: &::h5::Heap) -> ::h5::Result<Self> {
                #(const #constants: #integer = #ident::#variants as #integer;)*
                match <#integer as ::h5::H5Type>::decode(bytes, heap)? {
                    #(#constants => ::core::result::Result::Ok(#ident::#variants),)*
                    value => ::core::result::Result::Err(::h5::Error::new(
                        ::h5::ErrorKind::Conversion,
                        ::std::format!("no variant of {} has the value {}", #text, value),
                    )),
                }
            }

            #[inline]
            fn encode(&self, bytes: &mut [u8], heap: &mut ::h5::Heap) -> ::h5::Result<()> {
                // Not by a cast, for which the enum would have to be `Copy`.
                let value = match self {
                    #(#ident::#variants => #ident::#variants as #integer,)*
                };
                ::h5::H5Type::encode(&value, bytes, heap)
            }
        }
    })
}
