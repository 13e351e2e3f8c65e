//! Every subcommand as a transcript: the documentation, and that it is true.

/// Transcripts that only read. They are about the fixtures' flags, so that commands are as short as in life.
#[test]
fn reading() {
    trycmd::TestCases::new()
        .env("FLAGS_FILE", "tests/fixtures/flags.yaml")
        .env("FLAGS_ENVIRONMENT", "")
        .case("tests/cmd/*.trycmd");
}

/// Transcripts that write: each in a copy of its `.in` directory, which looks like its `.out` in the end.
#[test]
fn writing() {
    trycmd::TestCases::new().env("FLAGS_ENVIRONMENT", "").case("tests/cmd/edit/*.trycmd");
}
