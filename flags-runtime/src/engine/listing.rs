//! Flags listed by what people say of them: tags, owners, kinds, states.

use super::{Engine, FlagHandle};
use flags_schema::{Flag, FlagCategory};

/// Which flags [`Engine::list`] lists: those that meet everything that is set.
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

    fn takes(&self, flag: &Flag) -> bool {
        let tagged = |tag: &String| flag.tags.iter().any(|known| **known == *tag);
        let owned = |owner: &String| flag.owner.as_ref().is_some_and(|known| **known == *owner);
        self.tag.as_ref().is_none_or(tagged)
            && self.owner.as_ref().is_none_or(owned)
            && self.kind.is_none_or(|kind| *flag.kind == kind)
            && self.state.as_ref().is_none_or(|state| flag.answer.state.as_str() == state)
    }
}

impl Engine {
    /// The flags that the filter takes, in the order of the document, as the environment has them.
    ///
    /// ```
    /// use flags_runtime::{Engine, Filter, Options, SourceFile};
    ///
    /// let text = "flags:\n  a: { state: on, tags: [core] }\n  b: { state: off, tags: [core] }\n";
    /// let loaded = flags_schema::load(SourceFile::new("flags.yaml", text), &mut |_| Err(String::new()), &Default::default());
    /// let engine = Engine::new(loaded.document, Options::default()).unwrap();
    ///
    /// let listed = engine.list(&Filter::default().tag("core").state("off"));
    /// assert_eq!(listed.iter().map(|flag| flag.key()).collect::<Vec<_>>(), ["b"]);
    /// ```
    #[must_use]
    pub fn list(&self, filter: &Filter) -> Vec<FlagHandle<'_>> {
        self.read(|snapshot| {
            let indices = (0_u32..).take(snapshot.ruleset.flags.len());
            let taken = indices.filter(|flag| snapshot.written(*flag).is_some_and(|flag| filter.takes(flag)));
            taken.map(|index| self.handle(snapshot, index)).collect()
        })
    }
}
