//! Without a path every place that was tried is told.

flags_runtime::flags!();

fn main() {}
