//! Structs made from the shape of values.

use super::Input;
use super::name_registry::{NameRegistry, Scope};
use crate::names;
use flags_schema::{Field, Flag, Shape, names as spelling};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// The types of one flag's values.
pub(crate) struct ValueTypes<'a, 'b> {
    input: &'a Input<'b>,
    registry: &'a mut NameRegistry,
    flag: &'a Flag,
    /// The structs so far.
    pub(crate) tokens: TokenStream,
}

impl<'a, 'b> ValueTypes<'a, 'b> {
    /// None yet.
    pub(crate) fn new(input: &'a Input<'b>, registry: &'a mut NameRegistry, flag: &'a Flag) -> Self {
        Self { input, registry, flag, tokens: TokenStream::new() }
    }

    /// The type of the values; an object becomes a struct of the flag's name and `suffix`.
    pub(crate) fn top(&mut self, shape: &Shape, suffix: &str) -> TokenStream {
        let name = format!("{}{suffix}", spelling::type_name(&self.flag.key.value));
        self.of(shape, &name)
    }

    /// The type of a flag that is a typed value.
    pub(crate) fn flag(&mut self, shape: &Shape) -> TokenStream {
        let kind = self.top(shape, "");
        if matches!(shape, Shape::Object(_)) {
            self.tokens.extend(quote! {
                #[automatically_derived]
                impl ::flags_runtime::FlagType for #kind {
                    type Output = ::flags_runtime::ValueRef<Self>;
                    #[inline]
                    fn output(served: ::flags_runtime::__private::ServedValue<'_>) -> Self::Output {
                        served.reference()
                    }
                }
                ::flags_runtime::__test_util! {
                    #[automatically_derived]
                    impl ::flags_runtime::testing::ForceTo<#kind> for #kind {
                        fn forcing(self) -> ::flags_runtime::testing::Forcing {
                            ::flags_runtime::testing::Forcing::of(self)
                        }
                    }
                }
            });
        }
        kind
    }

    fn of(&mut self, shape: &Shape, name: &str) -> TokenStream {
        match shape {
            Shape::Boolean => quote!(bool),
            Shape::Integer => quote!(i64),
            Shape::Float => quote!(f64),
            Shape::String => quote!(::std::string::String),
            Shape::Duration => quote!(::core::time::Duration),
            Shape::Json => quote!(::flags_runtime::Json),
            Shape::List(element) => {
                let element = self.of(element, &format!("{name}Item"));
                quote!(::std::vec::Vec<#element>)
            }
            Shape::Object(fields) => self.object(fields, name),
        }
    }

    fn object(&mut self, fields: &[Field], name: &str) -> TokenStream {
        let position = self.flag.key.position;
        let what = format!("the values' type of `{}`", self.flag.key.value);
        let ident = names::ident(name, self.input.generated_span());
        // An error is reported, so any type will do.
        let Some(ident) = self.registry.take(Scope::Types, ident, &what, position) else {
            return quote!(bool);
        };
        let mut members: Vec<(Ident, &str, TokenStream)> = Vec::with_capacity(fields.len());
        for field in fields {
            let what = format!("the field `{}` of `{}`", field.name, self.flag.key.value);
            let member = names::member(&field.name, self.input.generated_span());
            let Some(member) = self.registry.take(Scope::Members(name.to_owned()), member, &what, position)
            else {
                continue;
            };
            let nested = spelling::camel(&spelling::member(&field.name));
            let kind = self.of(&field.shape, &format!("{name}{nested}"));
            let kind = if field.optional { quote!(::core::option::Option<#kind>) } else { kind };
            members.push((member, &field.name, kind));
        }
        let tokens = self.definition(&ident, &members);
        self.tokens.extend(tokens);
        quote!(#ident)
    }

    fn definition(&self, name: &Ident, members: &[(Ident, &str, TokenStream)]) -> TokenStream {
        let visibility = self.input.visibility();
        let docs = format!("A value of the flag `{}`.", self.flag.key.value);
        let declared = members.iter().map(|(member, field, kind)| {
            let docs = format!("`{}`", field.replace('`', "'"));
            quote! { #[doc = #docs] #visibility #member: #kind, }
        });
        let read = members.iter().map(|(member, field, _)| {
            quote! { #member: fields.get(#field), }
        });
        quote! {
            #[doc = #docs]
            #[allow(clippy::derive_partial_eq_without_eq)]
            #[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
            #visibility struct #name { #(#declared)* }
            #[automatically_derived]
            impl ::flags_runtime::__private::Object for #name {
                fn read(fields: &mut ::flags_runtime::__private::Fields<'_>) -> Self {
                    Self { #(#read)* }
                }
            }
        }
    }
}
