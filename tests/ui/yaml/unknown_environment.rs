//! An environment must be declared.

flags_runtime::flags!(
    inline = r#"
environments: { staging: {}, production: {} }
flags:
  new-ui: { state: on, environments: [prodction] }
"#
);

fn main() {}
