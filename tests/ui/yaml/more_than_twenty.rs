//! Beyond twenty only their number is told.

flags_runtime::flags!(
    inline = r#"
flags:
  flag-1: gradual
  flag-2: gradual
  flag-3: gradual
  flag-4: gradual
  flag-5: gradual
  flag-6: gradual
  flag-7: gradual
  flag-8: gradual
  flag-9: gradual
  flag-10: gradual
  flag-11: gradual
  flag-12: gradual
  flag-13: gradual
  flag-14: gradual
  flag-15: gradual
  flag-16: gradual
  flag-17: gradual
  flag-18: gradual
  flag-19: gradual
  flag-20: gradual
  flag-21: gradual
  flag-22: gradual
  flag-23: gradual
"#
);

fn main() {}
