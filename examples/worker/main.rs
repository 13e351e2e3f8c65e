//! Jobs of many users in one process: each task carries the context of the user it works for, so that code
//! far below asks flags without being handed one.
//!
//! `cargo run --example worker`

use flags_runtime::{Context, InScope, current, feature_flag, scope};
use std::time::Duration;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::sleep;

flags_runtime::flags!("examples/worker/flags.yaml");

struct Job {
    user: &'static str,
    pictures: u32,
}

const JOBS: [Job; 4] = [
    Job { user: "user-1", pictures: 3 },
    Job { user: "user-2", pictures: 1 },
    Job { user: "user-3", pictures: 2 },
    Job { user: "user-5", pictures: 2 },
];

fn user() -> String {
    current().key().unwrap_or("nobody").to_owned()
}

/// Deep inside, no context in sight.
#[feature_flag("thumbnails.sharper", ctx = current(), else = "the quick filter")]
fn filter() -> &'static str {
    "the sharper filter"
}

/// Asked when the future is first polled, with the context of the task that polls it.
#[feature_flag("thumbnails.audit", ctx = current())]
async fn audit(made: u32) -> Option<String> {
    sleep(Duration::from_millis(1)).await;
    Some(format!("written down: {made} for {}", user()))
}

/// Every await lets other jobs run, on this same thread; the context comes and goes with the task.
async fn work(job: &Job) -> Vec<String> {
    let mut log = Vec::new();
    for picture in 1..=job.pictures {
        sleep(Duration::from_millis(2)).await;
        log.push(format!("picture {picture} with {}", filter()));
    }
    log.extend(audit(job.pictures).await);
    log
}

/// What a job starts does not inherit its context: it is handed over where the job starts it.
async fn hand_over() -> Result<[String; 4], JoinError> {
    let context = current();
    let spawned = tokio::spawn(async { user() }).await?;
    let spawned_in_scope = tokio::spawn(async { user() }.in_scope(current())).await?;
    let blocking = spawn_blocking(user).await?;
    let blocking_in_scope = spawn_blocking(move || scope(context, user)).await?;
    Ok([spawned, spawned_in_scope, blocking, blocking_in_scope])
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    // All jobs run at once, each in the scope of its user.
    let running = JOBS.map(|job| {
        let ctx = Flags::context(job.user);
        (job.user, tokio::spawn(async move { work(&job).await }.in_scope(ctx)))
    });
    for (user, task) in running {
        println!("{user}");
        for line in task.await? {
            println!("  {line}");
        }
    }
    println!("outside of every job: {}, {}", user(), filter());

    let [spawned, spawned_in_scope, blocking, blocking_in_scope] =
        hand_over().in_scope(Context::new("user-1")).await?;
    println!("\nwho a job of user-1 works for in");
    println!("  a task that it spawns              {spawned}");
    println!("  the same, in_scope(current())      {spawned_in_scope}");
    println!("  a blocking task                    {blocking}");
    println!("  the same, in scope(context, …)     {blocking_in_scope}");
    Ok(())
}
