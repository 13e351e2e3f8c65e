//! The constants of `Flags`, one per flag.

use super::name_registry::{NameRegistry, Scope};
use super::{Input, docs, events, values, variants};
use crate::{names, respan};
use flags_schema::{Flag, FlagState, Mutability, ValueType};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};

/// What a document's flags become.
#[derive(Default)]
pub(crate) struct Code {
    /// The constants.
    pub(crate) constants: TokenStream,
    /// Types of their variants and values.
    pub(crate) types: TokenStream,
    /// For each flag with values its index and how they are decoded.
    pub(crate) decoders: TokenStream,
}

/// Constants in one `impl`. `dead_code` names at most this many of one `impl` and only counts the rest; each `impl`
/// is one more block in which the compiler looks for every constant that is used.
const TOGETHER: usize = 6;

/// The constants of all flags, with the types that they need.
pub(crate) fn generate(input: &Input<'_>, registry: &mut NameRegistry) -> Code {
    let mut out = Code::default();
    let mut constants = Vec::with_capacity(input.document.flags.len());
    for (index, flag) in (0_u32..).zip(&input.document.flags) {
        let what = format!("the flag `{}`", flag.key.value);
        let constant = names::constant(&flag.key.value, input.span);
        if let Some(name) = registry.take(Scope::Constants, constant, &what, flag.key.position) {
            constants.push(out.constant(input, registry, &name, index, flag));
        }
    }
    let blocks = constants.chunks(TOGETHER).map(|constants| {
        quote_spanned! { input.span =>
            #[allow(unreachable_pub, clippy::all, clippy::pedantic, clippy::nursery)]
            impl Flags { #(#constants)* }
        }
    });
    out.constants = blocks.collect();
    out
}

impl Code {
    /// The constant of one flag.
    fn constant(
        &mut self,
        input: &Input<'_>,
        registry: &mut NameRegistry,
        name: &Ident,
        index: u32,
        flag: &Flag,
    ) -> TokenStream {
        let context = input.context_type();
        let (kind, value) = if let Some(on) = fixed(flag) {
            (
                quote_spanned!(input.span => ::flags_runtime::FixedFlag<#on #context>),
                quote_spanned!(input.span => ::flags_runtime::FixedFlag::__new()),
            )
        } else {
            let answer = self.answer(input, registry, index, flag);
            let index = Literal::u32_unsuffixed(index);
            (
                quote_spanned!(input.span => ::flags_runtime::Flag<#answer #context>),
                quote_spanned!(input.span => __flag(#index)),
            )
        };
        let visibility = respan::at(input.visibility(), input.span);
        let docs = docs::flag(flag, input.link.as_ref());
        let deprecated = self::deprecated(input, flag);
        // With the span of the path literal, because `dead_code` ignores code that a macro wrote.
        quote_spanned! { input.span =>
            #[doc = #docs]
            #deprecated
            #visibility const #name: #kind = #value;
        }
    }

    /// Notes how the values of a flag are decoded.
    fn decode(&mut self, index: u32, value: &TokenStream) {
        let index = Literal::u32_unsuffixed(index);
        self.decoders.extend(quote!((#index, ::flags_runtime::__private::decode::<#value>),));
    }

    /// The type that the flag answers with.
    fn answer(
        &mut self,
        input: &Input<'_>,
        registry: &mut NameRegistry,
        index: u32,
        flag: &Flag,
    ) -> TokenStream {
        if flag.value_type.is_none() && flag.variants.is_empty() {
            return quote!(bool);
        }
        // When the values have no common shape, the checks have reported it.
        let shape = flag.shape().ok().flatten();
        let mut types = values::ValueTypes::new(input, registry, flag);
        if let Some(value_type) = flag.value_type.as_deref() {
            let answer = shape.map_or_else(|| fallback(*value_type), |shape| types.flag(&shape));
            self.types.extend(types.tokens);
            if *value_type != ValueType::Boolean {
                self.decode(index, &answer);
            }
            return answer;
        }
        let value = shape.map(|shape| types.top(&shape, "Value"));
        self.types.extend(types.tokens);
        if let Some(value) = &value {
            self.decode(index, value);
        }
        let Some((name, tokens)) = variants::generate(input, registry, flag, value.as_ref()) else {
            return quote!(bool);
        };
        self.types.extend(tokens);
        self.types.extend(events::generate(input, registry, flag, &name));
        quote!(#name)
    }
}

/// `Some(on)` for a switch that is a literal in the binary.
fn fixed(flag: &Flag) -> Option<bool> {
    let switch = flag.value_type.is_none() && flag.variants.is_empty();
    let on = match flag.answer.state.value {
        FlagState::On => true,
        FlagState::Off => false,
        _ => return None,
    };
    (switch && flag.mutability.value == Mutability::Fixed).then_some(on)
}

/// The type of a flag whose values have no common shape.
fn fallback(value_type: ValueType) -> TokenStream {
    match value_type {
        ValueType::Boolean => quote!(bool),
        ValueType::Integer => quote!(i64),
        ValueType::Float => quote!(f64),
        ValueType::Duration => quote!(::core::time::Duration),
        ValueType::String | ValueType::Object => quote!(::std::string::String),
        ValueType::Json => quote!(::flags_runtime::Json),
    }
}

/// For an expired flag: every use warns.
fn deprecated(input: &Input<'_>, flag: &Flag) -> TokenStream {
    let Some(expires) = &flag.expires else { return TokenStream::new() };
    if ![expires.position, flag.key.position].iter().any(|position| input.expired.contains(position)) {
        return TokenStream::new();
    }
    let note = docs::expired(flag, expires.value);
    quote!(#[deprecated(note = #note)])
}
