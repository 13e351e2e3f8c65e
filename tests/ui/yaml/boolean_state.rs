//! `true` is no state.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: true }
"#
);

fn main() {}
