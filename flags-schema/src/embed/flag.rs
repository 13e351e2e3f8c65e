//! One flag as bytes: its contract, its answer, then what only people read. A field that says
//! nothing is left out.

use super::{EmbedError, EmbeddedFlag, Reader, Writer};
use crate::position::counting_from;
use crate::{Flag, FlagCategory, Mutability, Percent, Position, Spanned, Value, ValueType, Variant};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// The fields that are not always there, by their bits in the order they are written.
#[derive(Clone, Copy)]
enum Field {
    Mutability,
    ValueType,
    Variants,
    /// Whether `env_override` is false: nothing more is written.
    NoEnvOverride,
    /// Whether the variants' values have any shape: nothing more is written.
    JsonVariants,
    Environments,
    Experiment,
    Layer,
    Rollout,
    Users,
    Rules,
    Requires,
    Excludes,
    Off,
    Value,
    Description,
    Owner,
    Tags,
    Ticket,
    Metadata,
    Kind,
    Expires,
}

impl Field {
    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// What a variant has beside its name.
type VariantAnswer = (Option<Spanned<Percent>>, Option<Spanned<Value>>);

/// Writes the fields that say something, and remembers which.
#[derive(Default)]
struct Fields {
    given: u32,
    writer: Writer,
}

impl Fields {
    fn put<T: Serialize + Default + PartialEq>(&mut self, field: Field, value: &T) -> Result<(), EmbedError> {
        self.put_unless(*value == T::default(), field, value)
    }

    fn put_unless(&mut self, silent: bool, field: Field, value: &impl Serialize) -> Result<(), EmbedError> {
        if silent {
            return Ok(());
        }
        self.given |= field.bit();
        self.writer.put(value)
    }
}

/// Writes flags, one after the other into the same memory.
#[derive(Default)]
pub(super) struct FlagWriter {
    fields: Fields,
    whole: Writer,
}

impl FlagWriter {
    pub(super) fn write(&mut self, flag: &Flag) -> Result<&[u8], EmbedError> {
        counting_from(flag.key.position.line, || self.put(flag))?;
        Ok(&self.whole.0)
    }

    fn put(&mut self, flag: &Flag) -> Result<(), EmbedError> {
        self.fields.given = 0;
        self.fields.writer.0.clear();
        write_fields(&mut self.fields, flag)?;
        self.whole.0.clear();
        self.whole.put(&flag.key)?;
        self.whole.put(&self.fields.given)?;
        self.whole.0.extend_from_slice(&self.fields.writer.0);
        Ok(())
    }
}

fn write_fields(fields: &mut Fields, flag: &Flag) -> Result<(), EmbedError> {
    let Flag { key, variants, answer, .. } = flag;
    fields.put_unless(flag.mutability == unsaid(key), Field::Mutability, &flag.mutability)?;
    fields.put(Field::ValueType, &flag.value_type)?;
    let names: Vec<&Spanned<String>> = variants.iter().map(|variant| &variant.name).collect();
    fields.put_unless(names.is_empty(), Field::Variants, &names)?;
    if !flag.env_override {
        fields.given |= Field::NoEnvOverride.bit();
    }
    if flag.json_variants {
        fields.given |= Field::JsonVariants.bit();
    }
    for variant in variants {
        fields.writer.put(&(&variant.weight, &variant.value))?;
    }
    fields.writer.put(&answer.state)?;
    fields.put(Field::Environments, &flag.environments)?;
    fields.put(Field::Experiment, &flag.experiment)?;
    fields.put(Field::Layer, &flag.layer)?;
    fields.put(Field::Rollout, &answer.rollout)?;
    fields.put(Field::Users, &answer.users)?;
    fields.put(Field::Rules, &answer.rules)?;
    fields.put(Field::Requires, &answer.requires)?;
    fields.put(Field::Excludes, &answer.excludes)?;
    fields.put(Field::Off, &answer.off)?;
    fields.put(Field::Value, &answer.value)?;
    fields.put(Field::Description, &flag.description)?;
    fields.put(Field::Owner, &flag.owner)?;
    fields.put(Field::Tags, &flag.tags)?;
    fields.put(Field::Ticket, &flag.ticket)?;
    fields.put(Field::Metadata, &flag.metadata)?;
    fields.put_unless(flag.kind == unsaid(key), Field::Kind, &flag.kind)?;
    fields.put(Field::Expires, &flag.expires)?;
    Ok(())
}

/// What a word is that was not written: the default one, at the position of the flag's key.
fn unsaid<T: Default>(key: &Spanned<String>) -> Said<T> {
    Said(key.with(T::default()))
}

/// Equal when the position is too.
struct Said<T>(Spanned<T>);

impl<T: PartialEq> PartialEq<Said<T>> for Spanned<T> {
    fn eq(&self, other: &Said<T>) -> bool {
        self.value == other.0.value && self.position == other.0.position
    }
}

/// The fields of a flag, one after the other.
struct FlagReader<'a> {
    given: u32,
    reader: Reader<'a>,
}

impl FlagReader<'_> {
    /// How many variants there are; their names follow.
    fn variants(&mut self) -> Result<usize, EmbedError> {
        let count = self.take(Field::Variants)?;
        // Each takes a byte at least: a damaged count asks for no memory.
        if count > self.reader.0.len() {
            return Err(EmbedError::Damaged(format!("{count} variants are not there")));
        }
        Ok(count)
    }

    fn has(&self, field: Field) -> bool {
        self.given & field.bit() != 0
    }

    fn take<T: Default + DeserializeOwned>(&mut self, field: Field) -> Result<T, EmbedError> {
        if self.has(field) { self.reader.take() } else { Ok(T::default()) }
    }

    /// Replaces what was there by the field.
    fn put<T: Default + PartialEq + DeserializeOwned>(
        &mut self,
        field: Field,
        into: &mut T,
    ) -> Result<(), EmbedError> {
        if self.has(field) {
            *into = self.reader.take()?;
        } else if *into != T::default() {
            *into = T::default();
        }
        Ok(())
    }

    /// A word, which stands at the key when it is not written.
    fn word<T: Default + DeserializeOwned>(
        &mut self,
        field: Field,
        key: Position,
    ) -> Result<Spanned<T>, EmbedError> {
        if self.has(field) { self.reader.take() } else { Ok(Spanned::new(T::default(), key)) }
    }
}

/// The head of a flag; the reader is left behind it.
fn head(bytes: &[u8]) -> Result<(Spanned<&str>, FlagReader<'_>), EmbedError> {
    let mut reader = Reader(bytes);
    let key = reader.borrow()?;
    let given = reader.take()?;
    Ok((key, FlagReader { given, reader }))
}

/// Where its key stands.
#[cfg(feature = "yaml")]
pub(super) fn position(bytes: &[u8]) -> Result<Position, EmbedError> {
    Ok(head(bytes)?.0.position)
}

/// Its key.
pub(super) fn key(bytes: &[u8]) -> Result<&str, EmbedError> {
    Ok(head(bytes)?.0.value)
}

/// What a program is compiled for of it; nothing is copied.
pub(super) fn contract(bytes: &[u8]) -> Result<EmbeddedFlag<'_>, EmbedError> {
    let (key, mut fields) = head(bytes)?;
    let mutability: Spanned<Mutability> = fields.word(Field::Mutability, key.position)?;
    let value_type: Option<Spanned<ValueType>> = fields.take(Field::ValueType)?;
    let count = fields.variants()?;
    let mut variants = Vec::with_capacity(count);
    for _ in 0..count {
        let name: Spanned<&str> = fields.reader.borrow()?;
        variants.push(Cow::Borrowed(name.value));
    }
    Ok(EmbeddedFlag {
        key: Cow::Borrowed(key.value),
        mutability: mutability.value,
        value_type: value_type.map(|value_type| value_type.value),
        variants,
    })
}

/// All of it.
pub(super) fn read(bytes: &[u8]) -> Result<Box<Flag>, EmbedError> {
    let (mut flag, mut fields) = evaluated(bytes, None)?;
    flag.description = fields.take(Field::Description)?;
    flag.owner = fields.take(Field::Owner)?;
    flag.tags = fields.take(Field::Tags)?;
    flag.ticket = fields.take(Field::Ticket)?;
    flag.metadata = fields.take(Field::Metadata)?;
    flag.kind = fields.word(Field::Kind, flag.key.position)?;
    flag.expires = fields.take(Field::Expires)?;
    fields.reader.end()?;
    Ok(flag)
}

/// What evaluations depend on: nothing that only people read. `spare` is written over.
pub(super) fn read_evaluated(bytes: &[u8], spare: Option<Box<Flag>>) -> Result<Box<Flag>, EmbedError> {
    evaluated(bytes, spare).map(|(flag, _)| flag)
}

// Boxed: it is large. Most of its fields are empty in most flags, and stay so from one to the next.
fn evaluated(bytes: &[u8], spare: Option<Box<Flag>>) -> Result<(Box<Flag>, FlagReader<'_>), EmbedError> {
    let (key, mut fields) = head(bytes)?;
    let position = key.position;
    let mut flag = spare.unwrap_or_else(|| Box::new(Flag::named(Spanned::default())));
    flag.key.value.clear();
    flag.key.value.push_str(key.value);
    flag.key.position = position;
    flag.kind = Spanned::new(FlagCategory::default(), position);
    flag.mutability = fields.word(Field::Mutability, position)?;
    fields.put(Field::ValueType, &mut flag.value_type)?;
    flag.variants.clear();
    let count = fields.variants()?;
    flag.variants.reserve_exact(count);
    for _ in 0..count {
        let name = fields.reader.take()?;
        flag.variants.push(Variant { name, weight: None, value: None });
    }
    flag.env_override = !fields.has(Field::NoEnvOverride);
    flag.json_variants = fields.has(Field::JsonVariants);
    for variant in &mut flag.variants {
        (variant.weight, variant.value) = fields.reader.take::<VariantAnswer>()?;
    }
    let answer = &mut flag.answer;
    answer.state = fields.reader.take()?;
    fields.put(Field::Environments, &mut flag.environments)?;
    fields.put(Field::Experiment, &mut flag.experiment)?;
    fields.put(Field::Layer, &mut flag.layer)?;
    fields.put(Field::Rollout, &mut answer.rollout)?;
    fields.put(Field::Users, &mut answer.users)?;
    fields.put(Field::Rules, &mut answer.rules)?;
    fields.put(Field::Requires, &mut answer.requires)?;
    fields.put(Field::Excludes, &mut answer.excludes)?;
    fields.put(Field::Off, &mut answer.off)?;
    fields.put(Field::Value, &mut answer.value)?;
    Ok((flag, fields))
}
