//! A fixed flag is plainly on or off.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: gradual, rollout: 20, mutability: fixed }
"#
);

fn main() {}
