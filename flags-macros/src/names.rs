//! Names of the document as identifiers of the program.

use flags_schema::names;
use proc_macro2::{Ident, Span};

/// An identifier of that text, raw when it is a keyword; `None` when there is none.
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

/// A key or a variant as a type or a variant of one.
pub(crate) fn camel(key: &str, span: Span) -> Option<Ident> {
    ident(&names::camel(key), span)
}

/// A declared value, or an event, as a variant.
pub(crate) fn value(text: &str, span: Span) -> Option<Ident> {
    ident(&names::value(text), span)
}

/// The name of an attribute, or of an object's field, as a method or field.
pub(crate) fn member(name: &str, span: Span) -> Option<Ident> {
    ident(&names::member(name), span)
}

#[cfg(test)]
mod tests {
    use super::{camel, ident, member, value};
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
        assert_eq!(value("free trial", span).unwrap(), "FreeTrial");
        assert_eq!(value("50 %", span).unwrap(), "V50");
        assert_eq!(value("self", span).unwrap(), "VSelf");
        assert_eq!(member("user.role", span).unwrap(), "user_role");
        assert_eq!(member("font size", span).unwrap(), "font_size");
        assert_eq!(member("2fa", span).unwrap(), "_2fa");
        assert_eq!(member("self", span).unwrap(), "_self");
        assert_eq!(member("type", span).unwrap().to_string(), "r#type");
    }
}
