//! Rules and segments as edits: what is written, what is told, what is refused.
#![allow(clippy::unwrap_used, clippy::string_slice, reason = "a test")]

use flags_edit::{Edit, Edited, Refusal, SourceSet};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

const BASE: &str = "\
environments:
  staging: { overlay: flags.staging.yaml }
  production: { default: true }

# Who is asked for.
segments:
  beta: { users: [u1, u2] } # first of all
  power: \"score > 80 && !segment('beta')\"

flags:
  search: beta # short
  checkout:
    state: targeted
    rules: # in this order
      # who pays
      - name: paying
        when: { plan: premium, segment: beta }
      - when: { any: [ { segment: beta }, { country: DE } ] }
        rollout: 50 # half
  sizes:
    type: integer
    value: 1
";

const STAGING: &str = "\
flags:
  search: { state: beta }
";

fn sources() -> SourceSet {
    SourceSet::new("flags.yaml", BASE).with_overlay("flags.staging.yaml", STAGING)
}

fn edit(json: Json) -> Result<Edited, Refusal> {
    let edit: Edit = serde_json::from_value(json).unwrap();
    // An edit is data: it survives being stored.
    assert_eq!(serde_json::from_value::<Edit>(serde_json::to_value(&edit).unwrap()).unwrap(), edit);
    edit.apply(&sources())
}

/// The lines that an edit takes away and those that it brings, in their order.
fn difference(edited: &Edited) -> String {
    let mut out = String::new();
    for file in &edited.files {
        let (before, after): (Vec<&str>, Vec<&str>) =
            (file.before.lines().collect(), file.after.lines().collect());
        for line in before.iter().filter(|line| !after.contains(line)) {
            writeln!(out, "-{line}").unwrap();
        }
        for line in after.iter().filter(|line| !before.contains(line)) {
            writeln!(out, "+{line}").unwrap();
        }
    }
    out
}

#[test]
fn edits_of_rules_and_segments() {
    for (asked, expected, note) in [
        (
            json!({ "edit": "add-rule", "flag": "checkout", "rule": { "when": "plan == 'free'", "serve": "off" } }),
            "+      - when: \"plan == 'free'\"\n+        serve: off\n",
            None,
        ),
        (
            json!({ "edit": "add-rule", "flag": "checkout", "rule": { "name": "us", "when": "{ country: US }" }, "order": "first" }),
            "+      - name: us\n+        when: { country: US }\n",
            Some("rule 2 has no name"),
        ),
        (
            json!({ "edit": "add-rule", "flag": "search", "rule": { "rollout": "{ percentage: 5, by: tenant }" } }),
            "-  search: beta # short\n+  search: { state: beta, rules: [{ rollout: { percentage: 5, by: tenant } }] } # short\n",
            None,
        ),
        (
            json!({ "edit": "add-rule", "flag": "sizes", "rule": { "when": "{ plan: premium }", "serve": "50" } }),
            "+    rules:\n+      - when: { plan: premium }\n+        serve: 50\n",
            None,
        ),
        (
            json!({ "edit": "set-rule", "flag": "checkout", "rule": "paying", "change": { "when": "plan != 'free'", "priority": "5" } }),
            "-        when: { plan: premium, segment: beta }\n+        when: \"plan != 'free'\"\n+        priority: 5\n",
            None,
        ),
        (
            json!({ "edit": "set-rule", "flag": "checkout", "rule": "2", "change": { "name": "half" }, "clear": ["when"] }),
            "-      - when: { any: [ { segment: beta }, { country: DE } ] }\n-        rollout: 50 # half\n+      - rollout: 50 # half\n+        name: half\n",
            Some("give it the salt checkout/2"),
        ),
        (
            json!({ "edit": "remove-rule", "flag": "checkout", "rule": "paying" }),
            "-      - name: paying\n-        when: { plan: premium, segment: beta }\n",
            Some("rule 2 has no name"),
        ),
        (
            json!({ "edit": "add-segment", "segment": "de", "definition": { "when": "country == 'DE'", "users": ["u9"] } }),
            "+  de: { users: [u9], when: \"country == 'DE'\" }\n",
            None,
        ),
        (
            json!({ "edit": "set-segment", "segment": "beta", "change": { "add": ["u3"], "remove": ["u1"] } }),
            "-  beta: { users: [u1, u2] } # first of all\n+  beta: { users: [u2, u3] } # first of all\n",
            None,
        ),
        (
            json!({ "edit": "set-segment", "segment": "power", "change": { "add": ["u3"] } }),
            "-  power: \"score > 80 && !segment('beta')\"\n+  power: { when: \"score > 80 && !segment('beta')\", users: [u3] }\n",
            None,
        ),
        (
            json!({ "edit": "set-segment", "segment": "beta", "change": { "add": ["u3"] }, "scope": { "environment": "staging" } }),
            "+segments:\n+  beta: { users: [u1, u2, u3] }\n",
            Some("no longer follows the base file"),
        ),
        (
            json!({ "edit": "rename-segment", "segment": "beta", "to": "early" }),
            "-  beta: { users: [u1, u2] } # first of all\n-  power: \"score > 80 && !segment('beta')\"\n-  search: beta # short\n-        when: { plan: premium, segment: beta }\n-      - when: { any: [ { segment: beta }, { country: DE } ] }\n+  early: { users: [u1, u2] } # first of all\n+  power: \"score > 80 && !segment('early')\"\n+  search: early # short\n+        when: { plan: premium, segment: early }\n+      - when: { any: [ { segment: early }, { country: DE } ] }\n-  search: { state: beta }\n+  search: { state: early }\n",
            None,
        ),
        (
            json!({ "edit": "set", "flag": "search", "path": "state", "value": "on" }),
            "-  search: beta # short\n+  search: on # short\n",
            Some("`state` is written for `staging` too, where it stays as it is"),
        ),
        (
            json!({ "edit": "set", "flag": "search", "path": "state", "value": "on", "scope": "everywhere" }),
            "-  search: beta # short\n+  search: on # short\n-  search: { state: beta }\n+  search: { state: on }\n",
            None,
        ),
        (json!({ "edit": "users", "flag": "checkout", "add": ["u7"] }), "+    users: [u7]\n", None),
        (
            json!({ "edit": "environments", "flag": "checkout", "only": ["staging"] }),
            "+    environments: [staging]\n",
            None,
        ),
        (
            json!({ "edit": "remove-rule", "flag": "checkout", "rule": "2", "scope": { "environment": "staging" } }),
            "+  checkout: { rules: [{ name: paying, when: { plan: premium, segment: beta } }] }\n",
            Some("are copied for `staging`"),
        ),
        (
            json!({ "edit": "add-rule", "flag": "checkout", "rule": { "serve": "on" }, "scope": { "environment": "production" } }),
            "+    environments: { production: { rules: [{ name: paying, when: { plan: premium, segment: beta } }, { when: { any: [{ segment: beta }, { country: DE }] }, rollout: 50 }, { serve: on }] } }\n",
            Some("are copied for `production`"),
        ),
    ] {
        let edited = edit(asked.clone())
            .unwrap_or_else(|refusal| panic!("{asked}: {refusal} {:?}", refusal.diagnostics()));
        assert_eq!(difference(&edited), expected, "{asked}");
        match note {
            Some(note) => {
                assert!(edited.notes.iter().any(|it| it.contains(note)), "{asked}: {:?}", edited.notes);
            }
            None => assert!(edited.notes.is_empty(), "{asked}: {:?}", edited.notes),
        }
        assert!(!edited.summary.is_empty());
    }
}

#[test]
fn a_rule_moves_with_the_comment_above_it() {
    for order in [json!("first"), json!({ "at": 1 }), json!({ "before": "paying" })] {
        let edited =
            edit(json!({ "edit": "move-rule", "flag": "checkout", "rule": "2", "order": order })).unwrap();
        let text = &edited.sources.base().text;
        let rules = &text[text.find("    rules:").unwrap()..text.find("  sizes:").unwrap()];
        assert_eq!(
            rules,
            "    rules: # in this order\n      - when: { any: [ { segment: beta }, { country: DE } ] }\n        rollout: 50 # half\n      # who pays\n      - name: paying\n        when: { plan: premium, segment: beta }\n"
        );
    }
}

#[test]
fn what_is_not_there_or_not_meant_is_refused() {
    for (asked, message) in [
        (
            json!({ "edit": "add-rule", "flag": "checkuot", "rule": { "serve": "on" } }),
            "flag `checkuot` does not exist",
        ),
        (
            json!({ "edit": "add-rule", "flag": "checkout", "rule": {} }),
            "a rule that says nothing is no rule",
        ),
        (
            json!({ "edit": "add-rule", "flag": "checkout", "rule": { "name": "paying", "serve": "on" } }),
            "flag `checkout` has a rule `paying` already, at position 1",
        ),
        (
            json!({ "edit": "add-rule", "flag": "checkout", "rule": { "serve": "on" }, "order": { "at": 4 } }),
            "flag `checkout` has no position 4 for a rule",
        ),
        (
            json!({ "edit": "add-rule", "flag": "checkout", "rule": { "serve": "onn" } }),
            "the result would have errors",
        ),
        (
            json!({ "edit": "add-rule", "flag": "checkout", "rule": { "when": "plan ==" } }),
            "the result would have errors",
        ),
        (
            json!({ "edit": "set-rule", "flag": "checkout", "rule": "3", "change": { "serve": "on" } }),
            "flag `checkout` has no rule `3` in `flags.yaml`",
        ),
        (
            json!({ "edit": "set-rule", "flag": "checkout", "rule": "1" }),
            "nothing is said that the rule should say",
        ),
        (
            json!({ "edit": "set-rule", "flag": "checkout", "rule": "1", "clear": ["serve"] }),
            "the rule says nothing of `serve`",
        ),
        (
            json!({ "edit": "move-rule", "flag": "checkout", "rule": "1", "order": { "at": 3 } }),
            "flag `checkout` has no position 3 for that rule",
        ),
        (
            json!({ "edit": "remove-rule", "flag": "search", "rule": "1" }),
            "flag `search` has no rules in `flags.yaml`",
        ),
        (json!({ "edit": "remove-segment", "segment": "beta" }), "the result would have errors"),
        (json!({ "edit": "remove-segment", "segment": "betta" }), "segment `betta` does not exist"),
        (
            json!({ "edit": "rename-segment", "segment": "beta", "to": "power" }),
            "segment `power` exists already, on line 8",
        ),
        (
            json!({ "edit": "add-segment", "segment": "none", "definition": {} }),
            "a segment without users, condition and rollout has no members",
        ),
        (
            json!({ "edit": "set-segment", "segment": "beta", "change": { "remove": ["u8"] } }),
            "user `u8` does not exist",
        ),
        (
            json!({ "edit": "set-segment", "segment": "beta", "change": { "add": ["u8"] }, "scope": { "environment": "production" } }),
            "environment `production` has no overlay",
        ),
        (
            json!({ "edit": "weights", "flag": "checkout", "weights": [{ "variant": "a", "weight": 5 }] }),
            "variant `a` does not exist",
        ),
    ] {
        let refusal = edit(asked.clone()).expect_err(&asked.to_string());
        assert_eq!(refusal.message, message, "{asked}");
    }
}

#[test]
fn weights_whatever_way_variants_are_written() {
    for (variants, expected) in [
        ("[a, b]", "{ a: { weight: 20 }, b: { weight: 80 } }"),
        ("{ a: { weight: 50 }, b: { weight: 50 } }", "{ a: { weight: 20 }, b: { weight: 80 } }"),
        ("{ a: blue, b: green }", "{ a: { weight: 20, value: blue }, b: { weight: 80, value: green } }"),
        (
            "{ a: { value: 1 }, b: { value: 2 } }",
            "{ a: { value: 1, weight: 20 }, b: { value: 2, weight: 80 } }",
        ),
        ("{ a: {}, b: {} }", "{ a: { weight: 20 }, b: { weight: 80 } }"),
    ] {
        let text =
            |variants: &str| format!("flags:\n  test:\n    state: on\n    variants: {variants} # why\n");
        let sources = SourceSet::new("flags.yaml", text(variants));
        let weights = json!([{ "variant": "a", "weight": 20 }, { "variant": "b", "weight": 80 }]);
        let edit: Edit =
            serde_json::from_value(json!({ "edit": "weights", "flag": "test", "weights": weights })).unwrap();
        let edited = edit
            .apply(&sources)
            .unwrap_or_else(|refusal| panic!("{variants}: {refusal} {:?}", refusal.diagnostics()));
        assert_eq!(edited.sources.base().text, text(expected));
    }
}

/// A flag that is renamed is renamed in conditions too, in either spelling, and one that is asked for stays.
#[test]
fn flags_in_conditions_are_known() {
    let base = "\
segments:
  paying: { when: { flag: { checkout: [a, b] } } } # who pays
flags:
  wallet: on
  checkout: { state: on, variants: [a, b] }
  bonus:
    state: targeted
    rules:
      - when: { any: [ { flag: wallet }, { not: { flag: { checkout: a } } } ] } # either
      - when: \"flag('wallet') && flag(\\\"checkout\\\") == 'a'\"
      - when: { country: checkout }
";
    let apply = |edit: Json| {
        let edit: Edit = serde_json::from_value(edit).unwrap();
        edit.apply(&SourceSet::new("flags.yaml", base))
    };
    let renamed = apply(json!({ "edit": "rename", "flag": "checkout", "to": "new-checkout" })).unwrap();
    assert_eq!(
        difference(&renamed),
        "-  paying: { when: { flag: { checkout: [a, b] } } } # who pays\n\
         -  checkout: { state: on, variants: [a, b] }\n\
         -      - when: { any: [ { flag: wallet }, { not: { flag: { checkout: a } } } ] } # either\n\
         -      - when: \"flag('wallet') && flag(\\\"checkout\\\") == 'a'\"\n\
         +  paying: { when: { flag: { new-checkout: [a, b] } } } # who pays\n\
         +  new-checkout: { state: on, variants: [a, b] }\n\
         +      - when: { any: [ { flag: wallet }, { not: { flag: { new-checkout: a } } } ] } # either\n\
         +      - when: \"flag('wallet') && flag(\\\"new-checkout\\\") == 'a'\"\n"
    );
    let refused = apply(json!({ "edit": "delete", "flag": "wallet" })).unwrap_err();
    assert!(refused.to_string().contains("errors"), "{refused}");
    // Who asks for a flag that changes answers otherwise too.
    let off = apply(json!({ "edit": "disable", "flag": "wallet" })).unwrap();
    let impact = off.impact(flags_schema::Timestamp(0)).unwrap();
    let impact: Vec<&str> = impact.flags.iter().map(|flag| flag.flag.as_str()).collect();
    assert_eq!(impact, ["wallet", "bonus"]);
}
