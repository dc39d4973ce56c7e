//! A report's own matters: its head, the settings and timings of the run that wrote it, its
//! persona. They are no statements about the folder; where the run record lies beside the
//! report they are held against that.

use serde_json::Value;

use super::{
    amount::Print,
    page::{Kind, MARKER, Page, Piece},
    verdict::{NOT_CHECKABLE, Verdict},
};

/// Lines of a report's metrics with the field of the record that holds them.
const METRICS: [(&str, &str); 8] = [
    ("throughput", "throughput_tok_s"),
    ("ttft", "ttft_ms"),
    ("total duration", "total_ms"),
    ("tokens generated", "tokens"),
    ("prompt eval", "prompt_eval_ms"),
    ("eval duration", "eval_ms"),
    ("load duration", "load_ms"),
    ("prompt tokens", "prompt_tokens"),
];
/// So many of those lines are a report's own metrics and no results.
const FEWEST_METRICS: usize = 4;
/// Settings in a header with their other spelling.
const SETTINGS: [(&str, &str); 8] = [
    ("num_gpu", "num_gpu"),
    ("num_ctx", "num_ctx"),
    ("temp", "temperature"),
    ("temperature", "temperature"),
    ("top_p", "top_p"),
    ("top_k", "top_k"),
    ("min_p", "min_p"),
    ("repeat_penalty", "repeat_penalty"),
];

/// What of a page is about its own making.
#[derive(Debug)]
pub struct Own<'r> {
    record: Option<&'r Value>,
    has_metrics: bool,
    is_ours: bool,
}

/// A part of a report that is about its making.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matter {
    /// The head.
    Header,
    /// Timings of the run.
    Timing,
    /// Metrics of the run.
    Metrics,
    /// The prompt.
    Prompt,
    /// Bookkeeping of a report of this program.
    Books,
}

impl<'r> Own<'r> {
    /// Looks for the parts that are about the report itself.
    pub fn of(source: &str, page: &Page, record: Option<&'r Value>) -> Self {
        let labels = METRICS.iter().filter(|(label, _)| {
            page.pieces.iter().any(|piece| is_metrics(&piece.section) && is_labelled(&piece.text, label))
        });
        let is_ours = source.contains(MARKER);
        Self { record, has_metrics: labels.count() >= FEWEST_METRICS, is_ours }
    }

    /// Is a piece about the report itself?
    pub fn matter(&self, piece: &Piece) -> Option<Matter> {
        let section = piece.section.as_str();
        if piece.kind == Kind::Header {
            return Some(Matter::Header);
        }
        if section.contains("persona") || section == "prompt" || section.ends_with("prompt used") {
            return Some(Matter::Prompt);
        }
        if is_metrics(section) && (self.has_metrics || self.is_ours) {
            return Some(Matter::Metrics);
        }
        if ["execution time", "generation time of this report", "report generated", "generated in"]
            .iter()
            .any(|label| is_labelled(&piece.text, label))
        {
            return Some(Matter::Timing);
        }
        // What stands beside a value in the list of sources says where it stands.
        let is_place = section.contains("evidence")
            && matches!(&piece.kind, Kind::Cell(cell) if !matches!(cell.head.as_str(), "Value" | "Fact"));
        // `a.csv:3:5: a field too many`: what reading the folder met.
        let first = piece.text.trim_start_matches(['-', ' ']).split(": ").next().unwrap_or_default();
        let is_problem = first.contains('/') && !first.contains(' ') && first.contains(':');
        (self.is_ours && (is_problem || section.contains("appendix") || is_place)).then_some(Matter::Books)
    }

    /// Judges a figure of such a piece.
    pub fn judge(&self, matter: Matter, piece: &str, at: usize, print: Print) -> Verdict {
        let Some(record) = self.record else {
            return Verdict::Structural(NOT_CHECKABLE);
        };
        let own = match matter {
            Matter::Prompt | Matter::Books => None,
            Matter::Header => {
                let before = piece.get(..at).unwrap_or_default();
                let name =
                    before.trim_end_matches(['=', ' ', ':']).rsplit([' ', ',']).next().unwrap_or_default();
                let field = SETTINGS.iter().find(|(written, _)| *written == name).map(|(_, field)| *field);
                field.map(|field| {
                    let of = |part: &str| {
                        record.get(part).and_then(|part| part.get(field)).and_then(Value::as_f64)
                    };
                    of("config").or_else(|| of("config_used")).into_iter().collect::<Vec<f64>>()
                })
            }
            Matter::Metrics => {
                let field =
                    METRICS.iter().find(|(label, _)| is_labelled(piece, label)).map(|(_, field)| *field);
                field.map(|field| {
                    let value = record.get("metrics").and_then(|metrics| metrics.get(field));
                    value.and_then(Value::as_f64).into_iter().collect()
                })
            }
            Matter::Timing => {
                let stages = record.get("stages").and_then(Value::as_array);
                stages.map(|stages| {
                    let seconds =
                        stages.iter().filter_map(|stage| stage.get("seconds").and_then(Value::as_f64));
                    let mut all: Vec<f64> = seconds.collect();
                    all.push(all.iter().sum());
                    all
                })
            }
        };
        match own.as_deref() {
            None | Some([]) => Verdict::Structural(NOT_CHECKABLE),
            Some(values) if values.iter().any(|value| print.is(*value, 1.0)) => {
                Verdict::Structural("of the report itself; equals its run record")
            }
            Some(values) => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                Verdict::Mismatched(None, format!("its run record has {}", values.join(", ")))
            }
        }
    }
}

fn is_metrics(section: &str) -> bool {
    matches!(section, "metrics" | "run metrics" | "generation metrics" | "model metrics")
}

/// Begins a line with this label?
fn is_labelled(text: &str, label: &str) -> bool {
    let text = text.trim_start_matches(|c: char| !c.is_alphabetic());
    text.get(..label.len()).is_some_and(|head| head.eq_ignore_ascii_case(label))
        && text
            .get(label.len()..)
            .is_some_and(|rest| rest.trim_start_matches(['*', '_', ' ']).starts_with(':'))
}
