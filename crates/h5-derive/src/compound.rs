//! Structs.

use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::{DataStruct, DeriveInput, Error, Fields, Generics, Ident, Result, Type, parse_quote};

use crate::attributes::{refuse_duplicates, stored_name};

pub(crate) fn expand(input: &DeriveInput, data: &DataStruct) -> Result<Tokens> {
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(
            &input.ident,
            "the members of a compound have names: use a struct with named fields",
        ));
    };
    if fields.named.is_empty() {
        return Err(Error::new_spanned(&input.ident, "a compound has a member: this struct has no field"));
    }
    // Each field of a struct with named fields has a name.
    let idents: Vec<&Ident> = fields.named.iter().filter_map(|field| field.ident.as_ref()).collect();
    let types: Vec<&Type> = fields.named.iter().map(|field| &field.ty).collect();
    let names = idents.iter().zip(&fields.named).map(|(ident, field)| stored_name(ident, &field.attrs));
    let names = names.collect::<Result<Vec<_>>>()?;
    refuse_duplicates(&names)?;
    let ident = &input.ident;
    let generics = bounded(&input.generics);
    let (for_types, of_types, conditions) = generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #for_types ::h5::H5Type for #ident #of_types #conditions {
            const SIZE: usize = 0 #(+ <#types as ::h5::H5Type>::SIZE)*;

            fn datatype() -> ::h5::Datatype {
                ::h5::Datatype::Compound(::h5::CompoundType::packed([
                    #((::h5::Name::from(#names), <#types as ::h5::H5Type>::datatype())),*
                ]))
            }

            #[inline]
            fn decode(bytes: &[u8], heap: &::h5::Heap) -> ::h5::Result<Self> {
                let mut fields = ::h5::FieldDecoder::new(bytes, heap);
                ::core::result::Result::Ok(Self { #(#idents: fields.field::<#types>()?),* })
            }

            #[inline]
            fn encode(&self, bytes: &mut [u8], heap: &mut ::h5::Heap) -> ::h5::Result<()> {
                let mut fields = ::h5::FieldEncoder::new(bytes, heap);
                #(fields.field::<#types>(&self.#idents)?;)*
                ::core::result::Result::Ok(())
            }
        }
    })
}

/// The type's generics, each type parameter an element type.
fn bounded(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(::h5::H5Type));
    }
    generics
}
