//! Follows references to URLs: to a copy where the map names one, else to hosts that may be asked, else nowhere.
use std::path::{Path, PathBuf};

use super::{link::Walk, load::unresolved, target::split};
use crate::{
    BadUrl, Diagnostic, FetchError, Text, Url,
    loader::{normal, reason},
    rules,
    sources::{Link, Name},
    url::without_credentials,
};

impl Walk<'_, '_> {
    /// Where a reference to a URL leads; its text is fetched when it is new.
    pub(super) fn remote(&mut self, url: Result<Url, BadUrl>, reference: Text<'_>) -> Link {
        let url = match url {
            Ok(url) => url,
            Err(error) => {
                self.diagnostics.push(refused(error, reference));
                return Link::Remote;
            }
        };
        if let Some(known) = self.fetched.get(&url) {
            return known.map_or(Link::Broken, Link::File);
        }
        let remote = &self.settings.remote;
        let read = match remote.mapped(&url) {
            Some((path, rest)) => self.read_copy(&url, path, &rest, reference),
            None if remote.allows(&url) => self.fetch(&url, reference),
            None => {
                self.diagnostics.push(self.not_allowed(&url, reference));
                return Link::Remote;
            }
        };
        let id = match read {
            Ok((name, bytes)) => Some(self.add(name, bytes, reference)),
            Err(found) => {
                self.diagnostics.push(*found);
                None
            }
        };
        self.fetched.insert(url, id);
        id.map_or(Link::Broken, Link::File)
    }

    /// The text that stands for a URL on this machine. It is shown by its path, but is still the text of the URL.
    fn read_copy(
        &self,
        url: &Url,
        path: &Path,
        rest: &str,
        reference: Text<'_>,
    ) -> Result<(Name, Vec<u8>), Box<Diagnostic>> {
        let beside = |path: &Path| match rest {
            "" => path.to_owned(),
            _ => normal(&path.join(rest)),
        };
        let shown = beside(path);
        let text = shown.display().to_string();
        let root = self.settings.loader.canonical(path).map_err(|error| {
            unresolved(&text, &reason(&error, &self.settings.limits), reference)
        })?;
        let wanted = beside(&root);
        let canonical = self.within_roots(&text, &wanted, reference)?;
        let bytes = self.read_bytes(&text, &canonical, reference)?;
        let name = Name {
            shown,
            location: wanted,
            canonical,
            url: Some(url.clone()),
        };
        Ok((name, bytes))
    }

    fn fetch(&self, url: &Url, reference: Text<'_>) -> Result<(Name, Vec<u8>), Box<Diagnostic>> {
        self.has_room(url.as_str(), reference)?;
        let limits = &self.settings.limits;
        if self.fetched.len() >= limits.files {
            let reason = format!("is not read: {} others were tried already", limits.files);
            return Err(unresolved(url.as_str(), &reason, reference));
        }
        let bytes = self.settings.loader.fetch(url, limits.file_bytes);
        let bytes = bytes.map_err(|error| failed(url, error, reference))?;
        let name = PathBuf::from(url.as_str());
        let name = Name {
            shown: name.clone(),
            location: name.clone(),
            canonical: name,
            url: Some(url.clone()),
        };
        Ok((name, bytes))
    }

    fn not_allowed(&self, url: &Url, reference: Text<'_>) -> Diagnostic {
        let host = url.host();
        let why = if self.settings.remote.hosts.is_empty() {
            "remote references are off".to_owned()
        } else {
            format!("`{host}` is not among the hosts that may be asked")
        };
        let message = format!("`{url}` is not read: {why}");
        let found = Diagnostic::new(&rules::REFERENCE_REMOTE, reference.span, message);
        found.help(format!(
            "fetch it with `--allow-remote {host}` if you trust that host, or keep a copy and name it with `--map {url}=FILE`"
        ))
    }
}

fn failed(url: &Url, error: FetchError, reference: Text<'_>) -> Box<Diagnostic> {
    let mut found = unresolved(url.as_str(), &error.reason, reference);
    let help = || "look whether the address is right and can be reached from here".to_owned();
    found.help = error.help.or_else(|| Some(help()));
    found
}

/// A reference to what is nobody's to ask for. A text from elsewhere leads to no file of this machine.
fn refused(error: BadUrl, reference: Text<'_>) -> Diagnostic {
    let shown = without_credentials(split(reference.value).0);
    let found = |rule, message| Diagnostic::new(rule, reference.span, message);
    match error {
        BadUrl::Scheme => found(
            &rules::REFERENCE_OUTSIDE_ROOT,
            format!("`{shown}` {error}, and a remote file may lead to nothing else"),
        )
        .help("refer to it by `https://`, or by a path beside the remote file"),
        BadUrl::Credentials => found(
            &rules::REFERENCE_REMOTE,
            format!("`{shown}` is not read: the reference {error}"),
        )
        .help("leave out what stands before the `@`"),
        BadUrl::Host => found(
            &rules::REFERENCE_REMOTE,
            format!("`{shown}` is not read: it {error}"),
        )
        .help("write the host in ASCII, as in `https://example.com/a.json`"),
        BadUrl::Text => found(
            &rules::REFERENCE_REMOTE,
            format!("`{shown}` is not read: it {error}"),
        )
        .help("write it with `%` and two hexadecimal digits, as in `%5C` for `\\`"),
    }
}
