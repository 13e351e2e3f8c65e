//! A regular expression must compile.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: targeted, rules: [{ when: { email: { regex: '(' } } }] }
"#
);

fn main() {}
