//! A value has the type of its flag.

flags_runtime::flags!(
    inline = r#"
flags:
  page-size: { type: integer, value: many }
"#
);

fn main() {}
