//! The metrics that the example serves, and whether the dashboard and the alerts use what there is.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

#[path = "../examples/metrics.rs"]
mod example;

use prometheus_parse::{Scrape, Value};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::OnceLock;

const DASHBOARD: &str = include_str!("../monitoring/dashboard.json");
const ALERTS: &str = include_str!("../monitoring/alerts.yaml");
/// Pages with a table of what is served.
const PAGES: [(&str, &str); 2] = [
    ("monitoring/README.md", include_str!("../monitoring/README.md")),
    ("docs/metrics.md", include_str!("../docs/metrics.md")),
];

/// Where the example serves: once for all tests, since a process has one recorder.
fn address() -> SocketAddr {
    static ADDRESS: OnceLock<SocketAddr> = OnceLock::new();
    *ADDRESS.get_or_init(|| {
        let recorder = example::observe().unwrap();
        (0..1000).for_each(example::work);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || example::serve(&listener, &recorder));
        address
    })
}

fn get(path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address()).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

fn scrape() -> Scrape {
    let (status, body) = get("/metrics");
    assert_eq!(status, "HTTP/1.1 200 OK");
    Scrape::parse(body.lines().map(|line| Ok(line.to_owned()))).unwrap()
}

/// What is served: the names of metrics, each with its labels.
fn served() -> BTreeMap<String, BTreeSet<String>> {
    let mut served: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for sample in scrape().samples {
        served.entry(sample.metric).or_default().extend(sample.labels.keys().cloned());
    }
    served
}

#[test]
fn the_example_serves_what_prometheus_reads() {
    let scrape = scrape();
    let value = |metric: &str, labels: &[(&str, &str)]| {
        let mut samples = scrape.samples.iter().filter(|sample| {
            sample.metric == metric
                && labels.iter().all(|(name, value)| sample.labels.get(name) == Some(value))
        });
        let sample = samples.next().unwrap_or_else(|| panic!("no {metric} {labels:?}"));
        assert!(samples.next().is_none(), "several {metric} {labels:?}");
        match sample.value {
            Value::Counter(value) | Value::Gauge(value) => value,
            ref other => panic!("{metric}: {other:?}"),
        }
    };
    let evaluations = "feature_flag_evaluations_total";
    let forums = |variant, reason| {
        value(evaluations, &[("flag", "community.forums"), ("variant", variant), ("reason", reason)])
    };
    assert!((1000.0 * 0.2..1000.0 * 0.3).contains(&forums("on", "SPLIT")));
    assert!((forums("on", "SPLIT") + forums("off", "DEFAULT") - 1000.0).abs() < 0.5);
    assert!((forums("off", "ERROR") - 100.0).abs() < 0.5);
    let off = value(evaluations, &[("flag", "new-ui")]);
    assert!((off - 1000.0).abs() < 0.5);
    assert!(value("feature_flags", &[]) > 20.0);
    assert!((value("feature_flag_info", &[]) - 1.0).abs() < 0.5);
    assert!(value("feature_flag_reloads_total", &[("outcome", "refused")]).abs() < 0.5);
    assert_eq!(get("/other").0, "HTTP/1.1 404 Not Found");
}

/// Words of an expression outside of strings.
fn words(expression: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (i, part) in expression.split('"').enumerate() {
        if i % 2 == 0 {
            words.extend(part.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').map(str::to_owned));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Checks an expression: every metric and label there is, brackets that match.
fn check(name: &str, expression: &str, served: &BTreeMap<String, BTreeSet<String>>) {
    let words = words(expression);
    let metrics: Vec<_> = words.iter().filter(|word| word.starts_with("feature_flag")).collect();
    assert!(!metrics.is_empty(), "{name} uses no metric: {expression}");
    let mut labels = BTreeSet::from(["job".to_owned(), "instance".to_owned()]);
    for metric in metrics {
        let known = served.get(metric).unwrap_or_else(|| panic!("{name}: nothing serves `{metric}`"));
        labels.extend(known.iter().cloned());
    }
    let listed = expression.split("by (").skip(1).filter_map(|rest| rest.split(')').next());
    let grouped = listed.flat_map(|list| list.split(',')).map(str::trim);
    let selected = expression.split(['{', ',']).filter_map(|part| part.split_once('='));
    let selected = selected.filter(|(name, _)| name.chars().all(|c| c.is_ascii_alphabetic() || c == ' '));
    for label in grouped.chain(selected.map(|(name, _)| name.trim())) {
        assert!(labels.contains(label), "{name}: nothing has the label `{label}`: {expression}");
    }
    let mut open = Vec::new();
    for bracket in expression.chars() {
        match bracket {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' => assert_eq!(open.pop(), Some(bracket), "{name}: {expression}"),
            _ => {}
        }
    }
    assert_eq!(open, [], "{name}: {expression}");
}

fn text<'a>(json: &'a Json, key: &str) -> &'a str {
    json[key].as_str().filter(|text| !text.is_empty()).unwrap_or_else(|| panic!("no `{key}` in {json}"))
}

#[test]
fn the_alerts_use_what_is_served() {
    let served = served();
    let file: Json = serde_yaml::from_str(ALERTS).unwrap();
    let mut names = BTreeSet::new();
    for group in file["groups"].as_array().unwrap() {
        assert!(!text(group, "name").is_empty());
        for rule in group["rules"].as_array().unwrap() {
            let name = text(rule, "alert");
            assert!(names.insert(name), "{name} is there twice");
            check(name, text(rule, "expr"), &served);
            assert!(["info", "warning", "critical"].contains(&text(&rule["labels"], "severity")), "{name}");
            assert!(!text(&rule["annotations"], "summary").is_empty());
            assert!(!text(&rule["annotations"], "description").is_empty());
            let keys: Vec<_> = rule.as_object().unwrap().keys().map(String::as_str).collect();
            assert!(
                keys.iter().all(|key| ["alert", "expr", "for", "labels", "annotations"].contains(key)),
                "{keys:?}"
            );
        }
    }
    assert_eq!(names.len(), 6);
}

#[test]
fn the_dashboard_uses_what_is_served_and_is_one() {
    let served = served();
    let dashboard: Json = serde_json::from_str(DASHBOARD).unwrap();
    assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 36 && dashboard["id"].is_null());
    assert!(text(&dashboard, "uid").len() <= 40 && !text(&dashboard, "title").is_empty());
    let variables: BTreeSet<_> =
        dashboard["templating"]["list"].as_array().unwrap().iter().map(|v| text(v, "name")).collect();
    assert_eq!(variables, BTreeSet::from(["datasource", "flag", "job"]));
    let grafana = ["__rate_interval", "__range"];
    let mut ids = BTreeSet::new();
    let mut cells = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = text(panel, "title");
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}: its id is another's");
        assert!(["stat", "timeseries", "table"].contains(&text(panel, "type")), "{title}");
        assert_eq!(text(&panel["datasource"], "uid"), "${datasource}", "{title}");
        assert!(panel["fieldConfig"]["defaults"].is_object() && panel["fieldConfig"]["overrides"].is_array());
        let side = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        assert!(side("x") + side("w") <= 24 && side("w") > 0 && side("h") > 0, "{title}: out of the grid");
        for x in side("x")..side("x") + side("w") {
            for y in side("y")..side("y") + side("h") {
                assert!(cells.insert((x, y)), "{title}: over another panel");
            }
        }
        let mut refs = BTreeSet::new();
        for target in panel["targets"].as_array().unwrap() {
            assert!(refs.insert(text(target, "refId")), "{title}");
            let expression = text(target, "expr");
            check(title, expression, &served);
            for used in expression.split('$').skip(1) {
                let name = used.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap();
                assert!(variables.contains(name) || grafana.contains(&name), "{title}: no variable `{name}`");
            }
        }
        assert!(!refs.is_empty(), "{title} shows nothing");
    }
    for annotation in dashboard["annotations"]["list"].as_array().unwrap() {
        check(text(annotation, "name"), text(annotation, "expr"), &served);
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        if text(variable, "type") == "query" {
            let query = text(variable, "definition");
            let inner = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')')).unwrap();
            let (expression, label) = inner.rsplit_once(", ").unwrap();
            check(query, &format!("count by ({label}) ({expression})"), &served);
        }
    }
}

#[test]
fn the_tables_of_metrics_are_whole() {
    for (page, text) in PAGES {
        for (metric, labels) in served() {
            let line = text.lines().find(|line| line.contains(&format!("| `{metric}` |")));
            let line = line.unwrap_or_else(|| panic!("`{metric}` is not in {page}"));
            for label in labels {
                assert!(line.contains(&format!("`{label}`")), "`{label}` of `{metric}` is not in {page}");
            }
        }
    }
}
