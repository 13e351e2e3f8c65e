//! A flag that is asked for in a condition is one that the flag depends on.

flags_runtime::flags!(
    inline = r#"
segments:
  paying: { when: { flag: checkout } }
flags:
  wallet: { state: targeted, rules: [{ when: "flag('chekout') == 'a'" }] }
  checkout: { state: on, variants: [a, b], rules: [{ when: { flag: { wallet: c } } }] }
  bonus: { state: targeted, rules: [{ when: { flag: trial } }] }
  trial: { state: targeted, rules: [{ when: { flag: bonus } }] }
"#
);

fn main() {}
