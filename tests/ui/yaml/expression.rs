//! A mistake in an expression is shown in the expression.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: targeted, rules: [{ when: "plan = 'premium'" }] }
"#
);

fn main() {}
