//! The macros of `flags-runtime`. A thin shell: what expands them is a library that knows no compiler.

mod args;
mod attribute;
mod expand;
mod generate;
mod host;
mod load;
mod locate;
mod manifest;
mod mistake;
mod names;
mod report;
mod respan;
#[cfg(test)]
mod snapshots;

use host::Host;
use proc_macro::{Span, TokenStream};

/// Reads the document of flags and turns it into constants.
#[proc_macro]
pub fn flags(arguments: TokenStream) -> TokenStream {
    let call = Span::call_site();
    let host = Host::current(call.local_file(), (call.line(), call.column()));
    expand::expand(arguments.into(), &host).into()
}

/// Runs a function only when a flag is on.
#[proc_macro_attribute]
pub fn feature_flag(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(arguments.into(), &item.into()).into()
}

#[doc(hidden)]
#[proc_macro]
pub fn __mistake(tokens: TokenStream) -> TokenStream {
    mistake::expand(tokens.into()).into()
}
