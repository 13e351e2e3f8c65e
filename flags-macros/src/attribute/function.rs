//! The function below `#[feature_flag]`: its signature is parsed, its body never is.

use crate::report::error;
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, Ident, Pat, ReturnType, Signature, Type, Visibility};

/// Types that are taken for the context when a parameter has them.
const CONTEXT_TYPES: [&str; 2] = ["Context", "FlagsContext"];

/// A function with a body.
pub(crate) struct Function {
    /// Everything before the body, as written.
    pub(crate) head: TokenStream,
    /// Its signature.
    pub(crate) signature: Signature,
    /// Its body, braces included.
    pub(crate) body: Group,
}

/// The parameter that holds the context.
pub(crate) struct ContextParameter {
    /// Its name.
    pub(crate) name: Ident,
    /// Whether it is a reference already.
    pub(crate) reference: bool,
}

impl Function {
    /// Splits the item into head and body.
    pub(crate) fn parse(item: TokenStream) -> syn::Result<Self> {
        let span = item.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span());
        let mut tokens: Vec<TokenTree> = item.into_iter().collect();
        let last = tokens.pop();
        let head: TokenStream = tokens.into_iter().collect();
        let Ok(signature) = signature.parse2(head.clone()) else {
            return Err(error(
                span,
                "`#[feature_flag]` gates a function, and this is not one",
                "put it on a `fn`, an `async fn` or a method",
            ));
        };
        let Some(body) = last.as_ref().and_then(braces) else {
            return Err(error(
                signature.ident.span(),
                "a method without a body has nothing to gate",
                "put the attribute on the methods of the implementations",
            ));
        };
        if let Some(constness) = &signature.constness {
            return Err(error(
                constness.span(),
                "a `const fn` cannot evaluate a flag: the answer is only known at run time",
                "remove `const`",
            ));
        }
        Ok(Self { head, signature, body })
    }

    /// The one parameter whose type is a context, or what to do when there is not exactly one.
    pub(crate) fn context(&self) -> syn::Result<ContextParameter> {
        let mut found = self.signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(parameter) => is_context(&parameter.ty).map(|reference| (parameter, reference)),
            FnArg::Receiver(_) => None,
        });
        let Some((parameter, reference)) = found.next() else {
            return Err(error(
                self.signature.ident.span(),
                &format!("`{}` has no context to evaluate the flag with", self.signature.ident),
                "add a parameter `ctx: &Context`,\n      \
                 or say where the context is: `ctx = self.context()`,\n      \
                 or use the ambient one: `ctx = flags_runtime::current()`",
            ));
        };
        if let Some((second, _)) = found.next() {
            return Err(error(
                second.pat.span(),
                &format!("`{}` has several contexts", self.signature.ident),
                "say which one to evaluate the flag with: `ctx = …`",
            ));
        }
        match &*parameter.pat {
            Pat::Ident(pattern) => Ok(ContextParameter { name: pattern.ident.clone(), reference }),
            other => Err(error(
                other.span(),
                "the parameter that holds the context has no name",
                "give it one, or say where the context is: `ctx = …`",
            )),
        }
    }

    /// Where the return type is written, or the function's name when it returns nothing.
    pub(crate) fn return_span(&self) -> Span {
        match &self.signature.output {
            ReturnType::Default => self.signature.ident.span(),
            ReturnType::Type(_, ty) => ty.span(),
        }
    }

    /// Whether it says only that it returns `impl Trait`, so that nothing is known of the type.
    pub(crate) fn returns_impl_trait(&self) -> bool {
        matches!(&self.signature.output, ReturnType::Type(_, ty) if matches!(&**ty, Type::ImplTrait(_)))
    }

    /// The body with `check` in front. Where the body is one boxed async block, as `#[async_trait]`
    /// writes it, the check goes inside, so that nothing happens before the future is polled.
    pub(crate) fn body_with(&self, check: &TokenStream) -> Group {
        let tokens: Vec<TokenTree> = self.body.stream().into_iter().collect();
        let boxed = self.signature.asyncness.is_none().then(|| BoxedAsync::find(&tokens)).flatten();
        let Some(boxed) = boxed else { return guarded(check, &self.body) };
        let block = TokenTree::Group(guarded(check, &boxed.block));
        let future = boxed.keywords.iter().cloned().chain([block]).collect();
        let call = TokenTree::Group(regroup(boxed.arguments, future));
        regroup(&self.body, boxed.before.iter().cloned().chain([call]).collect())
    }
}

fn signature(input: ParseStream<'_>) -> syn::Result<Signature> {
    input.call(Attribute::parse_outer)?;
    input.parse::<Visibility>()?;
    input.parse()
}

/// A block in braces; one that went through `macro_rules!` is wrapped in an invisible group.
fn braces(token: &TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = token else { return None };
    match group.delimiter() {
        Delimiter::Brace => Some(group.clone()),
        Delimiter::None => {
            let mut inner = group.stream().into_iter();
            let first = inner.next()?;
            if inner.next().is_some() { None } else { braces(&first) }
        }
        _ => None,
    }
}

/// `{ check #[allow(unused_braces)] { body } }`. The inner braces keep the body's items, inner
/// attributes and shadowing to itself.
fn guarded(check: &TokenStream, body: &Group) -> Group {
    regroup(body, quote::quote! { #check #[allow(unused_braces)] #body })
}

/// A group like `original`, with the same span, with other content.
fn regroup(original: &Group, content: TokenStream) -> Group {
    let mut group = Group::new(original.delimiter(), content);
    group.set_span(original.span());
    group
}

/// `… Box::pin(async move { … })`, taken apart.
struct BoxedAsync<'a> {
    /// `… Box::pin`
    before: &'a [TokenTree],
    /// `(async move { … })`
    arguments: &'a Group,
    /// `async move`
    keywords: Vec<TokenTree>,
    /// `{ … }`
    block: Group,
}

impl<'a> BoxedAsync<'a> {
    /// Finds it at the end of a body.
    fn find(tokens: &'a [TokenTree]) -> Option<Self> {
        let (TokenTree::Group(arguments), before) = tokens.split_last()? else { return None };
        let path: Vec<String> = before.iter().rev().take(4).map(ToString::to_string).collect();
        if path != ["pin", ":", ":", "Box"] || arguments.delimiter() != Delimiter::Parenthesis {
            return None;
        }
        let mut keywords: Vec<TokenTree> = arguments.stream().into_iter().collect();
        let block = braces(&keywords.pop()?)?;
        let written: Vec<String> = keywords.iter().map(ToString::to_string).collect();
        let written: Vec<&str> = written.iter().map(String::as_str).collect();
        matches!(written.as_slice(), ["async"] | ["async", "move"]).then_some(Self {
            before,
            arguments,
            keywords,
            block,
        })
    }
}

/// `Some(whether it is a reference)` for a context type.
fn is_context(ty: &Type) -> Option<bool> {
    match ty {
        Type::Reference(reference) => is_context(&reference.elem).map(|_| true),
        Type::Paren(inner) => is_context(&inner.elem),
        Type::Group(inner) => is_context(&inner.elem),
        Type::Path(path) if path.qself.is_none() => {
            let last = path.path.segments.last()?;
            // `std::task::Context<'_>` is not a context of flags: it has arguments.
            (last.arguments.is_none() && CONTEXT_TYPES.iter().any(|name| last.ident == name)).then_some(false)
        }
        _ => None,
    }
}
