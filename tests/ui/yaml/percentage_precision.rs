//! A percentage has at most three decimals.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: gradual, rollout: 12.3456 }
"#
);

fn main() {}
