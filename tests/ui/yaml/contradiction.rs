//! A flag cannot require what it excludes.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: on, requires: [old-ui], excludes: [old-ui] }
  old-ui: on
"#
);

fn main() {}
