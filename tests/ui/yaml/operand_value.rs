//! An operand is one of the declared values.

flags_runtime::flags!(
    inline = r#"
context: { plan: { type: string, values: [free, premium] } }
flags:
  new-ui: { state: targeted, rules: [{ when: { plan: premum } }] }
"#
);

fn main() {}
