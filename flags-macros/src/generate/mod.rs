//! The code made from a checked document. No file is read here, and no compiler is needed.

mod constants;
mod context;
mod dispatch;
mod docs;
mod events;
mod name_registry;
mod values;
mod variants;

pub(crate) mod rebuild;

use flags_schema::{Diagnostic, Document, Position};
use name_registry::NameRegistry;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use std::collections::HashSet;

pub(crate) use docs::Link;

/// What code is made from.
pub(crate) struct Input<'a> {
    /// The document; when it has errors, the part that could be read.
    pub(crate) document: &'a Document,
    /// What messages and docs call it: its name in backticks, or the inline document.
    pub(crate) name: &'a str,
    /// Where the file is, for links in editors.
    pub(crate) link: Option<Link>,
    /// Whether everything is `pub` instead of `pub(crate)`.
    pub(crate) public: bool,
    /// The span of the constants.
    pub(crate) span: Span,
    /// Positions of the flags that have expired.
    pub(crate) expired: HashSet<Position>,
    /// Whether the document has errors. Then unknown flags are not reported: they may be flags that could not be read.
    pub(crate) broken: bool,
    /// Tells this call of `flags!` from others of the crate.
    pub(crate) id: u64,
}

impl Input<'_> {
    /// The visibility of everything generated.
    fn visibility(&self) -> TokenStream {
        if self.public { quote!(pub) } else { quote!(pub(crate)) }
    }

    /// The type of the context that flags are evaluated with, as the second parameter of `Flag`; nothing where
    /// every context is accepted.
    fn context_type(&self) -> TokenStream {
        if context::is_required(self.document) { quote!(, FlagsContext) } else { TokenStream::new() }
    }

    /// The span of structs and their fields. Messages show it at the path literal, but it resolves as code of the
    /// macro, so lints do not apply. (An `#[allow(…)]` would do the same, but the compiler reads it again for every
    /// `derive`.)
    fn generated_span(&self) -> Span {
        Span::call_site().located_at(self.span)
    }
}

/// The code, and diagnostics about names that YAML allows and Rust does not.
pub(crate) fn generate(input: &Input<'_>) -> (TokenStream, Vec<Diagnostic>) {
    let mut registry = NameRegistry::new(input.broken);
    let context = context::generate(input, &mut registry);
    let flags = constants::generate(input, &mut registry);
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
    (tokens, registry.problems)
}

/// `#[allow(…)]` of the lints that do not apply to generated code.
fn quiet() -> TokenStream {
    quote! {
        #[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic, clippy::nursery)]
    }
}

fn engine(input: &Input<'_>, decoders: &TokenStream) -> TokenStream {
    // A document with errors does not compile, so its bytes are never read.
    let bytes = if input.broken { Vec::new() } else { input.document.to_bytes().unwrap_or_default() };
    let bytes = proc_macro2::Literal::byte_string(&bytes);
    let (visibility, lints) = (input.visibility(), quiet());
    quote! {
        #lints
        impl Flags {
            /// The engine that answers for these flags. It is made by the first call, which tells of environment
            /// variables that it ignores.
            #[inline]
            #[must_use]
            #visibility fn engine() -> &'static ::flags_runtime::Engine {
                Self::__engine(true)
            }

            /// The engine, if nothing of its settings is wrong: for programs that would rather not start than
            /// ignore an environment variable.
            ///
            /// # Errors
            /// With every environment variable that means nothing here.
            #visibility fn init() -> ::core::result::Result<&'static ::flags_runtime::Engine, ::flags_runtime::Problems>
            {
                Self::__engine(false).__checked()
            }

            #[inline]
            fn __engine(tell: bool) -> &'static ::flags_runtime::Engine {
                static EMBEDDED: ::flags_runtime::__private::Embedded = ::flags_runtime::__private::Embedded {
                    document: #bytes,
                    decoders: &[#decoders],
                };
                static ENGINE: ::std::sync::OnceLock<::flags_runtime::Engine> = ::std::sync::OnceLock::new();
                ENGINE.get_or_init(|| {
                    if tell {
                        ::flags_runtime::Engine::embedded(&EMBEDDED)
                    } else {
                        ::flags_runtime::Engine::__quietly(&EMBEDDED)
                    }
                })
            }
        }
        // Each constant is one call of this function, so that the compiler checks the common part once.
        #lints
        const fn __flag<T, C>(index: u32) -> ::flags_runtime::Flag<T, C> {
            ::flags_runtime::Flag::__new(index, Flags::engine)
        }
    }
}
