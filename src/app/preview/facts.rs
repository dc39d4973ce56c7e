//! What is said of a file above its content: what it is, how it was read, what is wrong.

use crate::{
    app::sheet::{Sheet, run},
    ingest::{
        file::{Kind, Problem, Status},
        inventory::ReportFile,
    },
    metrics::format,
    text::wrap::{Role, Row},
};

/// Problems shown of a file; all of them are in the problems popup.
const PROBLEMS: usize = 3;
/// In a pane of less height the facts are one row: it is the content that one wants to see.
const SHORT: u16 = 9;
/// Columns that a frame takes from a title.
const FRAME: usize = 6;

/// What there is to say.
pub(super) struct Facts<'a> {
    pub file: &'a ReportFile,
    pub metrics: &'a [String],
    /// The file of the same bytes that speaks for it.
    pub twin: Option<&'a str>,
    /// Problems of the whole document: more than are kept, perhaps.
    pub problems: usize,
    /// What is to be said of the content below.
    pub remark: &'a str,
}

impl Facts<'_> {
    /// Lays them out.
    pub fn rows(&self, (width, height): (u16, u16)) -> Vec<Row> {
        let Self { file, metrics, twin, problems: of_document, remark } = *self;
        let mut sheet = Sheet::new(width);
        let path = run(&file.path, Role::Heading(2));
        // The frame's title has room for the end of it only.
        if path.text.width() + FRAME > usize::from(width) && height >= SHORT {
            sheet.runs(&[path], 0);
        }
        let kind = match file.kind {
            Kind::Csv => "CSV",
            Kind::Json => "JSON",
            Kind::Markdown => "Markdown",
            Kind::Text => "text",
        };
        let (status, role) = match file.status {
            Status::Ok => ("read whole", Role::Body),
            Status::Partial => ("read in part", Role::Strong),
            Status::Error => ("could not be read", Role::Strong),
            Status::Skipped => ("skipped", Role::Body),
        };
        let rows = match file.document.rows() {
            0 => String::new(),
            1 => ", 1 row".to_owned(),
            rows => format!(", {} rows", format::count(rows)),
        };
        let what = format!("{kind}, {} · ", format::bytes(file.stamp.length));
        let when = format!("{rows} · {}", format::utc(file.stamp.modified_ns));
        let mut runs = vec![run(&what, Role::Body), run(status, role), run(&when, Role::Body)];
        let mut say = |label: &str, text: &str| {
            runs.push(run(&format!(" · {label} "), Role::Muted));
            runs.push(run(text, Role::Body));
        };
        if !metrics.is_empty() {
            say("metrics", &metrics.join(", "));
        }
        let named: Vec<String> =
            file.document.name_dimensions.iter().map(|(key, value)| format!("{key}={value}")).collect();
        if !named.is_empty() {
            say("by its name", &named.join(", "));
        }
        if height < SHORT {
            let problem = file.document.problems.first();
            let problem =
                problem.map(|own| vec![run("! ", Role::Strong), run(&problem_text(own), Role::Body)]);
            return std::iter::once(runs).chain(problem).map(|runs| Row { runs }).collect();
        }
        sheet.runs(&runs, 2);
        if file.generated {
            sheet.text(Role::Muted, "written by Chimera Insight: listed, never evidence");
        }
        if let Some(twin) = twin {
            sheet.text(Role::Muted, &format!("the same bytes as {twin}: counted once"));
        }
        let problems = &file.document.problems;
        for problem in problems.iter().take(PROBLEMS) {
            sheet.runs(&[run("! ", Role::Strong), run(&problem_text(problem), Role::Body)], 2);
        }
        let all = problems.len().max(of_document);
        if all > PROBLEMS {
            sheet.text(Role::Muted, &format!("… {} more problems", all - PROBLEMS));
        }
        if !remark.is_empty() {
            sheet.text(Role::Muted, remark);
        }
        sheet.into_rows()
    }
}

/// `line 3, column 7: the quote is never closed`
pub(in crate::app) fn problem_text(problem: &Problem) -> String {
    match (problem.line, problem.column) {
        (Some(line), Some(column)) => format!("line {line}, column {column}: {}", problem.message),
        (Some(line), None) => format!("line {line}: {}", problem.message),
        (None, _) => problem.message.to_string(),
    }
}
