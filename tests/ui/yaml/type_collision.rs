//! Two flags must not be one type.

flags_runtime::flags!(
    inline = r#"
flags:
  button: { state: on, variants: { a: { size: 1 }, b: { size: 2 } } }
  button.value: { state: on, variants: [c, d] }
"#
);

fn main() {}
