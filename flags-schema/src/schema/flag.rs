//! The schema of flags, their answers, and what overlays may change of them.

use super::{entries, list_of, reference};
use crate::{Better, FlagCategory, FlagState, Mutability, ValueType};
use serde_json::{Map, Value, json};

pub(super) fn definitions() -> Map<String, Value> {
    entries([
        ("flag", flag()),
        ("patch", patch()),
        ("state", state()),
        ("variants", variants()),
        ("requirement", requirement()),
        ("experiment", experiment()),
        ("rule", rule()),
        ("rollout", rollout()),
    ])
}

#[expect(clippy::too_many_lines, reason = "a table of keys")]
fn flag() -> Value {
    let mut properties = entries([
        ("description", json!({ "description": "What it is for.", "type": "string" })),
        ("owner", json!({ "description": "Who answers for it.", "type": "string" })),
        ("tags", json!({ "description": "Free labels.", "type": "array", "items": { "type": "string" } })),
        ("ticket", json!({ "description": "A ticket in some tracker.", "type": ["string", "integer"] })),
        ("metadata", json!({ "description": "Anything else, for people.", "type": "object" })),
        (
            "kind",
            json!({
                "description": "What sort of flag it is; `release` when absent.",
                "enum": FlagCategory::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
            }),
        ),
        ("expires", reference("timestamp", "The day past which its uses warn.")),
        (
            "mutability",
            json!({
                "description": "What may change it: `live` anything (when absent), `startup` nothing once the process has started, `fixed` nothing at all.",
                "enum": Mutability::ALL.iter().map(|mutability| mutability.as_str()).collect::<Vec<_>>(),
            }),
        ),
        (
            "env_override",
            json!({
                "description": "Whether an environment variable may override it; it may when absent.",
                "type": "boolean",
            }),
        ),
        (
            "environments",
            json!({
                "description": "A list: where it is on, `DISABLED` elsewhere. Or what changes in which environment.",
                "anyOf": [
                    { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/name" } },
                    {
                        "type": "object",
                        "propertyNames": { "$ref": "#/definitions/name" },
                        "additionalProperties": { "$ref": "#/definitions/patch" },
                    },
                ],
            }),
        ),
        ("experiment", reference("experiment", "The experiment it carries.")),
        (
            "layer",
            json!({
                "description": "The range of a layer that it takes: whoever stands elsewhere gets its off variant.",
                "type": "object",
                "additionalProperties": false,
                "required": ["name"],
                "properties": {
                    "name": reference("name", "The layer."),
                    "from": reference("percentage", "Where the range begins; 0 when absent."),
                    "to": reference("percentage", "Where it ends; 100 when absent."),
                },
            }),
        ),
        (
            "type",
            json!({
                "description": "Makes the flag a typed value instead of a switch.",
                "enum": ValueType::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
            }),
        ),
    ]);
    properties.extend(answer());
    json!({
        "description": "A flag: its state alone, or all about it.",
        "anyOf": [
            { "$ref": "#/definitions/state" },
            {
                "type": "object",
                "additionalProperties": false,
                "properties": properties,
                "dependencies": {
                    "type": {
                        "anyOf": [
                            {
                                "required": ["value"],
                                "not": { "anyOf": [{ "required": ["variants"] }, { "required": ["users"] }] },
                            },
                            {
                                "required": ["variants", "state"],
                                "not": { "required": ["value"] },
                                "properties": {
                                    "type": {
                                        "description": "Values of variants that have any shape.",
                                        "const": ValueType::Json.as_str(),
                                    },
                                    "variants": {
                                        "description": "Each variant with its value.",
                                        "type": "object",
                                    },
                                },
                            },
                        ],
                    },
                    "value": ["type"],
                    "experiment": ["variants"],
                },
                "anyOf": [{ "required": ["state"] }, { "required": ["type"] }],
            },
        ],
    })
}

fn patch() -> Value {
    json!({
        "description": "Answers to change: a state alone, or the keys to change.",
        "anyOf": [
            { "$ref": "#/definitions/state" },
            { "type": "object", "additionalProperties": false, "properties": answer() },
        ],
    })
}

/// The keys of an answer: a flag has them, a patch replaces them.
fn answer() -> Map<String, Value> {
    entries([
        ("state", reference("state", &format!("{}, or a segment's name.", FlagState::listed()))),
        ("rollout", reference("rollout", "How many get it in state `gradual`.")),
        (
            "users",
            json!({
                "description": "Users named individually, before rules: they get `on`, or the variant whose list they are in.",
                "anyOf": [
                    { "$ref": "#/definitions/users" },
                    { "type": "object", "additionalProperties": { "$ref": "#/definitions/users" } },
                ],
            }),
        ),
        ("rules", list_of("rule", "Rules, by priority and then in order; the first that holds serves.")),
        ("requires", list_of("requirement", "Flags that must be on for the same context.")),
        ("excludes", list_of("requirement", "Flags that must not be on for the same context.")),
        ("variants", reference("variants", "What it may serve, by name.")),
        (
            "off",
            json!({ "description": "What is served when it is off: a variant, or a value of its type; the first variant or `value` when absent." }),
        ),
        ("value", json!({ "description": "The value of a flag that has a `type`." })),
    ])
}

fn state() -> Value {
    let states: Vec<&str> = FlagState::WORDS.iter().map(FlagState::as_str).collect();
    json!({
        "description": "`on`, `off`, `gradual` (a share, see `rollout`), `targeted` (only `users` and `rules`), or the name of a segment: on for its members.",
        "anyOf": [{ "enum": states }, { "$ref": "#/definitions/name" }],
        "not": { "enum": ["true", "false", "yes", "no"] },
    })
}

fn variants() -> Value {
    json!({
        "description": "Names alone (equal shares), or names with their weight and value.",
        "anyOf": [
            { "type": "array", "minItems": 1, "uniqueItems": true, "items": { "$ref": "#/definitions/flagKey" } },
            {
                "type": "object",
                "minProperties": 1,
                "propertyNames": { "$ref": "#/definitions/key" },
                "additionalProperties": {
                    "description": "Its weight and value, or its value alone.",
                    "anyOf": [
                        {
                            "type": "object",
                            "additionalProperties": false,
                            "properties": {
                                "weight": reference("percentage", "Its share; those of all variants sum to 100."),
                                "value": { "description": "Its value; those of all variants have one shape." },
                            },
                        },
                        {
                            "not": {
                                "type": "object",
                                "anyOf": [{ "required": ["weight"] }, { "required": ["value"] }],
                            },
                        },
                    ],
                },
            },
        ],
    })
}

fn requirement() -> Value {
    json!({
        "description": "A flag, or a flag and the variant it must serve.",
        "anyOf": [
            { "$ref": "#/definitions/flagKey" },
            {
                "type": "object",
                "additionalProperties": false,
                "required": ["flag"],
                "properties": {
                    "flag": reference("flagKey", "The flag."),
                    "variant": reference("someVariants", "The variant it must serve, or those of which one; any when absent."),
                },
            },
        ],
    })
}

fn experiment() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["control"],
        "properties": {
            "control": reference("key", "The variant that everyone gets before and after."),
            "events": {
                "description": "Events that may be tracked.",
                "type": "array",
                "items": { "type": "string" },
            },
            "metrics": {
                "description": "What is measured of the events.",
                "type": "object",
                "propertyNames": { "$ref": "#/definitions/name" },
                "additionalProperties": metric(),
            },
            "primary": reference("name", "The metric that decides; the first one when absent."),
            "minimum_effect": {
                "description": "The smallest difference to find, relative to the control, such as `2%`.",
                "type": "string",
                "pattern": r"^\d+(\.\d{1,3})?\s*%$",
            },
            "starts": reference("timestamp", "Not before this moment."),
            "ends": reference("timestamp", "Not from this moment on."),
        },
    })
}

fn metric() -> Value {
    json!({
        "description": "The share of units to whom an event happened, or what its values sum up to.",
        "type": "object",
        "additionalProperties": false,
        "required": ["event"],
        "properties": {
            "event": { "description": "The event.", "type": "string" },
            "sum": { "description": "The sum of its values, by unit.", "const": "value" },
            "mean": { "description": "The mean of its values.", "const": "value" },
            "cap": { "description": "What a value counts for at most.", "type": "number", "exclusiveMinimum": 0 },
            "better": {
                "description": "Which direction is an improvement; `higher` when absent.",
                "enum": Better::ALL.iter().map(|better| better.as_str()).collect::<Vec<_>>(),
            },
        },
        "not": { "required": ["sum", "mean"] },
        "dependencies": { "cap": { "anyOf": [{ "required": ["sum"] }, { "required": ["mean"] }] } },
    })
}

fn rule() -> Value {
    json!({
        "description": "The first rule whose window, condition and rollout all hold serves.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "name": { "description": "Its name in explanations and metrics.", "type": "string" },
            "when": reference("condition", "Its condition; always true when absent."),
            "rollout": reference("rollout", "Its share; who misses it goes on to the next rule."),
            "serve": {
                "description": "A variant, `on` or `off`, a value of the flag's type, or a split by percentages, like `{ control: 20, treatment: 80 }`. What the flag serves when on, when absent.",
                "not": { "type": "null" },
            },
            "priority": { "description": "Higher is asked first; 0 when absent.", "type": "integer" },
            "starts": reference("timestamp", "Not before this moment."),
            "ends": reference("timestamp", "Not from this moment on."),
        },
    })
}

fn rollout() -> Value {
    let object = |required: &[&str], more: Value| {
        let mut properties = entries([
            (
                "by",
                json!({ "description": "The attribute that is bucketed; the user when absent.", "type": "string" }),
            ),
            (
                "salt",
                json!({ "description": "Replaces the flag's key, so that flags share buckets on purpose.", "type": "string" }),
            ),
        ]);
        if let Value::Object(more) = more {
            properties.extend(more);
        }
        json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
    };
    let ramp = || {
        entries([
            ("from", reference("percentage", "The percentage at the start; 0 when absent.")),
            ("to", reference("percentage", "The percentage at the end; 100 when absent.")),
            ("start", reference("timestamp", "When it starts to move.")),
        ])
    };
    let (mut steps, mut straight) = (ramp(), ramp());
    steps.insert("step".into(), reference("percentage", "How much each step moves it."));
    steps.insert("every".into(), reference("duration", "How long each step lasts."));
    straight.insert("end".into(), reference("timestamp", "When it arrives."));
    json!({
        "description": "A percentage; with `by` and `salt`; or a ramp, in steps or straight.",
        "anyOf": [
            { "$ref": "#/definitions/percentage" },
            object(&["percentage"], json!({ "percentage": reference("percentage", "How many.") })),
            object(&["start", "step", "every"], Value::Object(steps)),
            object(&["start", "end"], Value::Object(straight)),
        ],
    })
}
