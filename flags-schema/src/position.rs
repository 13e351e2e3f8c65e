//! Where a thing was written: positions, and values that remember theirs.

mod packed;

pub(crate) use packed::counting_from;

use serde::{Deserialize, Serialize};
use std::ops::{Deref, DerefMut};

/// Index of a file among [`Document::files`](crate::Document::files): 0 is the base file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileId(pub u16);

/// A position in a file. Lines and columns count from 1; columns count characters, not bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The file.
    pub file: FileId,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl Position {
    /// The position at `line` and `column` of `file`.
    #[must_use]
    pub const fn new(file: FileId, line: u32, column: u32) -> Self {
        Self { file, line, column }
    }
}

/// A value and the position where it was written.
///
/// Two are equal when their values are: where a thing stands does not change what it means.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub position: Position,
}

impl<T> Spanned<T> {
    /// `value`, written at `position`.
    pub const fn new(value: T, position: Position) -> Self {
        Self { value, position }
    }

    /// The same position with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), position: self.position }
    }

    /// The same position with another value, made from a reference.
    pub fn with<U>(&self, value: U) -> Spanned<U> {
        Spanned { value, position: self.position }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

impl<T: std::hash::Hash> std::hash::Hash for Spanned<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Spanned<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}
