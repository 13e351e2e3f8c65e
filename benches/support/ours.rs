//! Our side of W1 to W7: the constants of benches/flags.yaml, typed and untyped contexts.
//!
//! The bench that includes this has `flags` beside it.

#![allow(unreachable_pub, reason = "as in support")]

use super::flags::Flags;
use super::support::document::{AGE, APP_VERSION, COUNTRY, PLAN, User};
use flags_runtime::Context;
use std::hint::black_box;

/// The context that `flags.yaml` declares.
#[inline]
pub fn typed(user: &User) -> Context {
    Flags::context(&user.id)
        .country(black_box(COUNTRY))
        .plan(black_box(PLAN))
        .email(&user.email)
        .app_version(black_box(APP_VERSION))
        .age(black_box(AGE))
        .into()
}

/// The same attributes, named when the context is made, and in another order.
#[inline]
pub fn untyped(user: &User) -> Context {
    Context::new(&user.id)
        .with("age", black_box(AGE))
        .with("app_version", black_box(APP_VERSION))
        .with("email", &user.email)
        .with("plan", black_box(PLAN))
        .with("country", black_box(COUNTRY))
}

/// The payload's number, so that the value is read.
#[inline]
pub fn columns(context: &Context) -> i64 {
    Flags::W6_VARIANTS.value(context).columns
}
