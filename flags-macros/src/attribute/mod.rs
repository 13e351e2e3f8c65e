//! `#[feature_flag]`: the check in front of a function's body.

mod args;
mod function;

use crate::names;
use crate::report::{Errors, error};
use args::{Arguments, Fallback};
use function::Function;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Path};

/// Expands the attribute. With a mistake, the item stays as it is beside the errors, so that its
/// uses do not fail too.
pub(crate) fn expand(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    gate(arguments, item.clone()).unwrap_or_else(|problem| {
        let problems = problem.into_compile_error();
        // The check that would read the parameters is missing: a warning about them would only add noise.
        quote! { #problems #[allow(unused)] #item }
    })
}

fn gate(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let arguments = errors.keep(args::parse(arguments));
    let function = errors.keep(Function::parse(item));
    let context = match (&arguments, &function) {
        (Some(Arguments { context: Some(expr), .. }), _) => Some(given(expr)),
        (Some(_), Some(function)) => errors.keep(parameter(function)),
        _ => None,
    };
    if let (Some(Arguments { fallback: Fallback::ReturnType, .. }), Some(function)) = (&arguments, &function)
        && function.returns_impl_trait()
    {
        errors.push(error(
            function.return_span(),
            "`impl Trait` hides the type, so the macro cannot know what to return when the flag is off",
            "say what to return: `else = …`",
        ));
    }
    errors.finish()?;
    let (Some(arguments), Some(function), Some(context)) = (arguments, function, context) else {
        return Err(syn::Error::new(Span::call_site(), "the attribute cannot be read"));
    };
    let flag = flag(&arguments);
    let fallback = fallback(&arguments, &function);
    // `else = panic!(…)` and the like leave nothing to return.
    let diverging = matches!(arguments.fallback, Fallback::Else(_))
        .then(|| quote!(#[allow(unreachable_code, clippy::diverging_sub_expression)]));
    let not = if arguments.negate { TokenStream::new() } else { quote!(!) };
    let body =
        function.body_with(&quote! { if #not #flag.enabled(#context) { #diverging return #fallback; } });
    let head = function.head;
    Ok(quote! { #head #body })
}

/// The context in the function's parameters, as a reference.
fn parameter(function: &Function) -> syn::Result<TokenStream> {
    let parameter = function.context()?;
    let name = parameter.name;
    Ok(if parameter.reference {
        name.into_token_stream()
    } else {
        quote_spanned! { name.span() => &#name }
    })
}

/// The context of `ctx = …`, as a reference. Where the expression is a reference already, deref coercion
/// removes the extra one.
fn given(expr: &Expr) -> TokenStream {
    // Shown at the expression, but written by the macro: lints about the extra `&` do not apply.
    let span = syn::spanned::Spanned::span(expr).resolved_at(Span::mixed_site());
    quote_spanned! { span => &(#expr) }
}

/// The flag, through the macro that `flags!` made: it knows every key.
fn flag(arguments: &Arguments) -> TokenStream {
    let key = &arguments.flag;
    let span = key.span();
    let flags = arguments.flags.as_ref().map_or_else(
        || {
            let name = syn::Ident::new("Flags", span);
            quote!(#name)
        },
        Path::to_token_stream,
    );
    let constant = names::ident(&flags_schema::names::constant(&key.value()), span)
        .unwrap_or_else(|| syn::Ident::new("UNKNOWN", span));
    // Raw and escaped spellings of one key are one key.
    let key = plain(key);
    let variant = arguments.variant.as_ref().map(plain).into_iter();
    quote! { #flags!(#key, #(#variant,)* #constant, #flags) }
}

fn plain(literal: &syn::LitStr) -> syn::LitStr {
    syn::LitStr::new(&literal.value(), literal.span())
}

/// What is returned when the function does not run. Generated calls have the span of the return type, so
/// that an error about the type points there.
fn fallback(arguments: &Arguments, function: &Function) -> TokenStream {
    let span = function.return_span().resolved_at(Span::mixed_site());
    match &arguments.fallback {
        Fallback::Else(expr) => expr.to_token_stream(),
        Fallback::Default => quote_spanned! { span => ::core::default::Default::default() },
        Fallback::ReturnType => {
            let key = plain(&arguments.flag);
            quote_spanned! { span => ::flags_runtime::WhenDisabled::when_disabled(::flags_runtime::FlagDisabled::new(#key)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::expand;

    /// Errors of an expansion, and whether the item is still there.
    fn errors(arguments: &str, item: &str) -> String {
        expand(arguments.parse().unwrap(), &item.parse().unwrap()).to_string()
    }

    #[test]
    fn mistakes_about_the_function() {
        for (arguments, item, expected) in [
            ("\"a\"", "struct S { x: u8 }", "gates a function"),
            ("\"a\"", "mod m { fn f(ctx: &Context) {} }", "gates a function"),
            ("\"a\"", "const fn f(ctx: &Context) {}", "a `const fn` cannot evaluate a flag"),
            ("\"a\"", "fn f(&self, ctx: &Context);", "a method without a body"),
            ("\"a\"", "fn f(x: u8) {}", "`f` has no context"),
            ("\"a\"", "fn f(cx: &mut std::task::Context<'_>) {}", "`f` has no context"),
            ("\"a\"", "fn f(a: &Context, b: FlagsContext) {}", "`f` has several contexts"),
            ("\"a\"", "fn f(_: &Context) {}", "has no name"),
            ("\"a\"", "fn f(ctx: &Context) -> impl Sized {}", "`impl Trait` hides the type"),
        ] {
            let text = errors(arguments, item);
            assert!(text.contains(expected), "{item}: {text}");
            assert!(
                text.ends_with(&item.parse::<proc_macro2::TokenStream>().unwrap().to_string()),
                "{item}: {text}"
            );
        }
    }

    #[test]
    fn mistakes_of_arguments_and_function_come_together() {
        let text = errors("\"a\", nagate", "const fn f() {}");
        assert!(text.contains("did you mean `negate`?") && text.contains("a `const fn` cannot"), "{text}");
    }
}
