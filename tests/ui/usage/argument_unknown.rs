//! `flags!` names what it takes.

flags_runtime::flags!(file = "flags.yaml");

fn main() {}
