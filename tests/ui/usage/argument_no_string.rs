//! The path of a document is a string.

flags_runtime::flags!(42);

fn main() {}
