//! The ambient context, in sync code and in futures.

#![deny(warnings)]

use flags_runtime::{Context, InScope, current, feature_flag, scope};
use std::pin::pin;
use std::task::{self, Poll, Waker};

flags_runtime::flags!(inline = "flags: { new-ui: { state: targeted, users: [insider] } }");

#[feature_flag("new-ui", ctx = current())]
fn deep_inside() -> Option<u32> {
    Some(1)
}

#[feature_flag("new-ui", ctx = flags_runtime::current())]
async fn later() -> Option<u32> {
    deep_inside()
}

pub(crate) fn main() {
    assert_eq!(deep_inside(), None);
    assert_eq!(scope(Context::new("insider"), deep_inside), Some(1));
    assert_eq!(scope(Context::new("somebody"), deep_inside), None);
    let mut future = pin!(later().in_scope(Context::new("insider")));
    let done = future.as_mut().poll(&mut task::Context::from_waker(Waker::noop()));
    assert_eq!(done, Poll::Ready(Some(1)));
}

use std::future::Future;
