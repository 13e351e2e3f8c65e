//! What must be there is asked for.

flags_runtime::flags!(
    inline = r#"
flags:
  page-size: { type: integer }
"#
);

fn main() {}
