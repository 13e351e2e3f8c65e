//! A word that its key does not have.

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: on, mutability: fixd }
"#
);

fn main() {}
