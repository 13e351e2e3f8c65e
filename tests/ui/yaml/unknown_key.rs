//! A misspelt key is reported with the nearest one.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: gradual, rolout: 25 }
"#
);

fn main() {}
