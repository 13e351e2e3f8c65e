//! What stands around the flags: version, settings, environments, context, segments.

use super::{Decoder, listing, owned, start};
use crate::yaml::{Key, Node, NodeKind};
use crate::{
    Attribute, AttributeType, Code, Document, Environment, Overlay, ProblemReporting, ScalarType, Segment,
    Settings, Spanned,
};

const SECTIONS: &[&str] = &["version", "settings", "environments", "context", "segments", "layers", "flags"];
const OVERLAY_SECTIONS: &[&str] = &["version", "settings", "segments", "flags"];
const SETTINGS: &[&str] = &["env_prefix", "default_rollout", "require", "metrics", "problems"];
/// Each sees the whole document in its own way, and all of them are checked.
const MOST_ENVIRONMENTS: usize = 256;
/// What `settings.require` may demand.
const REQUIRABLE: &[&str] = &["description", "owner", "tags", "ticket", "kind", "expires", "metadata"];
const ATTRIBUTE: &[&str] = &["type", "values", "required", "private"];
const TYPES: &[(&str, ScalarType)] = &[
    ("string", ScalarType::String),
    ("integer", ScalarType::Integer),
    ("number", ScalarType::Number),
    ("boolean", ScalarType::Boolean),
    ("timestamp", ScalarType::Timestamp),
    ("version", ScalarType::Version),
    ("address", ScalarType::Address),
];

impl<'a> Decoder<'_, 'a> {
    pub(super) fn base(&mut self, root: &Node<'a>, document: &mut Document) {
        let Some(entries) = self.root(root) else { return };
        let mut flags = false;
        for (key, node) in entries {
            match &*key.value {
                "version" => self.version(node),
                "settings" => document.settings = self.settings(node),
                "environments" => document.environments = self.environments(node),
                "context" => document.context = Some(self.context(node)),
                "segments" => document.segments = self.segments(node),
                "layers" => document.layers = self.layers(node),
                "flags" => {
                    flags = true;
                    document.flags = self.flags(node);
                }
                _ => self.unknown_key("flags.yaml", key, SECTIONS),
            }
        }
        if !flags && !Self::misspelt(entries, "flags", SECTIONS) {
            self.no_flags(root);
        }
    }

    fn no_flags(&mut self, root: &Node<'a>) {
        let message = "there are no `flags` in this file";
        let position = if let NodeKind::Null = root.kind { start(self.text.file()) } else { root.position };
        self.missing(position, message, "add `flags:` and below it a flag, such as `new-ui: off`");
    }

    pub(super) fn overlay(&mut self, root: &Node<'a>, object: &dyn Fn(&str) -> bool, overlay: &mut Overlay) {
        if let NodeKind::Null = root.kind {
            // An overlay that changes nothing yet.
            return;
        }
        for (key, node) in self.root(root).unwrap_or_default() {
            match &*key.value {
                "version" => self.version(node),
                "settings" => overlay.settings = self.settings(node),
                "segments" => overlay.segments = self.segments(node),
                "flags" => {
                    for (key, node) in
                        self.entries("flags", node, "`flags:` and below it the flags to change")
                    {
                        let patch = self.patch(key, node, object(&key.value), "an overlay");
                        overlay.flags.push((owned(key), patch));
                    }
                }
                "environments" | "context" | "layers" => {
                    let message = format!("an overlay cannot change `{}`", key.value);
                    self.report(Code::OverlayContract, key.position, message, "change it in the base file");
                }
                _ => self.unknown_key("an overlay", key, OVERLAY_SECTIONS),
            }
        }
    }

    fn root<'n>(&mut self, root: &'n Node<'a>) -> Option<&'n [(Key<'a>, Node<'a>)]> {
        match &root.kind {
            NodeKind::Map(entries) => Some(entries),
            NodeKind::Null => {
                self.no_flags(root);
                None
            }
            other => {
                let message = format!("the file holds {}, not a map", other.describe());
                let help = format!("its keys are {}", listing(SECTIONS));
                self.report(Code::WrongType, root.position, message, help);
                None
            }
        }
    }

    fn version(&mut self, node: &Node<'a>) {
        if let Some(version) = self.integer("version", node)
            && version.value != 1
        {
            let message = format!("version {} of the format is not known", version.value);
            self.report(Code::UnsupportedVersion, node.position, message, "write `version: 1`");
        }
    }

    fn settings(&mut self, node: &Node<'a>) -> Settings {
        let mut settings = Settings::default();
        for (key, node) in self.entries("settings", node, "`settings: { env_prefix: MY_APP_ }`") {
            match &*key.value {
                "env_prefix" => settings.env_prefix = self.env_prefix(node),
                "default_rollout" => settings.default_rollout = self.percent("default_rollout", node),
                "require" => {
                    settings.require = self.strings("require", node);
                    settings.require.retain(|name| {
                        let known = REQUIRABLE.contains(&name.as_str());
                        if !known {
                            self.unknown_value("require", name, name.position, REQUIRABLE);
                        }
                        known
                    });
                }
                "metrics" => settings.metrics = self.boolean("metrics", node),
                "problems" => {
                    let (all, name) = (ProblemReporting::ALL, ProblemReporting::as_str);
                    settings.problems = self.word("problems", node, all, name);
                }
                _ => self.unknown_key("`settings`", key, SETTINGS),
            }
        }
        settings
    }

    fn env_prefix(&mut self, node: &Node<'a>) -> Option<Spanned<String>> {
        let prefix = self.string("env_prefix", node)?;
        let fine = prefix.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && prefix.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !fine {
            let message =
                format!("no environment variable begins with {}", crate::printable::quoted(&prefix));
            let help = "use letters, digits and `_`, such as `MY_APP_`";
            self.report(Code::BadName, node.position, message, help);
        }
        fine.then_some(prefix)
    }

    fn environments(&mut self, node: &Node<'a>) -> Vec<Environment> {
        let example = "`environments: { production: { default: true } }`";
        let mut environments = Vec::new();
        for (key, node) in self.entries("environments", node, example) {
            if environments.len() == MOST_ENVIRONMENTS {
                let message = format!("there are more than {MOST_ENVIRONMENTS} environments");
                let help = "declare those that flags differ in";
                self.report(Code::TooLarge, key.position, message, help);
                break;
            }
            self.check_name("an environment", key);
            let mut environment = Environment { name: owned(key), overlay: None, default: false };
            let entries = match node.kind {
                NodeKind::Null => &[],
                _ => self.entries(&key.value, node, "`{ overlay: flags.production.yaml }` or `{}`"),
            };
            for (key, node) in entries {
                match &*key.value {
                    "overlay" => environment.overlay = self.string("overlay", node),
                    "default" => {
                        environment.default = self.boolean("default", node).is_some_and(|it| it.value);
                    }
                    _ => self.unknown_key("an environment", key, &["overlay", "default"]),
                }
            }
            environments.push(environment);
        }
        environments
    }

    fn context(&mut self, node: &Node<'a>) -> Vec<Attribute> {
        let entries = self.entries("context", node, "`context: { plan: string }`");
        entries.iter().map(|(key, node)| self.attribute(key, node)).collect()
    }

    fn attribute(&mut self, key: &Key<'a>, node: &Node<'a>) -> Attribute {
        self.check_attribute_name(key);
        let mut attribute = Attribute {
            name: owned(key),
            kind: Spanned::new(AttributeType::One(ScalarType::String), node.position),
            values: Vec::new(),
            required: false,
            private: false,
        };
        let NodeKind::Map(entries) = &node.kind else {
            attribute.kind = self.attribute_type(&key.value, node).unwrap_or(attribute.kind);
            return attribute;
        };
        let mut typed = false;
        for (inner, node) in entries {
            match &*inner.value {
                "type" => {
                    typed = true;
                    attribute.kind = self.attribute_type("type", node).unwrap_or(attribute.kind);
                }
                "values" => {
                    attribute.values = self.strings("values", node);
                    if matches!(&node.kind, NodeKind::List(items) if items.is_empty()) {
                        let message = "`values` is empty";
                        self.report(
                            Code::EmptyList,
                            node.position,
                            message,
                            "list the values, or remove `values`",
                        );
                    }
                }
                "required" => attribute.required = self.boolean("required", node).is_some_and(|it| it.value),
                "private" => attribute.private = self.boolean("private", node).is_some_and(|it| it.value),
                _ => self.unknown_key("an attribute", inner, ATTRIBUTE),
            }
        }
        if !typed && !Self::misspelt(entries, "type", ATTRIBUTE) {
            self.missing(
                key.position,
                format!("the attribute `{}` has no `type`", key.value),
                "add `type: string`",
            );
        }
        if let (Some(first), AttributeType::One(kind) | AttributeType::List(kind)) =
            (attribute.values.first(), attribute.kind.value)
            && kind != ScalarType::String
        {
            let message = format!("the attribute `{}` has `values` but is no string", key.value);
            self.report(Code::WrongType, first.position, message, "remove `values`, or write `type: string`");
            attribute.values.clear();
        }
        attribute
    }

    /// `string`, or `[string]` for a list.
    fn attribute_type(&mut self, what: &str, node: &Node<'a>) -> Option<Spanned<AttributeType>> {
        let kinds: Vec<_> = TYPES.iter().map(|(_, kind)| *kind).collect();
        let name = |wanted| TYPES.iter().find(|(_, kind)| *kind == wanted).map_or("", |(name, _)| *name);
        let kind = match &node.kind {
            NodeKind::List(items) => {
                let [item] = items.as_slice() else {
                    let message = format!("`{what}` names {} types in its list", items.len());
                    self.report(Code::WrongType, node.position, message, "name the items' type: `[string]`");
                    return None;
                };
                AttributeType::List(self.word(what, item, &kinds, name)?.value)
            }
            _ => AttributeType::One(self.word(what, node, &kinds, name)?.value),
        };
        Some(Spanned::new(kind, node.position))
    }

    fn segments(&mut self, node: &Node<'a>) -> Vec<Segment> {
        let entries = self.entries("segments", node, "`segments: { beta: { users: [user-1] } }`");
        entries.iter().map(|(key, node)| self.segment(key, node)).collect()
    }

    fn segment(&mut self, key: &Key<'a>, node: &Node<'a>) -> Segment {
        self.check_name("a segment", key);
        let mut segment =
            Segment { name: owned(key), users: Vec::new(), when: None, rollout: None, exclude: Vec::new() };
        if let NodeKind::String(_) = node.kind {
            segment.when = self.when(node);
            return segment;
        }
        let mut members = false;
        for (inner, node) in
            self.entries(&key.value, node, "`{ users: [user-1] }` or `{ when: { plan: premium } }`")
        {
            match &*inner.value {
                "users" => {
                    members = true;
                    segment.users = self.users("users", node);
                }
                "when" => {
                    members = true;
                    segment.when = self.when(node);
                }
                "rollout" => {
                    members = true;
                    segment.rollout = Some(self.rollout(node));
                }
                "exclude" => segment.exclude = self.users("exclude", node),
                _ => {
                    members = true;
                    self.unknown_key("a segment", inner, &["users", "when", "rollout", "exclude"]);
                }
            }
        }
        if !members && matches!(node.kind, NodeKind::Map(_)) {
            let message = format!("the segment `{}` has neither `users` nor `when` nor `rollout`", key.value);
            self.missing(key.position, message, "add `users: [user-1]`");
        }
        segment
    }
}
