//! The typed context has the attributes that are declared.



flags_runtime::flags!(
    inline = "context:
    country: string
flags:
    community.forums: on
"
);



fn main() {
    let _ = Flags::context("user-123").county("DE");
}
