//! An operand fits its attribute.

flags_runtime::flags!(
    inline = r#"
context: { age: integer }
flags:
  new-ui: { state: targeted, rules: [{ when: { age: { gte: old } } }] }
"#
);

fn main() {}
