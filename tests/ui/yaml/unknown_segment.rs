//! A state that is no state must be a segment.

flags_runtime::flags!(
    inline = r#"
segments:
  beta: { users: [beta1] }
flags:
  new-ui: { state: betta }
"#
);

fn main() {}
