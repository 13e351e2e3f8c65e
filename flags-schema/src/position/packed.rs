//! Positions in serialised documents: fields for people, one number in the embedded form, where they
//! are a third of all that is read when a program starts.

use super::{FileId, Position};
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::Cell;
use std::fmt;

/// Bits of the file in the number.
const FILE: u32 = 4;
/// Bits of the column.
const COLUMN: u32 = 8;
/// Instead of the file, when something does not fit: file, line and column follow as numbers of their own.
const APART: u64 = (1 << FILE) - 1;

thread_local! {
    /// The line from which lines are counted.
    static FIRST: Cell<u32> = const { Cell::new(0) };
}

/// Runs `code`, in which lines in the embedded form count from that one: a flag that moves has the same bytes.
pub(crate) fn counting_from<R>(line: u32, code: impl FnOnce() -> R) -> R {
    let before = FIRST.replace(line);
    let result = code();
    FIRST.set(before);
    result
}

/// The same under the names that people read.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Position")]
struct Fields {
    file: FileId,
    line: u32,
    column: u32,
}

impl Position {
    fn packed(self) -> Option<u64> {
        let (file, line, column) = (u64::from(self.file.0), u64::from(self.line), u64::from(self.column));
        (file < APART && column >> COLUMN == 0).then_some((line << COLUMN | column) << FILE | file)
    }

    fn unpacked(packed: u64) -> Option<Self> {
        let file = u16::try_from(packed & APART).ok()?;
        let column = u32::try_from(packed >> FILE & ((1 << COLUMN) - 1)).ok()?;
        let line = u32::try_from(packed >> (FILE + COLUMN)).ok()?;
        Some(Self::new(FileId(file), line, column))
    }
}

impl Serialize for Position {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { file, line, column } = *self;
        if serializer.is_human_readable() {
            return Fields { file, line, column }.serialize(serializer);
        }
        let line = line.wrapping_sub(FIRST.get());
        match Self::new(file, line, column).packed() {
            Some(packed) => {
                let mut one = serializer.serialize_tuple(1)?;
                one.serialize_element(&packed)?;
                one.end()
            }
            None => {
                let mut apart = serializer.serialize_tuple(4)?;
                apart.serialize_element(&APART)?;
                apart.serialize_element(&file)?;
                apart.serialize_element(&line)?;
                apart.serialize_element(&column)?;
                apart.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let Fields { file, line, column } = Fields::deserialize(deserializer)?;
            return Ok(Self { file, line, column });
        }
        deserializer.deserialize_tuple(4, Numbers)
    }
}

struct Numbers;

impl<'de> Visitor<'de> for Numbers {
    type Value = Position;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a position")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Position, A::Error> {
        let mut short = || A::Error::invalid_length(0, &Self);
        let packed: u64 = numbers.next_element()?.ok_or_else(&mut short)?;
        let mut position = if packed & APART == APART {
            Position {
                file: numbers.next_element()?.ok_or_else(&mut short)?,
                line: numbers.next_element()?.ok_or_else(&mut short)?,
                column: numbers.next_element()?.ok_or_else(&mut short)?,
            }
        } else {
            Position::unpacked(packed).ok_or_else(|| A::Error::custom("a line out of range"))?
        };
        position.line = position.line.wrapping_add(FIRST.get());
        Ok(position)
    }
}

#[cfg(test)]
mod tests {
    use super::{FileId, Position, counting_from};

    #[test]
    fn every_position_survives() {
        for (file, line, column) in [
            (0, 1, 1),
            (14, 1, 255),
            (15, 1, 1),
            (0, 1, 256),
            (u16::MAX, u32::MAX, u32::MAX),
            (3, u32::MAX, 7),
            (0, 0, 0),
        ] {
            let position = Position::new(FileId(file), line, column);
            for first in [0, 1, 300, u32::MAX] {
                let bytes = counting_from(first, || postcard::to_stdvec(&(position, 7_u8)).unwrap());
                let read = counting_from(first, || postcard::from_bytes::<(Position, u8)>(&bytes).unwrap());
                assert_eq!(read, (position, 7), "{position:?} from {first}");
            }
            let json = serde_json::to_value(position).unwrap();
            assert_eq!(json, serde_json::json!({ "file": file, "line": line, "column": column }));
            assert_eq!(serde_json::from_value::<Position>(json).unwrap(), position);
        }
    }
}
