//! What flags answer where the system has no clock.

use flags_runtime::{Clock, Context, FixedClock, SystemClock, Timestamp};
use wasm_bindgen_test::wasm_bindgen_test;

flags_runtime::flags!();

#[wasm_bindgen_test]
fn what_does_not_depend_on_the_time_answers() {
    let ann = Context::new("ann").with("plan", "premium");
    assert!(Flags::SWITCH.enabled(&ann));
    assert!(Flags::BETA_PAGE.enabled(&ann) && !Flags::BETA_PAGE.enabled(&Context::new("bob")));
    assert_eq!(Flags::PAGE_SIZE.get(&ann), 100);
    let on = (0..1_000).filter(|user| Flags::HALF.enabled(&Context::new(user.to_string()))).count();
    assert!((400..600).contains(&on), "{on} of 1,000 in 50 %");
    assert!(Checkout::ALL.contains(&Flags::CHECKOUT.variant(&ann)));
    assert_eq!(Flags::engine().metrics().flag("switch").unwrap().evaluations, 1);
}

#[wasm_bindgen_test]
fn what_depends_on_the_time_is_unknown_until_there_is_a_clock() {
    let ann = Context::new("ann");
    // A module's tests share the engine, so this one alone sets its clock.
    let known = cfg!(feature = "js");
    assert_eq!(SystemClock.now().is_some(), known);
    assert_eq!(Flags::BEGUN.enabled(&ann), known);
    assert_eq!(Flags::UP.enabled(&ann), known);
    assert!(known || Flags::BEGUN.explain(&ann).to_string().contains("no clock"));

    Flags::engine().set_clock(FixedClock(Timestamp(1_700_000_000_000)));
    assert!(Flags::BEGUN.enabled(&ann) && Flags::UP.enabled(&ann));
}

#[cfg(feature = "js")]
#[wasm_bindgen_test]
fn the_clock_is_the_browsers() {
    let now = SystemClock.now().unwrap();
    assert!(now > Timestamp(1_700_000_000_000), "{now:?}");
}
