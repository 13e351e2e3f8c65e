//! Feature flags that the Rust compiler knows.
