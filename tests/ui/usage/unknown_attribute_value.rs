//! Declared values are an enum.



flags_runtime::flags!(
    inline = "context:
    plan: { type: string, values: [free, premium] }
flags:
    community.forums: on
"
);



fn main() {
    let _ = Flags::context("user-123").plan(Plan::Premum);
}
