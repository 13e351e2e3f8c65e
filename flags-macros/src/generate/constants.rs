//! The constants of `Flags`, one per flag.

use super::names_taken::{Scope, Taken};
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

/// Constants in one `impl`. `dead_code` names at most so many of one, and counts them beyond; each `impl`
/// is another place where the compiler looks for every constant that is used.
const TOGETHER: usize = 6;

/// The constants of all flags, with the types that they need.
pub(crate) fn generate(input: &Input<'_>, taken: &mut Taken) -> Code {
    let mut out = Code::default();
    let mut constants = Vec::with_capacity(input.document.flags.len());
    for (index, flag) in (0_u32..).zip(&input.document.flags) {
        let what = format!("the flag `{}`", flag.key.value);
        let constant = names::constant(&flag.key.value, input.span);
        if let Some(name) = taken.take(Scope::Constants, constant, &what, flag.key.position) {
            constants.push(out.constant(input, taken, &name, index, flag));
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
        taken: &mut Taken,
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
            let answer = self.answer(input, taken, index, flag);
            let index = Literal::u32_unsuffixed(index);
            (
                quote_spanned!(input.span => ::flags_runtime::Flag<#answer #context>),
                quote_spanned!(input.span => __flag(#index)),
            )
        };
        let visibility = respan::at(input.visibility(), input.span);
        let docs = docs::flag(flag, input.link.as_ref());
        let deprecated = self::deprecated(input, flag);
        // At the path literal: `dead_code` is silent about what a macro wrote.
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
    fn answer(&mut self, input: &Input<'_>, taken: &mut Taken, index: u32, flag: &Flag) -> TokenStream {
        if flag.value_type.is_none() && flag.variants.is_empty() {
            return quote!(bool);
        }
        // A shape that is none has been reported by the checks.
        let shape = flag.shape().ok().flatten();
        let mut types = values::Types::new(input, taken, flag);
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
        let Some((name, tokens)) = variants::generate(input, taken, flag, value.as_ref()) else {
            return quote!(bool);
        };
        self.types.extend(tokens);
        self.types.extend(events::generate(input, taken, flag, &name));
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
    }
}

/// For an expired flag: every use warns.
fn deprecated(input: &Input<'_>, flag: &Flag) -> TokenStream {
    let Some(expires) = &flag.expires else { return TokenStream::new() };
    if ![expires.position, flag.key.position].iter().any(|place| input.expired.contains(place)) {
        return TokenStream::new();
    }
    let note = docs::expired(flag, expires.value);
    quote!(#[deprecated(note = #note)])
}
