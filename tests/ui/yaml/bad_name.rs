//! A key has letters, digits and separators.

flags_runtime::flags!(
    inline = r#"
flags:
  new ui!: on
"#
);

fn main() {}
