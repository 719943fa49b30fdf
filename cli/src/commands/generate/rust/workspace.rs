//! Whether a generated crate lies in a workspace of cargo that does not list it: cargo refuses to build it then, unless it is a
//! workspace of its own.
use std::path::{Component, Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// Whether a crate in a folder, by its true path, needs a `[workspace]` of its own.
pub(super) fn is_needed(folder: &Path) -> bool {
    let mut above = folder.ancestors().skip(1);
    let root = above.find(|above| with_manifest(above, |table| table.contains_key("workspace")));
    root.is_some_and(|root| !takes(root, folder))
}

/// Whether the workspace at a root lists a folder as member, names it as dependency, or leaves it alone.
fn takes(root: &Path, folder: &Path) -> bool {
    with_manifest(root, |manifest| {
        let Some(workspace) = table(manifest, "workspace") else {
            return false;
        };
        let excluded = paths(workspace, "exclude").any(|path| folder.starts_with(root.join(path)));
        let members: Vec<PathBuf> = paths(workspace, "members")
            .filter_map(|pattern| glob::glob(&root.join(pattern).to_string_lossy()).ok())
            .flat_map(|found| found.filter_map(Result::ok))
            .collect();
        let is_listed = paths(workspace, "members").any(|pattern| is_match(root, pattern, folder));
        let depend = |member: &Path| with_manifest(member, |table| depends(table, member, folder));
        excluded
            || is_listed
            || depends(manifest, root, folder)
            || depends(workspace, root, folder)
            || members.iter().any(|member| depend(member))
    })
}

/// Whether a pattern of members is about a folder, be it there or not.
fn is_match(root: &Path, pattern: &str, folder: &Path) -> bool {
    let options = glob::MatchOptions {
        require_literal_separator: true,
        ..glob::MatchOptions::new()
    };
    let inside = folder.strip_prefix(root).ok();
    let pattern = glob::Pattern::new(pattern.trim_start_matches("./").trim_end_matches('/'));
    inside.is_some_and(|inside| pattern.is_ok_and(|it| it.matches_path_with(inside, options)))
}

/// Whether a manifest in one folder has a dependency in another, which makes that a member.
fn depends(manifest: &DeTable<'_>, from: &Path, folder: &Path) -> bool {
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let all = kinds
        .into_iter()
        .filter_map(|kind| table(manifest, kind))
        .flatten();
    let mut paths = all.filter_map(|(_, value)| text(value.get_ref().as_table()?, "path"));
    paths.any(|path| normal(&from.join(path)) == folder)
}

fn with_manifest(folder: &Path, ask: impl Fn(&DeTable<'_>) -> bool) -> bool {
    let Ok(text) = std::fs::read_to_string(folder.join("Cargo.toml")) else {
        return false;
    };
    DeTable::parse(&text).is_ok_and(|manifest| ask(manifest.get_ref()))
}

fn table<'v, 'i>(table: &'v DeTable<'i>, name: &str) -> Option<&'v DeTable<'i>> {
    table.get(name)?.get_ref().as_table()
}

fn text<'v>(table: &'v DeTable<'_>, name: &str) -> Option<&'v str> {
    table.get(name)?.get_ref().as_str()
}

fn paths<'v>(table: &'v DeTable<'_>, name: &str) -> impl Iterator<Item = &'v str> {
    let items = table.get(name).and_then(|value| value.get_ref().as_array());
    items
        .into_iter()
        .flatten()
        .filter_map(|item| DeValue::as_str(item.get_ref()))
}

/// An absolute path without `..`; what gives its components leaves out `.`.
fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut out, part| {
        match part {
            Component::ParentDir => drop(out.pop()),
            _ => out.push(part),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::is_needed;
    use std::fs;

    /// Whether a crate `made/api` needs a workspace of its own below a root with such a manifest.
    fn below(manifest: &str) -> bool {
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path().canonicalize().expect("there");
        fs::create_dir_all(root.join("member")).expect("made");
        fs::write(root.join("Cargo.toml"), manifest).expect("written");
        let member = "[package]\nname = 'm'\n[dependencies]\napi = { path = '../made/api' }\n";
        fs::write(root.join("member/Cargo.toml"), member).expect("written");
        is_needed(&root.join("made/api"))
    }

    #[test]
    fn a_workspace_that_does_not_list_the_crate_would_catch_it() {
        assert!(below("[workspace]\nmembers = ['other']\n"));
        assert!(below("[workspace]\nmembers = ['oth*']\n"));
    }

    #[test]
    fn a_workspace_that_knows_the_crate_has_it_as_member() {
        for manifest in [
            "[workspace]\nmembers = ['made/api']\n",
            "[workspace]\nmembers = ['./made/*/']\n",
            "[workspace]\nmembers = ['mem*']\n",
            "[workspace]\n[dependencies]\napi = { path = './made/api' }\n",
            "[workspace]\n[workspace.dependencies]\napi = { path = 'made/api' }\n",
        ] {
            assert!(!below(manifest), "{manifest}");
        }
    }

    #[test]
    fn where_no_workspace_catches_it_none_is_needed() {
        assert!(!below("[package]\nname = 'x'\n"));
        assert!(!below("[workspace]\nexclude = ['made']\n"));
        assert!(!below("not TOML"));
    }
}
