//! A path that leads nowhere is shown.

flags_runtime::flags!("config/flags.yaml");

fn main() {}
