//! Two attributes must not be one method.

flags_runtime::flags!(
    inline = r#"
context: { user.role: string, user_role: string }
flags:
  new-ui: on
"#
);

fn main() {}
