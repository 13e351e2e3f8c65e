//! Our side of W1 to W7: the constants of benches/flags.yaml, typed and untyped contexts.
//!
//! The bench that includes this has `flags` beside it.

#![allow(unreachable_pub, reason = "as in support")]

use super::flags::Flags;
use super::support::document::User;
use flags_runtime::Context;

/// The context that `flags.yaml` declares.
#[inline]
pub fn typed(user: &User) -> Context {
    Flags::context(&user.id)
        .country(user.country)
        .plan(user.plan)
        .email(&user.email)
        .app_version(user.app_version)
        .age(user.age)
        .into()
}

/// The same attributes, named when the context is made, and in another order.
#[inline]
pub fn untyped(user: &User) -> Context {
    Context::new(&user.id)
        .with("age", user.age)
        .with("app_version", user.app_version)
        .with("email", &user.email)
        .with("plan", user.plan)
        .with("country", user.country)
}

/// The payload's number, so that the value is read.
#[inline]
pub fn columns(context: &Context) -> i64 {
    Flags::W6_VARIANTS.value(context).columns
}
