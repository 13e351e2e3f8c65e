//! The flags of five systems, evaluated for a handful of users.

fn main() {}
