//! Which document each flag comes from, and where it is in it.

use super::Part;
use super::served::switched;
use crate::contract::Contract;
use flags_schema::{Code, Diagnostic, FlagKind, Mutability};
use std::cell::RefCell;
use std::collections::HashMap;

/// A hash table of names.
pub(super) type Names<'a, T> = HashMap<&'a str, T>;

/// Where a flag comes from.
pub(super) struct FlagLocation {
    pub(super) part: usize,
    pub(super) source: u32,
}

/// The flags in the order of their indices.
pub(super) struct Flags<'a> {
    parts: &'a [Part],
    pub(super) contract: &'a Contract,
    pub(super) locations: Vec<FlagLocation>,
    /// Indices of those that the program was compiled without.
    added: Names<'a, u32>,
    variants: RefCell<Variants<'a>>,
}

impl<'a> Flags<'a> {
    pub(super) fn new(parts: &'a [Part], contract: &'a Contract, errors: &mut Vec<Diagnostic>) -> Self {
        let mut sources: Vec<Sources<'a>> = parts.iter().map(Sources::new).collect();
        let mut locations = Vec::with_capacity(contract.flags.len());
        for (index, compiled) in (0..).zip(&contract.flags) {
            let live = compiled.mutability == Mutability::Live;
            let first = if live { 0 } else { parts.len().saturating_sub(1) };
            let mut found = (first..).zip(sources.iter_mut().skip(first)).filter_map(|(part, sources)| {
                Some(FlagLocation { part, source: sources.find(&compiled.key, index)? })
            });
            match found.next() {
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
                    locations.push(FlagLocation { part: 0, source });
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
    part: &'a Part,
    /// Made when a flag is not where the program was compiled with it.
    locations: Option<Names<'a, u32>>,
}

impl<'a> Sources<'a> {
    fn new(part: &'a Part) -> Self {
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
