//! Merge keys are not part of the format.

flags_runtime::flags!(
    inline = r#"
flags:
  base: &base { state: on }
  new-ui: { <<: *base }
"#
);

fn main() {}
