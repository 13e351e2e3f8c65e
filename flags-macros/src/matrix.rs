//! `#[flag_matrix]`: a test's body as a closure that is run for every combination of flags' states.

use crate::names;
use crate::report::{Errors, error};
use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Ident, LitStr, Path, ReturnType, Signature, Token, Visibility};

/// Expands the attribute. With a mistake, the item stays as it is beside the errors.
pub(crate) fn expand(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    test(arguments, item.clone()).unwrap_or_else(|problem| {
        let problems = problem.into_compile_error();
        quote! { #problems #item }
    })
}

fn test(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let arguments = errors.keep((|input: ParseStream<'_>| Arguments::read(input)).parse2(arguments));
    let function = errors.keep(Function::read(item));
    errors.finish()?;
    let (Some(arguments), Some(function)) = (arguments, function) else { return Ok(TokenStream::new()) };
    let Function { head, signature, body } = function;
    let axes = arguments.keys.iter().map(|key| axis(key, &arguments.flags));
    let returned = match &signature.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, ty) => quote!(#ty),
    };
    let run = if signature.asyncness.is_some() {
        quote! { ::flags_runtime::testing::matrix_async(&axes, async || -> #returned #body).await }
    } else {
        quote! { ::flags_runtime::testing::matrix(&axes, || -> #returned #body) }
    };
    Ok(quote! { #head { let axes = [#(#axes),*]; #run } })
}

/// The flag, through the macro that `flags!` made: it knows every key.
fn axis(key: &LitStr, flags: &Path) -> TokenStream {
    let constant =
        names::constant(&key.value(), key.span()).unwrap_or_else(|| Ident::new("UNKNOWN", key.span()));
    // Raw and escaped spellings of one key are one key.
    let key = LitStr::new(&key.value(), key.span());
    quote! { ::flags_runtime::testing::Axis::of(&#flags!(#key; #constant, #flags)) }
}

/// What stands in the parentheses.
struct Arguments {
    keys: Vec<LitStr>,
    /// The path of the generated `Flags`.
    flags: Path,
}

impl Arguments {
    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut keys: Vec<LitStr> = Vec::new();
        let mut flags = None;
        let none = || {
            let help = "give them as strings: `#[flag_matrix(\"my.flag\", \"other.flag\")]`";
            error(Span::call_site(), "`#[flag_matrix]` needs the keys of flags", help)
        };
        while !input.is_empty() {
            if input.peek(LitStr) {
                let key: LitStr = input.parse()?;
                if keys.iter().any(|known| known.value() == key.value()) {
                    let fact = format!("`{}` is named twice", key.value());
                    return Err(error(key.span(), &fact, "name each flag once"));
                }
                keys.push(key);
            } else if let Ok(name) = input.parse::<Ident>()
                && name == "flags"
            {
                input.parse::<Token![=]>()?;
                flags = Some(input.parse()?);
            } else {
                let help = "name flags by their keys, and where they are with `flags = path::Flags`";
                return Err(error(input.span(), "this is not the key of a flag", help));
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let span = keys.first().ok_or_else(none)?.span();
        let flags = flags.unwrap_or_else(|| Path::from(Ident::new("Flags", span)));
        Ok(Self { keys, flags })
    }
}

/// A test function. Its body is not parsed.
struct Function {
    /// Everything before the body, as written.
    head: TokenStream,
    signature: Signature,
    body: Group,
}

impl Function {
    fn read(item: TokenStream) -> syn::Result<Self> {
        let mut tokens: Vec<TokenTree> = item.into_iter().collect();
        let last = tokens.pop();
        let head: TokenStream = tokens.into_iter().collect();
        let signature = |input: ParseStream<'_>| {
            input.call(Attribute::parse_outer)?;
            input.parse::<Visibility>()?;
            input.parse::<Signature>()
        };
        let (Ok(signature), Some(TokenTree::Group(body))) = (signature.parse2(head.clone()), last) else {
            let help = "put it on a `fn` or an `async fn`, above what makes it a test";
            return Err(error(
                Span::call_site(),
                "`#[flag_matrix]` runs a test function, and this is not one",
                help,
            ));
        };
        if let Some(parameter) = signature.inputs.first() {
            let span = syn::spanned::Spanned::span(parameter);
            let help = "make them in the function, which runs for each combination";
            return Err(error(span, "a test under `#[flag_matrix]` takes no parameters", help));
        }
        Ok(Self { head, signature, body })
    }
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn mistakes() {
        for (arguments, item, expected) in [
            ("", "fn t() {}", "needs the keys of flags"),
            ("flags = a::Flags", "fn t() {}", "needs the keys of flags"),
            ("\"a\", \"a\"", "fn t() {}", "`a` is named twice"),
            ("\"a\", other", "fn t() {}", "this is not the key of a flag"),
            ("\"a\"", "struct T { x: u8 }", "runs a test function, and this is not one"),
            ("\"a\"", "fn t(x: u8) {}", "takes no parameters"),
        ] {
            let text = expand(arguments.parse().unwrap(), &item.parse().unwrap()).to_string();
            assert!(text.contains(expected), "{arguments} {item}: {text}");
        }
    }
}
