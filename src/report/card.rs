//! The model card: how a model did when it was measured, once, on made-up findings whose truth
//! is known; and how much freedom that earns it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    model::ModelInfo,
    writing::{Degree, FigureForm},
};
use crate::{
    ingest::{
        self,
        file::{Kind, Stamp, Status},
        inventory::{Batch, Change, ReportFile},
    },
    metrics::library::Library,
};

/// Share of a degree's sentences that must pass before a model may write in it.
pub const PASS: f64 = 0.9;
/// Fewer sentences than this prove nothing.
const LEAST_SENTENCES: u32 = 6;
/// Made-up measurements of made-up models.
const RUNS: &str = include_str!("../../assets/measure/runs.csv");
/// Counts up when prompts, gate or made-up findings change so that old cards do not hold.
const EDITION: u32 = 2;

/// How a model did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Edition of the measurement.
    pub edition: u32,
    /// The model's name, size and quantization: a card is of one file.
    pub model: String,
    /// When, RFC 3339 UTC.
    pub measured: String,
    /// What was measured, a row for each degree and form.
    pub rows: Vec<CardRow>,
}

/// How a model did in one degree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CardRow {
    /// How free it was.
    pub degree: Degree,
    /// How it named figures.
    pub form: FigureForm,
    /// Sentences written.
    pub sentences: u32,
    /// Those that the gate let pass at the first try.
    pub passed: u32,
    /// Those rejected because they repeat or echo.
    pub repeated: u32,
    /// Tokens sampled, those of rejected sentences too.
    pub tokens: u64,
    /// Seconds of writing, the prompts' evaluation apart.
    pub seconds: f64,
}

impl CardRow {
    /// Share of its sentences that passed.
    pub fn pass_rate(&self) -> f64 {
        if self.sentences == 0 { 0.0 } else { f64::from(self.passed) / f64::from(self.sentences) }
    }
    /// tok/s.
    pub fn throughput(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.tokens as f64 / self.seconds)
    }
}

impl Card {
    /// An empty card of a model.
    pub fn new(model: &ModelInfo, measured: String) -> Self {
        Self { edition: EDITION, model: key(model), measured, rows: Vec::new() }
    }
    /// Is it of this model and measured as cards are today?
    pub fn holds_for(&self, model: &ModelInfo) -> bool {
        self.edition == EDITION && self.model == key(model) && !self.rows.is_empty()
    }
    /// The freest degree in which enough sentences passed, and the form in which more did.
    pub fn choice(&self) -> (Degree, FigureForm) {
        let earned =
            self.rows.iter().filter(|row| row.sentences >= LEAST_SENTENCES && row.pass_rate() >= PASS);
        let best = earned.max_by(|left, right| {
            left.degree.cmp(&right.degree).then(left.pass_rate().total_cmp(&right.pass_rate()))
        });
        best.map_or((Degree::Worded, FigureForm::Text), |row| (row.degree, row.form))
    }
    /// The row of a degree and form, made where there is none.
    pub fn row(&mut self, degree: Degree, form: FigureForm) -> Option<&mut CardRow> {
        if !self.rows.iter().any(|row| row.degree == degree && row.form == form) {
            let (sentences, passed, repeated, tokens, seconds) = (0, 0, 0, 0, 0.0);
            self.rows.push(CardRow { degree, form, sentences, passed, repeated, tokens, seconds });
        }
        self.rows.iter_mut().find(|row| row.degree == degree && row.form == form)
    }
}

/// Tells one model file from another without reading all of it.
pub fn key(model: &ModelInfo) -> String {
    format!("{} {} {} B", model.name, model.quantization, model.bytes)
}

/// A folder of made-up measurements.
pub fn made_up() -> Library {
    let path: Arc<str> = Arc::from("made-up/runs.csv");
    let document = ingest::parse(&path, Kind::Csv, RUNS.as_bytes());
    let file = ReportFile {
        os_path: path.as_ref().into(),
        kind: Kind::Csv,
        stamp: Stamp { length: RUNS.len() as u64, ..Stamp::default() },
        status: Status::Ok,
        generated: false,
        document: Arc::new(document),
        digest: Arc::from("made-up"),
        path,
    };
    let mut library = Library::default();
    library.apply(&Batch { changes: vec![Change::Read(Arc::new(file))], ..Batch::default() });
    library
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn row(degree: Degree, form: FigureForm, passed: u32, sentences: u32) -> CardRow {
        CardRow { degree, form, sentences, passed, repeated: 0, tokens: 100, seconds: 2.0 }
    }

    #[test]
    fn freedom_is_earned() {
        let model = ModelInfo { name: "m".into(), bytes: 7, ..ModelInfo::default() };
        let mut card = Card::new(&model, String::new());
        assert_eq!(card.choice(), (Degree::Worded, FigureForm::Text));
        assert!(!card.holds_for(&model));
        card.rows = vec![
            row(Degree::Guided, FigureForm::Text, 9, 10),
            row(Degree::Guided, FigureForm::Reference, 10, 10),
            row(Degree::Free, FigureForm::Text, 8, 10),
        ];
        assert_eq!(card.choice(), (Degree::Guided, FigureForm::Reference));
        card.rows.push(row(Degree::Free, FigureForm::Reference, 9, 10));
        assert_eq!(card.choice(), (Degree::Free, FigureForm::Reference));
        // Two of two are no proof.
        card.rows = vec![row(Degree::Free, FigureForm::Text, 2, 2)];
        assert_eq!(card.choice().0, Degree::Worded);
        assert!(card.holds_for(&model) && !card.holds_for(&ModelInfo { bytes: 8, ..model }));
        assert_eq!(card.rows[0].throughput(), Some(50.0));
    }

    #[test]
    fn the_made_up_folder_has_something_to_say() {
        let ledger = crate::grounding::fact::Ledger::of(&made_up());
        assert!(ledger.rows.len() >= 6, "{}", ledger.rows.len());
    }
}
