//! One environment is the default.

flags_runtime::flags!(
    inline = r#"
environments: { staging: { default: true }, production: { default: true } }
flags:
  new-ui: on
"#
);

fn main() {}
