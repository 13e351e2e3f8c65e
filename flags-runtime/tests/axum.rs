//! A service with flags: the context of a request is the ambient one, a flag that is off is not there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
#![cfg(all(feature = "axum", feature = "macros"))]

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use flags_runtime::axum::{CurrentContext, ScopeLayer};
use flags_runtime::{Context, FlagDisabled, current, feature_flag};
use std::future::Future;
use std::pin::pin;
use std::task::{self, Poll, Waker};
use tower_service::Service as _;

flags_runtime::flags!(
    inline = "
context: { plan: { type: string, values: [free, premium] } }
flags: { reports: { state: targeted, rules: [ { when: { plan: premium } } ] } }
"
);

#[feature_flag("reports", ctx = current())]
async fn reports() -> Result<String, FlagDisabled> {
    yield_once().await;
    Ok(format!("reports of {}", current().key().unwrap_or("nobody")))
}

async fn who(CurrentContext(ctx): CurrentContext) -> String {
    ctx.key().unwrap_or("nobody").to_owned()
}

/// Gives others their turn, which may change the thread's ambient context.
async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        cx.waker().wake_by_ref();
        if std::mem::replace(&mut yielded, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn context(request: &Parts) -> Result<FlagsContext, (StatusCode, String)> {
    let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
    let ctx = header("x-user").map_or_else(Flags::anonymous, Flags::context);
    match header("x-plan").map(str::parse::<Plan>) {
        None => Ok(ctx),
        Some(Ok(plan)) => Ok(ctx.plan(plan)),
        Some(Err(unknown)) => Err((StatusCode::BAD_REQUEST, unknown.to_string())),
    }
}

fn app() -> Router {
    Router::new().route("/reports", get(reports)).route("/who", get(who)).layer(ScopeLayer::try_new(context))
}

fn poll<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut cx = task::Context::from_waker(Waker::noop());
    for _ in 0..100 {
        if let Poll::Ready(done) = future.as_mut().poll(&mut cx) {
            return done;
        }
        assert_eq!(current().key(), None, "between polls the context is not the thread's");
    }
    panic!("it does not end");
}

fn ask(app: Router, path: &str, headers: &[(&str, &str)]) -> (StatusCode, String, Response) {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut app = app;
    let mut response = poll(app.call(request.body(Body::empty()).unwrap())).unwrap();
    let mut text = Vec::new();
    poll(async {
        let mut body = pin!(std::mem::take(response.body_mut()));
        while let Some(frame) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            text.extend_from_slice(&frame.unwrap().into_data().unwrap());
        }
    });
    (response.status(), String::from_utf8(text).unwrap(), response)
}

#[test]
fn the_context_of_the_request_is_the_ambient_one() {
    for (path, headers, status, text) in [
        ("/who", &[][..], StatusCode::OK, "nobody"),
        ("/who", &[("x-user", "ann")], StatusCode::OK, "ann"),
        ("/reports", &[("x-user", "ann"), ("x-plan", "premium")], StatusCode::OK, "reports of ann"),
        ("/reports", &[("x-user", "ann"), ("x-plan", "free")], StatusCode::NOT_FOUND, "not found\n"),
        ("/reports", &[("x-user", "ann"), ("x-plan", "gold")], StatusCode::BAD_REQUEST, ""),
    ] {
        let (got, body, _) = ask(app(), path, headers);
        assert_eq!(got, status, "{path} {headers:?}: {body}");
        assert!(body.contains(text), "{path} {headers:?}: {body}");
        assert_eq!(current().key(), None, "the scope has ended");
    }
}

#[test]
fn a_flag_that_is_off_is_told_to_layers_and_not_to_clients() {
    let (_, body, response) = ask(app(), "/reports", &[]);
    assert_eq!(response.extensions().get::<FlagDisabled>().map(FlagDisabled::flag), Some("reports"));
    assert!(!body.contains("reports"), "{body}");
    let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap();
    assert_eq!(kind, "text/plain; charset=utf-8");
}

#[test]
fn layers_inside_see_the_context_and_those_outside_do_not() {
    async fn inside(request: Request, next: Next) -> Response {
        assert_eq!(current().key(), Some("ann"));
        next.run(request).await
    }
    async fn outside(request: Request, next: Next) -> Response {
        assert_eq!(current().key(), None);
        next.run(request).await
    }
    let layer = ScopeLayer::new(|_: &Parts| Context::new("ann"));
    let app =
        Router::new().route("/who", get(who)).layer(from_fn(inside)).layer(layer).layer(from_fn(outside));
    assert_eq!(ask(app, "/who", &[]).1, "ann");
}
