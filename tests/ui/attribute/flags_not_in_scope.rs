//! `Flags` must be in scope where the attribute stands.



flags_runtime::flags!(
    inline = "flags:
    community.forums: on
"
);

mod forums {
    use flags_runtime::{Context, feature_flag};

    #[feature_flag("community.forums")]
    fn post(ctx: &Context) {}
}

fn main() {}
