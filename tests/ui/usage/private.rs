//! Flags belong to their crate unless `pub` is written.



flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);



pub mod api {
    pub use crate::Flags;
}

fn main() {}
