//! Which document each flag comes from, and where it is in it.

use super::RulesetPart;
use super::served::switched;
use crate::contract::Contract;
use flags_schema::{Code, Diagnostic, FlagKind, Mutability};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// A hash table of names.
pub(super) type Names<'a, T> = HashMap<&'a str, T>;

/// Where a flag comes from.
pub(super) struct FlagLocation {
    pub(super) part: usize,
    pub(super) source: u32,
    /// The part that says that it is off, and where it is there, when it is off by another than its own.
    pub(super) off_by: Option<(usize, u32)>,
}

/// Flags of the contract that do not come from where they usually do: a `live` one from the first part
/// that has it, another from the last part.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins(BTreeMap<u32, Origin>);

/// Where such a flag comes from.
#[derive(Clone, Copy, Debug)]
struct Origin {
    part: usize,
    /// A part that says that the flag is off.
    off_by: Option<usize>,
}

impl Origins {
    /// The flag comes from that part.
    pub(crate) fn set(&mut self, flag: u32, part: usize) {
        self.0.insert(flag, Origin { part, off_by: None });
    }

    /// The flag is off, because `by` says so: it serves what the last part does then.
    pub(crate) fn set_off(&mut self, flag: u32, last: usize, by: usize) {
        self.0.insert(flag, Origin { part: last, off_by: Some(by) });
    }
}

/// The flags in the order of their indices.
pub(super) struct Flags<'a> {
    parts: &'a [RulesetPart],
    pub(super) contract: &'a Contract,
    pub(super) locations: Vec<FlagLocation>,
    /// Indices of those that the program was compiled without.
    added: Names<'a, u32>,
    variants: RefCell<Variants<'a>>,
}

impl<'a> Flags<'a> {
    pub(super) fn new(
        parts: &'a [RulesetPart],
        origins: &Origins,
        contract: &'a Contract,
        errors: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut sources: Vec<Sources<'a>> = parts.iter().map(Sources::new).collect();
        let mut locations = Vec::with_capacity(contract.flags.len());
        for (index, compiled) in (0..).zip(&contract.flags) {
            let mut source = |part: usize| sources.get_mut(part)?.find(&compiled.key, index);
            let location = match origins.0.get(&index) {
                Some(Origin { part, off_by }) => source(*part).map(|own| {
                    let off_by = off_by.and_then(|by| Some((by, source(by)?)));
                    FlagLocation { part: *part, source: own, off_by }
                }),
                None => {
                    let live = compiled.mutability == Mutability::Live;
                    // Earlier documents answer only for the flags that they are named for.
                    let usual = [live.then_some(0), parts.len().checked_sub(1)];
                    let mut found = usual
                        .into_iter()
                        .flatten()
                        .filter_map(|part| Some(FlagLocation { part, source: source(part)?, off_by: None }));
                    found.next()
                }
            };
            match location {
                Some(location) => locations.push(location),
                None => errors.push(Diagnostic::new(
                    Code::ContractChanged,
                    None,
                    format!("flag `{}` of the program is not there", compiled.key),
                )),
            }
        }
        let mut added = Names::default();
        // The document that was compiled in adds nothing to itself.
        if let Some(part) = parts.first().filter(|part| part.reloaded) {
            for source in 0..u32::try_from(part.written.len()).unwrap_or(u32::MAX) {
                let key = part.written.key(source).filter(|key| contract.index(key).is_none());
                if let Some(key) = key {
                    added.insert(key, u32::try_from(locations.len()).unwrap_or(u32::MAX));
                    locations.push(FlagLocation { part: 0, source, off_by: None });
                }
            }
        }
        Self { parts, contract, locations, added, variants: RefCell::default() }
    }

    pub(super) fn find(&self, key: &str) -> Option<u32> {
        self.contract.index(key).or_else(|| self.added.get(key).copied())
    }

    /// The index of a variant of the flag, `on` and `off` of a switch.
    pub(super) fn variant(&self, flag: u32, name: &str) -> Option<u32> {
        if let Some(compiled) = self.contract.flags.get(flag as usize) {
            return match compiled.kind {
                FlagKind::Switch => switched(name),
                FlagKind::Variants => {
                    let names = || compiled.variants.iter().map(|name| &**name);
                    self.variants.borrow_mut().find(flag, name, names)
                }
                FlagKind::Value(_) => None,
            };
        }
        let location = self.locations.get(flag as usize)?;
        let written = self.parts.get(location.part)?.written.flag(location.source)?;
        match FlagKind::of(written) {
            FlagKind::Switch => switched(name),
            FlagKind::Variants => {
                let names = || written.variants.iter().map(|variant| variant.name.as_str());
                self.variants.borrow_mut().find(flag, name, names)
            }
            FlagKind::Value(_) => None,
        }
    }
}

/// Variants of flags by their names, of those flags that others require with a variant.
#[derive(Default)]
struct Variants<'a>(HashMap<u32, Names<'a, u32>>);

impl<'a> Variants<'a> {
    fn find<N: Iterator<Item = &'a str>>(
        &mut self,
        flag: u32,
        name: &str,
        names: impl FnOnce() -> N,
    ) -> Option<u32> {
        let indices = self.0.entry(flag).or_insert_with(|| names().zip(0..).collect());
        indices.get(name).copied()
    }
}

/// Finds the flags of one part by their keys.
struct Sources<'a> {
    part: &'a RulesetPart,
    /// Made when a flag is not where the program was compiled with it.
    locations: Option<Names<'a, u32>>,
}

impl<'a> Sources<'a> {
    fn new(part: &'a RulesetPart) -> Self {
        Self { part, locations: None }
    }

    /// Where the flag is. The document that was compiled in has it at that index, others most likely too.
    fn find(&mut self, key: &str, likely: u32) -> Option<u32> {
        let written = &self.part.written;
        if !self.part.reloaded || written.key(likely) == Some(key) {
            return Some(likely);
        }
        let locations = self.locations.get_or_insert_with(|| {
            let sources = 0..u32::try_from(written.len()).unwrap_or(u32::MAX);
            sources.filter_map(|source| Some((written.key(source)?, source))).collect()
        });
        locations.get(key).copied()
    }
}
