//! A percentage is at most 100.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: gradual, rollout: 250 }
"#
);

fn main() {}
