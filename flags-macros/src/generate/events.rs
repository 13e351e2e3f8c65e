//! The events that an experiment declares, as an enum.

use super::Input;
use super::name_registry::{NameRegistry, Scope};
use super::variants::{Enum, member};
use crate::names;
use flags_schema::Flag;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

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
    let mut events = Vec::with_capacity(experiment.events.len());
    for event in &experiment.events {
        let text = event.value.as_str();
        let ident = member(registry, &scope, names::value(text, input.span), text, event.position);
        events.extend(ident.map(|ident| (ident, text, format!("`{}`", text.replace('`', "'")))));
    }
    let declared: Vec<&str> = events.iter().map(|(_, text, _)| *text).collect();
    let unknown = format!("`{key}` declares no such event: it has `{}`", declared.join("`, `"));
    let docs = format!("Events of the experiment `{key}`.");
    let tokens = Enum { name: &name, docs, variants: events.clone() }
        .tokens(input, &quote!(<Self as ::flags_runtime::experiment::Event>::NAMES));
    quote! {
        #tokens
        #[automatically_derived]
        impl ::flags_runtime::experiment::Event for #name {
            const NAMES: &'static [&'static str] = &[#(#declared),*];
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
