//! Experiments: who is compared, what is tracked, and what is measured of it.

use super::{Decoder, owned};
use crate::printable::quoted;
use crate::yaml::{Key, Node, NodeKind};
use crate::{Better, Code, Experiment, Measure, Metric, Percent, Spanned};

const KEYS: &[&str] = &["control", "events", "metrics", "primary", "minimum_effect", "starts", "ends"];
const EXAMPLE: &str = "`experiment: { control: control, events: [click] }`";
const METRIC: &[&str] = &["event", "sum", "mean", "cap", "better"];
const METRIC_EXAMPLE: &str =
    "`purchase_rate: { event: purchase }`, or `revenue: { event: purchase, sum: value }`";

impl<'a> Decoder<'_, 'a> {
    pub(super) fn experiment(&mut self, node: &Node<'a>) -> Option<Experiment> {
        let (mut control, mut events, mut metrics) = (None, None, Vec::new());
        let (mut primary, mut minimum_effect, mut starts, mut ends) = (None, None, None, None);
        let mut named = false;
        for (key, node) in self.entries("experiment", node, EXAMPLE) {
            match &*key.value {
                "control" => {
                    named = true;
                    control = self.string("control", node);
                }
                "events" => events = Some(self.strings("events", node)),
                "metrics" => metrics = self.metrics(node),
                "primary" => primary = self.string("primary", node),
                "minimum_effect" => minimum_effect = self.minimum_effect(node),
                "starts" => starts = self.timestamp("starts", node),
                "ends" => ends = self.timestamp("ends", node),
                _ => self.unknown_key("an experiment", key, KEYS),
            }
        }
        if !named
            && let NodeKind::Map(entries) = &node.kind
            && !Self::misspelt(entries, "control", KEYS)
        {
            let message = "the experiment has no `control`";
            self.missing(node.position, message, "name the variant that everyone gets before and after");
        }
        let events = events.unwrap_or_else(|| measured(&metrics));
        Some(Experiment { control: control?, events, metrics, primary, minimum_effect, starts, ends })
    }

    fn metrics(&mut self, node: &Node<'a>) -> Vec<Metric> {
        let example = format!("`metrics:` and below it a metric, such as {METRIC_EXAMPLE}");
        let entries = self.entries("metrics", node, &example);
        let metric = |(key, node)| {
            let fine = self.check_name("a metric", key);
            let metric = self.metric(key, node);
            metric.filter(|_| fine)
        };
        entries.iter().map(|(key, node)| (key, node)).filter_map(metric).collect()
    }

    fn metric(&mut self, key: &Key<'a>, node: &Node<'a>) -> Option<Metric> {
        let (mut event, mut cap, mut better) = (None, None, None);
        let mut measures: Vec<Spanned<Measure>> = Vec::new();
        let entries = self.entries(&key.value, node, METRIC_EXAMPLE);
        for (key, node) in entries {
            match &*key.value {
                "event" => event = Some(self.string("event", node)),
                "sum" | "mean" => {
                    self.of_value(&key.value, node);
                    let measure = if key.value == "sum" { Measure::Sum } else { Measure::Mean };
                    measures.push(Spanned::new(measure, key.position));
                }
                "cap" => cap = self.cap(node).map(|cap| (cap, key.position)),
                "better" => better = self.word("better", node, Better::ALL, Better::as_str),
                _ => self.unknown_key("a metric", key, METRIC),
            }
        }
        if let [_, second, ..] = measures.as_slice() {
            let message = format!("the metric `{}` is a `sum` or a `mean`, not both", key.value);
            self.report(
                Code::UnknownKey,
                second.position,
                message,
                "remove one of them, or make two metrics",
            );
        }
        if let (Some((_, position)), []) = (cap, measures.as_slice()) {
            let message = format!("the metric `{}` has a `cap` but no value to bound", key.value);
            self.missing(position, message, "add `sum: value` or `mean: value`, or remove `cap`");
        }
        let Some(event) = event else {
            if let NodeKind::Map(entries) = &node.kind
                && !Self::misspelt(entries, "event", METRIC)
            {
                let message = format!("the metric `{}` has no `event`", key.value);
                self.missing(key.position, message, format!("write {METRIC_EXAMPLE}"));
            }
            return None;
        };
        Some(Metric {
            name: owned(key),
            event: event?,
            measure: measures.first().map_or(Measure::Conversion, |measure| measure.value),
            cap: cap.map(|(cap, _)| cap),
            better: better.map_or_else(Better::default, |better| better.value),
        })
    }

    /// What is summed up is the value alone: metadata may be anything, or missing.
    fn of_value(&mut self, what: &str, node: &Node<'a>) {
        let help = format!("write `{what}: value`: what the program tracks with the event");
        match &node.kind {
            NodeKind::String(text) if text == "value" => {}
            NodeKind::String(text) => {
                let message = format!("`{what}` cannot be {}", quoted(text));
                self.report(Code::UnknownValue, node.position, message, help);
            }
            _ => self.wrong(what, node, "the word `value`", help),
        }
    }

    /// What a value counts for at most.
    fn cap(&mut self, node: &Node<'a>) -> Option<Spanned<f64>> {
        #[expect(clippy::cast_precision_loss, reason = "a bound of what is measured need not be exact")]
        let number = match node.kind {
            NodeKind::Integer(value) => Some(value as f64),
            NodeKind::Float(value) => Some(value),
            _ => None,
        };
        match number {
            Some(number) if number.is_finite() && number > 0.0 => Some(Spanned::new(number, node.position)),
            Some(_) => {
                let message = "`cap` bounds a value, which is done by a finite number above 0";
                self.report(Code::WrongType, node.position, message, "write `cap: 500`");
                None
            }
            None => {
                self.wrong("cap", node, "a number", "write `cap: 500`");
                None
            }
        }
    }

    /// A difference relative to the control, with its percent sign: `0.02` or `2` alone could be meant as either.
    fn minimum_effect(&mut self, node: &Node<'a>) -> Option<Spanned<Percent>> {
        let help = "write `minimum_effect: 2%`, relative to the control";
        let number = match &node.kind {
            NodeKind::String(text) => {
                text.strip_suffix('%').and_then(|text| text.trim_end().parse::<f64>().ok())
            }
            _ => None,
        };
        let Some(number) = number else {
            self.wrong("minimum_effect", node, "a percentage with its sign", help);
            return None;
        };
        match Percent::from_f64(number) {
            Ok(percent) if percent > Percent::ZERO => Some(Spanned::new(percent, node.position)),
            _ => {
                let message = format!("`minimum_effect` is {number} %, outside 0.001 to 100");
                self.report(Code::PercentageRange, node.position, message, help);
                None
            }
        }
    }
}

/// The events that the metrics name, each once: what is tracked where `events` does not say so.
fn measured(metrics: &[Metric]) -> Vec<Spanned<String>> {
    let mut events: Vec<Spanned<String>> = Vec::new();
    for metric in metrics {
        if !events.iter().any(|event| event.value == metric.event.value) {
            events.push(metric.event.clone());
        }
    }
    events
}
