//! A window ends after it starts.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: targeted, rules: [{ starts: 2026-12-11, ends: 2026-12-01 }] }
"#
);

fn main() {}
