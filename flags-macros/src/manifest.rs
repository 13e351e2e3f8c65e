//! What flags read in a `Cargo.toml`: the path of the document, and whether it is a workspace's root.

use std::path::Path;
use toml::de::{DeTable, DeValue};

/// What a manifest says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// `package.metadata.flags.file`.
    pub(crate) file: Option<String>,
    /// Whether it is the root of a workspace.
    pub(crate) workspace: bool,
    /// `workspace.exclude`.
    pub(crate) exclude: Vec<String>,
}

impl Manifest {
    /// Reads `directory/Cargo.toml`; `None` when there is none. Cargo has already refused one that does not parse,
    /// so such a file counts as empty here.
    pub(crate) fn read(directory: &Path) -> Option<Self> {
        std::fs::read_to_string(directory.join("Cargo.toml")).ok().map(|text| Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        // Most manifests do not mention flags or a workspace. Parsing those would only cost every build time.
        if !text.contains("flags") && !text.contains("workspace") {
            return Self::default();
        }
        let Ok(table) = DeTable::parse(text) else { return Self::default() };
        let root = DeValue::Table(table.into_inner());
        let workspace = get(&root, &["workspace"]);
        Self {
            file: get(&root, &["package", "metadata", "flags", "file"]).and_then(text_of),
            workspace: workspace.is_some_and(DeValue::is_table),
            exclude: workspace
                .and_then(|table| get(table, &["exclude"]))
                .and_then(DeValue::as_array)
                .map(|list| list.iter().filter_map(|item| text_of(item.get_ref())).collect())
                .unwrap_or_default(),
        }
    }
}

fn get<'a, 'i>(value: &'a DeValue<'i>, path: &[&str]) -> Option<&'a DeValue<'i>> {
    path.iter().try_fold(value, |value, key| value.as_table()?.get(*key).map(toml::Spanned::get_ref))
}

fn text_of(value: &DeValue<'_>) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::Manifest;

    #[test]
    fn what_matters() {
        let text = "[package]\nname = 'x'\n[package.metadata.flags]\nfile = \"config/flags.yaml\"\n";
        assert_eq!(Manifest::parse(text).file.as_deref(), Some("config/flags.yaml"));
        let text =
            "[package]\nmetadata.flags.file = 'f.yaml'\n[workspace]\nmembers = []\nexclude = ['a', 'b/c']";
        let expected = Manifest {
            file: Some("f.yaml".into()),
            workspace: true,
            exclude: vec!["a".into(), "b/c".into()],
        };
        assert_eq!(Manifest::parse(text), expected);
        assert_eq!(Manifest::parse("[package]\nworkspace = '..' # flags"), Manifest::default());
        assert_eq!(Manifest::parse("not toml, but workspace"), Manifest::default());
    }
}
