//! A rule behind one that always serves is never reached.

#![deny(warnings)]

flags_runtime::flags!(
    inline = r#"
flags:
  new-ui: { state: targeted, rules: [{ serve: on }, { when: { user: a }, serve: off }] }
"#
);

fn main() {}
