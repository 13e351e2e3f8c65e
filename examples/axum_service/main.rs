//! A web service: who asks is read from the request, and every handler below knows.
//!
//! `cargo run --example axum_service` starts it on a free port, asks it a few things and ends; with
//! `-- --serve 127.0.0.1:8080` it stays: `curl -H 'x-user: user-1' -H 'x-plan: premium' 127.0.0.1:8080/reports`.

mod ask;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use flags_runtime::axum::ScopeLayer;
use flags_runtime::reload::Status;
use flags_runtime::{FlagDisabled, current, feature_flag};
use std::error::Error;
use tokio::net::TcpListener;

flags_runtime::flags!("examples/axum_service/flags.yaml");

/// Who asks, as the request tells; or what is wrong with it.
fn context(request: &Parts) -> Result<FlagsContext, (StatusCode, String)> {
    let mut ctx = header(&request.headers, "x-user").map_or_else(Flags::anonymous, Flags::context);
    if let Some(plan) = header(&request.headers, "x-plan") {
        // The plans are an enum made from flags.yaml; the error names those that there are.
        let plan: Plan = plan.parse().map_err(|unknown| (StatusCode::BAD_REQUEST, format!("{unknown}\n")))?;
        ctx = ctx.plan(plan);
    }
    Ok(ctx)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The typed context as an extractor, so that a handler takes it like any other argument.
struct User(FlagsContext);

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = (StatusCode, String);

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        context(parts).map(Self)
    }
}

/// A gated handler: the attribute asks with what the extractor found. Off, the answer is 404.
#[feature_flag("api.reports", ctx = user.0)]
async fn reports(user: User) -> Result<String, FlagDisabled> {
    let name = user.0.key().unwrap_or("nobody");
    Ok(format!("the orders of {name}: 12, 20, 10\n{}", totals().await))
}

/// No handler, and no context in sight: the ambient one.
#[feature_flag("api.reports.totals", ctx = current(), default)]
async fn totals() -> String {
    let sum = std::future::ready(42).await; // a query, in a real service
    format!("{sum} in all\n")
}

/// An A/B page: variants are an enum, their values a struct.
async fn home(User(ctx): User) -> Html<String> {
    let look = Flags::HOME_GREETING.value(&ctx);
    let below = match Flags::HOME_GREETING.variant(&ctx) {
        HomeGreeting::Control => "Sign in",
        HomeGreeting::Friendly => "Where were we?",
    };
    Html(format!(
        "<h1 style=\"color: {}\">{}</h1> <a href=\"/reports\">{below}</a>\n",
        look.colour, look.title
    ))
}

/// What is loaded, since when, and what was refused: 200 as long as the flags answer, and they always do.
async fn health() -> Json<Status> {
    Json(Flags::engine().status())
}

fn app() -> Router {
    Router::new()
        .route("/", get(home))
        .route("/reports", get(reports))
        // The same context becomes the ambient one of everything that happens for the request.
        .layer(ScopeLayer::try_new(context))
        .route("/health", get(health))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let stays = arguments.next().is_some_and(|argument| argument == "--serve");
    let address = arguments.next().filter(|_| stays).unwrap_or_else(|| "127.0.0.1:0".to_owned());

    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    if stays {
        let _watch = Flags::engine().watch("examples/axum_service/flags.yaml");
        println!("serving http://{address}; ctrl-c ends");
        axum::serve(listener, app()).await?;
        return Ok(());
    }
    let service = tokio::spawn(async move { axum::serve(listener, app()).await });
    tokio::task::spawn_blocking(move || ask::ask(address)).await??;
    service.abort();
    Ok(())
}
