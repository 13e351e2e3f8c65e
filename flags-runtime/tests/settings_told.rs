//! Settings that a program ignores are told where people look. Each case is a process of its own, which is this
//! test binary with other variables.
#![cfg(feature = "macros")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::process::{Command, Stdio};

mod told {
    flags_runtime::flags!(
        inline = "environments: { staging: {}, production: { default: true } }\nflags: { payments: on }"
    );
}

#[allow(dead_code, reason = "a variable names it")]
mod silent {
    flags_runtime::flags!(inline = "settings: { problems: silent }\nflags: { payments: on }");
}

/// Runs one of the programs below; what it wrote to standard error, and whether it went well.
fn run(program: &str, variables: &[(&str, &str)]) -> (String, bool) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([program, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    for name in ["FLAGS_ENVIRONMENT", "FEATURE_PAYMENTS", "RUST_BACKTRACE"] {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).stdout(Stdio::null()).output().unwrap();
    (String::from_utf8(output.stderr).unwrap(), output.status.success())
}

const WRONG: &[(&str, &str)] = &[("FLAGS_ENVIRONMENT", "prod"), ("FEATURE_PAYMENTS", "offf\u{1b}[2J")];

#[test]
fn one_line_on_standard_error_when_the_engine_starts() {
    let (line, fine) = run("starts", WRONG);
    assert!(fine, "it starts all the same: {line}");
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(
        line.starts_with("flags: ignored FLAGS_ENVIRONMENT: environment `prod` is not declared"),
        "{line}"
    );
    assert!(line.contains("FEATURE_PAYMENTS: ") && !line.contains('\u{1b}'), "{line:?}");
    assert_eq!(
        run("starts", &[("FLAGS_ENVIRONMENT", "staging"), ("FEATURE_PAYMENTS", "off")]),
        (String::new(), true)
    );
}

#[test]
fn nothing_is_told_of_a_document_that_says_silent() {
    assert_eq!(run("starts_silently", &[("FEATURE_PAYMENTS", "offf")]), (String::new(), true));
}

#[test]
fn init_refuses_to_start_and_leaves_it_to_the_program_to_tell() {
    assert_eq!(run("refuses_to_start", WRONG), (String::new(), true));
    assert_eq!(run("would_start", &[("FEATURE_PAYMENTS", "off")]), (String::new(), true));
}

#[cfg(feature = "tracing")]
#[test]
fn a_log_is_told_instead_of_standard_error() {
    assert_eq!(run("logs", WRONG), (String::new(), true));
}

#[test]
#[ignore = "a program that others run"]
fn starts() {
    for _ in 0..2 {
        assert_eq!(
            told::Flags::engine().problems().len(),
            std::env::var("FEATURE_PAYMENTS").map_or(0, |value| { if value == "off" { 0 } else { 2 } })
        );
    }
}

#[test]
#[ignore = "a program that others run"]
fn starts_silently() {
    assert_eq!(silent::Flags::engine().problems().len(), 1);
    #[cfg(feature = "reload")]
    assert_eq!(silent::Flags::engine().status().problems.len(), 1);
}

#[test]
#[ignore = "a program that others run"]
fn refuses_to_start() {
    let problems = told::Flags::init().unwrap_err();
    let subjects: Vec<_> = problems.iter().map(|problem| problem.subject.as_str()).collect();
    assert_eq!(subjects, ["FLAGS_ENVIRONMENT", "FEATURE_PAYMENTS"]);
    assert!(problems.to_string().starts_with("FLAGS_ENVIRONMENT: environment `prod`"), "{problems}");
    assert!(problems.to_string().contains("; FEATURE_PAYMENTS: "), "{problems}");
}

#[test]
#[ignore = "a program that others run"]
fn would_start() {
    let engine = told::Flags::init().unwrap();
    assert!(std::ptr::eq(engine, told::Flags::engine()));
    assert!(!told::Flags::PAYMENTS.enabled(&flags_runtime::Context::anonymous()));
}

#[cfg(feature = "tracing")]
mod log {
    use std::sync::{Arc, Mutex};
    use tracing::{Event, Metadata, Subscriber, span};

    #[derive(Clone, Default)]
    pub(super) struct Events(pub(super) Arc<Mutex<Vec<String>>>);

    impl Subscriber for Events {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, event: &Event<'_>) {
            let metadata = event.metadata();
            self.0.lock().unwrap().push(format!("{} {}", metadata.level(), metadata.name()));
        }
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }
}

#[cfg(feature = "tracing")]
#[test]
#[ignore = "a program that others run"]
fn logs() {
    let events = log::Events::default();
    tracing::subscriber::with_default(events.clone(), || {
        let _ = told::Flags::engine();
    });
    assert_eq!(*events.0.lock().unwrap(), ["WARN feature_flag.ignored", "WARN feature_flag.ignored"]);
}
