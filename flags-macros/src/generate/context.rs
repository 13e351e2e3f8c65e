//! The typed context: a builder with a method per declared attribute.

use super::name_registry::{NameRegistry, Scope};
use super::variants::{self, Enum};
use super::{Input, quiet};
use crate::names;
use flags_schema::names::TARGETING_KEY;
use flags_schema::{Attribute, AttributeType, Document, ScalarType};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// Whether contexts must carry some attribute: then flags demand the typed context.
pub(crate) fn is_required(document: &Document) -> bool {
    document
        .context
        .iter()
        .flatten()
        .any(|attribute| attribute.required && attribute.name.value != TARGETING_KEY)
}

/// `Flags::context` with the type that it returns: the plain context where nothing is declared.
pub(crate) fn generate(input: &Input<'_>, registry: &mut NameRegistry) -> TokenStream {
    let visibility = input.visibility();
    let Some(declared) = &input.document.context else {
        let lints = quiet();
        return quote! {
            #lints
            impl Flags {
                /// A context of that user.
                #[inline]
                #[must_use]
                #visibility fn context(user: impl ::core::convert::AsRef<str>) -> ::flags_runtime::Context {
                    ::flags_runtime::Context::new(user)
                }
            }
        };
    };
    let mut enums = TokenStream::new();
    let mut parameters = Vec::new();
    for attribute in declared.iter().filter(|attribute| attribute.name.value != TARGETING_KEY) {
        let definition = Parameter::new(input, registry, attribute);
        if let Some((parameter, tokens)) = definition {
            enums.extend(tokens);
            parameters.push(parameter);
        }
    }
    let key_required =
        declared.iter().any(|attribute| attribute.required && attribute.name.value == TARGETING_KEY);
    let constructors = constructors(input, &parameters, key_required);
    let definition = definition(input, &parameters);
    quote! { #enums #definition #constructors }
}

/// An attribute as a parameter.
struct Parameter<'a> {
    attribute: &'a Attribute,
    /// Its name as method and parameter.
    name: Ident,
    /// The type it is given as.
    kind: TokenStream,
    /// What is stored, made from the parameter.
    stored: TokenStream,
}

impl<'a> Parameter<'a> {
    fn new(
        input: &Input<'_>,
        registry: &mut NameRegistry,
        attribute: &'a Attribute,
    ) -> Option<(Self, TokenStream)> {
        let text = &attribute.name.value;
        let what = format!("the attribute `{text}`");
        let scope = Scope::Members("FlagsContext".to_owned());
        let name =
            registry.take(scope, names::attribute(text, input.span), &what, attribute.name.position)?;
        let mut tokens = TokenStream::new();
        let declared = if attribute.values.is_empty() {
            None
        } else {
            let (kind, definition) = values(input, registry, attribute)?;
            tokens = definition;
            Some(kind)
        };
        let (kind, stored) = match *attribute.kind {
            AttributeType::One(scalar) => one(scalar, declared.as_ref(), &quote!(#name)),
            AttributeType::List(scalar) => {
                let (item, stored) = one(scalar, declared.as_ref(), &quote!(item));
                let list = quote! {
                    ::core::iter::Iterator::map(::core::iter::IntoIterator::into_iter(#name), |item| {
                        ::flags_runtime::AttributeValue::from(#stored)
                    })
                    .collect::<::flags_runtime::AttributeValue>()
                };
                (quote!(impl ::core::iter::IntoIterator<Item = #item>), list)
            }
        };
        Some((Self { attribute, name, kind, stored }, tokens))
    }

    /// The statement that sets it; no attribute is called `__context`.
    fn set(&self) -> TokenStream {
        let (text, stored) = (&self.attribute.name.value, &self.stored);
        quote! {
            __context.__set(const { ::flags_runtime::__private::AttributeName::new(#text) }, #stored);
        }
    }
}

/// The type of a scalar as it is given, and what is stored.
fn one(scalar: ScalarType, declared: Option<&Ident>, name: &TokenStream) -> (TokenStream, TokenStream) {
    if let Some(declared) = declared {
        return (quote!(#declared), quote!(#declared::as_str(#name)));
    }
    match scalar {
        ScalarType::String | ScalarType::Version => {
            (quote!(impl ::core::convert::AsRef<str>), quote!(::core::convert::AsRef::<str>::as_ref(&#name)))
        }
        ScalarType::Integer => (quote!(i64), quote!(#name)),
        ScalarType::Number => (quote!(f64), quote!(#name)),
        ScalarType::Boolean => (quote!(bool), quote!(#name)),
        ScalarType::Timestamp => (
            quote!(impl ::core::convert::Into<::flags_runtime::Timestamp>),
            quote!(::core::convert::Into::<::flags_runtime::Timestamp>::into(#name)),
        ),
        ScalarType::Address => (
            quote!(impl ::core::convert::Into<::core::net::IpAddr>),
            quote!(::core::convert::Into::<::core::net::IpAddr>::into(#name)),
        ),
    }
}

/// The enum of an attribute's declared values, and its name.
fn values(
    input: &Input<'_>,
    registry: &mut NameRegistry,
    attribute: &Attribute,
) -> Option<(Ident, TokenStream)> {
    let text = &attribute.name.value;
    let what = format!("the values' type of the attribute `{text}`");
    let name =
        registry.take(Scope::Types, names::type_name(text, input.span), &what, attribute.name.position)?;
    let scope = name.to_string();
    let mut members = Vec::with_capacity(attribute.values.len());
    for value in &attribute.values {
        let text = value.value.as_str();
        let ident = variants::member(registry, &scope, names::value(text, input.span), text, value.position);
        members.extend(ident.map(|ident| (ident, text, format!("`{}`", text.replace('`', "'")))));
    }
    let docs = format!("Values of the attribute `{text}`.");
    let names: Vec<&str> = members.iter().map(|(_, text, _)| *text).collect();
    let names = quote!(&[#(#names),*]);
    let tokens = Enum { name: &name, docs, variants: members }.tokens(input, &names);
    Some((name.clone(), tokens))
}

fn constructors(input: &Input<'_>, parameters: &[Parameter<'_>], key_required: bool) -> TokenStream {
    let (visibility, lints) = (input.visibility(), quiet());
    let required: Vec<&Parameter<'_>> = parameters.iter().filter(|p| p.attribute.required).collect();
    let arguments: TokenStream =
        required.iter().map(|Parameter { name, kind, .. }| quote! { #name: #kind, }).collect();
    let sets: TokenStream = required.iter().map(|parameter| parameter.set()).collect();
    let mutable = if required.is_empty() { TokenStream::new() } else { quote!(mut) };
    let anonymous = (!key_required).then(|| {
        quote! {
            /// A context of nobody in particular: percentages between 0 and 100 do not match it.
            #[inline]
            #[must_use]
            #visibility fn anonymous(#arguments) -> FlagsContext {
                let #mutable __context = ::flags_runtime::Context::anonymous();
                #sets
                FlagsContext(__context)
            }
        }
    });
    quote! {
        #lints
        impl Flags {
            /// A context of that user.
            #[inline]
            #[must_use]
            #visibility fn context(user: impl ::core::convert::AsRef<str>, #arguments) -> FlagsContext {
                let #mutable __context = ::flags_runtime::Context::new(user);
                #sets
                FlagsContext(__context)
            }
            #anonymous
        }
    }
}

fn definition(input: &Input<'_>, parameters: &[Parameter<'_>]) -> TokenStream {
    let (visibility, lints) = (input.visibility(), quiet());
    let docs = format!("A context with the attributes that {} declares.", input.name);
    let methods = parameters.iter().filter(|parameter| !parameter.attribute.required).map(|parameter| {
        let Parameter { attribute, name, kind, .. } = parameter;
        let private = if attribute.private { " It never leaves the process in clear." } else { "" };
        let docs = format!("The same context with the attribute `{}`.{private}", attribute.name.value);
        let set = parameter.set();
        quote! {
            #[doc = #docs]
            #[inline]
            #[must_use]
            #visibility fn #name(mut self, #name: #kind) -> Self {
                let __context = &mut self.0;
                #set
                self
            }
        }
    });
    let from = from(input.document);
    quote! {
        #[doc = #docs]
        #lints
        #[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
        #visibility struct FlagsContext(::flags_runtime::Context);
        #lints
        impl FlagsContext { #(#methods)* }
        #[automatically_derived]
        impl ::core::ops::Deref for FlagsContext {
            type Target = ::flags_runtime::Context;
            #[inline]
            fn deref(&self) -> &::flags_runtime::Context {
                &self.0
            }
        }
        #[automatically_derived]
        impl ::flags_runtime::AsContext for FlagsContext {
            #[inline]
            fn as_context(&self) -> &::flags_runtime::Context {
                &self.0
            }
        }
        #[automatically_derived]
        impl ::core::convert::From<FlagsContext> for ::flags_runtime::Context {
            #[inline]
            fn from(context: FlagsContext) -> Self {
                context.0
            }
        }
        #from
    }
}

/// From an untyped context: what is required must be there.
fn from(document: &Document) -> TokenStream {
    let required = document.context.iter().flatten().filter(|attribute| attribute.required);
    let required: Vec<&str> = required.map(|attribute| attribute.name.as_str()).collect();
    if required.is_empty() {
        return quote! {
            #[automatically_derived]
            impl ::core::convert::From<::flags_runtime::Context> for FlagsContext {
                #[inline]
                fn from(context: ::flags_runtime::Context) -> Self {
                    Self(context)
                }
            }
        };
    }
    quote! {
        #[automatically_derived]
        impl ::core::convert::TryFrom<::flags_runtime::Context> for FlagsContext {
            type Error = ::flags_runtime::MissingAttribute;
            fn try_from(context: ::flags_runtime::Context) -> ::core::result::Result<Self, Self::Error> {
                for name in [#(#required),*] {
                    if context.get(name).is_none() {
                        return ::core::result::Result::Err(::flags_runtime::MissingAttribute::new(name));
                    }
                }
                ::core::result::Result::Ok(Self(context))
            }
        }
    }
}
