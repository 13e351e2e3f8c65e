//! The schema of conditions in their structured spelling; an expression is a text to it.

use super::{entries, reference};
use crate::Operator;
use serde_json::{Map, Value, json};

pub(super) fn definitions() -> Map<String, Value> {
    entries([
        ("condition", condition()),
        ("expression", expression()),
        ("test", test()),
        (
            "scalar",
            json!({ "description": "A text, number or boolean.", "type": ["string", "number", "boolean"] }),
        ),
        (
            "scalars",
            json!({
                "description": "A list of texts, numbers or booleans.",
                "type": "array",
                "minItems": 1,
                "items": { "$ref": "#/definitions/scalar" },
            }),
        ),
    ])
}

fn expression() -> Value {
    json!({
        "description": "An expression: `== != > >= < <= in not-in contains startswith endswith =~ exists(x) segment('x') flag('x') && || ! ( )`.",
        "type": "string",
        "minLength": 1,
        "examples": ["user_type == 'admin' && plan in ['premium', 'enterprise'] && !segment('new_users')"],
    })
}

fn condition() -> Value {
    let several = |description: &str| {
        json!({
            "description": description,
            "type": "array",
            "minItems": 1,
            "items": { "$ref": "#/definitions/condition" },
        })
    };
    json!({
        "description": "What is asked of a context: attributes and what they must be, all of them; or an expression.",
        "anyOf": [
            { "$ref": "#/definitions/expression" },
            {
                "type": "object",
                "minProperties": 1,
                "properties": {
                    "segment": { "description": "It is a member of this segment.", "type": "string" },
                    "flag": {
                        "description": "Another flag is on, or serves a variant: its key, or a map from it to a variant or a list of them.",
                        "anyOf": [
                            { "$ref": "#/definitions/flagKey" },
                            {
                                "type": "object",
                                "minProperties": 1,
                                "propertyNames": { "$ref": "#/definitions/key" },
                                "additionalProperties": { "$ref": "#/definitions/someVariants" },
                            },
                        ],
                    },
                    "any": several("At least one of these holds."),
                    "all": several("Every one of these holds."),
                    "not": reference("condition", "This does not hold."),
                },
                "additionalProperties": { "$ref": "#/definitions/test" },
            },
        ],
    })
}

/// What one attribute must be.
fn test() -> Value {
    let mut properties: Map<String, Value> = Operator::ALL
        .iter()
        .map(|operator| (operator.as_str().to_owned(), operand(*operator, operator.describe())))
        .collect();
    for (alias, operator) in Operator::ALIASES {
        properties.insert((*alias).to_owned(), operand(*operator, &format!("The same as `{operator}`.")));
    }
    properties.insert(
        "ignore_case".to_owned(),
        json!({ "description": "Whether upper and lower case are the same, on strings.", "type": "boolean" }),
    );
    json!({
        "description": "What an attribute must be: a value it equals, or operators that must all hold.",
        "anyOf": [
            { "$ref": "#/definitions/scalar" },
            {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": false,
                "properties": properties,
            },
        ],
    })
}

/// The operand that `operator` takes; which type exactly depends on the attribute.
fn operand(operator: Operator, description: &str) -> Value {
    match operator {
        Operator::Eq
        | Operator::Neq
        | Operator::Gt
        | Operator::Gte
        | Operator::Lt
        | Operator::Lte
        | Operator::Contains => reference("scalar", description),
        // An empty one is a warning, which a schema does not have.
        Operator::In | Operator::Nin => {
            json!({ "description": description, "type": "array", "items": { "$ref": "#/definitions/scalar" } })
        }
        Operator::ContainsAny | Operator::ContainsAll | Operator::SemverIn => {
            reference("scalars", description)
        }
        Operator::Exists => json!({ "description": description, "type": "boolean" }),
        Operator::StartsWith | Operator::EndsWith | Operator::Regex | Operator::Semver => {
            json!({ "description": description, "type": "string" })
        }
        // Versions such as 1.2 look like numbers to YAML, moments may be epoch milliseconds.
        Operator::Before
        | Operator::After
        | Operator::SemverEq
        | Operator::SemverNeq
        | Operator::SemverGt
        | Operator::SemverGte
        | Operator::SemverLt
        | Operator::SemverLte => json!({ "description": description, "type": ["string", "number"] }),
        Operator::Within => reference("duration", description),
        Operator::Cidr => json!({
            "description": description,
            "anyOf": [{ "type": "string" }, { "type": "array", "minItems": 1, "items": { "type": "string" } }],
        }),
    }
}
