//! Every shape of function under `#[feature_flag]`, with the flag on and off.

#![deny(warnings)]

use flags_runtime::{Context, feature_flag};
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{self, Poll, Waker};

flags_runtime::flags!(
    inline = "
flags:
  new.ui: { state: targeted, users: [insider] }
  checkout.button:
    state: targeted
    variants: [control, treatment]
    users: { treatment: [insider] }
"
);

#[feature_flag("new.ui")]
fn unit(log: &mut Vec<u32>, ctx: &Context) {
    log.push(1);
}

#[feature_flag("new.ui")]
fn option(ctx: &Context) -> Option<u32> {
    Some(1)
}

#[feature_flag("new.ui")]
pub(crate) fn owned(mut ctx: Context) -> Option<Context> {
    ctx.set("seen", true);
    Some(ctx)
}

#[feature_flag("new.ui", else = 10 + limit)]
fn otherwise(limit: u32, ctx: &Context) -> u32 {
    limit
}

#[feature_flag("new.ui", default)]
fn by_default<'a>(text: &'a str, ctx: &Context) -> &'a str {
    text
}

#[feature_flag("new.ui", negate)]
fn negated(ctx: &Context) -> Option<u32> {
    Some(2)
}

#[feature_flag("checkout.button", variant = "treatment", else = "old")]
fn variant(ctx: &Context) -> &'static str {
    "new"
}

#[feature_flag("checkout.button", variant = "treatment", negate, else = "new")]
fn not_variant(ctx: &Context) -> &'static str {
    "old"
}

#[feature_flag("new.ui", default)]
fn generic<T: Default + Clone, const N: usize>(items: &[T; N], ctx: &Context) -> Vec<T>
where
    T: PartialEq,
{
    items.to_vec()
}

#[feature_flag("new.ui", else = Box::new(std::iter::empty()) as Box<dyn Iterator<Item = u32>>)]
fn impl_trait(ctx: &Context) -> impl Iterator<Item = u32> + use<> {
    Box::new(0..3_u32) as Box<dyn Iterator<Item = u32>>
}

/// Lints about unsafe functions and other ABIs still see what was written.
#[feature_flag("new.ui", default)]
extern "C" fn other_abi(ctx: &Context) -> u32 {
    4
}

/// Items, inner attributes, early returns and shadowed names in the body are its own.
#[feature_flag("new.ui")]
fn body(ctx: &Context) -> Option<u32> {
    #![allow(unused_variables)]
    use std::convert::identity;
    const LIMIT: u32 = 2;
    fn twice(number: u32) -> u32 {
        number * 2
    }
    let ctx = "another thing";
    if LIMIT > 100 {
        return None;
    }
    let unused = 0;
    Some(identity(twice(LIMIT)))
}

#[feature_flag("new.ui", ctx = Context::new(user))]
fn made(user: &str) -> Option<usize> {
    Some(user.len())
}

#[feature_flag("new.ui", ctx = request.context)]
fn inside(request: &Request) -> Option<u32> {
    Some(request.size)
}

#[feature_flag("new.ui")]
async fn asynchronous(ctx: &Context) -> Option<u32> {
    std::future::ready(Some(5)).await
}

#[feature_flag("new.ui", else = std::future::ready(6).await)]
async fn asynchronous_otherwise(ctx: Context) -> u32 {
    drop(ctx);
    7
}

#[feature_flag("new.ui")]
fn boxed<'a>(ctx: &'a Context) -> Pin<Box<dyn Future<Output = Option<u32>> + Send + 'a>> {
    Box::pin(async move {
        let key = ctx.key().unwrap_or_default();
        Some(u32::try_from(key.len()).unwrap_or(0))
    })
}

struct Request {
    context: Context,
    size: u32,
}

impl Request {
    #[feature_flag("new.ui", ctx = self.context)]
    fn size(&self) -> Option<u32> {
        Some(self.size)
    }

    #[feature_flag("new.ui", ctx = self.context)]
    fn grow(&mut self) {
        self.size += 1;
    }

    #[feature_flag("new.ui", ctx = &self.context)]
    fn take(self) -> Option<Context> {
        Some(self.context)
    }

    #[feature_flag("new.ui", ctx = Self::nobody(), default)]
    fn associated() -> u32 {
        8
    }

    fn nobody() -> Context {
        Context::anonymous()
    }
}

trait Pages {
    #[feature_flag("new.ui")]
    fn provided(&self, ctx: &Context) -> Option<u32> {
        Some(9)
    }

    async fn native(&self, ctx: &Context) -> Option<u32>;
}

impl Pages for Request {
    #[feature_flag("new.ui")]
    async fn native(&self, ctx: &Context) -> Option<u32> {
        Some(self.size)
    }
}

macro_rules! gated {
    ($name:ident, $body:block) => {
        #[feature_flag("new.ui")]
        fn $name(ctx: &Context) -> Option<u32> $body
    };
}
gated!(written_by_a_macro, { Some(11) });

fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut task::Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing waits here"),
    }
}

pub(crate) fn main() {
    for (user, on) in [("insider", true), ("somebody", false)] {
        let ctx = &Context::new(user);
        let some = |number: u32| on.then_some(number);
        let mut log = Vec::new();
        unit(&mut log, ctx);
        assert_eq!(log.len(), usize::from(on));
        assert_eq!(option(ctx), some(1));
        assert_eq!(owned(ctx.clone()).is_some_and(|ctx| ctx.get("seen").is_some()), on);
        assert_eq!(otherwise(3, ctx), if on { 3 } else { 13 });
        assert_eq!(by_default("text", ctx), if on { "text" } else { "" });
        assert_eq!(negated(ctx), (!on).then_some(2));
        assert_eq!(variant(ctx), if on { "new" } else { "old" });
        assert_eq!(not_variant(ctx), if on { "new" } else { "old" });
        assert_eq!(generic(&[1, 2], ctx).len(), if on { 2 } else { 0 });
        assert_eq!(impl_trait(ctx).count(), if on { 3 } else { 0 });
        assert_eq!(other_abi(ctx), if on { 4 } else { 0 });
        assert_eq!(body(ctx), some(4));
        assert_eq!(made(user), on.then_some(user.len()));
        assert_eq!(run(asynchronous(ctx)), some(5));
        assert_eq!(run(asynchronous_otherwise(ctx.clone())), if on { 7 } else { 6 });
        assert_eq!(run(boxed(ctx)), some(7));
        let mut request = Request { context: ctx.clone(), size: 1 };
        assert_eq!(inside(&request), some(1));
        request.grow();
        assert_eq!(request.size(), some(2));
        assert_eq!(request.provided(ctx), some(9));
        assert_eq!(run(request.native(ctx)), some(2));
        assert_eq!(request.take().is_some(), on);
        assert_eq!(Request::associated(), 0);
        assert_eq!(written_by_a_macro(ctx), some(11));
    }
}
