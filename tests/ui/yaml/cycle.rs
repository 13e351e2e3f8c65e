//! Flags must not require themselves.

flags_runtime::flags!(
    inline = r#"
flags:
  a: { state: on, requires: [b] }
  b: { state: on, requires: [c] }
  c: { state: on, requires: [a] }
"#
);

fn main() {}
