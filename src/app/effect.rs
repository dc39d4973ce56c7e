//! What the program must do. `update` returns these; the runtime carries them out.

use std::{path::PathBuf, sync::Arc, time::Duration};

use super::{
    bench::Asked,
    compare::{self, Pick},
    cut::Cut,
    document::Wanted,
    event::Answer,
    history::runs::RunsWanted,
    metrics::Insight,
    outside::Message,
    preview::search::{Found, Search},
};
use crate::{
    compare::Comparison,
    engine::{
        ModelSpec,
        protocol::{Request, RunId},
    },
    metrics::{library::Library, progress::Progress, series::Series},
    report::{
        card::Card,
        export::Export,
        model::{ModelInfo, Params},
        pipeline::{Brief, Call, CallResult, Finished, Next, Pipeline},
    },
    save::Unsaved,
};

const COMPARING: &str = "comparing";
const GROUPING: &str = "grouping the rows";
const EXPLAINING: &str = "looking for what drives it";

/// A step of the pipeline, or a comparison: pure, on data that nobody changes any more, and too long for
/// `update` where the folder or the answer is large.
#[derive(Clone, Debug)]
pub struct Job {
    /// Told again by the answer.
    pub number: u64,
    /// Wall clock when it was asked for.
    pub now_ns: i128,
    /// Which step.
    pub step: Step,
}

/// Steps of the pipeline, and what else takes its time.
#[derive(Clone, Debug)]
pub enum Step {
    /// The report by code, to be shown while the model loads.
    Preview(Box<Brief>),
    /// From the folder to the first call, or the report at once when there is no model.
    Start(Box<Brief>, Option<Box<ModelInfo>>),
    /// A call was answered, in this time.
    Advance(Box<Pipeline>, Box<CallResult>, Duration),
    /// It ends early, with what there is, and why.
    Interrupt(Box<Pipeline>, Option<Box<CallResult>>, String),
    /// Hold the second side of the folder against the first.
    Compare(Arc<Library>, Pick, Pick),
    /// Put the series of the folder together for other groups and fewer rows.
    Cut(Arc<Library>, Cut),
    /// Look for a text in the preview of a file.
    Search(Box<Search>),
    /// What drives a series of the folder, what is far out in it, and how it moves.
    Explain(Arc<Library>, Arc<Series>),
    /// The first call of the next report, as the folder is now.
    Foresee(Box<Brief>, Box<ModelInfo>),
}

/// What a step led to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The report by code.
    Previewed(String),
    /// Make this call; the report as it is until then.
    Call(Box<Pipeline>, Box<Call>, String),
    /// The report is complete.
    Done(Box<Pipeline>, Box<Finished>, Box<Export>),
    /// It ended early; this is what there is of it.
    Interrupted(Box<Export>),
    /// How they compare.
    Compared(Box<Comparison>),
    /// The folder with its series cut as asked for.
    Cut(Arc<Library>),
    /// Where the text stands.
    Found(Box<Found>),
    /// What was found out about a series.
    Explained(Box<Insight>),
    /// The next report begins with this call and these settings; `None`: with none.
    Foreseen(Option<Box<(Call, Params)>>),
}

impl Outcome {
    /// What the job did that led to it, as [`Job::doing`] says it.
    pub fn was_doing(&self) -> Option<&'static str> {
        match self {
            Self::Compared(_) => Some(COMPARING),
            Self::Cut(_) => Some(GROUPING),
            Self::Explained(_) => Some(EXPLAINING),
            Self::Found(_)
            | Self::Foreseen(_)
            | Self::Previewed(_)
            | Self::Call(..)
            | Self::Done(..)
            | Self::Interrupted(_) => None,
        }
    }
}

impl Job {
    /// Does it.
    pub fn run(self) -> Answer {
        self.run_told(Progress::untold())
    }

    /// The same, telling how far it is where that is worth it.
    pub fn run_told(self, progress: Progress<'_>) -> Answer {
        let now_ns = self.now_ns;
        let (pipeline, next) = match self.step {
            Step::Start(brief, model) => {
                let mut pipeline = Box::new(Pipeline::start(*brief));
                let next = pipeline.first(model.map(|model| *model), now_ns);
                (pipeline, next)
            }
            Step::Preview(brief) => {
                let outcome = Outcome::Previewed(Pipeline::start(*brief).so_far(now_ns));
                return Answer { number: self.number, outcome };
            }
            Step::Advance(mut pipeline, result, took) => {
                let next = pipeline.advance(*result, took, now_ns);
                (pipeline, next)
            }
            Step::Interrupt(mut pipeline, partial, reason) => {
                let finished = pipeline.interrupt(partial.map(|partial| *partial), &reason, now_ns);
                let outcome = Outcome::Interrupted(Box::new(Export::of(&finished)));
                return Answer { number: self.number, outcome };
            }
            Step::Explain(library, series) => {
                let outcome = Outcome::Explained(Box::new(Insight::of(&library, series, progress)));
                return Answer { number: self.number, outcome };
            }
            Step::Foresee(brief, model) => {
                let mut pipeline = Pipeline::start(*brief);
                let call = match pipeline.first(Some(*model), now_ns) {
                    Next::Generate(call) => Some(Box::new((*call, pipeline.params()))),
                    Next::Done(_) => None,
                };
                return Answer { number: self.number, outcome: Outcome::Foreseen(call) };
            }
            Step::Cut(library, cut) => {
                return Answer {
                    number: self.number,
                    outcome: Outcome::Cut(Arc::new(cut.of(&library, progress))),
                };
            }
            Step::Search(search) => {
                return Answer { number: self.number, outcome: Outcome::Found(Box::new(search.run())) };
            }
            Step::Compare(library, base, candidate) => {
                let comparison = compare::compared(&library, &base, &candidate, progress);
                return Answer { number: self.number, outcome: Outcome::Compared(Box::new(comparison)) };
            }
        };
        let outcome = match next {
            Next::Generate(call) => {
                let so_far = pipeline.so_far(now_ns);
                Outcome::Call(pipeline, call, so_far)
            }
            Next::Done(finished) => {
                let export = Box::new(Export::of(&finished));
                Outcome::Done(pipeline, finished, export)
            }
        };
        Answer { number: self.number, outcome }
    }

    /// What it does, for people; `None`: the Report tab tells the stages of a report.
    pub fn doing(&self) -> Option<&'static str> {
        match self.step {
            Step::Compare(..) => Some(COMPARING),
            Step::Cut(..) => Some(GROUPING),
            Step::Explain(..) => Some(EXPLAINING),
            Step::Search(..)
            | Step::Foresee(..)
            | Step::Preview(..)
            | Step::Start(..)
            | Step::Advance(..)
            | Step::Interrupt(..) => None,
        }
    }

    /// The same report, ended here: its answers are not lost. `None` before the first call.
    #[must_use]
    pub fn interrupted(self, reason: &str) -> Option<Self> {
        let step = match self.step {
            Step::Preview(..)
            | Step::Start(..)
            | Step::Compare(..)
            | Step::Cut(..)
            | Step::Search(..)
            | Step::Explain(..)
            | Step::Foresee(..) => return None,
            Step::Advance(pipeline, result, _) => Step::Interrupt(pipeline, Some(result), reason.to_owned()),
            step @ Step::Interrupt(..) => step,
        };
        Some(Self { step, ..self })
    }
}

impl PartialEq for Job {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

/// What goes into the journal of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// One begins, of this name.
    Begin(String),
    /// The next text.
    Text(String),
    /// The last text does not hold.
    Withdraw(String),
}

/// What the program must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Walk the folder again.
    Rescan,
    /// Load a model.
    LoadModel(ModelSpec, Params),
    /// Free the model; also ends a load that is under way.
    UnloadModel,
    /// Read a file of the folder for its preview.
    ReadFile(Wanted),
    /// Read records of earlier runs.
    ReadRuns(RunsWanted),
    /// Compute what is too long for `update`, away from the loop.
    Compute(Box<Job>),
    /// Look for models on the machine, and at the file of the one that was chosen.
    ListModels(Option<PathBuf>),
    /// Look at the engine's process and its log.
    LookAtEngine,
    /// Make a model call.
    Generate(Box<Request>),
    /// Evaluate a prompt ahead; anything else that is asked of the engine ends it.
    Freshen(Box<Request>),
    /// Stop it.
    Cancel(RunId),
    /// Keep how a model did when it was measured.
    KeepCard(Box<Card>),
    /// Keep the text of a report that is being written.
    Journal(Entry),
    /// Write a report.
    Save(Box<Export>),
    /// Run a benchmark.
    Bench(Box<Asked>),
    /// End it; what was measured is kept.
    StopBench,
    /// Write a report that could not be saved to the place that was typed.
    SaveAs(String, Box<Unsaved>),
    /// Make a report of the journal of a run that died.
    KeepRemains(PathBuf),
    /// Sample the machine, or stop it.
    Meter(bool),
    /// Put text on the clipboard (OSC 52).
    Copy(String),
    /// Open a file of the folder in the user's editor, at a line.
    Edit(PathBuf, u64),
    /// Stop as ctrl-z does.
    Suspend,
    /// Take the terminal anew and draw everything (after a stop from outside, on request).
    Redraw,
    /// Tell beyond the screen.
    Notify(Message),
    /// Have the terminal report the mouse, or leave it to the terminal.
    UseMouse(bool),
    /// End with this exit code.
    Quit(u8),
}
