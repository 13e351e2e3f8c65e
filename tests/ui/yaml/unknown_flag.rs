//! A requirement names a flag that exists.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: on, requires: [old-iu] }
  old-ui: on
"#
);

fn main() {}
