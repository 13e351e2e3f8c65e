//! What is no YAML is shown where the reading stopped.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: on
  old-ui: off
"#
);

fn main() {}
