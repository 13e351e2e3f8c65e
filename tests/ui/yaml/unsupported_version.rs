//! A version from the future is refused.

flags_runtime::flags!(
    inline = r#"
version: 9
flags:
  new-ui: on
"#
);

fn main() {}
