//! A ramp ends after it starts.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: gradual, rollout: { from: 0, to: 100, start: 2026-12-11, end: 2026-12-01 } }
"#
);

fn main() {}
