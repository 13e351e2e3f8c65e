//! `inline` needs a text.

flags_runtime::flags!(inline);

fn main() {}
