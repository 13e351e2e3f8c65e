//! Names of the document as identifiers of the program.

use flags_schema::names;
use proc_macro2::{Ident, Span};

/// An identifier of that text, raw when it is a keyword; `None` when the text cannot be one.
pub(crate) fn ident(text: &str, span: Span) -> Option<Ident> {
    // Nearly every name is plain. Parsing it would take longer than everything else in this function.
    if is_plain(text) {
        return Some(Ident::new(text, span));
    }
    // A keyword since edition 2024, which `syn` does not know; as a raw identifier it is valid in every edition.
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

/// Whether it is certainly an identifier: all keywords but `Self` are in lower case.
fn is_plain(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text != "Self"
}

/// A key as a constant.
pub(crate) fn constant(key: &str, span: Span) -> Option<Ident> {
    ident(&names::constant(key), span)
}

/// A flag or an attribute as a type.
pub(crate) fn type_name(text: &str, span: Span) -> Option<Ident> {
    ident(&names::type_name(text), span)
}

/// A variant of a flag as a variant of its enum.
pub(crate) fn variant(name: &str, span: Span) -> Option<Ident> {
    ident(&names::variant(name), span)
}

/// A declared value, or an event, as a variant.
pub(crate) fn value(text: &str, span: Span) -> Option<Ident> {
    ident(&names::value(text), span)
}

/// An attribute as a method and parameter.
pub(crate) fn attribute(name: &str, span: Span) -> Option<Ident> {
    ident(&names::attribute(name), span)
}

/// The name of an object's field as a field.
pub(crate) fn member(name: &str, span: Span) -> Option<Ident> {
    ident(&names::member(name), span)
}

#[cfg(test)]
mod tests {
    use super::{attribute, ident, member, type_name, value, variant};
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
        assert_eq!(variant("variant_a", span).unwrap(), "VariantA");
        assert_eq!(variant("50-off", span).unwrap(), "V50Off");
        assert!(variant("self", span).is_none());
        assert_eq!(type_name("2fa-method", span).unwrap(), "_2faMethod");
        assert_eq!(value("free trial", span).unwrap(), "FreeTrial");
        assert_eq!(value("50 %", span).unwrap(), "V50");
        assert_eq!(value("self", span).unwrap(), "VSelf");
        assert_eq!(attribute("user.role", span).unwrap(), "user_role");
        assert_eq!(member("font size", span).unwrap(), "font_size");
        assert_eq!(member("2fa", span).unwrap(), "_2fa");
        assert_eq!(attribute("$.identity", span).unwrap(), "identity");
        assert_eq!(member("self", span).unwrap(), "_self");
        assert_eq!(member("type", span).unwrap().to_string(), "r#type");
    }
}
