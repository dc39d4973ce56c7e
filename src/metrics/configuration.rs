//! Which rows repeat one configuration: their dimensions without those that only count
//! repetitions or name the prompt.

use std::{collections::BTreeMap, sync::Arc};

use super::series::{Group, Series};

/// Dimensions that tell one repetition or prompt from the next, not one setting from another.
pub const RUN_KEYS: [&str; 12] = [
    "run",
    "repeat",
    "repetition",
    "iteration",
    "iter",
    "trial",
    "sample",
    "request",
    "prompt",
    "prompt_index",
    "prompt_name",
    "question",
];

/// Does the dimension tell repetitions apart?
pub fn is_run_key(key: &str) -> bool {
    RUN_KEYS.contains(&key)
}

/// The configuration of a row. A row without any dimension is of its file: two files that
/// name nothing are not the same.
pub fn configuration(group: &Group, path: &Arc<str>) -> Group {
    if group.0.is_empty() {
        return Group(vec![("file".into(), Arc::clone(path))]);
    }
    Group(group.0.iter().filter(|(key, _)| !is_run_key(key)).cloned().collect())
}

/// The values' indices by configuration.
pub fn by_configuration(series: &Series) -> BTreeMap<Group, Vec<usize>> {
    let mut found: BTreeMap<Group, Vec<usize>> = BTreeMap::new();
    let none: Arc<str> = Arc::default();
    // Rows of one group often follow each other: its configuration is made once for them.
    let mut last: Option<(u32, Arc<Group>, Group)> = None;
    for (index, value) in series.values.iter().enumerate() {
        let known = last.take().filter(|(file, group, _)| *file == value.file && group == value.group);
        let (file, group, own) = known.unwrap_or_else(|| {
            let path = series.files.get(value.file as usize).unwrap_or(&none);
            (value.file, Arc::clone(value.group), configuration(value.group, path))
        });
        match found.get_mut(&own) {
            Some(rows) => rows.push(index),
            None => {
                found.insert(own.clone(), vec![index]);
            }
        }
        last = Some((file, group, own));
    }
    found
}
