//! Writes a case as the flags.yaml that a person would have written for it. No evaluation here.

use serde_json::{Map, Value, json};
use std::fmt;

/// Why a case cannot be written down in our format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Inexpressible {
    /// `eq` or `neq` with a list or an object.
    WholeValue,
    /// A reason that only a provider which caches can give.
    Cached,
}

impl Inexpressible {
    /// In words, for the list that the test prints.
    pub(crate) const fn describe(self) -> &'static str {
        match self {
            Self::WholeValue => {
                "compares a whole list or object for equality; ours compare elements and fields"
            }
            Self::Cached => "expects a provider's cache; ours has none",
        }
    }
}

/// The key of the flag that carries a condition's case.
pub(crate) const PROBE: &str = "probe";

/// A document whose flag [`PROBE`] is on exactly for those of whom the case's condition holds.
pub(crate) fn of_condition(case: &Value) -> Result<Value, Inexpressible> {
    let rule = rule_when(&case["condition"])?;
    let mut document = json!({ "version": 1, "flags": { PROBE: { "state": "targeted", "rules": [rule] } } });
    add_segments(&mut document, case)?;
    Ok(document)
}

/// A document with the case's flag and the flags it depends on. A prerequisite may compare the other
/// flag's value: `meets` says whether a value meets such a condition.
pub(crate) fn of_flag(case: &Value, meets: Meets<'_>) -> Result<Value, Inexpressible> {
    if case["expect"]["reason"] == "CACHED" {
        return Err(Inexpressible::Cached);
    }
    let mut flags = Map::new();
    let others = case.get("flags").and_then(Value::as_object).into_iter().flatten();
    for (name, other) in others {
        flags.insert(key(name), flag(other, case, Role::Prerequisite, meets)?);
    }
    let subject = &case["flag"];
    if subject["missing"] == true {
        flags.insert("another-flag".to_owned(), json!("off"));
    } else {
        flags.insert(key(&text(&subject["key"])), flag(subject, case, Role::Subject, meets)?);
    }
    let mut document = json!({ "version": 1, "flags": flags });
    add_segments(&mut document, case)?;
    Ok(document)
}

/// The document as YAML in block style, every scalar as JSON writes it.
pub(crate) fn to_yaml(document: &Value) -> String {
    format!("{}\n", Block(document, 0).to_string().trim_start())
}

/// Whether the condition (over the attribute `value`) holds of the value.
pub(crate) type Meets<'a> = &'a dyn Fn(&Value, &Value) -> bool;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Subject,
    Prerequisite,
}

fn add_segments(document: &mut Value, case: &Value) -> Result<(), Inexpressible> {
    let segments = case.get("segments").and_then(Value::as_object).into_iter().flatten();
    for (name, condition) in segments {
        document["segments"][name] = rule_when(condition)?;
    }
    Ok(())
}

fn flag(flag: &Value, case: &Value, role: Role, meets: Meets<'_>) -> Result<Value, Inexpressible> {
    let (default, off) = (named(&flag["default"]), named(&flag["off"]));
    let enabled = flag["enabled"] != false;
    let mut variants = flag["variants"].as_object().cloned().unwrap_or_default();
    // Where the case serves what the caller passed, a variant has to hold it.
    let mut or_callers = |name: Option<String>| {
        name.unwrap_or_else(|| {
            let held =
                variants.iter().find(|(_, value)| **value == case["default"]).map(|(name, _)| name.clone());
            held.unwrap_or_else(|| {
                variants.insert("callers_default".to_owned(), case["default"].clone());
                "callers_default".to_owned()
            })
        })
    };

    let rules = flag["rules"].as_array().cloned().unwrap_or_default();
    let requires = prerequisites(&flag["prerequisites"], case, meets);
    let mut out = Map::new();
    let everyone = if enabled {
        let default = or_callers(default);
        // Whoever no rule serves gets the default: as `off` it is reported as such, but a flag that
        // others require must be on to satisfy them, and one that itself requires may have another `off`.
        let other_off = off.as_ref().is_some_and(|off| *off != default) && !requires.is_empty();
        if rules.is_empty() || role == Role::Prerequisite || other_off {
            out.insert("state".to_owned(), json!("on"));
            if let Some(off) = off {
                out.insert("off".to_owned(), json!(off));
            }
            Some(default)
        } else {
            out.insert("state".to_owned(), json!("targeted"));
            out.insert("off".to_owned(), json!(default));
            None
        }
    } else {
        out.insert("state".to_owned(), json!("off"));
        out.insert("off".to_owned(), json!(or_callers(off)));
        None
    };
    let kinds: std::collections::HashSet<_> =
        variants.values().filter(|value| !value.is_null()).map(std::mem::discriminant).collect();
    if kinds.len() > 1 {
        out.insert("type".to_owned(), json!("json"));
    }
    out.insert("variants".to_owned(), spell_variants(&variants, everyone.as_deref()));
    if !requires.is_empty() {
        out.insert("requires".to_owned(), Value::Array(requires));
    }
    let targets = flag["targets"].as_array().cloned().unwrap_or_default();
    if !targets.is_empty() {
        let users = targets.iter().map(|target| (text(&target["serve"]), target["keys"].clone())).collect();
        out.insert("users".to_owned(), Value::Object(users));
    }
    if !rules.is_empty() {
        let rules = rules.iter().map(|it| rule(it, case, meets)).collect::<Result<Vec<_>, _>>()?;
        out.insert("rules".to_owned(), Value::Array(rules));
    }
    Ok(Value::Object(out))
}

/// Variants of one shape: a field that only others have is written as `null`. With `everyone`, that
/// variant has all the weight.
fn spell_variants(variants: &Map<String, Value>, everyone: Option<&str>) -> Value {
    let fields: Vec<&String> = variants.values().filter_map(Value::as_object).flat_map(Map::keys).collect();
    let spelled = variants.iter().map(|(name, value)| {
        let mut out = Map::new();
        if let Some(everyone) = everyone {
            out.insert("weight".to_owned(), json!(if name == everyone { 100 } else { 0 }));
        }
        let mut value = value.clone();
        if let Some(object) = value.as_object_mut() {
            for field in &fields {
                object.entry((*field).clone()).or_insert(Value::Null);
            }
        }
        if !value.is_null() {
            out.insert("value".to_owned(), value);
        }
        (name.clone(), Value::Object(out))
    });
    if variants.values().all(Value::is_null) && everyone.is_none() {
        return variants.keys().cloned().collect();
    }
    Value::Object(spelled.collect())
}

/// What a flag or a rule requires: the other flag, and the variants whose values are asked for. None of them is
/// what no variant has.
fn prerequisites(required: &Value, case: &Value, meets: Meets<'_>) -> Vec<Value> {
    let mut out = Vec::new();
    for prerequisite in required.as_array().into_iter().flatten() {
        let other = text(&prerequisite["flag"]);
        let requirement = if let Some(variant) = prerequisite.get("variant") {
            json!({ "flag": key(&other), "variant": variant })
        } else {
            let variants = case["flags"][&other]["variants"].as_object().cloned().unwrap_or_default();
            let meeting: Vec<&String> = variants
                .iter()
                .filter(|(_, value)| meets(&prerequisite["value"], value))
                .map(|(name, _)| name)
                .collect();
            if meeting.len() == variants.len() {
                json!({ "flag": key(&other) })
            } else {
                json!({ "flag": key(&other), "variant": meeting })
            }
        };
        if !out.contains(&requirement) {
            out.push(requirement);
        }
    }
    out
}

/// Ours start with a letter or a digit.
pub(crate) fn key(theirs: &str) -> String {
    if theirs.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        theirs.to_owned()
    } else {
        format!("flag-{theirs}")
    }
}

fn rule(rule: &Value, case: &Value, meets: Meets<'_>) -> Result<Value, Inexpressible> {
    let mut out = if rule["when"].is_null() { json!({}) } else { rule_when(&rule["when"])? };
    let asked = prerequisites(&rule["requires"], case, meets).into_iter().map(|required| {
        match required.get("variant") {
            None => json!({ "flag": required["flag"] }),
            Some(variant) => json!({ "flag": { text(&required["flag"]): variant } }),
        }
    });
    let mut all: Vec<Value> = asked.collect();
    if !all.is_empty() {
        all.extend(out.get("when").cloned());
        out["when"] = json!({ "all": all });
    }
    out["serve"] = rule["serve"].clone();
    if let Some(rollout) = rule.get("rollout") {
        out["rollout"] = json!({ "percentage": rollout["percent"] });
        if let Some(by) = rollout.get("by") {
            out["rollout"]["by"] = by.clone();
        }
    }
    Ok(out)
}

/// `{ when: ... }`, or nothing for a condition that asks nothing: that is what leaving `when` out means.
fn rule_when(condition: &Value) -> Result<Value, Inexpressible> {
    if condition["all"].as_array().is_some_and(Vec::is_empty) {
        return Ok(json!({}));
    }
    Ok(json!({ "when": when(condition)? }))
}

fn when(condition: &Value) -> Result<Value, Inexpressible> {
    for key in ["all", "any"] {
        if let Some(members) = condition.get(key).and_then(Value::as_array) {
            let members = members.iter().map(when).collect::<Result<Vec<_>, _>>()?;
            return Ok(json!({ key: members }));
        }
    }
    if let Some(inner) = condition.get("not") {
        return Ok(json!({ "not": when(inner)? }));
    }
    if let Some(name) = condition.get("segment") {
        return Ok(json!({ "segment": name }));
    }
    comparison(condition)
}

/// A leaf. Where our operator has another name, or is the negation of one, it is written so.
fn comparison(leaf: &Value) -> Result<Value, Inexpressible> {
    let (attribute, operator, operand) = (text(&leaf["attr"]), text(&leaf["op"]), leaf["value"].clone());
    let (negated, operator, operand) = match operator.as_str() {
        "eq" if operand.is_null() => (false, "exists", json!(false)),
        "neq" if operand.is_null() => (false, "exists", json!(true)),
        "eq" | "neq" if operand.is_array() || operand.is_object() => return Err(Inexpressible::WholeValue),
        "not_regex" => (true, "regex", operand),
        "not_contains" => (true, "contains", operand),
        "not_startswith" => (true, "startswith", operand),
        "not_endswith" => (true, "endswith", operand),
        "semver_nin" => (true, "semver_in", operand),
        "semver_tilde" => (false, "semver", json!(format!("~{}", text(&operand)))),
        "semver_caret" => (false, "semver", json!(format!("^{}", text(&operand)))),
        "date_lt" => (false, "before", operand),
        "date_gt" => (false, "after", operand),
        "ip_in" => (false, "cidr", operand),
        "has" => (false, "contains", operand),
        "has_any" => (false, "contains_any", operand),
        "has_all" => (false, "contains_all", operand),
        same => (false, same, operand),
    };
    // What a structured condition reads as another flag or a segment is an attribute between backticks.
    if matches!(attribute.as_str(), "flag" | "segment") && !operand.is_array() && operator == "eq" {
        let operand = operand.as_str().map_or_else(|| operand.to_string(), |text| format!("{text:?}"));
        return Ok(json!(format!("`{attribute}` == {operand}")));
    }
    let mut test = json!({ operator: operand });
    if leaf["ci"] == true {
        test["ignore_case"] = json!(true);
    }
    let test = json!({ attribute: test });
    Ok(if negated { json!({ "not": test }) } else { test })
}

fn named(variant: &Value) -> Option<String> {
    variant.as_str().map(str::to_owned)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A value in YAML's block style, indented.
struct Block<'a>(&'a Value, usize);

impl fmt::Display for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value, indent) = *self;
        match value {
            Value::Object(entries) if !entries.is_empty() => entries.iter().try_for_each(|(key, value)| {
                write!(f, "\n{:indent$}{}:{}", "", json!(key), Block(value, indent + 2))
            }),
            Value::Array(members) if !members.is_empty() => members
                .iter()
                .try_for_each(|member| write!(f, "\n{:indent$}-{}", "", Block(member, indent + 2))),
            scalar => write!(f, " {scalar}"),
        }
    }
}
