//! A version requirement must parse.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: targeted, rules: [{ when: { app: { semver: '^^1' } } }] }
"#
);

fn main() {}
