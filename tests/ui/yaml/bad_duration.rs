//! A duration has a unit.

flags_runtime::flags!(
    inline = r#"
flags:
  timeout: { type: duration, value: 30 seconds }
"#
);

fn main() {}
