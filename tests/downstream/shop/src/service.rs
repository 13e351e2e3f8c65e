//! A service of axum, called without a network.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get as route;
use flags_runtime::{Context, FlagDisabled, InScope as _, feature_flag};
use std::convert::Infallible;
use toggles::{Flags, FlagsContext};
use tower::ServiceExt as _;

/// Who asks, from the request's header.
#[derive(Debug)]
struct User(FlagsContext);

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let name = parts.headers.get("user").and_then(|value| value.to_str().ok());
        Ok(Self(name.map_or_else(Flags::anonymous, Flags::context)))
    }
}

/// What a flag that is off answers over HTTP.
#[derive(Debug)]
struct NotThere(FlagDisabled);

impl From<FlagDisabled> for NotThere {
    fn from(disabled: FlagDisabled) -> Self {
        Self(disabled)
    }
}

impl IntoResponse for NotThere {
    fn into_response(self) -> Response {
        (StatusCode::NOT_FOUND, self.0.to_string()).into_response()
    }
}

#[feature_flag("community.forums", ctx = user.0)]
async fn forums(user: User) -> Result<String, NotThere> {
    let name = std::future::ready(user.0.key().unwrap_or("stranger").to_owned()).await;
    Ok(format!("forums of {name}"))
}

#[feature_flag("checkout.button", variant = "treatment", ctx = user.0, else = "old checkout".into_response())]
async fn checkout(user: User) -> impl IntoResponse {
    let value = Flags::CHECKOUT_BUTTON.value(&user.0);
    format!("new checkout in {}", value.color).into_response()
}

#[feature_flag("community.forums", ctx = flags_runtime::current(), default)]
async fn ambient() -> String {
    std::future::ready("gated by the ambient context".to_owned()).await
}

/// Gives each request its ambient context.
async fn in_scope(User(context): User, request: Request, next: Next) -> Response {
    next.run(request).in_scope(Context::from(context)).await
}

/// The answer to `GET path` by `user`.
pub async fn get(path: &str, user: &str) -> String {
    let service = Router::new()
        .route("/forums", route(forums))
        .route("/checkout", route(checkout))
        .route("/ambient", route(ambient))
        .layer(from_fn(in_scope));
    let request = Request::builder().uri(path).header("user", user).body(Body::empty());
    let Ok(request) = request else { return "no such path".to_owned() };
    let response = service.oneshot(request).await.into_response();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1024).await.unwrap_or_default();
    format!("{} {}", status.as_u16(), String::from_utf8_lossy(&body))
}
