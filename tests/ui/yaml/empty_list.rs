//! An empty list operand is surely a mistake.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: targeted, rules: [{ when: { user: { in: [] } } }] }
"#
);

fn main() {}
