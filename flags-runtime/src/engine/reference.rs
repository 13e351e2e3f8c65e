//! What names a flag of an engine.

use super::{Engine, FlagHandle};

/// Keeps [`FlagRef`] from being implemented elsewhere.
pub(crate) mod sealed {
    pub trait Sealed {}
    impl Sealed for super::FlagHandle<'_> {}
    impl Sealed for str {}
    impl Sealed for String {}
    impl<T: Sealed + ?Sized> Sealed for &T {}
}

/// Something that names a flag of an engine: its constant, a handle, or its key.
///
/// A constant and a handle belong to one engine; asked of another they are an error, also where that
/// engine has a flag of the same key.
pub trait FlagRef: sealed::Sealed {
    /// What it names.
    #[doc(hidden)]
    fn reference(&self) -> Reference<'_>;
}

/// What a [`FlagRef`] names.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Reference<'a> {
    /// A flag that the program was compiled with.
    Constant {
        /// The engine that answers for it.
        engine: &'static Engine,
        /// Its index there.
        index: u32,
    },
    /// A flag that was looked up.
    Handle(&'a FlagHandle<'a>),
    /// A key.
    Key(&'a str),
}

impl Reference<'_> {
    /// The flag's key, for messages.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Constant { engine, index } => engine.key(*index),
            Self::Handle(handle) => handle.key(),
            Self::Key(key) => (*key).to_owned(),
        }
    }
}

impl FlagRef for FlagHandle<'_> {
    fn reference(&self) -> Reference<'_> {
        Reference::Handle(self)
    }
}

impl FlagRef for str {
    fn reference(&self) -> Reference<'_> {
        Reference::Key(self)
    }
}

impl FlagRef for String {
    fn reference(&self) -> Reference<'_> {
        Reference::Key(self)
    }
}

impl<T: FlagRef + ?Sized> FlagRef for &T {
    fn reference(&self) -> Reference<'_> {
        (**self).reference()
    }
}
