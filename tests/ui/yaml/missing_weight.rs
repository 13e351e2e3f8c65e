//! All variants have weights, or none.

flags_runtime::flags!(
    inline = r#"
flags:
  button: { state: on, variants: { a: { weight: 50 }, b: {} } }
"#
);

fn main() {}
