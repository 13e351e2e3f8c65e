//! An overlay that is declared is there.

flags_runtime::flags!(
    inline = r#"
environments: { production: { overlay: flags.production.yaml } }
flags:
  new-ui: on
"#
);

fn main() {}
