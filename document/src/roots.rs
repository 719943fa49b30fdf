//! What references may lead to: files below some folders, and hidden ones only where they may.
use std::path::{Component, Path, PathBuf};

use crate::{Mapping, Settings, sources::Name};

/// The folders and files that the references of a document may lead to, by their true paths.
#[derive(Debug)]
pub(crate) struct Roots {
    places: Vec<PathBuf>,
    /// Whether hidden files and folders below them count as well.
    hidden: bool,
}

/// Why a reference may not lead to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It lies elsewhere.
    Outside,
    /// It is hidden, or in a hidden folder.
    Hidden,
}

impl Roots {
    /// Those of a document by its root file, and by where that really is when it is a link.
    pub(crate) fn of(name: &Name, settings: &Settings) -> Self {
        let mapped = settings.remote.map.iter().map(Mapping::path);
        let stated = settings.roots.iter().chain(&settings.proto_paths);
        let stated = stated.map(PathBuf::as_path).chain(mapped);
        let stated = stated.filter_map(|root| settings.loader.canonical(root).ok());
        let mut places: Vec<_> = own(&name.location, settings)
            .into_iter()
            .chain(stated)
            .collect();
        if name.canonical != name.location {
            places.extend(own(&name.canonical, settings));
        }
        Self {
            places,
            hidden: settings.hidden,
        }
    }

    /// Whether a path may be read, by its text alone.
    pub(crate) fn allow(&self, path: &Path) -> Result<(), Refusal> {
        let below = self
            .places
            .iter()
            .filter_map(|root| path.strip_prefix(root).ok());
        let mut refusal = Refusal::Outside;
        for rest in below {
            if self.hidden || !rest.components().any(is_hidden) {
                return Ok(());
            }
            refusal = Refusal::Hidden;
        }
        Err(refusal)
    }
}

/// The project of a document, the document itself, and the hidden folder that it lies in.
fn own(document: &Path, settings: &Settings) -> Vec<PathBuf> {
    let folder = document.parent().unwrap_or(Path::new("/"));
    let project = folder
        .ancestors()
        .find(|folder| settings.loader.exists(&folder.join(".git")))
        .unwrap_or(folder);
    let below = folder.ancestors().take_while(|folder| *folder != project);
    let mut hidden = below.filter(|folder| folder.components().next_back().is_some_and(is_hidden));
    let places = [Some(project), Some(document), hidden.next()];
    places.into_iter().flatten().map(Path::to_owned).collect()
}

fn is_hidden(part: Component<'_>) -> bool {
    matches!(part, Component::Normal(name) if name.as_encoded_bytes().starts_with(b"."))
}
