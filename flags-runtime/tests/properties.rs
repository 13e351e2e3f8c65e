//! Laws that hold for all conditions, contexts and flags.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod support;

use flags_runtime::{AttributeValue, Context, Engine, OverrideState, Value};
use flags_schema::{Comparison, Condition, Document, Operator, Position, Rule, Serve, Spanned, expression};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use support::{document, engine_with, options, unchecked};

/// Attributes that conditions ask for; contexts have some of them.
const NAMES: [&str; 5] = ["x", "y", "z", "user", "a.b"];
/// Texts in which all that texts can stand for meets.
const WORDS: [&str; 18] = [
    "a",
    "A",
    "ab",
    "b",
    "",
    "5",
    "5.0",
    "-1",
    "true",
    "2026-06-01",
    "2026-06-15T11:00:00Z",
    "1.2.3",
    "v1.2",
    "2.0.0-rc.1",
    "10.0.0.1",
    "::1",
    "é",
    "a text that is longer than fits in place",
];

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Position::default())
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => select(&WORDS[..]).prop_map(|word| Value::String(word.to_owned())),
        2 => (-2_i64..7).prop_map(Value::Integer),
        1 => select(vec![0.5, 5.0, -1.0, 1e300]).prop_map(Value::Float),
        1 => any::<bool>().prop_map(Value::Bool),
    ]
}

fn operand(operator: Operator) -> BoxedStrategy<Value> {
    let list = |item: BoxedStrategy<Value>| {
        prop::collection::vec(item.prop_map(spanned), 1..12).prop_map(Value::List).boxed()
    };
    let text = |words: &'static [&'static str]| {
        select(words).prop_map(|word| Value::String(word.to_owned())).boxed()
    };
    let versions: &[&str] = &["1.2.3", "1.0.0-rc.1", "2.0.0", "1.2.0+x"];
    let networks: &[&str] = &["10.0.0.0/8", "::1", "0.0.0.0/0", "::ffff:0:0/96"];
    match operator {
        Operator::Exists => Just(Value::Bool(true)).boxed(),
        Operator::Eq | Operator::Neq | Operator::Contains => scalar().boxed(),
        Operator::In | Operator::Nin | Operator::ContainsAny | Operator::ContainsAll => {
            list(scalar().boxed())
        }
        Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte => {
            scalar().prop_filter("ordered", |value| !matches!(value, Value::Bool(_))).boxed()
        }
        Operator::StartsWith | Operator::EndsWith => text(&WORDS),
        Operator::Regex => text(&["a", "^a", "b$", "^[0-9.]+$", ".", "^$", "(a|b)+"]),
        Operator::Before | Operator::After => text(&["2026-06-01", "2026-06-15T11:00:00Z", "9999-12-31"]),
        Operator::Within => text(&["1h", "30d", "0s"]),
        Operator::Semver => text(&["^1.2", ">=1, <2", "*", "~1.2.3"]),
        Operator::SemverIn => list(text(versions)),
        Operator::Cidr => prop_oneof![text(networks), list(text(networks))].boxed(),
        _ => text(versions),
    }
}

fn comparison() -> impl Strategy<Value = Condition> {
    let operators: Vec<Operator> = Operator::ALL.to_vec();
    (select(&NAMES[..]), select(operators), any::<bool>()).prop_flat_map(|(name, operator, ignore_case)| {
        operand(operator).prop_map(move |operand| {
            let texts = match &operand {
                Value::String(_) => true,
                Value::List(items) => items.iter().all(|item| matches!(**item, Value::String(_))),
                _ => false,
            };
            let cased = matches!(
                operator,
                Operator::Eq
                    | Operator::Neq
                    | Operator::In
                    | Operator::Nin
                    | Operator::Contains
                    | Operator::ContainsAny
                    | Operator::ContainsAll
                    | Operator::StartsWith
                    | Operator::EndsWith
                    | Operator::Regex
            );
            Condition::Compare(Comparison {
                attribute: spanned(name.to_owned()),
                operator: spanned(operator),
                operand: spanned(operand),
                ignore_case: ignore_case && cased && texts,
            })
        })
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        9 => comparison(),
        1 => select(vec!["listed", "asked"]).prop_map(|name| Condition::Segment(spanned(name.to_owned()))),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::Any),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

fn attribute() -> impl Strategy<Value = AttributeValue> {
    let one = prop_oneof![
        6 => select(&WORDS[..]).prop_map(AttributeValue::from),
        2 => (-2_i64..7).prop_map(AttributeValue::from),
        1 => select(vec![0.5, 5.0, -1.0, f64::INFINITY, f64::NAN]).prop_map(AttributeValue::from),
        1 => any::<bool>().prop_map(AttributeValue::from),
        1 => Just(AttributeValue::NULL),
        // 2026-06-15T11:59:59Z, a second before the tests take place.
        1 => Just(AttributeValue::from(1_781_524_799_000_i64)),
        1 => ".*".prop_map(AttributeValue::from),
    ];
    prop_oneof![
        4 => one.clone(),
        1 => prop::collection::vec(one, 0..4).prop_map(|items| items.into_iter().collect()),
    ]
}

fn context() -> impl Strategy<Value = Context> {
    (subsequence(&NAMES[..], 0..=NAMES.len()), prop::collection::vec(attribute(), NAMES.len())).prop_map(
        |(names, values)| {
            names
                .into_iter()
                .zip(values)
                .fold(Context::anonymous(), |context, (name, value)| context.with(name, value))
        },
    )
}

/// A document in which each flag, by its index, has one rule of one condition.
fn asking(conditions: &[Condition]) -> Document {
    let mut yaml = "\
segments:
  listed: { users: [a, '5'] }
  asked: { when: { any: [ { x: a }, { y: { gt: 1 } } ] } }
flags:
"
    .to_owned();
    for index in 0..conditions.len() {
        yaml = format!("{yaml}  f{index}: {{ state: targeted, rules: [ {{}} ] }}\n");
    }
    let mut document = document(&yaml);
    for (flag, condition) in document.flags.iter_mut().zip(conditions) {
        flag.answer.rules[0].when = Some(spanned(condition.clone()));
    }
    document
}

/// What is known of each condition.
fn truths(conditions: &[Condition], context: &Context) -> Vec<Option<bool>> {
    let both: Vec<Condition> =
        conditions.iter().flat_map(|condition| [condition.clone(), not(condition)]).collect();
    let engine = engine_with(asking(&both), options());
    let all: Vec<bool> = engine.evaluate_all(context).iter().map(|it| it.is_on()).collect();
    all.chunks(2)
        .map(|pair| match pair {
            [true, false] => Some(true),
            [false, true] => Some(false),
            [false, false] => None,
            _ => panic!("a condition and its negation hold"),
        })
        .collect()
}

proptest! {
    /// A flag that is asked for in a condition is what it is when it is evaluated.
    #[test]
    fn a_flag_in_a_condition_is_what_it_is_evaluated_to(
        conditions in prop::collection::vec(condition(), 3),
        context in context(),
    ) {
        let mut document = asking(&conditions);
        let asked = |name: String, variants: &[&str]| {
            let variants = variants.iter().map(|variant| spanned((*variant).to_owned())).collect();
            Condition::Flag(flags_schema::Requirement { flag: spanned(name), variants })
        };
        let with = support::document(
            "flags:\n  split: { state: gradual, rollout: 50, variants: [a, b, c] }\n  \
             a: { state: targeted, rules: [ {} ] }\n  ab: { state: targeted, rules: [ {} ] }\n  \
             chain: { state: targeted, rules: [ {} ] }\n",
        );
        document.flags.extend(with.flags);
        for index in 0..conditions.len() {
            let mut asks = document.flags[0].clone();
            asks.key = spanned(format!("asks{index}"));
            asks.answer.rules[0].when = Some(spanned(asked(format!("f{index}"), &[])));
            document.flags.push(asks);
        }
        let rules = [("a", asked("split".into(), &["a"])), ("ab", asked("split".into(), &["a", "b"])), ("chain", not(&asked("a".into(), &[])))];
        for (key, condition) in rules {
            let flag = document.flags.iter_mut().find(|flag| flag.key.value == key).unwrap();
            flag.answer.rules[0].when = Some(spanned(condition));
        }
        let engine = engine_with(document, options());
        let evaluated = |key: &str| support::evaluate(&engine, key, &context);
        for index in 0..conditions.len() {
            prop_assert_eq!(evaluated(&format!("asks{index}")).is_on(), evaluated(&format!("f{index}")).is_on());
        }
        let split = evaluated("split");
        let serves = |names: &[&str]| split.is_on() && split.variant().is_some_and(|name| names.contains(&name));
        prop_assert_eq!(evaluated("a").is_on(), serves(&["a"]));
        prop_assert_eq!(evaluated("ab").is_on(), serves(&["a", "b"]));
        prop_assert_eq!(evaluated("chain").is_on(), !serves(&["a"]));
    }
}

fn not(condition: &Condition) -> Condition {
    Condition::Not(Box::new(condition.clone()))
}

#[track_caller]
fn alike(a: &Condition, b: &Condition, context: &Context) {
    let truths = truths(&[a.clone(), b.clone()], context);
    assert_eq!(truths[0], truths[1], "{a}\n{b}\n{context:?}");
}

fn replaced(condition: &Condition, operator: Operator) -> Condition {
    match condition {
        Condition::Compare(comparison) => {
            Condition::Compare(Comparison { operator: spanned(operator), ..comparison.clone() })
        }
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 300 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn negation_is_its_own_inverse(a in condition(), context in context()) {
        alike(&a, &not(&not(&a)), &context);
    }

    #[test]
    fn de_morgan(a in condition(), b in condition(), context in context()) {
        let (both, either) = (vec![a.clone(), b.clone()], vec![a.clone(), b.clone()]);
        let neither = vec![not(&a), not(&b)];
        alike(&not(&Condition::All(both)), &Condition::Any(neither.clone()), &context);
        alike(&not(&Condition::Any(either)), &Condition::All(neither), &context);
    }

    #[test]
    fn order_and_repetition_do_not_matter(a in condition(), b in condition(), c in condition(), context in context()) {
        let list = |members: [&Condition; 3]| members.map(Clone::clone).to_vec();
        alike(&Condition::All(list([&a, &b, &c])), &Condition::All(list([&c, &a, &b])), &context);
        alike(&Condition::Any(list([&a, &b, &c])), &Condition::Any(list([&b, &c, &a])), &context);
        alike(&Condition::All(list([&a, &a, &a])), &a, &context);
        alike(&Condition::Any(list([&a, &a, &a])), &a, &context);
        let inner = Condition::Any(vec![b.clone(), c.clone()]);
        let spread = vec![Condition::All(vec![a.clone(), b]), Condition::All(vec![a.clone(), c])];
        alike(&Condition::All(vec![a, inner]), &Condition::Any(spread), &context);
    }

    #[test]
    fn negated_operators_negate(a in comparison(), context in context()) {
        for (operator, negated) in [
            (Operator::Eq, Operator::Neq), (Operator::In, Operator::Nin), (Operator::SemverEq, Operator::SemverNeq),
        ] {
            if matches!(&a, Condition::Compare(it) if [operator, negated].contains(&it.operator)) {
                alike(&not(&replaced(&a, operator)), &replaced(&a, negated), &context);
            }
        }
    }

    #[test]
    fn one_of_a_list_is_any_of_its_members(name in select(&NAMES[..]), items in prop::collection::vec(scalar(), 2..12), context in context()) {
        let compare = |operator, operand| Condition::Compare(Comparison {
            attribute: spanned(name.to_owned()), operator: spanned(operator), operand: spanned(operand), ignore_case: false,
        });
        let list = || Value::List(items.iter().cloned().map(spanned).collect());
        let each = |operator| items.iter().map(|item| compare(operator, item.clone())).collect();
        alike(&compare(Operator::In, list()), &Condition::Any(each(Operator::Eq)), &context);
        // On lists; text contains parts as well.
        if context.get(name).is_some_and(|value| value.to_string().starts_with('[')) {
            alike(&compare(Operator::ContainsAny, list()), &Condition::Any(each(Operator::Contains)), &context);
            alike(&compare(Operator::ContainsAll, list()), &Condition::All(each(Operator::Contains)), &context);
        }
    }

    #[test]
    fn exists_is_always_known(name in select(&NAMES[..]), context in context()) {
        let exists = Condition::Compare(Comparison {
            attribute: spanned(name.to_owned()), operator: spanned(Operator::Exists),
            operand: spanned(Value::Bool(true)), ignore_case: false,
        });
        prop_assert_eq!(truths(&[exists], &context), [Some(context.get(name).is_some())]);
    }

    #[test]
    fn an_attribute_that_nobody_asks_for_changes_nothing(
        a in condition(), context in context(), name in "[p-r][a-z.]{0,9}", value in attribute(),
    ) {
        let more = context.clone().with(name, value);
        prop_assert_eq!(truths(std::slice::from_ref(&a), &context), truths(&[a], &more));
    }

    #[test]
    fn null_is_absent(a in condition(), context in context(), name in select(&NAMES[..])) {
        let null = context.clone().with(name, AttributeValue::NULL);
        let absent = context.names().filter(|known| *known != name).fold(Context::anonymous(), |absent, known| {
            absent.with(known.to_owned(), context.get(known).cloned().unwrap_or(AttributeValue::NULL))
        });
        let absent = absent.with("user", if name == "user" { AttributeValue::NULL } else { context.get("user").cloned().unwrap_or(AttributeValue::NULL) });
        prop_assert_eq!(truths(std::slice::from_ref(&a), &null), truths(&[a], &absent));
    }

    #[test]
    fn both_spellings_evaluate_alike(a in condition(), context in context()) {
        let printed = expression::print(&a);
        let read = expression::parse(&printed);
        prop_assert!(read.is_ok(), "{}: {:?}", printed, read);
        alike(&a, &read.unwrap(), &context);
    }

    #[test]
    fn an_embedded_document_evaluates_alike(a in condition(), context in context()) {
        let document = asking(&[a]);
        let embedded = Document::from_bytes(&document.to_bytes().unwrap()).unwrap();
        let [one, other] = [document, embedded].map(|it| engine_with(it, options()));
        prop_assert_eq!(
            one.evaluate_all(&context).iter().map(|it| format!("{it:?}")).collect::<Vec<_>>(),
            other.evaluate_all(&context).iter().map(|it| format!("{it:?}")).collect::<Vec<_>>()
        );
    }
}

/// Flags of every kind; each may require those before it.
fn flags() -> impl Strategy<Value = Document> {
    let state = select(vec![
        "state: on",
        "state: off",
        "state: targeted",
        "state: gradual, rollout: 0",
        "state: gradual, rollout: 30",
        "state: gradual, rollout: 100",
        "state: gradual, rollout: { percentage: 60, by: x }",
        "state: listed",
        "state: asked",
        "state: gradual, rollout: { start: 2026-06-01, end: 2026-07-01 }",
        "state: on, environments: [there]",
    ]);
    let kind = select(vec![
        ("", vec!["on", "off"]),
        (", users: [a, '5']", vec!["on", "off"]),
        (", variants: [on-all, p, q]", vec!["p", "q", "off", "on", "{ p: 20, q: 80 }", "{ q: 100 }"]),
        (
            ", variants: { p: { weight: 10, value: 1 }, q: { weight: 90, value: 2 } }, users: { q: [a] }",
            vec!["p", "q"],
        ),
        (
            ", variants: { p: { weight: 0 }, q: { weight: 100 } }, off: q, experiment: { control: p, ends: 2026-06-10 }",
            vec!["p", "q"],
        ),
        (", variants: [p, q], experiment: { control: p, starts: 2026-06-10 }", vec!["{ q: 50, p: 50 }"]),
        (", type: integer, value: 5, off: 0", vec!["7", "5"]),
        (", type: string, value: hello", vec!["bye"]),
        (", type: boolean, value: true", vec!["false", "true"]),
        (", type: object, value: { n: 1 }", vec!["{ n: 2 }"]),
    ]);
    let window = select(vec![
        "",
        "",
        "",
        ", starts: 2026-06-16",
        ", ends: 2026-06-16",
        ", rollout: 40",
        ", rollout: { percentage: 50, by: z }",
        ", priority: 5",
        ", name: some name",
    ]);
    let rule = (condition(), window, any::<prop::sample::Index>(), any::<bool>());
    let flag = (
        state,
        kind,
        prop::collection::vec(rule, 0..4),
        prop::collection::vec((0_usize..6, any::<bool>()), 0..2),
    );
    prop::collection::vec(flag, 1..6).prop_map(|flags| {
        let mut yaml = "\
environments: { here: { default: true }, there: {} }
segments:
  listed: { users: [a, '5'] }
  asked: { when: { any: [ { x: a }, { y: { gt: 1 } } ] } }
flags:
"
        .to_owned();
        let mut conditions = Vec::new();
        for (index, (state, (kind, serves), rules, others)) in flags.into_iter().enumerate() {
            let mut written = Vec::new();
            for (condition, window, serve, always) in rules {
                written.push(format!("{{ serve: {}{window} }}", serve.get(&serves)));
                conditions.push((index, written.len() - 1, if always { None } else { Some(condition) }));
            }
            let mut needs = [Vec::new(), Vec::new()];
            for (other, excluded) in others.into_iter().filter(|(other, _)| *other < index) {
                needs[usize::from(excluded)].push(format!("f{other}"));
            }
            yaml = format!(
                "{yaml}  f{index}: {{ {state}{kind}, rules: [{}], requires: [{}], excludes: [{}] }}\n",
                written.join(", "),
                needs[0].join(", "),
                needs[1].join(", ")
            );
        }
        let mut document = unchecked(&yaml);
        for (index, rule, condition) in conditions {
            document.flags[index].answer.rules[rule].when = condition.map(spanned);
        }
        document
    })
}

fn overrides() -> impl Strategy<Value = Vec<(usize, OverrideState)>> {
    let state = select(vec![
        OverrideState::On,
        OverrideState::Off,
        OverrideState::Percentage(50.0),
        OverrideState::Variant("q".to_owned()),
        OverrideState::Segment("asked".to_owned()),
        OverrideState::users(["a"]),
        OverrideState::Value(Value::Integer(3)),
        OverrideState::Value(Value::Bool(false)),
    ]);
    prop::collection::vec((0_usize..6, state), 0..3)
}

fn overridden(document: Document, overrides: Vec<(usize, OverrideState)>) -> Engine {
    let engine = engine_with(document, options());
    for (flag, state) in overrides {
        // Refused where the flag has no such thing.
        let _ = engine.set_override(format!("f{flag}"), state);
    }
    engine
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 300 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn evaluate_explain_and_evaluate_all_agree(document in flags(), overrides in overrides(), context in context()) {
        let engine = overridden(document, overrides);
        let all: Vec<_> = engine.evaluate_all(&context).iter().collect();
        prop_assert_eq!(all.len(), engine.flags().len());
        for (flag, in_all) in engine.flags().into_iter().zip(all) {
            let one = flag.evaluate(&context);
            let explanation = flag.explain(&context);
            let explained = explanation.evaluation();
            prop_assert_eq!(format!("{:?}", one), format!("{:?}", in_all));
            prop_assert_eq!(format!("{:?}", one), format!("{:?}", explained));
            prop_assert_eq!((one.is_on(), one.is_on()), (in_all.is_on(), explained.is_on()));
            let decided: Vec<bool> = explanation.steps().iter().map(|step| step.decided).collect();
            let last_alone = decided.iter().rev().skip(1).all(|decided| !decided) && decided.last() == Some(&true);
            prop_assert!(last_alone, "{}", explanation);
            prop_assert_eq!(flag.enabled(&context), match one.value() { Value::Bool(on) => *on, _ => one.is_on() });
            // What is served is of the flag's type.
            let written = flag.definition().unwrap();
            match (&written.value_type, written.variants.is_empty()) {
                (None, true) => prop_assert!(matches!(one.value(), Value::Bool(_)), "{:?}", one),
                (None, false) => prop_assert!(written.variants.iter().any(|it| Some(it.name.as_str()) == one.variant()), "{:?}", one),
                (Some(_), _) => prop_assert!(
                    written.shape().unwrap().unwrap().misfits(one.value(), Position::default()).is_empty(), "{:?}", one
                ),
            }
        }
    }

    #[test]
    fn a_context_asked_again_gets_the_same(document in flags(), overrides in overrides(), context in context()) {
        let (one, other) = (overridden(document.clone(), overrides.clone()), overridden(document, overrides));
        let told = |engine: &Engine, context: &Context| engine.evaluate_all(context).iter().map(|it| format!("{it:?}")).collect::<Vec<_>>();
        let first = told(&one, &context);
        prop_assert_eq!(&first, &told(&one, &context));
        prop_assert_eq!(&first, &told(&other, &context.clone()));
    }

    #[test]
    fn raising_a_percentage_only_adds(low in 0_u32..=100_000, high in 0_u32..=100_000, key in ".*", by in any::<bool>()) {
        let (low, high) = (low.min(high), low.max(high));
        let by = if by { ", by: x" } else { "" };
        let context = Context::new(&key).with("x", key.as_str());
        let [below, above] = [low, high].map(|thousandths| {
            let yaml = format!("flags: {{ f: {{ state: gradual, rollout: {{ percentage: {}.{:03}{by} }} }} }}", thousandths / 1000, thousandths % 1000);
            support::enabled(&engine_with(document(&yaml), options()), "f", &context)
        });
        prop_assert!(!below || above);
    }

    #[test]
    fn rules_are_asked_by_falling_priority(priorities in prop::collection::vec(-3_i64..3, 1..8)) {
        let mut document = document("flags: { f: { state: targeted, variants: [none] } }");
        let rule = |(index, priority): (usize, &i64)| Rule {
            position: Position::default(), name: Some(spanned(format!("{index}"))), when: None, rollout: None,
            serve: Some(spanned(Serve::Value(Value::String("none".to_owned())))),
            priority: Some(spanned(*priority)), starts: None, ends: None,
        };
        document.flags[0].answer.rules = priorities.iter().enumerate().map(rule).collect();
        let highest = priorities.iter().max().unwrap();
        let first = priorities.iter().position(|priority| priority == highest).unwrap();
        let engine = engine_with(document, options());
        let evaluation = support::evaluate(&engine, "f", &Context::anonymous());
        prop_assert_eq!(evaluation.rule().map(|rule| rule.position), Some(first + 1));
    }

    #[test]
    fn any_json_is_a_context_or_refused(json in r#"\{("(user|targetingKey|x|y\.z)": ?(-?[0-9]{1,30}(\.[0-9]{1,5})?(e[0-9]{1,3})?|"[^"\\]{0,9}"|null|true|\[[0-9,"]{0,9}\]|\{"z": ?[0-9]\}),? ?){0,4}\}|.*"#) {
        if let Ok(context) = serde_json::from_str::<Context>(&json) {
            let engine = engine_with(document("flags: { f: { state: gradual, rollout: 50 } }"), options());
            let _ = support::evaluate(&engine, "f", &context);
        }
    }
}
