//! The arguments of `#[feature_flag(…)]`. Whether the flag exists is decided later, by the macro `Flags!`.

use crate::report::{Errors, error};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Expr, Ident, Lit, LitStr, Path, Token};

const KNOWN: [&str; 6] = ["variant", "else", "default", "ctx", "flags", "negate"];

/// What stands in the parentheses of `#[feature_flag(…)]`.
pub(crate) struct Arguments {
    /// The flag's key.
    pub(crate) flag: LitStr,
    /// The variant that runs the function.
    pub(crate) variant: Option<LitStr>,
    /// The expression that gives the context.
    pub(crate) context: Option<Expr>,
    /// What is returned when the function does not run.
    pub(crate) fallback: Fallback,
    /// The path of the generated `Flags`, when it is not in scope under that name.
    pub(crate) flags: Option<Path>,
    /// Whether the function runs when the flag is off instead.
    pub(crate) negate: bool,
}

/// What is returned when the function does not run.
pub(crate) enum Fallback {
    /// What `WhenDisabled` says for the return type.
    ReturnType,
    /// `Default::default()`.
    Default,
    /// The expression of `else`.
    Else(Box<Expr>),
}

/// Reads the arguments; every mistake is reported.
pub(crate) fn parse(tokens: TokenStream) -> syn::Result<Arguments> {
    if tokens.is_empty() {
        return Err(missing_key(Span::call_site()));
    }
    (|input: ParseStream<'_>| Arguments::collect(input)).parse2(tokens)
}

fn missing_key(span: Span) -> syn::Error {
    error(
        span,
        "`#[feature_flag]` needs the key of a flag",
        "give it first, as a string: `#[feature_flag(\"my.flag\")]`",
    )
}

/// The arguments read so far, each at most once.
#[derive(Default)]
struct ArgumentSlots {
    variant: Option<LitStr>,
    context: Option<Expr>,
    otherwise: Option<Expr>,
    default: Option<Span>,
    flags: Option<Path>,
    negate: Option<Span>,
}

impl Arguments {
    fn collect(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut errors = Errors::default();
        let flag = errors.keep(key(input));
        let mut slots = ArgumentSlots::default();
        while !input.is_empty() {
            if let Err(problem) = input.parse::<Token![,]>() {
                errors.push(error(
                    problem.span(),
                    "expected `,` between arguments",
                    "separate arguments with a comma",
                ));
                skip(input);
                continue;
            }
            if input.is_empty() {
                break;
            }
            if let Err(problem) = slots.argument(input) {
                errors.push(problem);
                skip(input);
            }
        }
        if let (Some(otherwise), Some(default)) = (&slots.otherwise, slots.default) {
            let both = otherwise.to_token_stream().into_iter().next().map_or(default, |t| t.span());
            errors.push(error(both, "`else` and `default` both say what to return", "keep one of them"));
        }
        errors.finish()?;
        let Some(flag) = flag else { return Err(missing_key(Span::call_site())) };
        let fallback = match (slots.otherwise, slots.default) {
            (Some(expr), _) => Fallback::Else(Box::new(expr)),
            (None, Some(_)) => Fallback::Default,
            (None, None) => Fallback::ReturnType,
        };
        Ok(Self {
            flag,
            variant: slots.variant,
            context: slots.context,
            fallback,
            flags: slots.flags,
            negate: slots.negate.is_some(),
        })
    }
}

fn key(input: ParseStream<'_>) -> syn::Result<LitStr> {
    match input.fork().parse::<Lit>() {
        Ok(Lit::Str(_)) => input.parse(),
        Ok(other) => {
            skip(input);
            Err(error(other.span(), "the key of a flag must be a string", "put it in double quotes"))
        }
        // An argument without a key before it: the argument itself may be fine.
        Err(_)
            if input
                .fork()
                .call(Ident::parse_any)
                .is_ok_and(|name| KNOWN.iter().any(|known| name == known)) =>
        {
            let span = input.span();
            skip(input);
            Err(missing_key(span))
        }
        Err(_) => {
            let span = input.span();
            let written = rest(input);
            Err(error(
                span,
                "the key of a flag must be a string",
                &format!("put it in double quotes: `\"{written}\"`"),
            ))
        }
    }
}

impl ArgumentSlots {
    fn argument(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let Ok(name) = input.call(Ident::parse_any) else {
            return Err(unknown(input.span(), &rest(&input.fork())));
        };
        let twice = || error(name.span(), &format!("`{name}` is given twice"), "keep one of them");
        match name.to_string().as_str() {
            "variant" => {
                let value =
                    value::<LitStr>(input, &name, "a variant in double quotes: `variant = \"treatment\"`")?;
                put(&mut self.variant, value, twice)
            }
            "else" => {
                let value =
                    value(input, &name, "what to return when the flag is off: `else = Page::default()`")?;
                put(&mut self.otherwise, value, twice)
            }
            "ctx" => {
                let value =
                    value(input, &name, "an expression that gives the context: `ctx = request.context()`")?;
                put(&mut self.context, value, twice)
            }
            "flags" => {
                let value =
                    value(input, &name, "the path of the generated flags: `flags = crate::flags::Flags`")?;
                put(&mut self.flags, value, twice)
            }
            "default" => {
                bare(input, &name, "to return something else than the type's default, write `else = …`")?;
                put(&mut self.default, name.span(), twice)
            }
            "negate" => {
                bare(input, &name, "write `negate` alone")?;
                put(&mut self.negate, name.span(), twice)
            }
            other => Err(unknown(name.span(), other)),
        }
    }
}

fn put<T>(slot: &mut Option<T>, value: T, twice: impl Fn() -> syn::Error) -> syn::Result<()> {
    if slot.replace(value).is_some() { Err(twice()) } else { Ok(()) }
}

/// The value after `name =`; `what` says what it should be.
fn value<T: Parse>(input: ParseStream<'_>, name: &Ident, what: &str) -> syn::Result<T> {
    let missing = || error(name.span(), &format!("`{name}` needs a value"), &format!("give it {what}"));
    if input.parse::<Token![=]>().is_err() || input.is_empty() || input.peek(Token![,]) {
        return Err(missing());
    }
    let span = input.span();
    input
        .parse()
        .map_err(|_| error(span, &format!("this is not a value of `{name}`"), &format!("give it {what}")))
}

/// Refuses `name = …` for an argument that has no value.
fn bare(input: ParseStream<'_>, name: &Ident, help: &str) -> syn::Result<()> {
    if input.peek(Token![=]) {
        return Err(error(name.span(), &format!("`{name}` takes no value"), help));
    }
    Ok(())
}

fn unknown(span: Span, name: &str) -> syn::Error {
    let help = flags_schema::suggest::nearest(name, KNOWN).map_or_else(
        || format!("the arguments are `{}`", KNOWN.join("`, `")),
        |near| format!("did you mean `{near}`?"),
    );
    error(span, &format!("unknown argument `{name}`"), &help)
}

/// Skips to the next comma between arguments.
fn skip(input: ParseStream<'_>) {
    rest(input);
}

/// The text of everything up to the next comma.
fn rest(input: ParseStream<'_>) -> String {
    let mut skipped = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        match input.parse::<TokenTree>() {
            Ok(token) => skipped.extend([token]),
            Err(_) => break,
        }
    }
    skipped.to_string().replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::{Fallback, parse};

    #[test]
    fn everything_at_once() {
        let tokens =
            r#""a.b", variant = "x", else = f::<A, B>(1, 2), ctx = &self.ctx, flags = crate::Flags, negate,"#;
        let arguments = parse(tokens.parse().unwrap()).unwrap();
        assert_eq!(arguments.flag.value(), "a.b");
        assert_eq!(arguments.variant.unwrap().value(), "x");
        assert!(matches!(arguments.fallback, Fallback::Else(_)));
        assert!(arguments.context.is_some() && arguments.flags.is_some() && arguments.negate);
    }

    #[test]
    fn every_mistake_is_reported() {
        for (tokens, expected) in [
            ("", &["needs the key of a flag"][..]),
            ("variant = \"x\"", &["needs the key of a flag"]),
            ("default", &["needs the key of a flag"]),
            ("42", &["the key of a flag must be a string"]),
            ("a.b", &["put it in double quotes: `\"a.b\"`"]),
            ("\"a\", elze = 1, negated", &["did you mean `else`?", "did you mean `negate`?"]),
            ("\"a\", else", &["`else` needs a value"]),
            ("\"a\", else =, ctx", &["`else` needs a value", "`ctx` needs a value"]),
            ("\"a\", negate = 1", &["`negate` takes no value"]),
            ("\"a\", variant = 1", &["this is not a value of `variant`"]),
            ("\"a\", default, else = 1", &["`else` and `default` both say what to return"]),
            ("\"a\", negate, negate", &["`negate` is given twice"]),
            ("\"a\" negate", &["expected `,` between arguments"]),
            ("\"a\", \"b\"", &["unknown argument `\"b\"`"]),
        ] {
            let messages: Vec<String> =
                parse(tokens.parse().unwrap()).err().unwrap().into_iter().map(|e| e.to_string()).collect();
            assert_eq!(messages.len(), expected.len(), "{tokens}: {messages:?}");
            for (message, part) in messages.iter().zip(expected) {
                assert!(message.contains(part), "{tokens}: {message}");
            }
        }
    }
}
