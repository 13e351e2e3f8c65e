//! A rule uses attributes that are declared.

flags_runtime::flags!(
    inline = r#"
context: { country: string }
flags:
  new-ui: { state: targeted, rules: [{ when: { county: DE } }] }
"#
);

fn main() {}
