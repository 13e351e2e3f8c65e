//! A key that becomes no Rust name is refused.

flags_runtime::flags!(
    inline = r#"
flags:
  -2fa: on
"#
);

fn main() {}
