//! A rule serves a variant that exists.

flags_runtime::flags!(
    inline = r#"
flags:
  button:
    state: on
    variants: [control, treatment]
    rules: [{ when: { user: a }, serve: treatmnt }]
"#
);

fn main() {}
