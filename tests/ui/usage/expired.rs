//! Each use of an expired flag warns.

#![deny(deprecated)]

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!(
    inline = "flags:
    old_ui: { state: on, expires: 2020-01-01, owner: web-team }
"
);



#[feature_flag("old_ui")]
fn old(ctx: &Context) {}

fn main() {
    let _ = Flags::OLD_UI.enabled(&Context::anonymous());
    old(&Context::anonymous());
}
