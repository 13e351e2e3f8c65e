//! Names of the document as identifiers of the program.

use flags_schema::names;
use proc_macro2::{Ident, Span};

/// An identifier of that text, raw when it is a keyword; `None` when there is none.
pub(crate) fn ident(text: &str, span: Span) -> Option<Ident> {
    // A keyword since edition 2024, which `syn` does not know of; raw, it is a name in each edition.
    if text == "gen" {
        return Some(Ident::new_raw(text, span));
    }
    if let Ok(mut ident) = syn::parse_str::<Ident>(text) {
        ident.set_span(span);
        return Some(ident);
    }
    let raw = syn::parse_str::<Ident>(&format!("r#{text}")).ok()?;
    Some(Ident::new_raw(text, span)).filter(|_| raw.to_string().starts_with("r#"))
}

/// A key as a constant.
pub(crate) fn constant(key: &str, span: Span) -> Option<Ident> {
    ident(&names::constant(key), span)
}

/// A key, a variant or a declared value as a type or a variant of one.
pub(crate) fn camel(key: &str, span: Span) -> Option<Ident> {
    ident(&names::camel(&separated(key)), span)
}

/// The name of an attribute, or of an object's field, as a method or field.
pub(crate) fn snake(name: &str, span: Span) -> Option<Ident> {
    let snake = names::snake(&separated(name));
    ident(&snake, span).or_else(|| ident(&format!("_{snake}"), span))
}

/// With an underscore for each character that identifiers do not have.
fn separated(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::{camel, ident, snake};
    use proc_macro2::Span;

    #[test]
    fn identifiers() {
        for (text, expected) in [
            ("COMMUNITY_FORUMS", Some("COMMUNITY_FORUMS")),
            ("type", Some("r#type")),
            ("gen", Some("r#gen")),
            ("größe", Some("größe")),
            ("self", None),
            ("Self", None),
            ("crate", None),
            ("_", None),
            ("1st", None),
            ("", None),
            ("free trial", None),
        ] {
            assert_eq!(ident(text, Span::call_site()).map(|i| i.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn odd_names() {
        let span = Span::call_site();
        assert_eq!(camel("variant_a", span).unwrap(), "VariantA");
        assert!(camel("self", span).is_none() && camel("50-off", span).is_none());
        assert_eq!(camel("free trial", span).unwrap(), "FreeTrial");
        assert_eq!(snake("user.role", span).unwrap(), "user_role");
        assert_eq!(snake("font size", span).unwrap(), "font_size");
        assert_eq!(snake("2fa", span).unwrap(), "_2fa");
        assert_eq!(snake("type", span).unwrap().to_string(), "r#type");
    }
}
