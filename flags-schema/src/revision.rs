//! Documents that differ from the one before in what a few flags answer: only these are read and checked.
//!
//! It is taken that way only when nothing else can have changed: the text around those flags is the same, and so
//! is everything of them that another flag's checks look at. Whatever else is different, the whole document is
//! read; the result is the same, and a property test compares both.

use crate::dependency::asked_flags;
use crate::yaml::{self, SourceText};
use crate::{
    Condition, Document, EmbedError, EmbeddedDocument, Environments, FileId, Flag, FlagState, Loaded,
    Options, Patch, Requirement, SourceFile, Timestamp, check, decode,
};
use std::collections::BTreeSet;
use std::ops::Range;

/// What is remembered of a document without problems, so that the next one is read in proportion to what changed.
#[derive(Clone, Debug)]
pub struct Baseline {
    text: Box<str>,
    /// Flags that others require: whether these are off everywhere matters to them.
    required: BTreeSet<String>,
    /// The first moment at which a flag has expired, which is a problem.
    sound_until: Option<Timestamp>,
}

/// A document made from the one before and the flags that are different.
#[derive(Debug)]
pub struct Revision {
    /// The whole document.
    pub document: EmbeddedDocument,
    /// What is remembered of it.
    pub baseline: Baseline,
    /// The flags that were read, with those that they require and exclude, in a document of their own.
    pub changed: Document,
}

impl Baseline {
    /// What is remembered of a document that was read; `None` when the next one has to be read as a whole: it has
    /// problems or overlays, or is written in an unusual way.
    #[must_use]
    pub fn of(loaded: &Loaded) -> Option<Self> {
        let Loaded { document, diagnostics, sources, is_plain } = loaded;
        let text = &sources.get(FileId(0))?.text;
        // Through a segment that asks for a flag, flags that name neither may depend on each other.
        let mut whens = document.segments.iter().filter_map(|segment| segment.when.as_ref());
        if whens.any(|when| asked_flags(&when.value).next().is_some())
            || !is_plain
            || !diagnostics.as_slice().is_empty()
            || document.files.len() != 1
        {
            return None;
        }
        let required = document.flags.iter().flat_map(requirements).map(|it| it.flag.value.clone());
        let mut baseline =
            Self { text: text.as_str().into(), required: required.collect(), sound_until: None };
        baseline.expires(&document.flags);
        Some(baseline)
    }

    fn expires(&mut self, flags: &[Flag]) {
        let expires = flags.iter().filter_map(|flag| flag.expires.map(|expires| expires.value));
        self.sound_until = self.sound_until.into_iter().chain(expires).min();
    }

    /// Reads a text of which the document of this one differs in what some flags answer. `None` when more is
    /// different, or something is wrong with it: then the whole has to be read.
    ///
    /// # Errors
    /// When the bytes of the document are damaged.
    pub fn revise(
        &self,
        document: &EmbeddedDocument,
        source: &SourceFile,
        options: &Options,
    ) -> Result<Option<Revision>, EmbedError> {
        let expires = self.sound_until.zip(options.today);
        if expires.is_some_and(|(until, today)| today >= until)
            || document.document().files != [source.name.as_str()]
        {
            return Ok(None);
        }
        let Some(region) = Region::of(self.text.as_bytes(), source.text.as_bytes(), document) else {
            return Ok(None);
        };
        let Some(flags) = region.read(&source.text) else { return Ok(None) };
        if flags.len() != region.flags.len() {
            return Ok(None);
        }
        let mut others = BTreeSet::new();
        for (index, flag) in region.flags.clone().zip(&flags) {
            if !self.differs_alone(&*document.flag(index, None)?, flag) {
                return Ok(None);
            }
            others.extend(requirements(flag).into_iter().map(|it| it.flag.value.clone()));
        }
        let document = document.with(region.flags.start, &flags, region.lines)?;
        for flag in &flags {
            others.remove(&flag.key.value);
        }
        let mut changed = Document { flags, ..document.document().clone() };
        let mut baseline = Self { text: source.text.as_str().into(), ..self.clone() };
        baseline.expires(&changed.flags);
        if !others.is_empty() {
            let required = |index: &usize| document.key(*index).is_some_and(|key| others.contains(key));
            for index in (0..document.len()).filter(required) {
                changed.flags.push(*document.flag(index, None)?);
            }
        }
        let sound = check::check(&changed, options).as_slice().is_empty();
        Ok(sound.then_some(Revision { document, baseline, changed }))
    }

    /// Whether nothing of a flag is different that the checks of other flags look at, or names in programs.
    fn differs_alone(&self, before: &Flag, now: &Flag) -> bool {
        let is_off = |flag: &Flag| {
            let states = patches(flag).filter_map(|patch| patch.state.as_ref());
            states.chain([&flag.answer.state]).all(|state| state.value == FlagState::Off)
        };
        let names = |flag: &Flag| flag.variants.iter().map(|it| it.name.value.clone()).collect::<Vec<_>>();
        // Every field is named: of a new one it has to be decided here too.
        let Flag {
            key,
            description: _,
            owner: _,
            tags: _,
            ticket: _,
            metadata: _,
            kind: _,
            expires: _,
            mutability: _,
            env_override: _,
            value_type,
            json_variants,
            variants: _,
            environments: _,
            layer,
            experiment,
            answer: _,
        } = now;
        before.key == *key
            && before.value_type == *value_type
            && before.json_variants == *json_variants
            && before.layer == *layer
            && before.experiment == *experiment
            && names(before) == names(now)
            && before.shape() == now.shape()
            && requirements(before) == requirements(now)
            && (is_off(before) == is_off(now) || !self.required.contains(&key.value))
    }
}

fn patches(flag: &Flag) -> impl Iterator<Item = &Patch> {
    let each = match &flag.environments {
        Environments::Each(each) => each.as_slice(),
        Environments::All | Environments::Only(_) => &[],
    };
    each.iter().map(|(_, patch)| patch)
}

/// What a flag requires, excludes and asks for in its conditions, in whatever environment.
fn requirements(flag: &Flag) -> Vec<&Requirement> {
    let answer = &flag.answer;
    let mut all: Vec<&Requirement> = answer.requires.iter().chain(&answer.excludes).collect();
    let mut conditions: Vec<&Condition> = answer.conditions().collect();
    for patch in patches(flag) {
        all.extend([&patch.requires, &patch.excludes].into_iter().flatten().flat_map(|list| &list.value));
        let rules = patch.rules.iter().flat_map(|rules| &rules.value);
        conditions.extend(rules.filter_map(|rule| rule.when.as_ref()).map(|when| &when.value));
    }
    all.extend(conditions.into_iter().flat_map(asked_flags));
    all
}

/// Where two texts are different: lines of some flags, but neither of the first lines nor of the last flag.
struct Region {
    flags: Range<usize>,
    /// Where the first of the flags begins, as an offset of both texts and as a line.
    start: (usize, u32),
    /// Where the flag behind them begins in the new text.
    end: usize,
    /// Lines that the new text has more.
    lines: i64,
    /// The column of the flags' keys, from 0.
    column: usize,
}

impl Region {
    fn of(before: &[u8], now: &[u8], document: &EmbeddedDocument) -> Option<Self> {
        let prefix = common_prefix(before, now);
        let left = before.len().min(now.len()) - prefix;
        let suffix = common_suffix(before, now).min(left);
        let (rest, now_rest) = (before.len() - suffix, now.len() - suffix);

        // The last flag that begins on a line above the first difference: comments may follow it.
        let line = newlines(before.get(..prefix)?) + 1;
        let first = document.flags_above(line).checked_sub(1)?;
        let start = document.position(first)?;
        let offset = nth_line_above(before.get(..prefix)?, line - start.line)?;

        // The first flag that begins on a line below the last difference.
        let last = line + newlines(before.get(prefix..rest)?);
        let end = document.flags_above(last + 1);
        let below = document.position(end)?.line - last;
        let more = i64::from(newlines(now.get(prefix..now_rest)?)) - i64::from(last - line);
        Some(Self {
            flags: first..end,
            start: (offset, start.line),
            end: now_rest + nth_line_below(before.get(rest..)?, below)?,
            lines: more,
            column: usize::try_from(start.column).ok()?.checked_sub(1)?,
        })
    }

    /// The flags of the region; `None` when they are written in an unusual way, or something is wrong with them.
    fn read(&self, text: &str) -> Option<Vec<Flag>> {
        let entries = yaml::read_entries(text, self.start, self.end, self.column)?;
        let mut found = Vec::new();
        let flags = decode::flags(&entries, &SourceText::new(text, FileId(0)), &mut found);
        found.is_empty().then_some(flags)
    }
}

/// Bytes that are compared at once.
const CHUNK: usize = 1024;

fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    let chunks = one.chunks_exact(CHUNK).zip(other.chunks_exact(CHUNK));
    let same = chunks.take_while(|(one, other)| one == other).count() * CHUNK;
    let rest = one.iter().skip(same).zip(other.iter().skip(same));
    same + rest.take_while(|(one, other)| one == other).count()
}

fn common_suffix(one: &[u8], other: &[u8]) -> usize {
    let chunks = one.rchunks_exact(CHUNK).zip(other.rchunks_exact(CHUNK));
    let same = chunks.take_while(|(one, other)| one == other).count() * CHUNK;
    let rest = one.iter().rev().skip(same).zip(other.iter().rev().skip(same));
    same + rest.take_while(|(one, other)| one == other).count()
}

fn newlines(text: &[u8]) -> u32 {
    u32::try_from(text.split(|byte| *byte == b'\n').skip(1).count()).unwrap_or(u32::MAX)
}

/// The offset at which the line begins that is so many lines above the one that the text ends in.
fn nth_line_above(text: &[u8], above: u32) -> Option<usize> {
    let mut ends = text.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    Some(ends.nth(usize::try_from(above).ok()?).unwrap_or(0))
}

/// The offset at which the line begins that is so many lines below the one that the text begins in.
fn nth_line_below(text: &[u8], below: u32) -> Option<usize> {
    let mut ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    ends.nth(usize::try_from(below).ok()?.checked_sub(1)?)
}
