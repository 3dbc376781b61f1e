use syn::{DeriveInput, parse_quote};

use crate::expand;

fn message(input: &DeriveInput) -> String {
    expand(input).unwrap_err().to_string()
}

#[test]
fn a_struct_without_named_fields_is_refused() {
    assert!(message(&parse_quote! { struct Pair(f64, f64); }).contains("named fields"));
    assert!(message(&parse_quote! { struct Nothing; }).contains("named fields"));
    assert!(message(&parse_quote! { struct Nothing {} }).contains("has no field"));
}

#[test]
fn an_enum_needs_an_integer_and_only_that() {
    assert!(message(&parse_quote! { enum Color { Red } }).contains("#[repr(u8)]"));
    assert!(message(&parse_quote! { #[repr(C)] enum Color { Red } }).contains("#[repr(u8)]"));
    assert!(message(&parse_quote! { #[repr(u8)] enum Color { Red(u8) } }).contains("no variant has fields"));
    assert!(message(&parse_quote! { #[repr(u8)] enum Color {} }).contains("has no variant"));
    let both: DeriveInput = parse_quote! { #[repr(align(8), i16)] enum Color { Red } };
    assert!(expand(&both).unwrap().to_string().contains("as i16"));
}

#[test]
fn a_union_is_refused() {
    assert!(message(&parse_quote! { union Word { a: u32, b: f32 } }).contains("union"));
}

#[test]
fn settings_are_checked() {
    assert!(
        message(&parse_quote! { struct P { #[h5(rename = "y")] x: i32, y: i32 } }).contains("called `y`")
    );
    assert!(message(&parse_quote! { struct P { #[h5(name = "y")] x: i32 } }).contains("expected `rename"));
    assert!(message(&parse_quote! { struct P { #[h5(rename = "")] x: i32 } }).contains("has a character"));
    assert!(
        message(&parse_quote! { struct P { #[h5(rename = "a", rename = "b")] x: i32 } }).contains("twice")
    );
    assert!(message(&parse_quote! { #[h5(rename = "Q")] struct P { x: i32 } }).contains("not to the type"));
}

#[test]
fn a_raw_name_loses_its_mark() {
    let code = expand(&parse_quote! { struct P { r#type: i32 } }).unwrap().to_string();
    assert!(code.contains("from (\"type\")"), "{code}");
}
