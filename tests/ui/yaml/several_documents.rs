//! One file holds one document.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: on
---
flags:
  old-ui: off
"#
);

fn main() {}
