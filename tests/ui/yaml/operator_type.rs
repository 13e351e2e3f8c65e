//! An operator fits its attribute.

flags_runtime::flags!(
    inline = r#"
context: { plan: string }
flags:
  new-ui: { state: targeted, rules: [{ when: { plan: { before: 2026-01-01 } } }] }
"#
);

fn main() {}
