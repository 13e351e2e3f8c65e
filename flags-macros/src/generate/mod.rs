//! The code made from a checked document. No file is read here, and no compiler is needed.

mod constants;
mod context;
mod dispatch;
mod docs;
mod events;
mod names_taken;
mod values;
mod variants;

pub(crate) mod track;

use flags_schema::{Diagnostic, Document, Position};
use names_taken::Taken;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use std::collections::HashSet;

pub(crate) use docs::Link;

/// What code is made from.
pub(crate) struct Input<'a> {
    /// The document; with errors in it, what of it could be read.
    pub(crate) document: &'a Document,
    /// What messages and docs call it: its name in backticks, or the inline document.
    pub(crate) name: &'a str,
    /// Where it lies, for editors.
    pub(crate) link: Option<Link>,
    /// Whether everything is `pub` instead of `pub(crate)`.
    pub(crate) public: bool,
    /// Where the constants stand.
    pub(crate) span: Span,
    /// Places of the flags that are past their date.
    pub(crate) expired: HashSet<Position>,
    /// Whether the document has errors: then unknown flags are no news.
    pub(crate) broken: bool,
    /// Tells this call of `flags!` from others of the crate.
    pub(crate) id: u64,
}

impl Input<'_> {
    /// The visibility of everything generated.
    fn visibility(&self) -> TokenStream {
        if self.public { quote!(pub) } else { quote!(pub(crate)) }
    }

    /// The type of the context that flags are asked with, as the second parameter of `Flag`; nothing where
    /// any context will do.
    fn context_type(&self) -> TokenStream {
        if context::is_required(self.document) { quote!(, FlagsContext) } else { TokenStream::new() }
    }

    /// Where structs and their fields stand: shown at the path literal, but written by the macro, so that
    /// lints have nothing to say about them. Each lint that is allowed in words is read again in every
    /// `derive`.
    fn made(&self) -> Span {
        Span::call_site().located_at(self.span)
    }
}

/// The code, and what is wrong with names that only Rust minds.
pub(crate) fn generate(input: &Input<'_>) -> (TokenStream, Vec<Diagnostic>) {
    let mut taken = Taken::default();
    let context = context::generate(input, &mut taken);
    let flags = constants::generate(input, &mut taken);
    let dispatch = dispatch::generate(input);
    let engine = engine(input, &flags.decoders);
    let (types, constants) = (flags.types, flags.constants);
    let visibility = input.visibility();
    let name = syn::Ident::new("Flags", input.span);
    let docs = format!("The flags of {}.", input.name);
    let tokens = quote! {
        #[doc = #docs]
        #[allow(unreachable_pub, clippy::all, clippy::pedantic, clippy::nursery)]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #visibility struct #name { _private: () }
        #engine
        #constants
        #types
        #context
        #dispatch
    };
    (tokens, taken.problems)
}

/// Lints that have nothing to say about generated code.
fn quiet() -> TokenStream {
    quote! {
        #[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic, clippy::nursery)]
    }
}

fn engine(input: &Input<'_>, decoders: &TokenStream) -> TokenStream {
    // A broken document is never asked; a document that was read always becomes bytes.
    let bytes = if input.broken { Vec::new() } else { input.document.to_bytes().unwrap_or_default() };
    let bytes = proc_macro2::Literal::byte_string(&bytes);
    let (visibility, lints) = (input.visibility(), quiet());
    quote! {
        #lints
        impl Flags {
            /// The engine that answers for these flags.
            #[inline]
            #[must_use]
            #visibility fn engine() -> &'static ::flags_runtime::Engine {
                static EMBEDDED: ::flags_runtime::__private::Embedded = ::flags_runtime::__private::Embedded {
                    document: #bytes,
                    decoders: &[#decoders],
                };
                static ENGINE: ::std::sync::OnceLock<::flags_runtime::Engine> = ::std::sync::OnceLock::new();
                ENGINE.get_or_init(|| ::flags_runtime::Engine::embedded(&EMBEDDED))
            }
        }
        // Each constant is one call of this: what is constant in all of them is checked once.
        #lints
        const fn __flag<T, C>(index: u32) -> ::flags_runtime::Flag<T, C> {
            ::flags_runtime::Flag::__new(index, Flags::engine)
        }
    }
}
