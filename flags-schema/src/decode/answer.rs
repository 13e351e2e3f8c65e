//! Answers of flags: state, users, rules, requirements, variants. Shared by flags, environments and overlays.

use super::{Decoder, owned};
use crate::yaml::{Key, Node, NodeKind};
use crate::{Code, FlagState, Patch, Requirement, Rule, Serve, Spanned, Users, Value, Variant};

const RULE: &[&str] = &["name", "when", "rollout", "serve", "priority", "starts", "ends"];

impl<'a> Decoder<'_, 'a> {
    /// Reads a key of an answer; `false` when it is another key.
    pub(super) fn answer_key(&mut self, patch: &mut Patch, key: &str, node: &Node<'a>, object: bool) -> bool {
        match key {
            "state" => patch.state = self.state(node),
            "rollout" => patch.rollout = Some(self.rollout(node)),
            "users" => patch.users = self.flag_users(node),
            "rules" => {
                let items = self.items(key, node, "`rules:` and below it `- when: { plan: premium }`");
                patch.rules = items.map(|items| {
                    let rules = items.iter().filter_map(|item| self.rule(item, object)).collect();
                    Spanned::new(rules, node.position)
                });
            }
            "requires" => patch.requires = self.requirements(key, node),
            "excludes" => patch.excludes = self.requirements(key, node),
            "variants" => patch.variants = self.variants(node),
            "off" => patch.off = Some(self.value(node)),
            "value" => patch.value = Some(self.value(node)),
            _ => return false,
        }
        true
    }

    /// `new-ui: off`.
    pub(super) fn state_alone(&mut self, key: &Key<'a>, node: &Node<'a>) -> Option<Spanned<FlagState>> {
        match node.kind {
            NodeKind::String(_) | NodeKind::Bool(_) => self.state(node),
            _ => {
                let help = format!("write `{}: {{ state: off }}`, or short `{0}: off`", key.value);
                self.wrong(&key.value, node, "a map or a state", help);
                None
            }
        }
    }

    fn state(&mut self, node: &Node<'a>) -> Option<Spanned<FlagState>> {
        let text = match &node.kind {
            NodeKind::String(text) => text,
            NodeKind::Bool(value) => {
                let (wrong, right) = if *value { ("true", "on") } else { ("false", "off") };
                let message = format!("a state is not `{wrong}`");
                self.report(Code::WrongType, node.position, message, format!("write `{right}`"));
                return None;
            }
            _ => {
                let help = format!("write {}, or the name of a segment", FlagState::listed());
                self.wrong("state", node, "a word", help);
                return None;
            }
        };
        if let Some(state) = FlagState::WORDS.iter().find(|state| state.as_str() == text) {
            return Some(Spanned::new(state.clone(), node.position));
        }
        let lower = text.to_ascii_lowercase();
        let meant = match lower.as_str() {
            "true" | "yes" | "enabled" | "enable" | "active" => Some("on"),
            "false" | "no" | "disabled" | "disable" | "inactive" => Some("off"),
            _ => FlagState::WORDS.iter().map(FlagState::as_str).find(|word| *word == lower),
        };
        if let Some(meant) = meant {
            let message = format!("a state is not {}", crate::printable::quoted(text));
            self.report(Code::UnknownValue, node.position, message, format!("write `{meant}`"));
            return None;
        }
        if text.is_empty() {
            self.report(Code::UnknownValue, node.position, "the state is empty", "write `on` or `off`");
            return None;
        }
        Some(Spanned::new(FlagState::Segment(text.clone().into_owned()), node.position))
    }

    fn flag_users(&mut self, node: &Node<'a>) -> Option<Spanned<Users>> {
        let users = match &node.kind {
            NodeKind::List(_) => Users::On(self.users("users", node)),
            NodeKind::Map(entries) => Users::Variants(
                entries.iter().map(|(key, node)| (owned(key), self.users(&key.value, node))).collect(),
            ),
            _ => {
                let help = "write `users: [user-1]`, or per variant `users: { treatment: [user-1] }`";
                self.wrong("users", node, "a list or a map", help);
                return None;
            }
        };
        Some(Spanned::new(users, node.position))
    }

    /// A rule. One whose condition or window cannot be read is left out: without them it would hold for
    /// everybody.
    fn rule(&mut self, node: &Node<'a>, object: bool) -> Option<Rule> {
        let NodeKind::Map(entries) = &node.kind else {
            self.wrong("rules", node, "maps", "write `- when: { plan: premium }`");
            return None;
        };
        let mut rule = Rule {
            position: node.position,
            name: None,
            when: None,
            rollout: None,
            serve: None,
            priority: None,
            starts: None,
            ends: None,
        };
        let mut sound = true;
        for (key, node) in entries {
            let narrows = match &*key.value {
                "name" => {
                    rule.name = self.string("name", node);
                    continue;
                }
                "serve" => {
                    rule.serve = self.serve(node, object);
                    continue;
                }
                "priority" => {
                    rule.priority = self.integer("priority", node);
                    continue;
                }
                "when" => {
                    rule.when = self.when(node);
                    rule.when.is_some()
                }
                "rollout" => {
                    rule.rollout = Some(self.rollout(node));
                    continue;
                }
                "starts" => {
                    rule.starts = self.timestamp("starts", node);
                    rule.starts.is_some()
                }
                "ends" => {
                    rule.ends = self.timestamp("ends", node);
                    rule.ends.is_some()
                }
                _ => {
                    self.unknown_key("a rule", key, RULE);
                    // It may be the condition that is misspelt.
                    entries.iter().any(|(key, _)| key.value == "when")
                }
            };
            sound &= narrows;
        }
        sound.then_some(rule)
    }

    fn serve(&mut self, node: &Node<'a>, object: bool) -> Option<Spanned<Serve>> {
        let serve = match &node.kind {
            NodeKind::Map(entries) if !object => {
                if entries.is_empty() {
                    let message = "a split of no variants";
                    self.report(
                        Code::EmptyList,
                        node.position,
                        message,
                        "write `serve: { control: 20, treatment: 80 }`",
                    );
                    return None;
                }
                let shares: Vec<_> = entries
                    .iter()
                    .map(|(key, node)| self.percent(&key.value, node).map(|share| (owned(key), share)))
                    .collect();
                Serve::Split(shares.into_iter().collect::<Option<_>>()?)
            }
            NodeKind::Null => {
                self.wrong("serve", node, "what to serve", "write a variant, `on`, `off` or a literal");
                return None;
            }
            _ => Serve::Value(self.value(node).value),
        };
        Some(Spanned::new(serve, node.position))
    }

    fn requirements(&mut self, what: &str, node: &Node<'a>) -> Option<Spanned<Vec<Requirement>>> {
        let items = self.items(what, node, &format!("`{what}: [other.flag]`"))?;
        let found = items.iter().filter_map(|item| self.requirement(what, item)).collect();
        Some(Spanned::new(found, node.position))
    }

    fn requirement(&mut self, what: &str, node: &Node<'a>) -> Option<Requirement> {
        let NodeKind::Map(entries) = &node.kind else {
            return Some(Requirement { flag: self.id(what, node, "a string")?, variants: Vec::new() });
        };
        let (mut flag, mut variants) = (None, Some(Vec::new()));
        for (key, node) in entries {
            match &*key.value {
                "flag" => flag = self.id("flag", node, "a string"),
                "variant" => variants = self.variants_of("variant", node),
                _ => self.unknown_key("a requirement", key, &["flag", "variant"]),
            }
        }
        let named = entries.iter().any(|(key, _)| key.value == "flag");
        if !named && !Self::misspelt(entries, "flag", &["flag", "variant"]) {
            let message = format!("an entry of `{what}` has no `flag`");
            self.missing(node.position, message, "write `{ flag: other.flag, variant: treatment }`");
        }
        Some(Requirement { flag: flag?, variants: variants? })
    }

    /// The variant that another flag must serve, or a list of those of which one is enough.
    pub(super) fn variants_of(&mut self, what: &str, node: &Node<'a>) -> Option<Vec<Spanned<String>>> {
        let NodeKind::List(items) = &node.kind else {
            return self
                .id(what, node, "the name of a variant, or a list of them")
                .map(|variant| vec![variant]);
        };
        if items.is_empty() {
            let help = "name a variant, or leave it out for any";
            self.report(Code::EmptyList, node.position, format!("`{what}` names no variant"), help);
            return None;
        }
        items.iter().map(|item| self.id(what, item, "the names of variants")).collect()
    }

    /// Names alone, names with values, or names with `weight` and `value`.
    fn variants(&mut self, node: &Node<'a>) -> Vec<Variant> {
        match &node.kind {
            NodeKind::List(items) => self.variant_names(items),
            NodeKind::Map(entries) => {
                self.weights_or_values(entries);
                let mut weighed = true;
                let mut variants: Vec<_> =
                    entries.iter().map(|(key, node)| self.variant(key, node, &mut weighed)).collect();
                if !weighed {
                    // The sum of what is left would only be a second complaint.
                    for variant in &mut variants {
                        variant.weight = None;
                    }
                }
                if variants.is_empty() {
                    self.no_variants(node);
                }
                variants
            }
            _ => {
                let help = "write `variants: [control, treatment]`, or a map with their weights and values";
                self.wrong("variants", node, "a map or a list of names", help);
                Vec::new()
            }
        }
    }

    /// `{ control: 90, treatment: 10 }`: numbers beside variants are their values, but others write weights so. Numbers
    /// that sum to 100, or to 1 with fractions, are taken for neither.
    fn weights_or_values(&mut self, entries: &[(Key<'a>, Node<'a>)]) {
        #[expect(clippy::cast_precision_loss, reason = "what loses precision sums to more than 100")]
        let numbers = entries.iter().map(|(_, node)| match node.kind {
            NodeKind::Integer(number) if number >= 0 => Some(number as f64),
            NodeKind::Float(number) if number >= 0.0 => Some(number),
            _ => None,
        });
        let Some(numbers) = numbers.collect::<Option<Vec<f64>>>() else { return };
        let sum: f64 = numbers.iter().sum();
        let percents = (sum - 100.0).abs() < 0.5;
        let shares = (sum - 1.0).abs() < 0.005 && numbers.iter().any(|number| number.fract() > 0.0);
        if let (Some((_, node)), true) = (entries.first(), numbers.len() > 1 && (percents || shares)) {
            let first = self.text.scalar_at(node.position).unwrap_or("90").to_owned();
            let message = "the numbers of `variants` may be weights or values";
            let help =
                format!("write `{{ weight: {first} }}` for a weight, or `{{ value: {first} }}` for a value");
            self.report(Code::WeightOrValue, node.position, message, help);
        }
    }

    fn no_variants(&mut self, node: &Node<'a>) {
        let help = "name them, or remove the key to make the flag a switch";
        self.report(Code::EmptyList, node.position, "`variants` is empty", help);
    }

    fn variant_names(&mut self, items: &[Node<'a>]) -> Vec<Variant> {
        let mut variants: Vec<Variant> = Vec::new();
        let mut seen = std::collections::HashMap::new();
        for item in items {
            let Some(name) = self.id("variants", item, "a string") else { continue };
            self.check_name("a variant", &Key::new(name.as_str().into(), name.position));
            if let Some(first) = seen.insert(name.value.clone(), name.position) {
                let message = format!("the variant {} is named twice", crate::printable::quoted(&name));
                let diagnostic = crate::Diagnostic::new(Code::DuplicateKey, name.position, message)
                    .help("keep one of them")
                    .related(first, "first named here");
                self.push(diagnostic);
                continue;
            }
            variants.push(Variant { name, weight: None, value: None });
        }
        variants
    }

    fn variant(&mut self, key: &Key<'a>, node: &Node<'a>, weighed: &mut bool) -> Variant {
        self.check_name("a variant", key);
        let mut variant = Variant { name: owned(key), weight: None, value: None };
        let long = |entries: &[(Key<'a>, Node<'a>)]| {
            entries.is_empty() || entries.iter().any(|(key, _)| matches!(&*key.value, "weight" | "value"))
        };
        match &node.kind {
            NodeKind::Null => {}
            NodeKind::Map(entries) if long(entries) => {
                for (key, node) in entries {
                    match &*key.value {
                        "weight" => {
                            variant.weight = self.percent("weight", node);
                            *weighed &= variant.weight.is_some();
                        }
                        "value" => {
                            variant.value = Some(self.value(node)).filter(|value| value.value != Value::Null);
                        }
                        _ => self.unknown_key(
                            "a variant with a `weight` or `value`",
                            key,
                            &["weight", "value"],
                        ),
                    }
                }
            }
            _ => variant.value = Some(self.value(node)),
        }
        variant
    }
}
