//! Flags that several crates share.

flags_runtime::flags!(pub "flags.yaml");
