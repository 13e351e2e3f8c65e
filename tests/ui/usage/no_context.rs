//! A flag is asked with a context.



flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);



fn main() {
    let _ = Flags::COMMUNITY_FORUMS.enabled("user-123");
}
