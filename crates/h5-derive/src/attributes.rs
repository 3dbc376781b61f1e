//! `#[h5(...)]` and `#[repr(...)]`.

use std::collections::HashSet;

use syn::{Attribute, Error, Ident, LitStr, Result};

/// The name in the file: the one of `#[h5(rename = "...")]`, or the Rust name.
pub(crate) fn stored_name(ident: &Ident, attributes: &[Attribute]) -> Result<LitStr> {
    let mut renamed = None;
    for attribute in attributes.iter().filter(|a| a.path().is_ident("h5")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("rename") {
                return Err(meta.error("unknown setting, expected `rename = \"...\"`"));
            }
            let name: LitStr = meta.value()?.parse()?;
            if renamed.is_some() {
                return Err(meta.error("`rename` is given twice"));
            }
            if name.value().is_empty() || name.value().contains('\0') {
                return Err(Error::new(name.span(), "a name in a file has a character, and no NUL"));
            }
            renamed = Some(name);
            Ok(())
        })?;
    }
    // `r#type` is called `type`.
    let plain = || LitStr::new(ident.to_string().trim_start_matches("r#"), ident.span());
    Ok(renamed.unwrap_or_else(plain))
}

/// Refuses `#[h5(...)]` where it means nothing.
pub(crate) fn refuse_all(attributes: &[Attribute]) -> Result<()> {
    match attributes.iter().find(|a| a.path().is_ident("h5")) {
        Some(attribute) => Err(Error::new_spanned(
            attribute,
            "`#[h5(...)]` belongs to a field or a variant, not to the type",
        )),
        None => Ok(()),
    }
}

/// Refuses two members of one name.
pub(crate) fn refuse_duplicates(names: &[LitStr]) -> Result<()> {
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(name.value())) {
        Some(name) => Err(Error::new(name.span(), format!("two members are called `{}`", name.value()))),
        None => Ok(()),
    }
}

/// The integer type of `#[repr(...)]`.
pub(crate) fn integer_repr(attributes: &[Attribute]) -> Result<Option<Ident>> {
    const INTEGERS: [&str; 8] = ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"];
    let mut found = None;
    for attribute in attributes.iter().filter(|a| a.path().is_ident("repr")) {
        attribute.parse_nested_meta(|meta| {
            // Whatever else a representation says (`align(8)`) is for the compiler to judge.
            if meta.input.peek(syn::token::Paren) {
                let content;
                syn::parenthesized!(content in meta.input);
                content.parse::<proc_macro2::TokenStream>()?;
            }
            if let Some(ident) = meta.path.get_ident().filter(|i| INTEGERS.iter().any(|name| i == name)) {
                found = Some(ident.clone());
            }
            Ok(())
        })?;
    }
    Ok(found)
}
