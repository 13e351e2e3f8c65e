//! A fixed flag is a literal: the branch not taken is not in the program.

#![deny(warnings)]

use flags_runtime::{Context, FixedFlag, feature_flag};

flags_runtime::flags!(
    inline = "
flags:
  new-ui: { state: on, mutability: fixed }
  old-ui: { state: off, mutability: fixed }
"
);

const NEW: FixedFlag<true> = Flags::NEW_UI;

#[feature_flag("old-ui")]
fn old(ctx: &Context) -> Option<u32> {
    Some(1)
}

#[feature_flag("old-ui", else = unreachable!("the flag is off"), negate)]
fn new(ctx: &Context) -> Option<u32> {
    Some(1)
}

pub(crate) fn main() {
    let ctx = &Context::anonymous();
    assert!(NEW.enabled(ctx) && !Flags::OLD_UI.enabled(ctx));
    assert_eq!((old(ctx), new(ctx)), (None, Some(1)));
}
