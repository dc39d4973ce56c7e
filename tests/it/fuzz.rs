//! Readers of bytes from elsewhere, given bytes that nobody would write. The suite tries some
//! hundred of each, the same in every run; `make fuzz MINUTES=5` others for so long. What was
//! found once lies in `tests/data/fuzz/TARGET` and is tried first, for ever.

#![allow(clippy::unwrap_used, reason = "a check has no way to fail but to panic")]

use std::{
    env, fs,
    io::Write as _,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
    time::{Duration, Instant, SystemTime},
};

use chimera_insight::{
    app::keymap::Keymap,
    engine::gguf,
    grounding::figure,
    ingest::{self, cells::CellRef, file::Kind},
    text::{markdown, sanitize::Shown, stream::StreamView, wrap::Row},
};
use libtest_mimic::Trial;

use crate::support::{Home, Outcome, tempdir, test, testdata};

/// Minutes for all targets together.
const VARIABLE: &str = "CHIMERA_INSIGHT_FUZZ";
/// Cases of a target in the suite.
const CASES: usize = 300;
/// A reader that takes longer for so few bytes hangs.
const HANG: Duration = Duration::from_secs(5);
/// No input is longer: many short ones find more.
const LONGEST: usize = 8 * 1024;
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/fuzz");

/// A reader, and what must hold of it.
struct Target {
    name: &'static str,
    /// Folders of the hostile files with good and bad examples.
    corpora: &'static [&'static str],
    /// Where those are not there, and to have something sound.
    example: &'static str,
    /// Of so many cases one is made: a process takes longer than a call.
    share: usize,
    check: fn(&[u8]),
}

const TARGETS: [Target; 8] = [
    Target {
        name: "sanitiser",
        corpora: &["text/utf8", "term"],
        example: "a\x1b[31mb\u{202e}e\u{301}",
        share: 1,
        check: sanitiser,
    },
    Target {
        name: "csv",
        corpora: &["csv/own", "csv/spectrum"],
        example: "model,tokens_s\na,\"1,5\"\n",
        share: 1,
        check: csv,
    },
    Target {
        name: "json",
        corpora: &["json/suite", "json/own"],
        example: "{\"a\":[1e3,null,{\"b\":\"\\u00e9\"}]}",
        share: 1,
        check: json,
    },
    Target {
        name: "markdown",
        corpora: &["md/own"],
        example: "# A\n\n|a|b|\n|-|-|\n|1|2|\n\n- *x*\n",
        share: 4,
        check: markdown_stream,
    },
    Target {
        name: "frames",
        corpora: &[],
        example: "\x0a\0\0\0{\"Load\":{}}\x06\0\0\0\"Quit\"",
        share: 20,
        check: frames,
    },
    Target {
        name: "gguf",
        corpora: &["gguf"],
        example: "GGUF\x03\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0",
        share: 1,
        check: gguf_header,
    },
    Target {
        name: "keymap",
        corpora: &[],
        example: "[global]\n\"ctrl-d\" = \"quit\"\n\"g g\" = \"top\"\n",
        share: 1,
        check: keymap,
    },
    Target {
        name: "figures",
        corpora: &["prompt/own", "md/own"],
        example: "1,234.5 tok/s, 12 % (3 of 25), 2026-01-02",
        share: 1,
        check: figures,
    },
];

pub fn tests() -> Vec<Trial> {
    TARGETS
        .iter()
        .map(|target| {
            test(&format!("fuzz: {}", target.name), || {
                target.replay()?;
                let mut mutator = Mutator { random: 20_261_130, seeds: target.seeds() };
                for _ in 0..CASES / target.share {
                    target.survives(&mutator.next())?;
                }
                Ok(())
            })
        })
        .collect()
}

/// Tries for minutes, where this process was started for it, and prints a table.
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "the table is for the reader")]
pub fn table() -> Option<ExitCode> {
    let minutes: f64 = env::var(VARIABLE).ok()?.parse().ok()?;
    let time = Duration::from_secs_f64(minutes * 60.0 / TARGETS.len() as f64);
    let seed =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(1, |now| now.as_nanos() as u64);
    println!("seed {seed}\n| target | cases | found |\n|---|---|---|");
    let mut found = 0;
    for target in &TARGETS {
        let mut mutator = Mutator { random: seed, seeds: target.seeds() };
        let (began, mut cases, mut lost) = (Instant::now(), 0_u64, 0);
        while began.elapsed() < time {
            let input = mutator.next();
            cases += 1;
            if target.survives(&input).is_err() {
                lost += 1;
                match target.keep(&target.shrunk(input)) {
                    Ok(path) => eprintln!("{}: kept as {}", target.name, path.display()),
                    Err(error) => eprintln!("{}: cannot be kept: {error:?}", target.name),
                }
                break;
            }
        }
        found += lost;
        println!("| {} | {cases} | {lost} |", target.name);
    }
    Some(if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Target {
    fn survives(&self, input: &[u8]) -> Outcome {
        let began = Instant::now();
        let checked = catch_unwind(AssertUnwindSafe(|| (self.check)(input)));
        if checked.is_err() || began.elapsed() > HANG {
            let start = &input[..input.len().min(400)];
            return Err(format!(
                "{} after {:?}: {:?}",
                self.name,
                began.elapsed(),
                start.escape_ascii().to_string()
            )
            .into());
        }
        Ok(())
    }

    fn replay(&self) -> Outcome {
        for entry in fs::read_dir(Path::new(KEPT).join(self.name)).into_iter().flatten().flatten() {
            self.survives(&fs::read(entry.path())?)?;
        }
        Ok(())
    }

    /// As little of it as still fails.
    fn shrunk(&self, mut input: Vec<u8>) -> Vec<u8> {
        let mut piece = input.len() / 2;
        while piece > 0 {
            let mut at = 0;
            while at + piece <= input.len() {
                let mut less = input.clone();
                less.drain(at..at + piece);
                if self.survives(&less).is_err() {
                    input = less;
                } else {
                    at += piece;
                }
            }
            piece /= 2;
        }
        input
    }

    fn keep(&self, input: &[u8]) -> Result<PathBuf, libtest_mimic::Failed> {
        let folder = Path::new(KEPT).join(self.name);
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{:04}", fs::read_dir(&folder)?.count()));
        fs::write(&path, input)?;
        Ok(path)
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let mut seeds = vec![self.example.as_bytes().to_vec()];
        let data = testdata().map(|data| data.join("hostile"));
        for folder in data.iter().flat_map(|data| self.corpora.iter().map(|name| data.join(name))) {
            let mut paths: Vec<PathBuf> =
                fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
            paths.sort();
            let contents = paths.iter().filter_map(|path| fs::read(path).ok());
            seeds.extend(contents.map(|mut bytes| {
                bytes.truncate(LONGEST);
                bytes
            }));
        }
        seeds
    }
}

/// Makes inputs of examples.
struct Mutator {
    random: u64,
    seeds: Vec<Vec<u8>>,
}

impl Mutator {
    fn below(&mut self, bound: usize) -> usize {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as usize % bound.max(1)
    }

    fn next(&mut self) -> Vec<u8> {
        const ODD: [&[u8]; 12] = [
            b"\x1b]52;c;eA==\x07",
            b"\xff",
            b"\0",
            b"\"",
            b"\r",
            b"\n",
            b"1e999",
            b"-0",
            "\u{202e}".as_bytes(),
            b"[[[[[[[[",
            b"\xef\xbb\xbf",
            b"\xff\xff\xff\xff\xff\xff\xff\x7f",
        ];
        let seed = self.below(self.seeds.len());
        let mut bytes = self.seeds[seed].clone();
        for _ in 0..=self.below(6) {
            let at = self.below(bytes.len() + 1);
            let end = (at + self.below(64)).min(bytes.len());
            match self.below(6) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let piece = bytes[at..end].to_vec();
                    let times = 1 + self.below(8);
                    drop(bytes.splice(at..at, piece.repeat(times)));
                }
                3 => drop(bytes.splice(at..at, ODD[self.below(ODD.len())].iter().copied())),
                4 => {
                    let other = self.below(self.seeds.len());
                    let from = self.below(self.seeds[other].len());
                    let to = (from + 256).min(self.seeds[other].len());
                    let piece = self.seeds[other][from..to].to_vec();
                    drop(bytes.splice(at..end, piece));
                }
                _ => bytes.truncate(at),
            }
        }
        bytes.truncate(LONGEST);
        bytes
    }
}

fn is_seen(text: &str) -> bool {
    !text.chars().any(|c| {
        c.is_control() || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
    })
}

fn sanitiser(input: &[u8]) {
    let shown = Shown::from_bytes(input);
    assert!(is_seen(shown.as_str()));
    assert_eq!(Shown::new(shown.as_str()), shown, "twice is once");
    assert!(shown.truncated(20).width() <= 20);
}

fn csv(input: &[u8]) {
    document(Kind::Csv, "a.csv", input);
}

fn json(input: &[u8]) {
    document(Kind::Json, "a.json", input);
    document(Kind::Json, "a.jsonl", input);
}

/// Whatever is read as a number is one.
fn document(kind: Kind, name: &str, input: &[u8]) {
    let document = ingest::parse(name, kind, input);
    for table in &document.tables {
        for column in &table.columns {
            for row in 0..table.rows() {
                if let CellRef::Number(number) = column.cells.get(row) {
                    assert!(number.is_finite());
                }
            }
        }
    }
}

/// In pieces it looks as in one, and nothing of it is hidden.
fn markdown_stream(input: &[u8]) {
    document(Kind::Markdown, "a.md", input);
    let text = String::from_utf8_lossy(input);
    let mut view = StreamView::new();
    view.resize(40, 10);
    let cut = text.floor_char_boundary(text.len() / 3);
    view.push(&text[..cut]);
    view.push(&text[cut..]);
    let rows: Vec<String> = (0..view.len()).filter_map(|row| view.row(row)).map(Row::text).collect();
    let whole: Vec<String> = markdown::layout(view.source(), 40).iter().map(Row::text).collect();
    assert_eq!(rows, whole);
    assert!(rows.iter().all(|row| is_seen(row)));
}

/// The engine's process reads them, and ends when they end.
fn frames(input: &[u8]) {
    let home = Home::new().unwrap();
    let mut command = home.command();
    command.arg("engine-worker").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // One that has ended reads nothing more.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code().is_some_and(|code| code != 101) && !told.contains("panicked"), "{told}");
}

fn gguf_header(input: &[u8]) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.gguf");
    fs::write(&path, input).unwrap();
    if let Err(error) = gguf::read(&path) {
        assert!(is_seen(&error.to_string()), "{error}");
    }
}

fn keymap(input: &[u8]) {
    let (keymap, problems) = Keymap::with_user(&String::from_utf8_lossy(input), "keymap.toml");
    assert!(keymap.bindings().count() > 0);
    assert!(problems.iter().all(|problem| is_seen(&problem.to_string())), "{problems:?}");
}

fn figures(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (figures, _) = figure::scan(&text);
    assert!(figures.iter().all(|figure| text.get(figure.range.clone()).is_some_and(|part| !part.is_empty())));
}
