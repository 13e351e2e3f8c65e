//! Giving tokens another span: they mean the same, but messages about them point elsewhere.

use proc_macro2::{Group, Span, TokenStream, TokenTree};

/// The tokens, each of them at `span`.
pub(crate) fn at(tokens: TokenStream, span: Span) -> TokenStream {
    let moved = tokens.into_iter().map(|mut token| {
        if let TokenTree::Group(group) = &token {
            token = TokenTree::Group(Group::new(group.delimiter(), at(group.stream(), span)));
        }
        token.set_span(span);
        token
    });
    moved.collect()
}
