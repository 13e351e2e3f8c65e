//! What typical inputs expand to, formatted, so that a reviewer sees the code that users get.
//!
//! After a change, `INSTA_UPDATE=always cargo test -p flags-macros`, then read the difference.

use crate::host::Host;
use crate::{attribute, expand};
use flags_schema::Timestamp;
use proc_macro2::{Group, Literal, TokenStream, TokenTree};
use std::path::PathBuf;

/// The expansion of `flags!`, as a file.
fn flags(document: &str) -> String {
    let host = Host {
        manifest_dir: PathBuf::from("/app"),
        caller: Some(PathBuf::from("/app/src/flags.rs")),
        position: (1, 1),
        flags_file: None,
        editor: false,
        today: Some(Timestamp(1_767_225_600_000)),
    };
    let document = Literal::string(document);
    pretty(expand::expand(quote::quote!(inline = #document), &host))
}

/// The expansion of `#[feature_flag]`, as a file.
fn gated(arguments: &str, item: &str) -> String {
    pretty(attribute::expand(arguments.parse().unwrap(), &item.parse().unwrap()))
}

fn pretty(tokens: TokenStream) -> String {
    let tokens = without_bytes(tokens);
    let text = tokens.to_string();
    syn::parse2(tokens).map_or_else(|error| format!("{error}\n{text}"), |file| prettyplease::unparse(&file))
}

/// The embedded document is not for reading.
fn without_bytes(tokens: TokenStream) -> TokenStream {
    let shown = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => Group::new(group.delimiter(), without_bytes(group.stream())).into(),
        TokenTree::Literal(literal) if literal.to_string().starts_with("b\"") => {
            Literal::byte_string(b"the document").into()
        }
        other => other,
    });
    shown.collect()
}

/// Compares with the snapshot of that name.
fn check(name: &str, expansion: &str) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, expansion);
    });
}

#[test]
fn switches() {
    check("switches", &flags(
        "\
flags:
  community.forums: { state: gradual, rollout: 25, description: Community forums, owner: community-team, tags: [core] }
  old-ui: { state: on, expires: 2025-12-31, owner: web-team }
  new-ui: { state: off, mutability: fixed }
"
    ));
}

#[test]
fn variants_and_values() {
    check(
        "variants_and_values",
        &flags(
            "\
flags:
  checkout.button:
    state: on
    variants:
      control: { weight: 50, value: { color: blue, style: { bold: true }, type: null } }
      treatment: { weight: 50, value: { color: green, style: { bold: false }, type: large } }
  page_size: { type: integer, value: 20 }
  banner: { type: object, value: { text: Sale, sizes: [1, 2] } }
",
        ),
    );
}

#[test]
fn typed_context() {
    check(
        "typed_context",
        &flags(
            "\
context:
  tenant_id: { type: string, required: true }
  plan: { type: string, values: [free, premium] }
  signup_date: timestamp
  groups: [string]
  email: { type: string, private: true }
flags:
  new-ui: off
",
        ),
    );
}

#[test]
fn mistakes() {
    check(
        "mistakes",
        &flags(
            "\
flags:
  community.forums: { state: gradul, description: Community forums }
  new-ui: { state: on, rollout: 20 }
",
        ),
    );
}

#[test]
fn functions() {
    let cases = [
        (
            r#""experimental.ai_signals""#,
            "pub fn signals(data: &Market, ctx: &Context) -> Option<Signals> { look(data) }",
        ),
        (
            r#""checkout.button", variant = "treatment", else = old_checkout(&ctx).await"#,
            "async fn checkout(ctx: Context) -> Html { render(ctx).await }",
        ),
        (
            r#""new-ui", ctx = self.context(), flags = crate::flags::Flags, negate, default"#,
            "fn old(&mut self) -> String { #![allow(unused)] use std::fmt; self.render() }",
        ),
        (
            r#""new-ui""#,
            "fn later<'a>(&'a self, ctx: &'a Context) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> { \
             Box::pin(async move { self.work(ctx).await }) }",
        ),
    ];
    let shown: Vec<String> = cases
        .iter()
        .map(|(arguments, item)| format!("// #[feature_flag({arguments})]\n{}", gated(arguments, item)))
        .collect();
    check("functions", &shown.join("\n"));
}
