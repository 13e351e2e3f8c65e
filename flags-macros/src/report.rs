//! How mistakes reach the reader: compile errors and warnings, each complete in itself.

use flags_schema::{Code, Diagnostics, Severity, Sources, render};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

/// At most so many errors of one document are shown, and so many warnings; the others are only counted. They are fewer than
/// in a report, because the compiler shows the macro's line with each.
const MAX_ERRORS: usize = 20;

/// A compile error: the fact, then one action.
pub(crate) fn error(span: Span, fact: &str, help: &str) -> syn::Error {
    syn::Error::new(span, format!("{fact}\nhelp: {help}"))
}

/// Collects errors, so that all are reported at once.
#[derive(Debug, Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Adds one.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// The value, or `None` and the error is added.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// All of them together, if there are any.
    pub(crate) fn finish(self) -> syn::Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// The errors of a document, each at `span` with its own position in the document.
pub(crate) fn errors(diagnostics: &Diagnostics, sources: &Sources, span: Span) -> TokenStream {
    let all = diagnostics.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let mut errors = Errors::default();
    let (first, rest) = render::first(all, MAX_ERRORS);
    for diagnostic in first {
        errors.push(syn::Error::new(span, render::message(diagnostic, sources)));
    }
    if let Some(rest) = rest {
        errors.push(syn::Error::new(span, rest));
    }
    errors.finish().map_or_else(|errors| errors.to_compile_error(), |()| TokenStream::new())
}

/// The warnings of a document. On stable Rust a macro can only warn by using a deprecated item: its name is the
/// headline of the warning, its note the message. Expired flags warn where they are used instead.
pub(crate) fn warnings(diagnostics: &Diagnostics, sources: &Sources, span: Span) -> TokenStream {
    let warnings = diagnostics
        .into_iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Warning && diagnostic.code != Code::Expired);
    let (first, rest) = render::first(warnings, MAX_ERRORS);
    let first = first.into_iter().map(|diagnostic| {
        warning(&diagnostic.code.as_str().replace('-', "_"), &render::message(diagnostic, sources), span)
    });
    first.chain(rest.map(|rest| warning("more_warnings", &rest.to_string(), span))).collect()
}

fn warning(name: &str, note: &str, span: Span) -> TokenStream {
    let name = Ident::new(name, span);
    let used = quote_spanned! { span => #name };
    quote! {
        #[allow(non_upper_case_globals, clippy::let_unit_value, clippy::items_after_statements)]
        const _: () = {
            #[deprecated(note = #note)]
            const #name: () = ();
            let () = #used;
        };
    }
}
