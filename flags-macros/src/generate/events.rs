//! The events that an experiment declares, as an enum.

use super::Input;
use super::name_registry::{NameRegistry, Scope};
use super::variants::{Enum, member};
use crate::names;
use flags_schema::Flag;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The enum of the flag's events, which makes an experiment of its `variants`; nothing when it has none.
pub(crate) fn generate(
    input: &Input<'_>,
    registry: &mut NameRegistry,
    flag: &Flag,
    variants: &Ident,
) -> TokenStream {
    let Some(experiment) = flag.experiment.as_ref().filter(|experiment| !experiment.events.is_empty()) else {
        return TokenStream::new();
    };
    let key = &flag.key.value;
    let what = format!("the events' type of `{key}`");
    let name = names::ident(&format!("{variants}Event"), input.span);
    let Some(name) = registry.take(Scope::Types, name, &what, flag.key.position) else {
        return TokenStream::new();
    };
    let scope = name.to_string();
    let visibility = input.visibility();
    let mut events = Vec::with_capacity(experiment.events.len());
    for event in &experiment.events {
        let text = event.value.as_str();
        let ident = member(registry, &scope, names::value(text, input.span), text, event.position);
        events.extend(ident.map(|ident| (ident, text, format!("`{}`", text.replace('`', "'")))));
    }
    // An event with a value is a constant of another type, which `track` takes with the value alone; what stands
    // among the enum's variants has no name that one would write.
    let mut constants = Vec::new();
    for (ident, text, docs) in &mut events {
        if experiment.has_value(text) {
            let hidden = format_ident!("__{ident}", span = ident.span());
            let constant = std::mem::replace(ident, hidden.clone());
            constants.push(quote! {
                #[doc = #docs]
                #[allow(non_upper_case_globals)]
                #visibility const #constant: ::flags_runtime::experiment::Valued<Self> =
                    ::flags_runtime::experiment::Valued::__new(Self::#hidden);
            });
        }
    }
    let declared: Vec<&str> = events.iter().map(|(_, text, _)| *text).collect();
    let valued: Vec<&str> = declared.iter().copied().filter(|text| experiment.has_value(text)).collect();
    let unknown = format!("`{key}` declares no such event: it has `{}`", declared.join("`, `"));
    let docs = format!("Events of the experiment `{key}`.");
    let tokens = Enum { name: &name, docs, variants: events.clone() }
        .tokens(input, &quote!(<Self as ::flags_runtime::experiment::Event>::NAMES));
    let constants = (!constants.is_empty()).then(|| {
        quote! {
            #[allow(dead_code, clippy::all, clippy::pedantic)]
            impl #name { #(#constants)* }
        }
    });
    let valued =
        (!valued.is_empty()).then(|| quote!(const VALUED: &'static [&'static str] = &[#(#valued),*];));
    quote! {
        #tokens
        #constants
        #[automatically_derived]
        impl ::flags_runtime::experiment::Event for #name {
            const NAMES: &'static [&'static str] = &[#(#declared),*];
            #valued
            const UNKNOWN: &'static str = #unknown;
            #[inline]
            fn index(self) -> usize {
                self as usize
            }
        }
        #[automatically_derived]
        impl ::flags_runtime::experiment::Experiment for #variants {
            type Event = #name;
        }
    }
}
