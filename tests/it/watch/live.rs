//! Files that are being written: what is shown meanwhile, what it costs, and that the end
//! is right.

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::Path,
    sync::mpsc,
    thread,
    time::Instant,
};

use chimera_insight::{
    ingest::{
        self,
        file::{Document, Kind, Status},
        inventory::{Batch, Change, ReportFile},
    },
    watch::{
        gather::Watcher,
        scan::{scan, scan_once},
    },
};
use libtest_mimic::Trial;
use sha2::{Digest as _, Sha256};

use super::{DEADLINE, Watched, files, folder, paths, write};
use crate::support::test;

/// What the mark of a file that is being written says.
const MARK: &str = "still being written";
/// Rows of a file that is much longer than what proves that it only grew.
const LONG: usize = 8_000;
/// Enough files for a second thread to help.
const MANY: usize = 400;

pub fn tests() -> Vec<Trial> {
    let case = |name: &str, body: fn()| {
        test(name, move || {
            body();
            Ok(())
        })
    };
    vec![
        case("live::measured_files_come_before_documents", measured_files_come_before_documents),
        case("live::many_files_are_read_in_order", many_files_are_read_in_order),
        case("live::a_half_line_is_marked_until_it_is_whole", a_half_line_is_marked_until_it_is_whole),
        case("live::a_file_written_anew_keeps_its_rows", a_file_written_anew_keeps_its_rows),
        case("live::a_file_that_stays_short_is_taken", a_file_that_stays_short_is_taken),
        case("live::an_append_costs_what_was_appended", an_append_costs_what_was_appended),
        case("live::what_is_no_append_is_read_whole", what_is_no_append_is_read_whole),
        case("live::a_storm_of_appends_ends_right", a_storm_of_appends_ends_right),
        case("live::a_long_table_is_read_in_pieces", a_long_table_is_read_in_pieces),
        case("live::long_json_lines_are_read_in_pieces", long_json_lines_are_read_in_pieces),
        case("live::a_row_that_is_too_long_is_told", a_row_that_is_too_long_is_told),
    ]
}

fn rows(watched: &Watched, path: &str) -> Option<(Status, u64)> {
    watched.files.get(path).map(|file| (file.status, file.document.rows()))
}

fn is_marked(watched: &Watched, path: &str) -> bool {
    let problems = watched.files.get(path).map(|file| file.document.problems.as_slice()).unwrap_or_default();
    problems.iter().any(|problem| problem.message.as_str().contains(MARK))
}

/// A table of so many rows.
fn table(rows: usize) -> String {
    let lines: Vec<String> = (0..rows).map(|row| format!("gemma3:1b,{row},{}.25\n", 100 + row)).collect();
    format!("model,run,tokens_s\n{}", lines.concat())
}

fn append(path: &Path, text: &str) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

fn measured_files_come_before_documents() {
    let (_temporary, root) = folder();
    for index in 0..MANY {
        write(&root.join(format!("a{index:03}.md")), "# Notes\n");
        write(&root.join(format!("b{index:03}.csv")), &table(1));
        write(&root.join(format!("c{index:03}.json")), "{\"tokens_s\": 1}");
    }
    let (sender, batches) = mpsc::sync_channel::<Batch>(64);
    let _watcher = Watcher::start(root.clone(), move |batch| sender.send(batch).is_ok()).unwrap();
    let deadline = Instant::now() + DEADLINE;
    let (mut before, mut after, mut is_measured) = (Vec::new(), Vec::new(), false);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let batch = batches.recv_timeout(left).expect("the first scan ends");
        for change in &batch.changes {
            let Change::Read(file) = change else { panic!("{change:?}") };
            if is_measured { &mut after } else { &mut before }.push(file.kind);
        }
        assert!(batch.measured_time.is_none() || !is_measured, "told once");
        is_measured |= batch.measured_time.is_some();
        if batch.scan_complete {
            assert!(is_measured);
            break;
        }
    }
    assert_eq!((before.len(), after.len()), (2 * MANY, MANY));
    assert!(before.iter().all(|kind| *kind != Kind::Markdown));
    assert!(after.iter().all(|kind| *kind == Kind::Markdown));
    let scanned = scan(&root).unwrap().batch;
    assert!(scanned.measured_time <= scanned.scan_time && scanned.measured_time.is_some());
}

fn many_files_are_read_in_order() {
    let (_temporary, root) = folder();
    let mut bytes = 0;
    for index in 0..MANY {
        let content = table(1 + index % 7);
        bytes += content.len() as u64;
        write(&root.join(format!("{}/run{index:03}.csv", index % 5)), &content);
    }
    let batch = scan_once(&root).unwrap();
    assert_eq!(batch.bytes_read, bytes);
    assert!(paths(&batch).is_sorted());
    for file in files(&batch) {
        let index: usize = file.path.rsplit_once("run").unwrap().1[..3].parse().unwrap();
        assert_eq!(file.document.rows(), 1 + index as u64 % 7, "{}", file.path);
    }
    // The watcher tells them in that order too.
    let watched = Watched::settled(&root);
    assert_eq!((watched.files.len(), watched.bytes_read), (MANY, bytes));
}

fn a_half_line_is_marked_until_it_is_whole() {
    let (_temporary, root) = folder();
    let path = root.join("run.csv");
    write(&path, &table(3));
    let mut watched = Watched::settled(&root);
    assert_eq!(rows(&watched, "run.csv"), Some((Status::Ok, 3)));
    append(&path, "gemma3:1b,");
    watched.eventually("the half line", |watched| rows(watched, "run.csv") == Some((Status::Partial, 3)));
    append(&path, "3,99.5\n");
    watched.eventually("the whole line", |watched| rows(watched, "run.csv") == Some((Status::Ok, 4)));
    assert!(watched.files["run.csv"].document.problems.is_empty());
}

fn a_file_written_anew_keeps_its_rows() {
    let (_temporary, root) = folder();
    let deadline = Instant::now() + DEADLINE;
    for (name, whole, half) in [
        ("run.csv", table(40), table(9)),
        (
            "run.json",
            "{\"runs\":[{\"tokens_s\":1},{\"tokens_s\":2}]}".to_owned(),
            "{\"runs\":[{\"tok".to_owned(),
        ),
    ] {
        let path = root.join(name);
        write(&path, &whole);
        let mut watched = Watched::settled(&root);
        let good = rows(&watched, name).unwrap();
        // On a busy machine it may be looked at when it has been at rest for long: then it is
        // what it says, and this is tried again.
        loop {
            let mut file = File::create(&path).unwrap();
            file.write_all(half.as_bytes()).unwrap();
            watched.eventually("another state", |watched| rows(watched, name) != Some(good));
            let is_kept = is_marked(&watched, name);
            if is_kept {
                assert_eq!(rows(&watched, name), Some((Status::Partial, good.1)));
            }
            file.write_all(&whole.as_bytes()[half.len()..]).unwrap();
            drop(file);
            watched.eventually("the whole file", |watched| {
                rows(watched, name) == Some(good) && !is_marked(watched, name)
            });
            if is_kept {
                break;
            }
            assert!(Instant::now() < deadline, "{name} was never marked");
        }
    }
}

fn a_file_that_stays_short_is_taken() {
    let (_temporary, root) = folder();
    let path = root.join("run.csv");
    write(&path, &table(20));
    let mut watched = Watched::settled(&root);
    fs::write(&path, table(5)).unwrap();
    watched.eventually("the short file", |watched| rows(watched, "run.csv") == Some((Status::Ok, 5)));
    assert!(!is_marked(&watched, "run.csv"));
    fs::write(&path, "").unwrap();
    watched.eventually("the empty file", |watched| watched.files["run.csv"].stamp.length == 0);
    watched.settles_as_scanned(&root);
    assert!(!is_marked(&watched, "run.csv"));
}

/// Lines of so many records.
fn lines(from: usize, to: usize) -> String {
    let line = |row| format!("{{\"model\":\"gemma3:1b\",\"run\":{row},\"tokens_s\":{}.5}}\n", 100 + row % 50);
    (from..to).map(line).collect()
}

fn an_append_costs_what_was_appended() {
    let (_temporary, root) = folder();
    let csv = |row| format!("gemma3:1b,{row},55.5\n");
    for (name, content, one) in [
        ("run.csv", table(LONG), csv as fn(usize) -> String),
        ("run.jsonl", lines(0, LONG), |row| lines(row, row + 1)),
    ] {
        let path = root.join(name);
        write(&path, &content);
        let mut watched = Watched::settled(&root);
        assert!(watched.bytes_read >= content.len() as u64);
        watched.bytes_read = 0;
        let (half, other) = (one(LONG + 1), one(LONG + 2));
        append(&path, &one(LONG));
        watched.eventually("one line", |watched| rows(watched, name) == Some((Status::Ok, LONG as u64 + 1)));
        // A line that comes in two pieces, with all that follows in the second.
        append(&path, &half[..9]);
        let length = (content.len() + one(LONG).len() + 9) as u64;
        watched.eventually("half a line", |watched| watched.files[name].stamp.length == length);
        append(&path, &(half[9..].to_owned() + &other));
        watched.eventually("all lines", |watched| rows(watched, name) == Some((Status::Ok, LONG as u64 + 3)));
        watched.settles_as_scanned(&root);
        let scanned = files(&scan_once(&root).unwrap());
        let whole = scanned.iter().find(|file| &*file.path == name).unwrap();
        assert_eq!(watched.files[name].document.tables, whole.document.tables, "{name}");
        assert!(watched.files[name].document.problems.is_empty());
        // Three appends, each looked at a few times: far less than one reading of the whole.
        assert!(
            watched.bytes_read < content.len() as u64 / 2,
            "{name}: {} of {}",
            watched.bytes_read,
            content.len()
        );
        fs::remove_file(&path).unwrap();
    }
}

fn what_is_no_append_is_read_whole() {
    let (_temporary, root) = folder();
    let path = root.join("run.csv");
    let temporary = root.join("run.csv.tmp");
    let content = table(LONG);
    write(&path, &content);
    let mut watched = Watched::settled(&root);
    let mut is_read_whole = |what: &str, expected: &str| {
        watched.bytes_read = 0;
        let digest = super::digests(&scan_once(&root).unwrap()).remove("run.csv").unwrap();
        watched.eventually(what, |watched| {
            let file = &watched.files["run.csv"];
            file.stamp.length == expected.len() as u64 && *file.digest == *digest
        });
        assert!(watched.bytes_read >= expected.len() as u64, "{what}: {}", watched.bytes_read);
    };
    let head = content.replacen("gemma3:1b,0,", "gemma3:4b,0,", 1) + "gemma3:1b,9,1.5\n";
    fs::write(&path, &head).unwrap();
    is_read_whole("another head, a longer tail", &head);
    let end = format!("{}9.5\ngemma3:1b,9,2.5\n", head.trim_end_matches("1.5\n"));
    fs::write(&path, &end).unwrap();
    is_read_whole("another end, a longer tail", &end);
    let other = end.replace(",9.5\n", ",8.5\n");
    fs::write(&temporary, &other).unwrap();
    fs::rename(&temporary, &path).unwrap();
    is_read_whole("another file of the same length", &other);
    let longer = other.clone() + "gemma3:1b,10,3.5\n";
    fs::write(&temporary, &longer).unwrap();
    fs::rename(&temporary, &path).unwrap();
    is_read_whole("another file that begins with this one", &longer);
    fs::rename(&path, root.join("run.csv.1")).unwrap();
    let fresh = table(3);
    write(&path, &fresh);
    is_read_whole("rotated away and begun anew", &fresh);
    write(&path, &content);
    is_read_whole("grown past the short one", &content);
    let cut = &content[..content.len() / 2];
    OpenOptions::new().write(true).open(&path).unwrap().set_len(cut.len() as u64).unwrap();
    is_read_whole("cut off", cut);
}

/// Longer than a piece, with a last line that is not whole.
fn a_long_table_is_read_in_pieces() {
    let (_temporary, root) = folder();
    let note = "n".repeat(1_000);
    let lines: Vec<String> = (0..20_000).map(|row| format!("gemma3:1b,{row},\"{note}\n{row}\"\n")).collect();
    let content = format!("model,run,note\n{}gemma3:1b,7", lines.concat());
    assert!(content.len() > 20_000_000);
    write(&root.join("long.csv"), &content);
    let scanned = files(&scan_once(&root).unwrap());
    let whole = ingest::parse("long.csv", Kind::Csv, content.as_bytes());
    same_as_whole(&scanned[0], &whole, content.as_bytes());
}

fn long_json_lines_are_read_in_pieces() {
    let (_temporary, root) = folder();
    let record = |row: usize| {
        let status = if row.is_multiple_of(7) { "failed" } else { "ok" };
        let note = format!("note \u{e9} {row} {}", "n".repeat(row % 200));
        format!(
            "{{\"model\":\"gemma3:1b\",\"ttft_ms\":{row}.25,\"status\":\"{status}\",\"note\":\"{note}\",\
             \"options\":{{\"num_gpu\":{}}},\"samples\":[{row},{}.5]}}\n",
            row % 3,
            row + 1
        )
    };
    let content = format!("{}{{\"model\":\"gem", (0..60_000).map(record).collect::<String>());
    assert!(content.len() > 12_000_000);
    write(&root.join("long.jsonl"), &content);
    let scanned = files(&scan_once(&root).unwrap());
    let whole = ingest::parse("long.jsonl", Kind::Json, content.as_bytes());
    same_as_whole(&scanned[0], &whole, content.as_bytes());
}

/// A file that was read in pieces says what it says when it is read at once.
fn same_as_whole(file: &ReportFile, whole: &Document, content: &[u8]) {
    let document = &file.document;
    assert_eq!(document.tables, whole.tables);
    assert_eq!((document.read_to, file.status), (whole.read_to, Status::Partial));
    assert_eq!(document.problems, whole.problems);
    let digest = Sha256::digest(content);
    let digest = digest.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
    assert_eq!(*file.digest, *digest);
}

fn a_row_that_is_too_long_is_told() {
    let (_temporary, root) = folder();
    let long = "x".repeat(40_000_000);
    write(&root.join("first.csv"), &format!("model,note\na,\"{long}\"\n"));
    write(&root.join("later.csv"), &format!("{}gemma3:1b,1,\"{long}\"\n", table(LONG)));
    for file in files(&scan_once(&root).unwrap()) {
        assert_eq!(file.status, Status::Skipped, "{}", file.path);
        assert!(file.document.problems[0].message.as_str().contains("longer than 16 MB"));
    }
}

fn a_storm_of_appends_ends_right() {
    const WRITERS: usize = 3;
    const LINES: usize = 3_000;
    let (_temporary, root) = folder();
    for writer in 0..WRITERS {
        write(&root.join(format!("run{writer}.csv")), &table(0));
    }
    let mut watched = Watched::settled(&root);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let path = root.join(format!("run{writer}.csv"));
            thread::spawn(move || {
                let mut file = OpenOptions::new().append(true).open(path).unwrap();
                for line in 0..LINES {
                    // Now and then a line comes in two pieces.
                    let text = format!("gemma3:1b,{line},{}.5\n", line % 90);
                    let (one, other) = text.split_at(if line % 10 == 0 { 5 } else { text.len() });
                    file.write_all(one.as_bytes()).unwrap();
                    file.write_all(other.as_bytes()).unwrap();
                }
            })
        })
        .collect();
    watched.eventually("all lines", |watched| {
        (0..WRITERS)
            .all(|writer| rows(watched, &format!("run{writer}.csv")) == Some((Status::Ok, LINES as u64)))
    });
    for writer in writers {
        writer.join().unwrap();
    }
    watched.settles_as_scanned(&root);
}
