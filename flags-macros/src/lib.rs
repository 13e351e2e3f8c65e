//! The macros of flags-runtime.
