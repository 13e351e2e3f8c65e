//! A gradual flag says how many.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: gradual
"#
);

fn main() {}
