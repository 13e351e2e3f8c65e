//! All mistakes come at once.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: gradual }
  button: { state: on, variants: { a: { weight: 50 }, b: { weight: 40 } } }
  old-ui: { state: on, requires: [new-iu] }
"#
);

fn main() {}
