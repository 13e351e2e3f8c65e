//! The canonical form that fingerprints are made of: JSON's data, each thing with its kind and length before it, so
//! that no two forms read the same. The fields of a map are sorted, and positions are left out.

use serde::ser::{
    Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};
use serde::{Serialize, Serializer};
use std::fmt::Write as _;

/// The form, as far as it is written.
#[derive(Default)]
pub(super) struct Canonical(pub(super) Vec<u8>);

impl Canonical {
    /// Appends a value. Nothing in this crate fails to serialise: no map has keys other than strings.
    pub(super) fn put(&mut self, value: &(impl Serialize + ?Sized)) {
        let start = self.0.len();
        if value.serialize(&mut *self).is_err() {
            self.0.truncate(start);
            self.0.push(b'n');
        }
    }

    /// Appends a map's field.
    pub(super) fn field(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        self.text(name);
        self.put(value);
    }

    pub(super) fn length(&mut self, kind: u8, length: usize) {
        self.0.push(kind);
        self.0.extend((length as u64).to_be_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.length(b's', text.len());
        self.0.extend(text.as_bytes());
    }

    fn number(&mut self, number: impl std::fmt::Display) {
        let start = self.0.len();
        self.length(b'#', 0);
        let mut digits = Digits(&mut self.0);
        // Writing into it never fails.
        let _ = write!(digits, "{number}");
        self.close(start, self.0.len() - start - HEAD);
    }

    /// Writes the length of what was begun at an offset.
    fn close(&mut self, start: usize, length: usize) {
        if let Some(head) = self.0.get_mut(start + 1..start + HEAD) {
            head.copy_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// Bytes of a kind and a length.
const HEAD: usize = 9;

struct Digits<'a>(&'a mut Vec<u8>);

impl std::fmt::Write for Digits<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend(text.as_bytes());
        Ok(())
    }
}

/// Fields that say where something stands. Keys of user data are never fields here: maps of values are lists of
/// pairs.
fn is_position(field: &str) -> bool {
    matches!(field, "position" | "file" | "files" | "ended")
}

type Error = serde_json::Error;

/// Methods of a serializer that write a whole number.
macro_rules! numbers {
    ($($method:ident($number:ty))*) => {$(
        fn $method(self, value: $number) -> Result<(), Error> {
            self.number(value);
            Ok(())
        }
    )*};
}

impl<'c> Serializer for &'c mut Canonical {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = List<'c>;
    type SerializeTuple = List<'c>;
    type SerializeTupleStruct = List<'c>;
    type SerializeTupleVariant = List<'c>;
    type SerializeMap = Fields<'c>;
    type SerializeStruct = Fields<'c>;
    type SerializeStructVariant = Fields<'c>;

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.0.push(if value { b't' } else { b'f' });
        Ok(())
    }
    numbers! {
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64)
    }
    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        self.serialize_f64(value.into())
    }
    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        match serde_json::Number::from_f64(value) {
            Some(number) => self.number(number),
            None => self.0.push(b'n'),
        }
        Ok(())
    }
    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.text(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }
    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.text(value);
        Ok(())
    }
    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Error> {
        self.0.push(b'n');
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.length(b'{', 1);
        self.text(variant);
        value.serialize(self)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<List<'c>, Error> {
        Ok(List::new(self))
    }
    fn serialize_tuple(self, _: usize) -> Result<List<'c>, Error> {
        Ok(List::new(self))
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'c>, Error> {
        Ok(List::new(self))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'c>, Error> {
        self.length(b'{', 1);
        self.text(variant);
        Ok(List::new(self))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Fields<'c>, Error> {
        Ok(Fields::new(self))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'c>, Error> {
        Ok(Fields::new(self))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Fields<'c>, Error> {
        self.length(b'{', 1);
        self.text(variant);
        Ok(Fields::new(self))
    }
}

/// A list that is being written: its length is known at its end.
pub(super) struct List<'c> {
    out: &'c mut Canonical,
    start: usize,
    length: usize,
}

impl<'c> List<'c> {
    fn new(out: &'c mut Canonical) -> Self {
        let start = out.0.len();
        out.length(b'[', 0);
        Self { out, start, length: 0 }
    }

    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.length += 1;
        value.serialize(&mut *self.out)
    }

    fn close(self) {
        self.out.close(self.start, self.length);
    }
}

/// A map that is being written: its fields are sorted at its end.
pub(super) struct Fields<'c> {
    out: &'c mut Canonical,
    start: usize,
    /// Where each field begins; few maps have more of them.
    begins: Offsets,
}

/// Offsets, without a heap for up to 24 of them: a flag has 16 fields, an answer 8.
struct Offsets {
    few: [usize; 24],
    count: usize,
    more: Vec<usize>,
}

impl Offsets {
    fn push(&mut self, offset: usize) {
        match self.few.get_mut(self.count) {
            Some(slot) => *slot = offset,
            None => {
                if self.more.is_empty() {
                    self.more.extend(self.few);
                }
                self.more.push(offset);
            }
        }
        self.count += 1;
    }

    fn all(&mut self) -> &mut [usize] {
        if self.more.is_empty() { self.few.get_mut(..self.count).unwrap_or_default() } else { &mut self.more }
    }
}

/// The name of the field that begins at an offset.
fn name(bytes: &[u8], offset: usize) -> &[u8] {
    let length = bytes.get(offset + 1..offset + HEAD).and_then(|length| length.try_into().ok());
    let length = usize::try_from(u64::from_be_bytes(length.unwrap_or_default())).unwrap_or_default();
    bytes.get(offset + HEAD..).and_then(|rest| rest.get(..length)).unwrap_or_default()
}

impl<'c> Fields<'c> {
    fn new(out: &'c mut Canonical) -> Self {
        let start = out.0.len();
        out.length(b'{', 0);
        Self { out, start, begins: Offsets { few: [0; 24], count: 0, more: Vec::new() } }
    }

    fn add<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        if is_position(name) {
            return Ok(());
        }
        self.begins.push(self.out.0.len());
        self.out.text(name);
        value.serialize(&mut *self.out)
    }

    fn close(mut self) {
        let bytes = &mut self.out.0;
        let end = bytes.len();
        let offsets = self.begins.all();
        if !offsets.is_sorted_by_key(|offset| name(bytes, *offset)) {
            let first = offsets.first().copied().unwrap_or(end);
            // Each field with where it ends, in the order of the names.
            let ends = offsets.iter().skip(1).copied().chain([end]);
            let mut fields: Vec<(usize, usize)> = offsets.iter().copied().zip(ends).collect();
            fields.sort_by_key(|(offset, _)| name(bytes, *offset));
            for (start, end) in fields {
                bytes.extend_from_within(start..end);
            }
            bytes.drain(first..end);
        }
        self.out.close(self.start, self.begins.count);
    }
}

/// What is added one by one, and ends: serde has a trait for each kind of list and struct.
macro_rules! collections {
    ($($collection:ident: $name:ident::$method:ident($($key:ident)?);)*) => {$(
        impl $name for $collection<'_> {
            type Ok = ();
            type Error = Error;
            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: &'static str,)?
                value: &T,
            ) -> Result<(), Error> {
                self.add($($key,)? value)
            }
            fn end(self) -> Result<(), Error> {
                self.close();
                Ok(())
            }
        }
    )*};
}
collections! {
    List: SerializeSeq::serialize_element();
    List: SerializeTuple::serialize_element();
    List: SerializeTupleStruct::serialize_field();
    List: SerializeTupleVariant::serialize_field();
    Fields: SerializeStruct::serialize_field(key);
    Fields: SerializeStructVariant::serialize_field(key);
}

impl SerializeMap for Fields<'_> {
    type Ok = ();
    type Error = Error;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.begins.push(self.out.0.len());
        key.serialize(&mut *self.out)?;
        let offset = self.begins.all().last().copied().unwrap_or_default();
        if self.out.0.get(offset) == Some(&b's') { Ok(()) } else { Err(Error::custom("a key is no text")) }
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.out)
    }
    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

#[cfg(all(test, feature = "yaml"))]
mod tests {
    use crate::fingerprint::Fingerprint;
    use crate::{Document, Options, SourceFile, load};
    use serde_json::Value as Json;
    use sha2::{Digest, Sha256};
    use std::path::Path;

    /// The same form, from a tree of JSON.
    fn write(json: &Json, out: &mut Vec<u8>) {
        let text = |kind: u8, text: &str, out: &mut Vec<u8>| {
            out.push(kind);
            out.extend((text.len() as u64).to_be_bytes());
            out.extend(text.as_bytes());
        };
        match json {
            Json::Null => out.push(b'n'),
            Json::Bool(value) => out.push(if *value { b't' } else { b'f' }),
            Json::Number(number) => text(b'#', &number.to_string(), out),
            Json::String(string) => text(b's', string, out),
            Json::Array(elements) => {
                out.push(b'[');
                out.extend((elements.len() as u64).to_be_bytes());
                for element in elements {
                    write(element, out);
                }
            }
            Json::Object(fields) => {
                let mut fields: Vec<_> =
                    fields.iter().filter(|(name, _)| !super::is_position(name)).collect();
                fields.sort_by_key(|(name, _)| *name);
                out.push(b'{');
                out.extend((fields.len() as u64).to_be_bytes());
                for (name, value) in fields {
                    text(b's', name, out);
                    write(value, out);
                }
            }
        }
    }

    #[test]
    fn a_fingerprint_is_that_of_the_sorted_json() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/valid");
        let texts = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        let mut documents: Vec<Document> = texts
            .map(|text| {
                let overlay = "flags: { a: { state: off } }\nsegments: { b: { users: [x] } }\n";
                load(
                    SourceFile::new("flags.yaml", text),
                    &mut |_| Ok(SourceFile::new("o.yaml", overlay)),
                    &Options::default(),
                )
                .document
            })
            .collect();
        assert!(documents.len() > 10);
        documents.push(Document::default());
        for document in &documents {
            let mut bytes = Vec::new();
            write(&serde_json::to_value(document).unwrap(), &mut bytes);
            let expected = Fingerprint(Sha256::digest(&bytes).into());
            assert_eq!(Fingerprint::of_document(document), expected);
            assert_eq!(Fingerprint::of(document), expected);
            let contract = crate::Contract::of(document);
            let mut bytes = Vec::new();
            write(&serde_json::to_value(&contract).unwrap(), &mut bytes);
            assert_eq!(Fingerprint::of(&contract), Fingerprint(Sha256::digest(&bytes).into()));
        }
    }
}
