//! A trait of `#[async_trait]`, gated method by method.

use async_trait::async_trait;
use flags_runtime::feature_flag;
use toggles::{Flags, FlagsContext};

/// Something that works through batches.
#[async_trait]
pub trait Worker {
    /// How many batches were done.
    async fn run(&mut self, ctx: &FlagsContext) -> Option<u32>;

    /// How many are left, when anyone may know.
    #[feature_flag("community.forums", ctx = ctx, default)]
    async fn left(&self, ctx: &FlagsContext) -> u32 {
        self.size().await
    }

    /// How many there are.
    async fn size(&self) -> u32;
}

/// The batches of the night.
#[derive(Debug)]
pub struct Nightly {
    /// How many.
    pub size: u32,
}

#[async_trait]
impl Worker for Nightly {
    #[feature_flag("community.forums")]
    async fn run(&mut self, ctx: &FlagsContext) -> Option<u32> {
        let done = self.left(ctx).await;
        self.size -= done;
        std::future::ready(Some(done)).await
    }

    async fn size(&self) -> u32 {
        self.size
    }
}

/// A worker that knows for whom it works.
#[derive(Debug)]
pub struct Own(pub FlagsContext);

#[async_trait]
impl Worker for Own {
    #[feature_flag("worker.batches", negate, ctx = self.0)]
    async fn run(&mut self, ctx: &FlagsContext) -> Option<u32> {
        Some(self.left(ctx).await)
    }

    #[feature_flag("community.forums", ctx = self.0, default)]
    async fn size(&self) -> u32 {
        std::future::ready(7).await
    }
}
