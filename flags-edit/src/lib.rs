//! Changes of a flags.yaml and its overlays as data: applied to texts, every comment kept, checked, and
//! compared by what flags answer.
//!
//! An [`Edit`] applied to a [`SourceSet`] gives an [`Edited`], or a [`Refusal`] that says what is wrong and
//! what to do. Nothing here prints, asks, or touches a file.
//!
//! ```
//! use flags_edit::{Edit, Scope, SourceSet};
//!
//! let sources = SourceSet::new("flags.yaml", "flags:\n  new-ui: off  # since May\n");
//! let edited = Edit::Enable { flag: "new-ui".into(), scope: Scope::Unstated }.apply(&sources)?;
//! assert_eq!(edited.sources.base().text, "flags:\n  new-ui: on  # since May\n");
//! assert_eq!(edited.summary, "enable `new-ui`");
//! # Ok::<(), flags_edit::Refusal>(())
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod answers;
mod apply;
mod change;
mod changed;
mod create;
pub mod describe;
mod draft;
mod edit;
mod edited;
mod editor;
mod environments;
mod flag;
pub mod impact;
mod items;
mod json;
mod members;
mod mentions;
mod percent;
mod reach;
mod refusal;
mod rule;
mod scan;
mod scope;
mod segment;
mod sources;
mod switch;
mod tree;
mod weights;

#[cfg(test)]
mod tests;

pub use answers::{EnvironmentAnswer, answers};
pub use create::{NewFlag, NewVariant};
pub use edit::Edit;
pub use edited::{Edited, EditedFile};
pub use refusal::{Refusal, RefusalKind};
pub use rule::{RuleOrder, RuleText};
pub use scope::Scope;
pub use segment::{SegmentChange, SegmentText};
pub use sources::{SourceSet, SourceText};
pub use weights::VariantWeight;
