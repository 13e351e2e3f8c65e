//! Enums: the variants of a flag, and the values of a declared attribute.

use super::name_registry::{NameRegistry, Scope};
use super::{Input, docs};
use crate::names;
use flags_schema::{Flag, Position};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

/// An enum whose variants stand for texts.
pub(crate) struct Enum<'a> {
    /// Its name.
    pub(crate) name: &'a Ident,
    /// Its documentation.
    pub(crate) docs: String,
    /// Its variants: identifier, text, documentation.
    pub(crate) variants: Vec<(Ident, &'a str, String)>,
}

/// The enum of a flag's variants, and its name; `value` is the type of their values.
pub(crate) fn generate(
    input: &Input<'_>,
    registry: &mut NameRegistry,
    flag: &Flag,
    value: Option<&TokenStream>,
) -> Option<(Ident, TokenStream)> {
    let key = &flag.key.value;
    let name = names::type_name(key, input.span);
    let name =
        registry.take(Scope::Types, name, &format!("the variants' type of `{key}`"), flag.key.position)?;
    let scope = name.to_string();
    let mut variants = Vec::with_capacity(flag.variants.len());
    for variant in &flag.variants {
        let text = variant.name.value.as_str();
        let ident = member(registry, &scope, names::variant(text, input.span), text, variant.name.position);
        let docs = docs::variant_line(text, variant.weight.as_deref());
        variants.extend(ident.map(|ident| (ident, text, docs)));
    }
    let docs = format!("Variants of the flag `{key}`.");
    let definition = Enum { name: &name, docs, variants };
    let names = quote!(<Self as ::flags_runtime::Variant>::NAMES);
    let (tokens, traits) = (definition.tokens(input, &names), definition.variant(value));
    Some((name.clone(), quote! { #tokens #traits }))
}

/// An identifier of one variant.
pub(crate) fn member(
    registry: &mut NameRegistry,
    scope: &str,
    ident: Option<Ident>,
    text: &str,
    position: Position,
) -> Option<Ident> {
    registry.take(Scope::Members(scope.to_owned()), ident, &format!("`{text}`"), position)
}

impl Enum<'_> {
    /// Its definition, with `ALL`, `as_str`, `Display` and `FromStr`. `names` are the texts, in their order.
    ///
    /// The compiler checks every body of every enum, so what the bodies have in common is in the runtime.
    pub(crate) fn tokens(&self, input: &Input<'_>, names: &TokenStream) -> TokenStream {
        let Self { name, docs, variants } = self;
        let visibility = input.visibility();
        let all = format!("Every one, in the order of {}.", input.name);
        let as_str = format!("Its name in {}.", input.name);
        let declared = variants.iter().map(|(ident, _, docs)| quote! { #[doc = #docs] #ident, });
        let idents = variants.iter().map(|(ident, ..)| quote! { Self::#ident, });
        let arms = variants.iter().map(|(ident, text, _)| quote! { Self::#ident => #text, });
        quote! {
            #[doc = #docs]
            #[allow(dead_code, clippy::all, clippy::pedantic)]
            #[derive(
                ::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug,
                ::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash
            )]
            #visibility enum #name { #(#declared)* }
            impl #name {
                #[doc = #all]
                #visibility const ALL: &'static [Self] = &[#(#idents)*];
                #[doc = #as_str]
                #[must_use]
                #visibility const fn as_str(self) -> &'static str {
                    match self { #(#arms)* }
                }
            }
            #[automatically_derived]
            impl ::core::fmt::Display for #name {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.pad(self.as_str())
                }
            }
            #[automatically_derived]
            impl ::core::str::FromStr for #name {
                type Err = ::flags_runtime::UnknownName;
                fn from_str(text: &str) -> ::core::result::Result<Self, ::flags_runtime::UnknownName> {
                    ::flags_runtime::__private::named(text, Self::ALL, #names)
                }
            }
        }
    }

    /// The traits of a flag's variants.
    fn variant(&self, value: Option<&TokenStream>) -> TokenStream {
        let Self { name, variants, .. } = self;
        let texts = variants.iter().map(|(_, text, _)| text);
        let Some((first, ..)) = variants.first() else { return TokenStream::new() };
        let others = variants
            .iter()
            .enumerate()
            .skip(1)
            .map(|(index, (ident, ..))| (Literal::usize_unsuffixed(index), ident))
            .map(|(index, ident)| quote! { #index => Self::#ident, });
        let value = value.map(|value| {
            quote! {
                #[automatically_derived]
                impl ::flags_runtime::VariantValue for #name {
                    type Value = #value;
                    #[inline]
                    fn __static_values() -> ::core::option::Option<&'static ::flags_runtime::__private::StaticValues<#value>> {
                        static STATIC_VALUES: ::flags_runtime::__private::StaticValues<#value> = ::flags_runtime::__private::StaticValues::new();
                        ::core::option::Option::Some(&STATIC_VALUES)
                    }
                }
            }
        });
        quote! {
            #[automatically_derived]
            impl ::flags_runtime::Variant for #name {
                const NAMES: &'static [&'static str] = &[#(#texts),*];
                #[inline]
                fn from_index(index: usize) -> Self {
                    match index { #(#others)* _ => Self::#first }
                }
                #[inline]
                fn index(self) -> usize {
                    self as usize
                }
            }
            #value
        }
    }
}
