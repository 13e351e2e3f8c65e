//! One document is enough.

flags_runtime::flags!("flags.yaml", "more.yaml");

fn main() {}
