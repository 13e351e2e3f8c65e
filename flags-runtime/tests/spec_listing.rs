//! Listing flags: by tag, owner, kind and state, as the environment in force has them.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use flags_runtime::{Engine, Filter, FlagCategory, Options, SourceFile, Variables};

const FLAGS: &str = "\
environments:
  staging: {}
  production: { default: true }
segments:
  beta: { users: [ann] }
flags:
  a: { state: on, tags: [core, ui], owner: web }
  b: { state: beta, tags: [core], owner: web, kind: ops }
  c: { state: off, owner: data, kind: ops, environments: { staging: { state: on } } }
  d: { state: gradual, rollout: 25, tags: [ui] }
";

#[test]
fn a_flag_is_listed_when_it_meets_everything_that_is_set() {
    let loaded = flags_schema::load(
        SourceFile::new("flags.yaml", FLAGS),
        &mut |_| Err(String::new()),
        &flags_schema::Options::default(),
    );
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    let engine = |environment: &str| {
        let options = Options::default().variables(Variables::None).environment(environment);
        Engine::new(loaded.document.clone(), options).unwrap()
    };
    let all = Filter::default;
    let cases: [(&str, Filter, &[&str]); 10] = [
        ("production", all(), &["a", "b", "c", "d"]),
        ("production", all().tag("core"), &["a", "b"]),
        ("production", all().tag("core").tag("ui"), &["a", "d"]),
        ("production", all().owner("web"), &["a", "b"]),
        ("production", all().kind(FlagCategory::Ops), &["b", "c"]),
        ("production", all().kind(FlagCategory::Ops).owner("web"), &["b"]),
        ("production", all().state("beta"), &["b"]),
        ("production", all().state("on"), &["a"]),
        ("staging", all().state("on"), &["a", "c"]),
        ("production", all().tag("nothing"), &[]),
    ];
    for (environment, filter, expected) in cases {
        let engine = engine(environment);
        let keys: Vec<String> = engine.list(&filter).iter().map(|flag| flag.key()).collect();
        assert_eq!(keys, expected, "{environment}: {filter:?}");
    }
}
