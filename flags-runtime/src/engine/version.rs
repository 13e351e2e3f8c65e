//! The version of what an engine answers.

use super::{Engine, EngineState};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;

impl Engine {
    /// The version of what the flags answer: another one when the document, the environment or an override is
    /// another. 32 hexadecimal digits, the same in every process that answers the same; what an `ETag` needs.
    ///
    /// It is computed when it is first asked for after a change. Time is no part of it: rollouts that rise and
    /// windows that open change answers without it.
    ///
    /// ```
    /// use flags_runtime::{Engine, Options, OverrideState};
    /// # use flags_schema::{SourceFile, load};
    /// # let source = SourceFile::new("flags.yaml", "flags:\n  new-ui: on\n");
    /// # let loaded = load(source, &mut |_| Err(String::new()), &Default::default());
    /// # let engine = Engine::new(loaded.document, Options::default()).unwrap();
    /// let before = engine.version();
    /// engine.set_override("new-ui", OverrideState::Off).unwrap();
    /// assert_ne!(engine.version(), before);
    /// engine.reset_override("new-ui").unwrap();
    /// assert_eq!(engine.version(), before);
    /// ```
    #[must_use]
    pub fn version(&self) -> Arc<str> {
        let state = self.state();
        state.version.get_or_init(|| compute(&state)).clone()
    }
}

/// Each part with its length before it, so that no two states read the same.
fn compute(state: &EngineState) -> Arc<str> {
    let mut digest = Sha256::new();
    let mut tell = |text: &str| {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text);
    };
    tell(state.in_force().fingerprint());
    tell(state.environment.as_deref().unwrap_or_default());
    state.kept.describe(&mut tell);
    tell("overrides");
    for info in state.listed_overrides() {
        tell(&info.key);
        tell(info.layer.as_str());
        tell(&format!("{:?}", info.state));
    }
    let bytes: [u8; 32] = digest.finalize().into();
    let hex = bytes.iter().take(16).fold(String::with_capacity(32), |mut hex, byte| {
        // Writing to a text does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    hex.into()
}
