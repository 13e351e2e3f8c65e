//! An operator must exist.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: targeted, rules: [{ when: { age: { gth: 18 } } }] }
"#
);

fn main() {}
