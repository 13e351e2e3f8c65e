//! The macro `Flags!` beside the type `Flags`, through which `#[feature_flag]` finds flags by key. It has one arm per
//! flag, and a last one that reports unknown keys. So no file is read per use, and other crates can use it.

use super::Input;
use flags_schema::{Flag, FlagKind, ValueType};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// The macro, and its second name `Flags`.
pub(crate) fn generate(input: &Input<'_>) -> TokenStream {
    let name = format_ident!("__flags_{:016x}", input.id);
    let alias = syn::Ident::new("Flags", input.span);
    let arms: TokenStream = input.document.flags.iter().map(arm).collect();
    let otherwise = if input.broken {
        // The flag may be one that could not be read, so nothing is reported.
        quote!(::flags_runtime::FixedFlag::<true, _>::__new())
    } else {
        let listing = listing(input);
        quote!(::flags_runtime::__private::flag_error!(#listing $($rest)*))
    };
    let (export, visibility) = if input.public {
        (quote!(#[macro_export]), quote!(pub))
    } else {
        (TokenStream::new(), quote!(pub(crate)))
    };
    quote! {
        #[doc(hidden)]
        #[allow(unused_macros, unused_macro_rules, clippy::all, clippy::pedantic, clippy::nursery)]
        #export
        macro_rules! #name {
            #arms
            ($($rest:tt)*) => { #otherwise };
        }
        #[doc(hidden)]
        #[allow(unused_imports, unreachable_pub, clippy::all, clippy::pedantic, clippy::nursery)]
        #visibility use #name as #alias;
    }
}

/// The arms of one flag. The key comes first, so that arms of other flags fail at their first token. After a comma
/// the flag gates a function, after a semicolon a test runs through its states; a switch needs one arm for both.
fn arm(flag: &Flag) -> TokenStream {
    let key = flag.key.value.as_str();
    match FlagKind::of(flag) {
        FlagKind::Switch | FlagKind::Value(ValueType::Boolean) => {
            quote! { (#key $and:tt $flag:ident, $flags:ty) => { <$flags>::$flag }; }
        }
        FlagKind::Value(_) => TokenStream::new(),
        FlagKind::Variants => {
            let states = quote! { (#key; $flag:ident, $flags:ty) => { <$flags>::$flag }; };
            let arms = flag.variants.iter().enumerate().map(|(index, variant)| {
                let variant = variant.name.value.as_str();
                quote! {
                    (#key, #variant, $flag:ident, $flags:ty) => {
                        ::flags_runtime::__private::Serving::new(<$flags>::$flag, #index)
                    };
                }
            });
            arms.chain([states]).collect()
        }
    }
}

/// All that a message about a mistake needs, as one token: the document's name, then a line for each
/// flag: `key`, `key: variant, variant` or `key = type`.
fn listing(input: &Input<'_>) -> String {
    let mut lines = vec![input.name.to_owned()];
    lines.extend(input.document.flags.iter().map(|flag| {
        let key = &flag.key.value;
        match FlagKind::of(flag) {
            FlagKind::Switch | FlagKind::Value(ValueType::Boolean) => key.clone(),
            FlagKind::Value(value_type) => format!("{key} = {}", value_type.as_str()),
            FlagKind::Variants => {
                let names: Vec<&str> = flag.variants.iter().map(|variant| variant.name.as_str()).collect();
                format!("{key}: {}", names.join(", "))
            }
        }
    }));
    lines.join("\n")
}
