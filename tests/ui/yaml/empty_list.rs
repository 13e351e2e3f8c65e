//! An empty list operand is surely a mistake.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: targeted, rules: [{ when: { groups: { contains_any: [] } } }] }
"#
);

fn main() {}
