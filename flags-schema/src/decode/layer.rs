//! Layers, and the ranges of them that flags take.

use super::{Decoder, owned};
use crate::yaml::{Node, NodeKind};
use crate::{ExclusionLayer, LayerRange, Percent, Spanned};

const LAYER: &[&str] = &["by", "salt"];
const RANGE: &[&str] = &["name", "from", "to"];
const EXAMPLE: &str = "`layer: { name: checkout, from: 0, to: 40 }`";

impl<'a> Decoder<'_, 'a> {
    pub(super) fn layers(&mut self, node: &Node<'a>) -> Vec<ExclusionLayer> {
        let mut layers = Vec::new();
        for (key, node) in self.entries("layers", node, "`layers: { checkout: { by: user } }`") {
            self.check_name("a layer", key);
            let mut layer = ExclusionLayer { name: owned(key), by: None, salt: None };
            if let NodeKind::Null = node.kind {
                layers.push(layer);
                continue;
            }
            for (inner, node) in
                self.entries(&key.value, node, "`checkout: { by: user }`, or `checkout:` alone")
            {
                match &*inner.value {
                    "by" => layer.by = self.string("by", node),
                    "salt" => layer.salt = self.string("salt", node),
                    _ => self.unknown_key("a layer", inner, LAYER),
                }
            }
            layers.push(layer);
        }
        layers
    }

    pub(super) fn layer_range(&mut self, node: &Node<'a>) -> Option<LayerRange> {
        let NodeKind::Map(entries) = &node.kind else {
            self.wrong("layer", node, "a map", format!("write {EXAMPLE}"));
            return None;
        };
        let (mut name, mut from, mut to) = (None, None, None);
        for (key, node) in entries {
            match &*key.value {
                "name" => name = Some(self.string("name", node)),
                "from" => from = Some(self.percent("from", node)),
                "to" => to = Some(self.percent("to", node)),
                _ => self.unknown_key("a layer of a flag", key, RANGE),
            }
        }
        if name.is_none() && !Self::misspelt(entries, "name", RANGE) {
            self.missing(node.position, "the layer has no `name`", format!("write {EXAMPLE}"));
        }
        let from = from.unwrap_or_else(|| Some(Spanned::new(Percent::ZERO, node.position)));
        let to = to.unwrap_or_else(|| Some(Spanned::new(Percent::HUNDRED, node.position)));
        Some(LayerRange { name: name??, from: from?, to: to? })
    }
}
