//! The compile error for a flag that an attribute names, when no arm of `Flags!` matched: an unknown flag, an unknown
//! variant, or a flag of another kind.

use crate::report::error;
use flags_schema::{FlagKind, ValueType, names, suggest};
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Token};

/// The error, and an expression of the expected type, so that no second error follows.
pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let problem = parse.parse2(tokens).unwrap_or_else(|problem| problem).into_compile_error();
    quote! { { #problem ::flags_runtime::FixedFlag::<true, _>::__new() } }
}

/// Parses `listing key, [variant,] …` from `#[feature_flag]`, or `listing key; …` from `#[flag_matrix]`.
fn parse(input: ParseStream<'_>) -> syn::Result<syn::Error> {
    let listing: LitStr = input.parse()?;
    let key: LitStr = input.parse()?;
    if input.parse::<Option<Token![;]>>()?.is_some() {
        input.parse::<TokenStream>()?;
        return Ok(Listing::parse(&listing.value()).explain_states(&key));
    }
    input.parse::<Token![,]>()?;
    let variant = if input.peek(LitStr) { Some(input.parse::<LitStr>()?) } else { None };
    input.parse::<TokenStream>()?;
    let listing = listing.value();
    Ok(Listing::parse(&listing).explain(&key, variant.as_ref()))
}

/// The flags of a document, as the expansion of `flags!` lists them.
struct Listing<'a> {
    document: &'a str,
    flags: Vec<ListedFlag<'a>>,
}

struct ListedFlag<'a> {
    key: &'a str,
    kind: FlagKind,
    variants: Vec<&'a str>,
}

impl<'a> Listing<'a> {
    fn parse(listing: &'a str) -> Self {
        let mut lines = listing.lines();
        let document = lines.next().unwrap_or_default();
        Self { document, flags: lines.map(ListedFlag::parse).collect() }
    }

    fn find(&self, key: &str) -> Option<&ListedFlag<'a>> {
        self.flags.iter().find(|flag| flag.key == key)
    }

    /// Why `#[flag_matrix]` cannot run through the flag's states.
    fn explain_states(&self, key: &LitStr) -> syn::Error {
        let wanted = key.value();
        match self.find(&wanted).map(|flag| flag.kind) {
            Some(FlagKind::Value(value_type)) => error(
                key.span(),
                &format!(
                    "`{wanted}` is a value of type {}, which has no list of states",
                    value_type.as_str()
                ),
                &format!("force values of it in the test: `Flags::{}.force(…)`", names::constant(&wanted)),
            ),
            _ => self.explain(key, None),
        }
    }

    fn explain(&self, key: &LitStr, variant: Option<&LitStr>) -> syn::Error {
        let wanted = key.value();
        let Some(flag) = self.find(&wanted) else {
            let near = suggest::nearest(&wanted, self.flags.iter().map(|flag| flag.key));
            let help = near.map_or_else(
                || format!("declare it in {}", self.document),
                |near| format!("did you mean `{near}`?"),
            );
            return error(key.span(), &format!("unknown flag `{wanted}`"), &help);
        };
        let variants = &flag.variants;
        match (flag.kind, variant) {
            (FlagKind::Variants, Some(variant)) => {
                let written = variant.value();
                let help = suggest::nearest(&written, variants.iter().copied()).map_or_else(
                    || format!("its variants are `{}`", variants.join("`, `")),
                    |near| format!("did you mean `{near}`?"),
                );
                error(variant.span(), &format!("`{wanted}` has no variant `{written}`"), &help)
            }
            (FlagKind::Variants, None) => error(
                key.span(),
                &format!("`{wanted}` has variants, so it is neither on nor off"),
                &format!(
                    "say which one runs the function: `variant = \"{}\"`",
                    variants.join("\"` or `variant = \"")
                ),
            ),
            (FlagKind::Switch, Some(variant)) => error(
                variant.span(),
                &format!("`{wanted}` is a switch and has no variants"),
                "remove `variant = …`",
            ),
            (FlagKind::Switch, None) => {
                error(key.span(), &format!("`{wanted}` cannot be used here"), "build again")
            }
            (FlagKind::Value(value_type), _) => error(
                key.span(),
                &format!(
                    "`{wanted}` is a value of type {}, so it is neither on nor off",
                    value_type.as_str()
                ),
                &format!("read it in the function: `Flags::{}.get(ctx)`", names::constant(&wanted)),
            ),
        }
    }
}

impl<'a> ListedFlag<'a> {
    /// A line of the listing: `key`, `key: variant, variant` or `key = type`.
    fn parse(line: &'a str) -> Self {
        if let Some((key, variants)) = line.split_once(": ") {
            return Self { key, kind: FlagKind::Variants, variants: variants.split(", ").collect() };
        }
        let (key, word) = line.split_once(" = ").unwrap_or((line, ""));
        let value_type = ValueType::ALL.iter().copied().find(|value_type| value_type.as_str() == word);
        Self { key, kind: FlagKind::new(value_type, false), variants: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn mistakes() {
        for (tokens, expected) in [
            (
                "\"comunity.forums\", X, Flags",
                "unknown flag `comunity.forums`\\nhelp: did you mean `community.forums`?",
            ),
            ("\"zzz\", X, Flags", "unknown flag `zzz`\\nhelp: declare it in `flags.yaml`"),
            ("\"button\", X, Flags", "help: say which one runs the function: `variant = \\\"control\\\"` or"),
            (
                "\"button\", \"treatmnt\", X, Flags",
                "`button` has no variant `treatmnt`\\nhelp: did you mean `treatment`?",
            ),
            ("\"button\", \"zzz\", X, Flags", "help: its variants are `control`, `treatment`"),
            ("\"community.forums\", \"on\", X, Flags", "`community.forums` is a switch and has no variants"),
            ("\"zzz\"; X, Flags", "unknown flag `zzz`"),
            ("\"page.size\"; X, Flags", "which has no list of states"),
            ("\"page.size\", X, Flags", "read it in the function: `Flags::PAGE_SIZE.get(ctx)`"),
        ] {
            let listing =
                r#""`flags.yaml`\ncommunity.forums\nbutton: control, treatment\npage.size = integer""#;
            let text = expand(format!("{listing} {tokens}").parse().unwrap()).to_string();
            assert!(text.contains(expected), "{tokens}: {text}");
        }
    }
}
