//! A date must exist.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: on, expires: 2026-02-30 }
"#
);

fn main() {}
