//! A key written twice names the first position.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: on
  old-ui: off
  new-ui: off
"#
);

fn main() {}
