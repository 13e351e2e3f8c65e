//! The format as a JSON Schema (draft-07), for editors and other languages' tools. What it can say of a
//! document is its structure; names, sums and types of operands are left to the checks.

mod condition;
mod flag;

use serde_json::{Map, Value, json};

/// The JSON Schema of flags.yaml, as committed in `flags.schema.json`.
///
/// Of overlays it is `#/definitions/overlay`.
///
/// ```
/// let schema = flags_schema::json_schema();
/// assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
/// ```
#[must_use]
pub fn json_schema() -> Value {
    let mut definitions = Map::new();
    definitions.extend(names_and_units());
    definitions.extend(condition::definitions());
    definitions.extend(flag::definitions());
    definitions.insert("settings".into(), settings());
    definitions.insert("environment".into(), environment());
    definitions.insert("attribute".into(), attribute());
    definitions.insert("attributeType".into(), attribute_type());
    definitions.insert("segment".into(), segment());
    definitions.insert("overlay".into(), overlay());
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "flags.yaml",
        "description": "Feature flags: which exist, their variants and values, and who gets what.",
        "type": "object",
        "additionalProperties": false,
        "required": ["flags"],
        "properties": {
            "version": version(),
            "settings": reference("settings", "What holds for every flag of this file."),
            "environments": {
                "description": "The environments, by name. Once declared, no others exist.",
                "type": "object",
                "propertyNames": { "$ref": "#/definitions/name" },
                "additionalProperties": { "$ref": "#/definitions/environment" },
            },
            "context": {
                "description": "The attributes that a context may have, by name. Once declared, conditions may use no others.",
                "type": "object",
                "propertyNames": { "minLength": 1 },
                "additionalProperties": { "$ref": "#/definitions/attribute" },
            },
            "segments": segments("Named sets of contexts. Being listed or meeting the condition makes a member."),
            "layers": {
                "description": "Lines on which every context has one position, and of which flags take ranges.",
                "type": "object",
                "propertyNames": { "$ref": "#/definitions/name" },
                "additionalProperties": {
                    "type": ["object", "null"],
                    "additionalProperties": false,
                    "properties": {
                        "by": { "description": "The attribute that is bucketed; the user when absent.", "type": "string" },
                        "salt": { "description": "Decides with it where a context stands; `layer/` and the name when absent.", "type": "string" },
                    },
                },
            },
            "flags": flags("The flags, by key.", "flag"),
        },
        "definitions": definitions,
    })
}

/// `description` beside a `$ref`: draft-07 ignores what stands right next to one.
fn reference(definition: &str, description: &str) -> Value {
    json!({ "description": description, "allOf": [{ "$ref": format!("#/definitions/{definition}") }] })
}

fn list_of(definition: &str, description: &str) -> Value {
    json!({ "description": description, "type": "array", "items": { "$ref": format!("#/definitions/{definition}") } })
}

fn version() -> Value {
    json!({ "description": "The version of the format.", "const": 1 })
}

fn segments(description: &str) -> Value {
    json!({
        "description": description,
        "type": "object",
        "propertyNames": { "$ref": "#/definitions/name" },
        "additionalProperties": { "$ref": "#/definitions/segment" },
    })
}

/// None yet, in a new file, is nothing.
fn flags(description: &str, definition: &str) -> Value {
    json!({
        "description": description,
        "type": ["object", "null"],
        "propertyNames": { "$ref": "#/definitions/key" },
        "additionalProperties": { "$ref": format!("#/definitions/{definition}") },
    })
}

fn names_and_units() -> Map<String, Value> {
    entries([
        (
            "name",
            json!({
                "description": "Letters, digits, `.`, `-` and `_`, beginning with a letter.",
                "type": "string",
                "pattern": "^[A-Za-z]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
            }),
        ),
        (
            "key",
            json!({
                "description": "Letters, digits, `.`, `-` and `_`, beginning with a letter or digit.",
                "type": "string",
                "pattern": "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
            }),
        ),
        (
            "flagKey",
            json!({ "anyOf": [{ "$ref": "#/definitions/key" }, { "type": "integer", "minimum": 0 }] }),
        ),
        (
            "someVariants",
            json!({
                "description": "The name of a variant, or a list of which one is enough.",
                "anyOf": [
                    { "$ref": "#/definitions/flagKey" },
                    { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/flagKey" } },
                ],
            }),
        ),
        (
            "percentage",
            json!({
                "description": "Percent, 0 to 100, down to 0.001; with its sign, `0.5%`, where a share of 1 could be meant.",
                "type": ["number", "string"],
                "minimum": 0,
                "maximum": 100,
                "pattern": "^[0-9]+(\\.[0-9]+)? *% *$",
            }),
        ),
        (
            "timestamp",
            json!({
                "description": "RFC 3339 with an offset, or a plain date (00:00Z).",
                "type": "string",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$",
                "examples": ["2026-12-01", "2026-12-01T09:00:00Z"],
            }),
        ),
        (
            "duration",
            json!({
                "description": "Whole numbers with units, largest first: w, d, h, m, s, ms.",
                "type": "string",
                "minLength": 2,
                "pattern": "^([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$",
                "examples": ["30d", "1h30m"],
            }),
        ),
        (
            "users",
            json!({
                "description": "Users by their targeting key.",
                "type": "array",
                "items": { "type": ["string", "integer"], "minimum": 0 },
            }),
        ),
    ])
}

fn entries<const N: usize>(entries: [(&str, Value); N]) -> Map<String, Value> {
    entries.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn settings() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "env_prefix": {
                "description": "Prefix of the environment variables that override flags; `FEATURE_` when absent.",
                "type": "string",
                "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
            },
            "default_rollout": reference("percentage", "Percentage of a `gradual` flag that gives no rollout."),
            "require": {
                "description": "Keys that every flag of this file must carry.",
                "type": "array",
                "items": { "enum": ["description", "owner", "tags", "ticket", "metadata", "kind", "expires"] },
            },
            "metrics": { "description": "Whether evaluations are counted; they are when absent.", "type": "boolean" },
            "problems": {
                "description": "Whether a program that starts tells of settings that it ignores, in its log or on standard error; it does when absent.",
                "enum": ["told", "silent"],
            },
        },
    })
}

fn environment() -> Value {
    json!({
        "description": "An environment.",
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": {
            "overlay": {
                "description": "The file with this environment's answers, relative to this one.",
                "type": "string",
            },
            "default": {
                "description": "Whether it applies when nothing else is said; one at most.",
                "type": "boolean",
            },
        },
    })
}

fn attribute() -> Value {
    json!({
        "description": "An attribute of the context: its type, or its type and more.",
        "anyOf": [
            { "$ref": "#/definitions/attributeType" },
            {
                "type": "object",
                "additionalProperties": false,
                "required": ["type"],
                "properties": {
                    "type": reference("attributeType", "Its type."),
                    "values": {
                        "description": "The only values it may have; they become an enum.",
                        "type": "array",
                        "minItems": 1,
                        "items": { "type": "string" },
                    },
                    "required": { "description": "Whether every context has one.", "type": "boolean" },
                    "private": {
                        "description": "Whether it must not leave the process in clear.",
                        "type": "boolean",
                    },
                },
            },
        ],
    })
}

fn attribute_type() -> Value {
    let scalar =
        json!({ "enum": ["string", "integer", "number", "boolean", "timestamp", "version", "address"] });
    json!({
        "description": "A type, or a list of one: `[string]`.",
        "anyOf": [scalar, { "type": "array", "minItems": 1, "maxItems": 1, "items": scalar }],
    })
}

fn segment() -> Value {
    json!({
        "description": "A named set of contexts: users, and those whom a condition and a rollout let in; or an expression.",
        "anyOf": [
            { "$ref": "#/definitions/expression" },
            {
                "type": "object",
                "additionalProperties": false,
                "anyOf": [{ "required": ["users"] }, { "required": ["when"] }, { "required": ["rollout"] }],
                "properties": {
                    "users": reference("users", "Members by targeting key."),
                    "when": reference("condition", "Members by condition."),
                    "rollout": reference("rollout", "How many of those for whom the condition holds are members; its salt is the segment's name."),
                    "exclude": reference("users", "Who is never a member, by targeting key."),
                },
            },
        ],
    })
}

fn overlay() -> Value {
    json!({
        "description": "A file of answers for one environment. It changes what flags answer, never which exist.",
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": {
            "version": version(),
            "settings": reference("settings", "Settings to replace."),
            "segments": segments("Segments to replace, whole."),
            "flags": flags("Answers to change, by the flag's key.", "patch"),
        },
    })
}
