//! An address must parse.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: targeted, rules: [{ when: { ip: { cidr: 10.0.0.0/33 } } }] }
"#
);

fn main() {}
