//! Flags of the program's own.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = r#"
flags:
  new-search: { state: targeted, variants: { keyword: { limit: 10 }, semantic: { limit: 20 } }, off: semantic, users: { semantic: [insider] } }
  search.cache: { state: off, mutability: startup }
"#
);

/// How this program searches.
#[feature_flag("search.cache", negate, default)]
pub fn search(ctx: &Context) -> String {
    let (variant, value) = (Flags::NEW_SEARCH.variant(ctx), Flags::NEW_SEARCH.value(ctx));
    match variant {
        NewSearch::Keyword => format!("keywords, {} results", value.limit),
        NewSearch::Semantic => format!("meaning, {} results", value.limit),
    }
}
