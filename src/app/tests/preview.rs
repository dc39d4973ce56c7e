//! The preview's document: read when it is wanted, and never that of another file.

use super::*;

const NEW: &str = "model,tokens_s\ngemma3:270m,77.75\n";

/// What is asked for when an event happens and nobody answers yet.
fn asked(rig: &mut Rig, event: Event) -> Vec<Wanted> {
    let effects = rig.app.update(event).into_iter();
    effects
        .filter_map(|effect| if let Effect::ReadFile(wanted) = effect { Some(wanted) } else { None })
        .collect()
}

fn press(rig: &mut Rig, key: &str) -> Vec<Wanted> {
    asked(rig, Event::Key(Key::parse(key).unwrap()))
}

/// A change of the folder, as an event.
fn change(rig: &mut Rig, path: &str, content: &str) -> Event {
    rig.stamp += 1;
    let file = Arc::new(file(path, content, rig.stamp));
    rig.disk.insert(Arc::clone(&file.path), Arc::clone(&file));
    rig.contents.insert(Arc::clone(&file.path), content.to_owned());
    told(rig, file)
}

fn told(rig: &mut Rig, file: Arc<ReportFile>) -> Event {
    let batch = Batch { changes: vec![Change::Read(file)], watch: WatchState::Live, ..Batch::default() };
    rig.library.apply(&batch);
    let (batch, library) = (rig.library.kept(batch), Arc::new(rig.library.snapshot()));
    Event::Library(Box::new(LibraryEvent { batch, library, is_news: true }))
}

fn preview(rig: &Rig) -> String {
    text(&rig.app.inventory.preview.rows)
}

#[test]
fn the_program_keeps_no_tables() {
    let rig = Rig::filled();
    assert!(rig.library.inventory.files().all(|file| file.document.is_light()));
    assert!(rig.app.inventory.lines.iter().all(|line| line.file.document.is_light()));
}

#[test]
fn facts_are_there_at_once_and_the_rows_when_they_are_read() {
    let mut rig = Rig::filled();
    let wanted = press(&mut rig, "j");
    assert_eq!(wanted.iter().map(|wanted| &*wanted.path).collect::<Vec<_>>(), ["b.json"]);
    assert!(preview(&rig).contains("JSON, 18 B") && !preview(&rig).contains("120.5"), "{}", preview(&rig));
    for wanted in wanted {
        rig.happened(rig.read(wanted));
    }
    assert!(preview(&rig).contains("120.5"));
    // It is not read again while it stays as it is.
    assert_eq!(press(&mut rig, "/"), []);
}

#[test]
fn one_file_is_read_at_a_time_and_a_late_answer_is_dropped() {
    let mut rig = Rig::filled();
    let first = press(&mut rig, "j").remove(0);
    assert_eq!(press(&mut rig, "j"), [], "another is being read");
    assert_eq!(rig.selected(), "sub/c.csv");
    let late = rig.read(first.clone());
    let next = asked(&mut rig, late);
    assert!(!preview(&rig).contains("120.5"), "{}", preview(&rig));
    assert_eq!(next.iter().map(|wanted| &*wanted.path).collect::<Vec<_>>(), ["sub/c.csv"]);
    // An answer that nobody waits for (any more) changes nothing.
    let before = preview(&rig);
    let again = rig.read(first);
    assert_eq!(asked(&mut rig, again), []);
    assert_eq!(preview(&rig), before);
    let answer = rig.read(next[0].clone());
    assert_eq!(asked(&mut rig, answer), []);
    assert!(preview(&rig).contains("203.25"));
}

#[test]
fn the_old_preview_stays_until_the_new_content_is_read_and_the_newest_wins() {
    let mut rig = Rig::filled();
    let event = change(&mut rig, "a.csv", NEW);
    let wanted = asked(&mut rig, event).remove(0);
    let old = rig.read(wanted);
    assert!(preview(&rig).contains("203.25"), "{}", preview(&rig));
    // It changes once more before it is read: to less, so that the first answer is too old.
    let event = change(&mut rig, "a.csv", "tokens_s\n88.5\n");
    assert_eq!(asked(&mut rig, event), []);
    let Event::Document(mut read) = old else { panic!("no document") };
    let stale = read.file.take().unwrap();
    let stale = ReportFile { stamp: Stamp { modified_ns: START_NS - 1, ..stale.stamp }, ..(*stale).clone() };
    read = Box::new(FileRead::of(read.wanted, Some(Arc::new(stale)), None));
    let next = asked(&mut rig, Event::Document(read)).remove(0);
    assert!(preview(&rig).contains("203.25") && !preview(&rig).contains("77.75"));
    let answer = rig.read(next);
    assert_eq!(asked(&mut rig, answer), []);
    assert!(preview(&rig).contains("88.5") && !preview(&rig).contains("203.25"));
}

#[test]
fn a_file_that_is_being_written_shows_its_last_whole_rows_and_is_not_read() {
    let mut rig = Rig::filled();
    let kept = rig.library.inventory.get("a.csv").unwrap();
    let mut document = (*kept.document).clone();
    document.problems.push(crate::ingest::file::Problem {
        line: None,
        column: None,
        message: Shown::new("still being written"),
    });
    let stamp = Stamp { length: 3, ..kept.stamp };
    let marked =
        ReportFile { stamp, status: Status::Partial, document: Arc::new(document), ..(**kept).clone() };
    let series = rig.library.series().len();
    let event = told(&mut rig, Arc::new(marked));
    assert_eq!(asked(&mut rig, event), []);
    assert!(preview(&rig).contains("still being written") && preview(&rig).contains("203.25"));
    assert_eq!(rig.library.series().len(), series, "its numbers stay");
    assert_eq!(rig.library.inventory.get("a.csv").unwrap().document.rows(), 2);
}

#[test]
fn what_cannot_be_read_is_not_asked_for_again() {
    let mut rig = Rig::filled();
    let wanted = press(&mut rig, "j").remove(0);
    assert_eq!(asked(&mut rig, Event::Document(Box::new(FileRead::of(wanted, None, None)))), []);
    assert!(preview(&rig).contains("JSON, 18 B"), "{}", preview(&rig));
    let event = change(&mut rig, "b.json", r#"{"ttft_ms": 99.5}"#);
    assert_eq!(asked(&mut rig, event).len(), 1);
}

#[test]
fn nothing_is_read_while_another_tab_is_seen() {
    let mut rig = Rig::filled();
    rig.keys("2");
    let event = change(&mut rig, "a.csv", NEW);
    assert_eq!(asked(&mut rig, event), []);
    let wanted = press(&mut rig, "1");
    assert_eq!(wanted.len(), 1);
    let answer = rig.read(wanted[0].clone());
    rig.happened(answer);
    assert!(preview(&rig).contains("77.75"));
}
