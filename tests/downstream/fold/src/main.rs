//! Fixed flags are part of the program: the branch not taken is not in the binary.

use flags_runtime::{Context, feature_flag};

flags_runtime::flags!();

#[feature_flag("old-search")]
fn old_search(ctx: &Context) {
    println!("marker: function that is fixed off for {ctx:?}");
}

#[feature_flag("live-search")]
fn live_search(ctx: &Context) {
    println!("marker: function that is off for now for {ctx:?}");
}

fn main() {
    let ctx = Context::new("somebody");
    if Flags::NEW_CHECKOUT.enabled(&ctx) {
        println!("marker: branch that is fixed on");
    } else {
        println!("marker: branch that is fixed off");
    }
    old_search(&ctx);
    live_search(&ctx);
}
