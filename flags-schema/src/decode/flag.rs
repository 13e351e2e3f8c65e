//! Flags: what is fixed when a program is compiled. Their answers are read in `answer`.

use super::{Decoder, owned};
use crate::yaml::{Key, Node, NodeKind};
use crate::{
    Code, Environments, Flag, FlagCategory, FlagState, Mutability, Patch, Position, Value, ValueType,
};

/// Keys that only the base file may set.
const CONTRACT: &[&str] = &[
    "description",
    "owner",
    "tags",
    "ticket",
    "metadata",
    "kind",
    "expires",
    "mutability",
    "env_override",
    "environments",
    "experiment",
    "layer",
    "type",
];
/// Keys that an environment and an overlay may set too.
const ANSWER: &[&str] =
    &["state", "rollout", "users", "rules", "requires", "excludes", "variants", "off", "value"];

impl<'a> Decoder<'_, 'a> {
    pub(super) fn flags(&mut self, node: &Node<'a>) -> Vec<Flag> {
        if let NodeKind::Null = node.kind {
            return Vec::new();
        }
        let entries = self.entries("flags", node, "`flags:` and below it a flag, such as `new-ui: off`");
        self.flag_entries(entries)
    }

    pub(super) fn flag_entries(&mut self, entries: &[(Key<'a>, Node<'a>)]) -> Vec<Flag> {
        // Flags are large: they are allocated once.
        let mut flags = Vec::with_capacity(entries.len());
        for (key, node) in entries {
            // A name that cannot become a constant would only break the generated code.
            let fine = self.check_name("a flag", key);
            let flag = self.flag(key, node);
            flags.extend(fine.then_some(flag));
        }
        flags
    }

    fn flag(&mut self, key: &Key<'a>, node: &Node<'a>) -> Flag {
        let mut flag = Flag::named(owned(key));
        let NodeKind::Map(entries) = &node.kind else {
            if let Some(state) = self.state_alone(key, node) {
                flag.answer.state = state;
            }
            return flag;
        };
        // The type says how a map served by a rule is to be read, wherever it stands.
        let find = |name: &str| entries.iter().find(|(key, _)| key.value == name);
        if let Some((_, node)) = find("type") {
            flag.value_type = self.word("type", node, ValueType::ALL, ValueType::as_str);
        }
        let json = flag.value_type.filter(|it| it.value == ValueType::Json);
        if let Some(json) = json.filter(|_| find("variants").is_some()) {
            // It says that the variants' values may have any shape.
            flag.value_type = None;
            flag.json_variants = true;
            self.json_variants(&flag.key, json.position, entries);
        }
        let object = flag.value_type.is_some_and(|it| it.value.has_maps());
        let keys = || [CONTRACT, ANSWER].concat();
        let mut patch = Patch::default();
        for (key, node) in entries {
            if !self.contract_key(&mut flag, &key.value, node, object)
                && !self.answer_key(&mut patch, &key.value, node, object)
            {
                self.unknown_key("a flag", key, &keys());
            }
        }
        let typed = find("type").is_some() && !flag.json_variants;
        let valued = find("value").is_some() && !flag.json_variants;
        if typed || valued {
            self.check_value_flag(&flag, &patch, key, typed, valued);
            flag.answer.state.value = FlagState::On;
        } else if find("state").is_none() && !Self::misspelt(entries, "state", &keys()) {
            let message = format!("the flag `{}` has no `state`", key.value);
            self.missing(
                key.position,
                message,
                "add `state: off`, or `on`, `gradual`, `targeted`, a segment",
            );
        }
        settle(&mut flag, patch);
        flag
    }

    /// What stands beside `type: json` and `variants`: values of the variants, none of the flag.
    fn json_variants(&mut self, name: &str, json: Position, entries: &[(Key<'a>, Node<'a>)]) {
        if let Some((value, _)) = entries.iter().find(|(key, _)| key.value == "value") {
            let message = format!("the flag `{name}` has both `value` and `variants`");
            self.report(Code::UnknownKey, value.position, message, "remove one of them");
        }
        let mut variants = entries.iter().filter(|(key, _)| key.value == "variants");
        if variants.any(|(_, node)| matches!(node.kind, NodeKind::List(_))) {
            let message = format!("the flag `{name}` has `type: json`, but its variants have no values");
            let help = "give them values: `variants: { control: { value: … } }`, or remove `type`";
            self.missing(json, message, help);
        }
    }

    fn check_value_flag(&mut self, flag: &Flag, patch: &Patch, key: &Key<'a>, typed: bool, valued: bool) {
        let name = &flag.key.value;
        if !typed {
            let message = format!("the flag `{name}` has a `value` but no `type`");
            let kind = match patch.value.as_ref().map(|value| &value.value) {
                Some(Value::Bool(_)) => "boolean",
                Some(Value::Integer(_)) => "integer",
                Some(Value::Float(_)) => "float",
                Some(Value::Map(_)) => "object",
                _ => "string",
            };
            self.missing(key.position, message, format!("add `type: {kind}`"));
        } else if !valued {
            let message = format!("the flag `{name}` has a `type` but no `value`");
            self.missing(key.position, message, "add the `value` that it has when no rule serves another");
        }
        if let (Some(variant), true) = (patch.variants.first(), typed) {
            let message = format!("the flag `{name}` has both `type` and `variants`");
            let help = "remove `type`: variants carry their own values";
            self.report(Code::UnknownKey, variant.name.position, message, help);
        }
        if let (Some(users), true) = (&patch.users, typed) {
            let message =
                format!("the flag `{name}` is a typed value, and `users` does not say which value they get");
            let help = "add a rule instead: `when: { user: { in: [user-1] } }` with `serve:`";
            self.report(Code::UnknownKey, users.position, message, help);
        }
    }

    /// Reads a key of the contract; `false` when it is another key.
    fn contract_key(&mut self, flag: &mut Flag, key: &str, node: &Node<'a>, object: bool) -> bool {
        match key {
            "description" => flag.description = self.string(key, node),
            "owner" => flag.owner = self.string(key, node),
            "tags" => flag.tags = self.strings(key, node),
            "ticket" => flag.ticket = self.id(key, node, "a string"),
            "metadata" => {
                let entries = self.entries(key, node, "`metadata: { dashboard: https://example.org }`");
                flag.metadata = entries.iter().map(|(key, node)| (owned(key), self.value(node))).collect();
            }
            "kind" => {
                flag.kind =
                    self.word(key, node, FlagCategory::ALL, FlagCategory::as_str).unwrap_or(flag.kind);
            }
            "expires" => flag.expires = self.timestamp(key, node),
            "mutability" => {
                flag.mutability =
                    self.word(key, node, Mutability::ALL, Mutability::as_str).unwrap_or(flag.mutability);
            }
            "env_override" => flag.env_override = self.boolean(key, node).is_none_or(|it| it.value),
            "environments" => flag.environments = self.flag_environments(node, object),
            "experiment" => flag.experiment = self.experiment(node),
            "layer" => flag.layer = self.layer_range(node),
            // Read beforehand.
            "type" => {}
            _ => return false,
        }
        true
    }

    fn flag_environments(&mut self, node: &Node<'a>, object: bool) -> Environments {
        match &node.kind {
            NodeKind::List(items) => {
                if items.is_empty() {
                    let message = "`environments: []` is on nowhere";
                    self.report(Code::EmptyList, node.position, message, "name one, or write `state: off`");
                    return Environments::All;
                }
                Environments::Only(self.strings("environments", node))
            }
            NodeKind::Map(entries) => Environments::Each(
                entries
                    .iter()
                    .map(|(key, node)| (owned(key), self.patch(key, node, object, "an environment")))
                    .collect(),
            ),
            _ => {
                let help = "write `environments: [staging]`, or `environments: { staging: { state: on } }`";
                self.wrong("environments", node, "a list or a map", help);
                Environments::All
            }
        }
    }

    /// What an environment, or an overlay (`scope`), changes of a flag.
    pub(super) fn patch(&mut self, key: &Key<'a>, node: &Node<'a>, object: bool, scope: &str) -> Patch {
        let mut patch = Patch::default();
        let NodeKind::Map(entries) = &node.kind else {
            patch.state = self.state_alone(key, node);
            return patch;
        };
        for (key, node) in entries {
            if self.answer_key(&mut patch, &key.value, node, object) {
                continue;
            }
            if CONTRACT.contains(&&*key.value) {
                let message = format!("{scope} cannot change `{}`", key.value);
                let help =
                    format!("set it in the flag itself; {scope} may change {}", super::listing(ANSWER));
                self.report(Code::OverlayContract, key.position, message, help);
            } else {
                self.unknown_key(&format!("a flag in {scope}"), key, ANSWER);
            }
        }
        patch
    }
}

/// Lays what was read over the flag.
fn settle(flag: &mut Flag, patch: Patch) {
    flag.variants = patch.variants;
    let answer = &mut flag.answer;
    if let Some(state) = patch.state {
        answer.state = state;
    }
    answer.rollout = patch.rollout;
    answer.users = patch.users.map(|it| it.value).unwrap_or_default();
    answer.rules = patch.rules.map(|it| it.value).unwrap_or_default();
    answer.requires = patch.requires.map(|it| it.value).unwrap_or_default();
    answer.excludes = patch.excludes.map(|it| it.value).unwrap_or_default();
    answer.off = patch.off;
    answer.value = patch.value;
}
