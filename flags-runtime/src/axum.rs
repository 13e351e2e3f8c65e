//! For services made with axum: the context of a request is the ambient one of all that happens for it, and a flag that
//! is off is a page that is not there.
//!
//! ```
//! use axum::{Router, http::request::Parts, routing::get};
//! use flags_runtime::axum::{CurrentContext, ScopeLayer};
//! use flags_runtime::{Context, FlagDisabled, current, feature_flag};
//!
//! flags_runtime::flags!(inline = "
//! segments: { staff: { when: { email: { endswith: '@example.com' } } } }
//! flags: { reports: { state: staff } }
//! ");
//!
//! /// Off, it answers 404. It needs no context: the layer below has made one.
//! #[feature_flag("reports", ctx = current())]
//! async fn reports() -> Result<String, FlagDisabled> {
//!     Ok("12, 20, 10".to_owned())
//! }
//!
//! async fn who(CurrentContext(ctx): CurrentContext) -> String {
//!     ctx.key().unwrap_or("nobody").to_owned()
//! }
//!
//! fn context(request: &Parts) -> Context {
//!     match request.headers.get("x-user").and_then(|user| user.to_str().ok()) {
//!         Some(user) => Context::new(user).with("email", user),
//!         None => Context::anonymous(),
//!     }
//! }
//!
//! let app: Router = Router::new()
//!     .route("/reports", get(reports))
//!     .route("/who", get(who))
//!     .layer(ScopeLayer::new(context));
//! ```

use crate::{Context, FlagDisabled, InScope, Scoped, current};
use axum_core::body::Body;
use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;
use http::{Request, StatusCode};
use pin_project_lite::pin_project;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// 404, as for a page that does not exist: a visitor should not learn which flags there are.
///
/// The response carries the [`FlagDisabled`] as an extension, for layers that log it.
impl IntoResponse for FlagDisabled {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::NOT_FOUND, "not found\n").into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Extracts the ambient context: the one that [`ScopeLayer`] made from the request, an anonymous one
/// without that layer. It never rejects a request.
#[derive(Clone, Debug)]
pub struct CurrentContext(
    /// The context.
    pub Context,
);

impl<S: Sync> FromRequestParts<S> for CurrentContext {
    type Rejection = Infallible;

    async fn from_request_parts(_parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(current()))
    }
}

/// Makes the context of a request, or the response to a request that has none.
type Make = Arc<dyn Fn(&Parts) -> Result<Context, Box<Response>> + Send + Sync>;

/// A tower layer that makes a context from each request, and makes it the ambient one of what the
/// layers and handlers inside do: [`current`] returns it, on whatever thread they run.
///
/// Tasks that they spawn do not inherit it, nor do bodies that are streamed after the response has begun:
/// see [`InScope::in_scope`].
#[derive(Clone)]
pub struct ScopeLayer {
    make: Make,
}

impl ScopeLayer {
    /// The layer that makes contexts by that function: `Context`s, or those that `flags!` makes.
    #[must_use]
    pub fn new<C: Into<Context>>(make: impl Fn(&Parts) -> C + Send + Sync + 'static) -> Self {
        Self { make: Arc::new(move |parts| Ok(make(parts).into())) }
    }

    /// The layer for a function that refuses some requests: they are answered with its error, and go no
    /// further.
    ///
    /// ```
    /// use axum::http::{StatusCode, request::Parts};
    /// use flags_runtime::{Context, axum::ScopeLayer};
    ///
    /// let layer = ScopeLayer::try_new(|request: &Parts| {
    ///     let user = request.headers.get("x-user").ok_or(StatusCode::UNAUTHORIZED)?;
    ///     let user = user.to_str().map_err(|_| StatusCode::BAD_REQUEST)?;
    ///     Ok::<_, StatusCode>(Context::new(user))
    /// });
    /// ```
    #[must_use]
    pub fn try_new<C: Into<Context>, E: IntoResponse>(
        make: impl Fn(&Parts) -> Result<C, E> + Send + Sync + 'static,
    ) -> Self {
        Self {
            make: Arc::new(move |parts| make(parts).map(Into::into).map_err(|e| Box::new(e.into_response()))),
        }
    }
}

impl fmt::Debug for ScopeLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScopeLayer")
    }
}

impl<S> Layer<S> for ScopeLayer {
    type Service = ScopeService<S>;

    fn layer(&self, inner: S) -> ScopeService<S> {
        ScopeService { inner, make: self.make.clone() }
    }
}

/// The service that [`ScopeLayer`] makes of another.
#[derive(Clone)]
pub struct ScopeService<S> {
    inner: S,
    make: Make,
}

impl<S: fmt::Debug> fmt::Debug for ScopeService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeService").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, B> Service<Request<B>> for ScopeService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ScopeFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> ScopeFuture<S::Future> {
        let (parts, body) = request.into_parts();
        match (self.make)(&parts) {
            Ok(context) => {
                // Layers may do their work before they return a future.
                let call = || self.inner.call(Request::from_parts(parts, body));
                let future = crate::scope(context.clone(), call);
                ScopeFuture::Passed { future: future.in_scope(context) }
            }
            Err(response) => ScopeFuture::Refused { response: Some(*response) },
        }
    }
}

pin_project! {
    /// The future of [`ScopeService`].
    #[project = Projected]
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub enum ScopeFuture<F> {
        /// The inner service's, with the ambient context.
        #[doc(hidden)]
        Passed { #[pin] future: Scoped<F> },
        /// A request that has no context.
        #[doc(hidden)]
        Refused { response: Option<Response<Body>> },
    }
}

impl<F: Future<Output = Result<Response<Body>, E>>, E> Future for ScopeFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        match self.project() {
            Projected::Passed { future } => future.poll(cx),
            // Nobody polls a future that has ended; if somebody does, it never ends again.
            Projected::Refused { response } => response.take().map_or(Poll::Pending, |r| Poll::Ready(Ok(r))),
        }
    }
}
