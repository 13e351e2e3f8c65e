//! `Self` is taken.

flags_runtime::flags!(
    inline = r#"
flags:
  button: { state: on, variants: [self, other] }
"#
);

fn main() {}
