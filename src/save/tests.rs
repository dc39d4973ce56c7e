//! Saving into real folders.

#![allow(clippy::unwrap_used)]

use super::{
    journal::{Journal, Remains, keep, remains},
    *,
};

fn export() -> Export {
    Export {
        stem: "20251114T185407Z-gemma3-270m".into(),
        markdown: format!("# Report\n\n{REPORT_MARKER}\n"),
        record: "{\"generated_by\":\"chimera-insight\"}\n".into(),
    }
}
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_name_that_is_taken_gets_a_number_for_both_files() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join(OWN_FOLDER);
    let first = save(folder.path(), &export()).unwrap();
    assert_eq!(first.report, own.join("20251114T185407Z-gemma3-270m.md"));
    // Only one of the two names is taken.
    fs::write(own.join("20251114T185407Z-gemma3-270m-2.md"), "mine").unwrap();
    fs::write(own.join("20251114T185407Z-gemma3-270m-3.json"), "mine").unwrap();
    let second = save(folder.path(), &export()).unwrap();
    assert_eq!(second.report, own.join("20251114T185407Z-gemma3-270m-4.md"));
    assert_eq!(second.record, own.join("20251114T185407Z-gemma3-270m-4.json"));
    assert_eq!(fs::read_to_string(&second.report).unwrap(), export().markdown);
    assert_eq!(fs::read_to_string(own.join("20251114T185407Z-gemma3-270m-2.md")).unwrap(), "mine");
    assert_eq!(names(&own).len(), 6, "{:?}", names(&own));
}

#[test]
fn two_writers_at_once_get_a_file_each() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..25 {
                    save(folder.path(), &export()).unwrap();
                }
            });
        }
    });
    assert_eq!(names(&folder.path().join(OWN_FOLDER)).len(), 100);
}

#[test]
fn a_journal_stays_unless_the_run_ends_well() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let mut journal = Journal::start(Place::Below(folder.path()), "run").unwrap();
        journal.write("a piece");
    }
    let own = folder.path().join(OWN_FOLDER);
    assert_eq!(names(&own), ["run-2.partial", "run.partial"]);
    let text = fs::read_to_string(own.join("run.partial")).unwrap();
    assert!(text.starts_with(REPORT_MARKER) && text.ends_with("a piece"), "{text}");
    Journal::start(Place::Beside(&own.join("x.md")), "other").unwrap().finish();
    assert_eq!(names(&own).len(), 2);
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    assert!(save(&folder.path().join("gone"), &export()).is_err());
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere", folder.path().join(OWN_FOLDER)).unwrap();
    assert!(save(folder.path(), &export()).is_err());
    assert_eq!(names(&folder.path().join("elsewhere")), [""; 0]);
    // A name that the system refuses: no temporary file stays.
    fs::remove_file(folder.path().join(OWN_FOLDER)).unwrap();
    let long = Export { stem: "x".repeat(300), ..export() };
    assert!(save(folder.path(), &long).is_err());
    assert_eq!(names(&folder.path().join(OWN_FOLDER)), [""; 0]);
}

#[test]
fn a_file_of_ones_own_choice_replaces_reports_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.md");
    let saved = save_as(&file, &export()).unwrap();
    assert_eq!(saved.record, folder.path().join("report.json"));
    save_as(&file, &export()).unwrap();
    fs::write(&file, "# somebody's own words\n").unwrap();
    assert!(save_as(&file, &export()).is_err());
    assert_eq!(fs::read_to_string(&file).unwrap(), "# somebody's own words\n");
    assert_eq!(names(folder.path()), ["report.json", "report.md"]);
}

#[test]
fn the_journal_of_a_run_that_died_becomes_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join(OWN_FOLDER);
    let mut running = Journal::start(Place::Below(folder.path()), "running").unwrap();
    running.write("still being written");
    let mut died = Journal::start(Place::Below(folder.path()), "died").unwrap();
    died.write("\n## Findings\n\nfour words that stand");
    drop(died);
    // It wrote nothing, so there is nothing to offer.
    drop(Journal::start(Place::Below(folder.path()), "empty").unwrap());
    fs::write(own.join("foreign.partial"), "somebody's download").unwrap();
    let found = remains(folder.path());
    assert_eq!(found, [Remains { path: own.join("died.partial"), words: 5 }]);
    // The name that it would get is taken.
    fs::write(own.join("died-interrupted.md"), "mine").unwrap();
    let (kept, text) = keep(&found[0].path).unwrap();
    assert_eq!(kept, own.join("died-interrupted-2.md"));
    assert!(text.starts_with(REPORT_MARKER) && text.ends_with("four words that stand"), "{text}");
    assert!(keep(&own.join("running.partial")).is_err(), "another process writes it");
    assert_eq!(remains(folder.path()), []);
    assert_eq!(
        names(&own),
        ["died-interrupted-2.md", "died-interrupted.md", "foreign.partial", "running.partial"]
    );
}

#[test]
fn old_temporary_files_of_dead_processes_go() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join(OWN_FOLDER);
    fs::create_dir(&own).unwrap();
    let hour = std::time::Duration::from_hours(1);
    for (name, age) in [(".chimera-insight-old.tmp", 2), (".chimera-insight-new.tmp", 0), (".other.tmp", 9)] {
        let file = File::create(own.join(name)).unwrap();
        file.set_modified(file.metadata().unwrap().modified().unwrap() - hour * age).unwrap();
    }
    let saved = save(folder.path(), &export()).unwrap();
    let names = names(&own);
    assert_eq!(names[..2], [".chimera-insight-new.tmp", ".other.tmp"]);
    assert!(names.len() == 4 && saved.report.is_file(), "{names:?}");
}
