//! Weights sum to 100.

flags_runtime::flags!(
    inline = r#"
flags:
  button: { state: on, variants: { a: { weight: 50 }, b: { weight: 40 } } }
"#
);

fn main() {}
