//! Values of variants have one shape.

flags_runtime::flags!(
    inline = r#"
flags:
  button: { state: on, variants: { a: { value: { color: blue } }, b: { value: { colour: green } } } }
"#
);

fn main() {}
