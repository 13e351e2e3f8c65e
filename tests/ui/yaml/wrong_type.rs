//! A value of another type is told what was expected.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: on, tags: 3 }
"#
);

fn main() {}
