//! Two keys must not be one constant.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: on
  new.ui: off
"#
);

fn main() {}
