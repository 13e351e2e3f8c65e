//! A document without flags is no document.

flags_runtime::flags!(
    inline = r#"

"#
);

fn main() {}
