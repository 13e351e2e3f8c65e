//! What does not compile, with what the compiler says; and what does.
//!
//! Two functions, each one kind: trybuild builds cases of one kind together. After a change of
//! wording, `TRYBUILD=overwrite cargo test --test trybuild`, then read the difference.

/// Every case is refused with the message beside it.
#[test]
fn refused() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}

/// The cases beside it compile without a warning and run to their end.
#[test]
fn accepted() {
    trybuild::TestCases::new().pass("tests/pass/all.rs");
}
