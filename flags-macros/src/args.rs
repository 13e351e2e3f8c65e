//! The arguments of `flags!`: which document, and whether its flags are public.

use crate::report::error;
use proc_macro2::{Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitStr, Token};

const USES: &str = "write `flags!(\"path/to/flags.yaml\")`, `flags!()` or `flags!(inline = \"…\")`; \
                    where other crates need the flags, `pub` comes first";

/// What stands in the parentheses of `flags!(…)`.
pub(crate) struct Arguments {
    /// Whether everything generated is `pub` instead of `pub(crate)`.
    pub(crate) public: bool,
    /// Where the document comes from.
    pub(crate) origin: Origin,
    /// What messages and constants point at: the path, or the whole call.
    pub(crate) span: Span,
}

/// Where the document comes from.
pub(crate) enum Origin {
    /// The first of the paths where it usually is: `FLAGS_FILE`, the metadata, `flags.yaml`.
    Search,
    /// This file, relative to the manifest.
    Path(String),
    /// This text.
    Inline(String),
}

/// Reads the arguments.
pub(crate) fn parse(tokens: TokenStream) -> syn::Result<Arguments> {
    arguments.parse2(tokens)
}

fn arguments(input: ParseStream<'_>) -> syn::Result<Arguments> {
    let public = input.parse::<Option<Token![pub]>>()?;
    let call = public.map_or_else(Span::call_site, |token| token.span);
    let (origin, span) = if input.is_empty() {
        (Origin::Search, call)
    } else if input.peek(LitStr) {
        let path: LitStr = input.parse()?;
        (Origin::Path(path.value()), path.span())
    } else {
        inline(input)?
    };
    input.parse::<Option<Token![,]>>()?;
    if input.is_empty() {
        return Ok(Arguments { public: public.is_some(), origin, span });
    }
    Err(error(input.span(), "`flags!` takes one argument", USES))
}

fn inline(input: ParseStream<'_>) -> syn::Result<(Origin, Span)> {
    let start = input.span();
    match input.parse::<Ident>() {
        Ok(name) if name == "inline" => {
            let equals = input.parse::<Token![=]>();
            let text = equals.and_then(|_| input.parse::<LitStr>());
            let text = text.map_err(|_| {
                error(name.span(), "`inline` needs the text of a document", "write `inline = r#\"…\"#`")
            })?;
            Ok((Origin::Inline(text.value()), text.span()))
        }
        Ok(name) => Err(error(name.span(), &format!("unknown argument `{name}`"), USES)),
        Err(_) => Err(error(start, "the path of a document must be a string", USES)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, parse};

    #[test]
    fn every_form() {
        for (tokens, public, expected) in [
            ("", false, None),
            ("pub", true, None),
            ("\"a.yaml\"", false, Some("a.yaml")),
            ("pub \"a.yaml\",", true, Some("a.yaml")),
            ("inline = r#\"flags: {}\"#", false, Some("flags: {}")),
            ("pub inline = \"flags: {}\",", true, Some("flags: {}")),
        ] {
            let arguments = parse(tokens.parse().unwrap()).unwrap();
            assert_eq!(arguments.public, public, "{tokens}");
            let text = match arguments.origin {
                Origin::Search => None,
                Origin::Path(text) | Origin::Inline(text) => Some(text),
            };
            assert_eq!(text.as_deref(), expected, "{tokens}");
        }
    }

    #[test]
    fn mistakes() {
        for (tokens, expected) in [
            ("42", "the path of a document must be a string"),
            ("inlin = \"\"", "unknown argument `inlin`"),
            ("inline", "`inline` needs the text of a document"),
            ("inline = 1", "`inline` needs the text of a document"),
            ("\"a\", \"b\"", "`flags!` takes one argument"),
        ] {
            let message = parse(tokens.parse().unwrap()).err().unwrap().to_string();
            assert!(message.starts_with(expected), "{tokens}: {message}");
        }
    }
}
