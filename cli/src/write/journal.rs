//! Several changes of a folder as one: new files are staged in it, a journal says where they go, then they are moved. What a run
//! could not finish, the next one does; where something goes wrong on the way, all is as it was.
use super::{
    change::{Change, write},
    manifest::is_of_generation,
};
use anyhow::{Context, bail};
use std::{
    fs::{self, File},
    io,
    path::Path,
};

/// Folder of what is not in its place yet.
const STAGING: &str = ".tidings-staging";

/// The journal: once it is there, the changes are made.
const JOURNAL: &str = "journal.json";

/// Makes all changes or none.
pub(super) fn commit(folder: &Path, changes: &[Change<'_>]) -> anyhow::Result<()> {
    let staging = folder.join(STAGING);
    let staged = stage(folder, &staging, changes);
    let done = staged.and_then(|()| make_all(folder, &staging, changes));
    let cleaned = clean(&staging);
    done?;
    cleaned.with_context(|| format!("cannot remove `{}`", staging.display()))
}

/// Finishes what a run before began, and clears away what it staged.
pub(super) fn finish(folder: &Path) -> anyhow::Result<()> {
    let staging = folder.join(STAGING);
    match staging.symlink_metadata() {
        Err(_) => return Ok(()),
        Ok(about) if !about.is_dir() => bail!("`{}` is in the way; remove it", staging.display()),
        Ok(_) => {}
    }
    // Without a journal, or with one that is not whole, nothing was changed yet.
    if let Ok(text) = fs::read(staging.join(JOURNAL)) {
        let changes: Vec<Change<'_>> = serde_json::from_slice(&text).unwrap_or_default();
        let changes = changes.iter().enumerate();
        for (at, change) in changes.filter(|(_, change)| is_of_generation(&change.name)) {
            let context = || {
                format!(
                    "cannot finish what an earlier run wrote to `{}`",
                    folder.display()
                )
            };
            change
                .make_again(folder, &staging, at)
                .with_context(context)?;
        }
    }
    clean(&staging).with_context(|| format!("cannot remove `{}`", staging.display()))
}

fn make_all(folder: &Path, staging: &Path, changes: &[Change<'_>]) -> anyhow::Result<()> {
    for (at, change) in changes.iter().enumerate() {
        let context = || format!("cannot write `{}`", folder.join(&change.name).display());
        if let Err(error) = change.make(folder, staging, at).with_context(context) {
            for (at, change) in changes.iter().enumerate().take(at).rev() {
                change.undo(folder, staging, at);
            }
            return Err(error);
        }
    }
    let parents = changes
        .iter()
        .filter_map(|change| Path::new(&change.name).parent());
    parents.for_each(|parent| sync(&folder.join(parent)));
    Ok(())
}

/// Writes the new texts and the journal, all in the folder of what is not in its place.
fn stage(folder: &Path, staging: &Path, changes: &[Change<'_>]) -> anyhow::Result<()> {
    let context = || format!("cannot write to `{}`", folder.display());
    fs::create_dir(staging).with_context(context)?;
    for (at, change) in changes.iter().enumerate() {
        change.stage(folder, staging, at).with_context(context)?;
    }
    let part = staging.join("journal.part");
    write(&part, &serde_json::to_vec(changes)?).with_context(context)?;
    fs::rename(&part, staging.join(JOURNAL)).with_context(context)?;
    sync(staging);
    Ok(())
}

/// The journal goes first: what is left without it means nothing.
fn clean(staging: &Path) -> io::Result<()> {
    let is_there = |error: &io::Error| error.kind() != io::ErrorKind::NotFound;
    match fs::remove_file(staging.join(JOURNAL)) {
        Err(error) if is_there(&error) => return Err(error),
        _ => {}
    }
    match fs::remove_dir_all(staging) {
        Err(error) if is_there(&error) => Err(error),
        _ => Ok(()),
    }
}

/// Waits until the disk has the names of a folder, where the system can.
fn sync(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::{super::found::at, *};

    /// A folder with a file `a` that is to be replaced, `sub/b` that is new, and `c` that goes.
    fn place() -> (tempfile::TempDir, Vec<Change<'static>>) {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path();
        for name in ["a", "c"] {
            fs::write(folder.join(name), "old").expect("written");
        }
        let found = |name| at(folder, name).expect("looked at");
        let changes = vec![
            Change::write("a", &found("a"), "new"),
            Change::write("sub/b", &found("sub/b"), "new"),
            Change::remove("c", &found("c")),
        ];
        (place, changes)
    }

    fn texts(folder: &Path) -> [Option<String>; 3] {
        ["a", "sub/b", "c"].map(|name| fs::read_to_string(folder.join(name)).ok())
    }

    fn new() -> [Option<String>; 3] {
        [Some("new".to_owned()), Some("new".to_owned()), None]
    }

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).expect("a folder").count()
    }

    #[test]
    fn all_changes_are_made_and_nothing_else_is_left() {
        let (place, changes) = place();
        commit(place.path(), &changes).expect("made");
        assert_eq!(texts(place.path()), new());
        assert_eq!(names(place.path()), 2);
    }

    #[test]
    fn where_one_change_cannot_be_made_none_is() {
        let (place, changes) = place();
        fs::write(place.path().join("c"), "mine").expect("written");
        let error = commit(place.path(), &changes).expect_err("it changed");
        assert!(
            format!("{error:#}").contains("changed meanwhile"),
            "{error:#}"
        );
        let [old, mine] = ["old", "mine"].map(|text| Some(text.to_owned()));
        assert_eq!(texts(place.path()), [old, None, mine]);
        assert_eq!(names(place.path()), 2);
    }

    #[test]
    fn what_was_begun_is_finished_from_wherever_it_ended() {
        for made in 0..=3 {
            let (place, changes) = place();
            let folder = place.path();
            let staging = folder.join(STAGING);
            stage(folder, &staging, &changes).expect("staged");
            for (at, change) in changes.iter().enumerate().take(made) {
                change.make(folder, &staging, at).expect("made");
            }
            finish(folder).expect("finished");
            assert_eq!(texts(folder), new(), "after {made}");
            assert_eq!(names(folder), 2);
        }
    }

    #[test]
    fn what_somebody_changed_meanwhile_stays_when_it_is_finished() {
        let (place, changes) = place();
        let staging = place.path().join(STAGING);
        stage(place.path(), &staging, &changes).expect("staged");
        fs::write(place.path().join("a"), "mine").expect("written");
        finish(place.path()).expect("finished");
        assert_eq!(texts(place.path())[0].as_deref(), Some("mine"));
    }

    #[test]
    fn without_a_journal_nothing_was_begun() {
        let (place, changes) = place();
        let before = texts(place.path());
        let staging = place.path().join(STAGING);
        stage(place.path(), &staging, &changes).expect("staged");
        for journal in ["", "[{"] {
            fs::create_dir_all(&staging).expect("made");
            fs::write(staging.join(JOURNAL), journal).expect("written");
            finish(place.path()).expect("cleared");
            assert_eq!(texts(place.path()), before);
            assert_eq!(names(place.path()), 2);
        }
    }

    #[test]
    fn what_is_in_the_way_of_staging_stays() {
        let (place, _) = place();
        let staging = place.path().join(STAGING);
        fs::write(&staging, "mine").expect("written");
        let error = finish(place.path()).expect_err("in the way");
        assert!(
            error.to_string().contains("in the way; remove it"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(staging).expect("there"), "mine");
    }

    #[test]
    fn a_journal_of_strangers_leads_nowhere_else() {
        let (place, _) = place();
        let inner = place.path().join("inner");
        let staging = inner.join(STAGING);
        fs::create_dir_all(&staging).expect("made");
        let journal = r#"[{"name":"../a","was":null,"becomes":null},{"name":"/c","was":null,"becomes":null}]"#;
        fs::write(staging.join(JOURNAL), journal).expect("written");
        let before = texts(place.path());
        finish(&inner).expect("cleared");
        assert_eq!(texts(place.path()), before);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_became_a_link_meanwhile_is_not_followed() {
        let (place, changes) = place();
        let home = tempfile::tempdir().expect("a folder");
        fs::write(home.path().join("b"), "mine").expect("written");
        let staging = place.path().join(STAGING);
        stage(place.path(), &staging, &changes).expect("staged");
        let (change, link) = (&changes[1], place.path().join("sub"));
        change.make(place.path(), &staging, 1).expect("made");
        fs::remove_dir_all(&link).expect("there");
        std::os::unix::fs::symlink(home.path(), &link).expect("a link");
        change.undo(place.path(), &staging, 1);
        let error = change.make(place.path(), &staging, 1).expect_err("a link");
        assert!(error.to_string().contains("`sub` is a link"), "{error}");
        finish(place.path()).expect("cleared");
        let mine = fs::read_to_string(home.path().join("b")).expect("there");
        assert_eq!(mine, "mine");
    }
}
