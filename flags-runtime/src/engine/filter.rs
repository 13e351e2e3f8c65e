//! Flags listed by what people say of them: tags, owners, kinds, states.

use flags_schema::{Flag, FlagCategory};

/// Which flags [`Engine::list`](crate::Engine::list) lists: those that meet everything that is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    tag: Option<String>,
    owner: Option<String>,
    kind: Option<FlagCategory>,
    state: Option<String>,
}

impl Filter {
    /// Only flags with that tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Only flags of that owner.
    #[must_use]
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.owner = Some(owner.into());
        self
    }

    /// Only flags of that kind.
    #[must_use]
    pub const fn kind(mut self, kind: FlagCategory) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Only flags in that state, as flags.yaml writes it: `on`, `off`, `gradual`, `targeted`, or the
    /// name of a segment. Overrides are not looked at.
    #[must_use]
    pub fn state(mut self, state: impl Into<String>) -> Self {
        self.state = Some(state.into());
        self
    }

    pub(super) fn takes(&self, flag: &Flag) -> bool {
        let tagged = |tag: &String| flag.tags.iter().any(|known| **known == *tag);
        let owned = |owner: &String| flag.owner.as_ref().is_some_and(|known| **known == *owner);
        self.tag.as_ref().is_none_or(tagged)
            && self.owner.as_ref().is_none_or(owned)
            && self.kind.is_none_or(|kind| *flag.kind == kind)
            && self.state.as_ref().is_none_or(|state| flag.answer.state.as_str() == state)
    }
}
