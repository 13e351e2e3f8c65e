//! A required attribute is an argument of the constructor.



flags_runtime::flags!(
    inline = "context:
    tenant_id: { type: string, required: true }
flags:
    community.forums: on
"
);



fn main() {
    let _ = Flags::context("user-123");
}
