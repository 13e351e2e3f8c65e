//! An attribute has its declared type.



flags_runtime::flags!(
    inline = "context:
    age: integer
flags:
    community.forums: on
"
);



fn main() {
    let _ = Flags::context("user-123").age("25");
}
