//! Without a path the error lists every path that was tried.

flags_runtime::flags!();

fn main() {}
