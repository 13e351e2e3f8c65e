//! Numbers beside variants say whether they are weights or values.

flags_runtime::flags!(
    inline = r#"
flags:
  checkout: { state: on, variants: { control: 90, treatment: 10 } }
"#
);

fn main() {}
