//! A version must parse.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: targeted, rules: [{ when: { app: { semver_gte: one } } }] }
"#
);

fn main() {}
