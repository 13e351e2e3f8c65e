//! Where a document names flags and segments, for those who rename them.

use crate::describe;
use crate::scan::{flow_map, quoted};
use crate::tree::{Path, Step, at, keys};
use flags_schema::{Condition, Spanned, Value, expression};

/// What is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Segment,
    /// A flag; `requires` and `excludes` are not looked at.
    Flag,
}

/// Where the states and conditions of a tree name a segment or a flag, and what to write there when it has another name.
pub(crate) fn mentions(root: &Spanned<Value>, what: Named, name: &str, to: &str) -> Vec<(Path, String)> {
    let mut renaming = Renaming { what, name, to, found: Vec::new() };
    for section in ["segments", "flags"] {
        let path = keys([section]);
        let Some(Value::Map(entries)) = at(root, &path).map(|value| &value.value) else { continue };
        for (key, value) in entries {
            let path = then(&path, Step::Key(key.value.clone()));
            if section == "segments" { renaming.segment(value, &path) } else { renaming.flag(value, &path) }
        }
    }
    renaming.found
}

fn then(path: &Path, step: Step) -> Path {
    path.iter().cloned().chain([step]).collect()
}

struct Renaming<'n> {
    what: Named,
    name: &'n str,
    to: &'n str,
    found: Vec<(Path, String)>,
}

impl Renaming<'_> {
    /// `beta: "segment('alpha')"`, or `beta: { when: … }`.
    fn segment(&mut self, value: &Spanned<Value>, path: &Path) {
        match &value.value {
            Value::String(_) => self.when(value, path),
            Value::Map(_) => {
                if let Some(when) = at(value, &keys(["when"])) {
                    self.when(when, &then(path, Step::Key("when".to_owned())));
                }
            }
            _ => {}
        }
    }

    /// `new-ui: beta`, or what the flag or one of its environments says.
    fn flag(&mut self, value: &Spanned<Value>, path: &Path) {
        let Value::Map(entries) = &value.value else {
            self.state(value, path);
            return;
        };
        for (key, value) in entries {
            let path = then(path, Step::Key(key.value.clone()));
            match (key.as_str(), &value.value) {
                ("state", _) => self.state(value, &path),
                ("environments", Value::Map(environments)) => {
                    for (environment, value) in environments {
                        self.flag(value, &then(&path, Step::Key(environment.value.clone())));
                    }
                }
                ("rules", Value::List(rules)) => {
                    for (index, rule) in rules.iter().enumerate() {
                        if let Some(when) = at(rule, &keys(["when"])) {
                            let path = then(&path, Step::Index(index));
                            self.when(when, &then(&path, Step::Key("when".to_owned())));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// A state, which may name a segment.
    fn state(&mut self, value: &Spanned<Value>, path: &Path) {
        if self.what == Named::Segment {
            self.name(value, path);
        }
    }

    fn name(&mut self, value: &Spanned<Value>, path: &Path) {
        if matches!(&value.value, Value::String(state) if state == self.name) {
            self.found.push((path.clone(), quoted(self.to)));
        }
    }

    /// A condition in either spelling.
    fn when(&mut self, value: &Spanned<Value>, path: &Path) {
        match &value.value {
            Value::String(text) => {
                if let Some(renamed) = self.expression(text) {
                    self.found.push((path.clone(), quoted(&renamed)));
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.when(item, &then(path, Step::Index(index)));
                }
            }
            Value::Map(entries) => {
                for (key, value) in entries {
                    let path = then(path, Step::Key(key.value.clone()));
                    match key.as_str() {
                        "segment" if self.what == Named::Segment => self.names(value, &path),
                        "flag" if self.what == Named::Flag => self.flags(value, &path),
                        "any" | "all" | "not" => self.when(value, &path),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// `segment: beta`, or a list of names.
    fn names(&mut self, value: &Spanned<Value>, path: &Path) {
        match &value.value {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.names(item, &then(path, Step::Index(index)));
                }
            }
            _ => self.name(value, path),
        }
    }

    /// `flag: wallet`, or a map from flags to their variants, which is written anew.
    fn flags(&mut self, value: &Spanned<Value>, path: &Path) {
        let Value::Map(entries) = &value.value else {
            self.name(value, path);
            return;
        };
        if entries.iter().any(|(key, _)| key.value == self.name) {
            let renamed = entries.iter().map(|(key, value)| {
                let key = if key.value == self.name { self.to } else { key.as_str() };
                (quoted(key), describe::flow(value))
            });
            self.found.push((path.clone(), flow_map(&renamed.collect::<Vec<_>>())));
        }
    }

    /// The expression with the other name; `None` when it does not name it.
    fn expression(&self, text: &str) -> Option<String> {
        let mut condition = expression::parse(text).ok()?;
        if !self.rename(&mut condition) {
            return None;
        }
        // As it is written, where that can be kept.
        let mut kept = text.to_owned();
        for quote in ['\'', '"'] {
            let (old, new) = (format!("{quote}{}{quote}", self.name), format!("{quote}{}{quote}", self.to));
            let function = match self.what {
                Named::Segment => "segment",
                Named::Flag => "flag",
            };
            kept = kept.replace(&format!("{function}({old})"), &format!("{function}({new})"));
        }
        let same = expression::parse(&kept).is_ok_and(|read| read.to_string() == condition.to_string());
        Some(if same { kept } else { expression::print(&condition) })
    }

    /// Renames it in a condition; whether it was there.
    fn rename(&self, condition: &mut Condition) -> bool {
        match condition {
            Condition::All(members) | Condition::Any(members) => {
                // Each of them: it may be named more than once.
                members.iter_mut().filter_map(|member| self.rename(member).then_some(())).count() > 0
            }
            Condition::Not(inner) => self.rename(inner),
            Condition::Segment(name) => self.what == Named::Segment && self.rename_to(name),
            Condition::Flag(requirement) => self.what == Named::Flag && self.rename_to(&mut requirement.flag),
            Condition::Compare(_) => false,
        }
    }

    /// Whether it was that name.
    fn rename_to(&self, name: &mut Spanned<String>) -> bool {
        let found = name.value == self.name;
        if found {
            self.to.clone_into(&mut name.value);
        }
        found
    }
}
