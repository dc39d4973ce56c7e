//! What a side of a comparison can be: a file, a folder, a group, an earlier run; and the list of
//! all that there are.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use crate::{
    compare,
    metrics::{
        library::Library,
        series::{Group, Nature},
    },
    report::record::measures,
    text::sanitize::Shown,
};

/// One side of a comparison, as it was picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// All rows of a file.
    File(Arc<str>),
    /// All rows of the files below a folder.
    Folder(Arc<str>),
    /// All rows of a group, of whatever file.
    Group(Arc<Group>),
    /// What was measured of the model's calls in an earlier run: the record, and its measures.
    Run(Arc<str>, Arc<str>),
}

/// Which side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SideOf {
    /// What is compared with.
    Base,
    /// What is compared.
    Candidate,
}

impl Pick {
    /// As shown: the path, or the group.
    pub fn shown(&self) -> Shown {
        match self {
            Pick::File(path) => Shown::new(path),
            Pick::Folder(path) => Shown::new(&format!("{path}/")),
            Pick::Group(group) => Shown::new(&group.to_string()),
            Pick::Run(path, _) => Shown::new(measures::stem(path)),
        }
    }

    /// What it is, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Pick::File(_) => "file",
            Pick::Folder(_) => "folder",
            Pick::Group(_) => "group",
            Pick::Run(..) => "run",
        }
    }

    /// What holds its values where the folder does not.
    pub(super) fn library_of_its_own(&self) -> Option<Library> {
        match self {
            Pick::Run(path, text) => Some(measures::library(measures::stem(path), text)),
            Pick::File(_) | Pick::Folder(_) | Pick::Group(_) => None,
        }
    }

    /// Its rows, in the library that has them.
    pub(super) fn side<'a>(&'a self, library: &'a Library) -> compare::Side<'a> {
        let keep = move |path: &str, of: &Group| match self {
            Pick::File(file) => **file == *path,
            Pick::Folder(folder) => path.strip_prefix(&**folder).is_some_and(|below| below.starts_with('/')),
            Pick::Group(group) => group.0.iter().all(|dimension| of.0.contains(dimension)),
            Pick::Run(..) => true,
        };
        let named = match self {
            Pick::Group(group) => group.0.iter().map(|(key, _)| Arc::clone(key)).collect(),
            Pick::File(_) | Pick::Folder(_) | Pick::Run(..) => Vec::new(),
        };
        compare::Side { library, keep: Box::new(keep), named }
    }
}

/// Everything of the folder that can be compared: groups of measured values, then folders, then
/// files; each only where it has values.
pub(super) fn picks(library: &Library) -> Vec<Pick> {
    let mut files: BTreeSet<&Arc<str>> = BTreeSet::new();
    let mut settings: BTreeMap<&Arc<str>, BTreeSet<&Arc<str>>> = BTreeMap::new();
    let mut groups: BTreeSet<&Arc<Group>> = BTreeSet::new();
    // Rows of one configuration share theirs: each is looked at once.
    let mut seen: HashSet<usize> = HashSet::new();
    for series in library.series() {
        files.extend(&series.files);
        // What documents state is said of all kinds of things, mostly of no group of runs.
        if series.nature == Nature::Stated {
            continue;
        }
        if series.group.0.len() > 1 {
            groups.insert(&series.group);
        }
        let of_rows = series.values.iter().map(|value| value.group);
        for group in of_rows.chain([&series.group]) {
            if seen.insert(Arc::as_ptr(group).addr()) {
                for (key, value) in &group.0 {
                    settings.entry(key).or_default().insert(value);
                }
            }
        }
    }
    let mut folders: BTreeSet<&str> = BTreeSet::new();
    for path in &files {
        let mut rest: &str = path;
        while let Some((folder, _)) = rest.rsplit_once('/') {
            folders.insert(folder);
            rest = folder;
        }
    }
    // A setting that is the same everywhere parts nothing.
    let parting = settings.into_iter().filter(|(_, values)| values.len() > 1);
    let single = parting.flat_map(|(key, values)| {
        values.into_iter().map(|value| Arc::new(Group(vec![(Arc::clone(key), Arc::clone(value))])))
    });
    single
        .chain(groups.into_iter().cloned())
        .map(Pick::Group)
        .chain(folders.into_iter().map(|path| Pick::Folder(path.into())))
        .chain(files.into_iter().cloned().map(Pick::File))
        .collect()
}
