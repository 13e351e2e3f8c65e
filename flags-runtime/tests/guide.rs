//! The tests of docs/guide.md, run as they are written there.
#![cfg(all(feature = "macros", feature = "test-util"))]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use flags_runtime::{Context, OverrideState, assert_variant, flag_matrix, testing};
use std::time::Duration;

#[allow(dead_code, reason = "flags.yaml is shared with the examples")]
mod flags {
    flags_runtime::flags!();
}

use flags::{CheckoutButtonTest, Flags};

/// A page that shows what the flags say.
fn page(ctx: &Context) -> String {
    let typed = Flags::context(ctx.key().unwrap());
    let mut page = format!("{}\n", Flags::CHECKOUT_BUTTON_TEST.value(&typed).text);
    if Flags::COMMUNITY_FORUMS.enabled(&typed) {
        page.push_str("forums\n");
    }
    page
}

#[test]
fn forums_are_shown_to_members() {
    let _on = Flags::COMMUNITY_FORUMS.force(true); // on this thread, until it is dropped
    assert!(page(&Context::new("ann")).contains("forums"));
}

#[test]
fn the_button_turns_green() {
    let _green = Flags::CHECKOUT_BUTTON_TEST.force(CheckoutButtonTest::Treatment);
    let _many = Flags::NEW_UI.force(OverrideState::Percentage(50.0));
    assert_variant!(Flags::CHECKOUT_BUTTON_TEST, &Context::new("ann"), CheckoutButtonTest::Treatment);
}

#[flag_matrix("community.forums", "new-ui", "checkout-button-test")] // every combination, checked names
#[test]
fn there_is_always_a_page() {
    assert!(!page(&Context::new("ann")).is_empty());
}

#[test]
fn the_rollout_arrives() {
    let clock = testing::clock(Flags::engine(), "2026-12-01T09:00:00Z");
    assert!(!Flags::GRADUAL_ROLLOUT.enabled(&Context::new("ann")));
    clock.advance(Duration::from_secs(10 * 24 * 60 * 60));
    assert!(Flags::GRADUAL_ROLLOUT.enabled(&Context::new("ann")));
}

#[test]
fn the_guide_says_the_same() {
    let guide = include_str!("../../docs/guide.md");
    let (_, rest) = guide.split_once("```rust,test_harness\n").unwrap();
    let block = rest.split("```").next().unwrap();
    // The page before them is a shorter one there.
    let (_, tests) = block.split_once("#[test]\n").unwrap();
    let own = include_str!("guide.rs");
    assert!(own.contains(tests), "tests/guide.rs and docs/guide.md differ:\n{block}");
}
