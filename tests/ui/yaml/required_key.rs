//! What `settings.require` demands is asked for.

flags_runtime::flags!(
    inline = r#"
settings: { require: [owner] }
flags:
  new-ui: on
"#
);

fn main() {}
