//! Writes the sentences of a request: each in the degree of freedom asked for, read by the
//! gate as it ends, taken back and tried again when it does not hold, then in a lower degree,
//! at last by code.

use std::collections::HashSet;

use super::carry::Carry;
use crate::{
    engine::{EngineError, Mark, Pen, rules::Rules},
    grounding::gate::{Gate, Kind, Rejection, sentence_end},
    report::{
        grammar::Wording,
        model::Stop,
        writing::{Degree, Dropped, FigureForm, Passage, Slot, Writing},
    },
};

/// Wordings of a finding that the model may choose among: each is tokenised.
const MOST_WORDINGS: usize = 256;
/// A sentence that has not ended after so many tokens does not end.
const MOST_TOKENS: usize = 90;
/// Rejected sentences in a row after which a free text ends: the model has left the subject.
const MOST_REJECTED: u32 = 6;

/// What the writer tells as it works.
pub(super) trait Listener {
    /// A place to which [`Listener::withdraw`] goes back.
    fn mark(&mut self);
    /// What was told since the mark does not hold; why.
    fn withdraw(&mut self, dropped: Dropped);
    /// What was told since the mark stands.
    fn pass(&mut self, passage: Passage);
}

/// A sentence of the model's own, or why there is none.
enum Attempt {
    Written(String),
    /// It broke off: what there was, and why it cannot become a sentence of the report.
    Rejected(String, Rejection),
    /// The model has nothing more to say.
    Ended,
}

/// Nothing more can be written, for this reason.
type Halted<T> = Result<Result<T, Stop>, EngineError>;

/// Passes a stop on.
macro_rules! go_on {
    ($step:expr) => {
        match $step? {
            Ok(value) => value,
            Err(stop) => return Ok(Err(stop)),
        }
    };
}

pub(super) struct Writer<'w> {
    writing: &'w Writing,
    gate: Gate<'w>,
    pen: &'w mut dyn Pen,
    listener: &'w mut dyn Listener,
    /// What the answer holds, for the rules.
    text: String,
}

impl<'w> Writer<'w> {
    /// `prompt` is the text that the model was given.
    pub(super) fn new(
        writing: &'w Writing,
        prompt: &str,
        pen: &'w mut dyn Pen,
        listener: &'w mut dyn Listener,
    ) -> Self {
        let mut gate = Gate::new(&writing.ledger, &writing.names);
        gate.asked(prompt);
        for sentence in &writing.said {
            gate.said(sentence);
        }
        Self { writing, gate, pen, listener, text: String::new() }
    }

    /// Writes everything; why it ended.
    pub(super) fn write(mut self) -> Result<Stop, EngineError> {
        Ok(match self.all()? {
            Ok(()) => Stop::EndOfGeneration,
            Err(stop) => stop,
        })
    }

    fn all(&mut self) -> Halted<()> {
        let mut stated = HashSet::new();
        if self.writing.degree >= Degree::Free {
            let is_whole = go_on!(self.freely(&mut stated));
            if is_whole || !self.writing.falls_back {
                return Ok(Ok(()));
            }
        }
        for (index, slot) in self.writing.slots.iter().enumerate() {
            // What free writing has said already is not said again.
            let is_said = !slot.facts.is_empty() && slot.facts.iter().all(|fact| stated.contains(fact));
            if !is_said {
                go_on!(self.slot(index, slot));
            }
        }
        Ok(Ok(()))
    }

    /// Sentences from all facts; `false` when the model could not go on.
    fn freely(&mut self, stated: &mut HashSet<usize>) -> Halted<bool> {
        let degree = self.writing.degree;
        let units = self.units(None);
        let mut sentences = 0;
        let mut in_a_row = 0;
        let mut rejected = 0;
        while sentences < self.writing.free_sentences {
            if sentences > 0 {
                go_on!(self.force(" "));
            }
            let mark = go_on!(self.mark());
            match go_on!(self.attempt(&units)) {
                Attempt::Ended => {
                    self.pen.roll_back(&mark.0)?;
                    return Ok(Ok(sentences > 0));
                }
                Attempt::Written(sentence) => match self.judge(&sentence, None) {
                    Ok(facts) => {
                        stated.extend(facts.iter().copied());
                        self.pass(None, sentence, Some(degree), facts, rejected);
                        sentences += 1;
                        (in_a_row, rejected) = (0, 0);
                        continue;
                    }
                    Err(fault) => self.take_back(&mark, None, degree, sentence, &fault)?,
                },
                Attempt::Rejected(sentence, fault) => {
                    self.take_back(&mark, None, degree, sentence, &fault)?;
                }
            }
            in_a_row += 1;
            rejected += 1;
            if in_a_row >= MOST_REJECTED.min(u32::from(self.writing.tries).max(1) * 2) {
                return Ok(Ok(false));
            }
        }
        Ok(Ok(true))
    }

    fn slot(&mut self, index: usize, slot: &Slot) -> Halted<()> {
        go_on!(self.force(&slot.lead));
        let mark = go_on!(self.mark());
        let mut rejected = 0;
        if matches!(self.writing.degree, Degree::Guided | Degree::Free) {
            let units = self.units(Some(slot));
            let states = slot.sentence.always_states();
            for _ in 0..self.writing.tries.max(1) {
                let (sentence, fault) = match go_on!(self.attempt(&units)) {
                    Attempt::Written(sentence) => match self.judge(&sentence, Some(&slot.facts)) {
                        // Advice may do without a figure, a finding that has one may not.
                        Ok(facts) if facts.is_empty() && states => {
                            (sentence, off_topic("it states none of its facts"))
                        }
                        Ok(facts) => {
                            self.pass(Some(index), sentence, Some(Degree::Guided), facts, rejected);
                            return Ok(Ok(()));
                        }
                        Err(fault) => (sentence, fault),
                    },
                    Attempt::Rejected(sentence, fault) => (sentence, fault),
                    Attempt::Ended => (String::new(), unfinished("it says nothing")),
                };
                self.take_back(&mark, Some(index), Degree::Guided, sentence, &fault)?;
                rejected += 1;
            }
            if !self.writing.falls_back {
                return Ok(Ok(()));
            }
        }
        let wordings = slot.sentence.wordings(MOST_WORDINGS);
        let (chosen, degree) = if wordings.len() > 1 {
            let texts: Vec<String> = wordings.iter().map(|wording| wording.text.clone()).collect();
            let chosen = go_on!(self.pen.choose(&texts));
            (chosen, self.pen.has_chosen().then_some(Degree::Worded))
        } else {
            go_on!(self.pen.force(wordings.first().map_or("", |only| &only.text)));
            (0, None)
        };
        let Some(wording) = wordings.into_iter().nth(chosen) else { return Ok(Ok(())) };
        let facts = self.facts(slot, &wording);
        self.text.push_str(&wording.text);
        self.pass(Some(index), wording.text, degree, facts, rejected);
        Ok(Ok(()))
    }

    /// The facts whose figures a wording holds.
    fn facts(&self, slot: &Slot, wording: &Wording) -> Vec<usize> {
        let id = |fact: usize| self.writing.ledger.facts.get(fact).map(|fact| fact.id.as_str());
        let is_stated =
            |fact: &usize| wording.figures.iter().any(|(_, stated)| Some(stated.as_str()) == id(*fact));
        slot.facts.iter().copied().filter(is_stated).collect()
    }

    fn is_guarded(&self) -> bool {
        self.writing.degree != Degree::Unguarded
    }

    fn force(&mut self, text: &str) -> Halted<()> {
        self.text.push_str(text);
        if text.is_empty() { Ok(Ok(())) } else { self.pen.force(text) }
    }

    fn mark(&mut self) -> Halted<(Mark, usize)> {
        self.listener.mark();
        let length = self.text.len();
        Ok(self.pen.mark()?.map(|mark| (mark, length)))
    }

    fn pass(
        &mut self,
        slot: Option<usize>,
        text: String,
        degree: Option<Degree>,
        facts: Vec<usize>,
        rejected: u32,
    ) {
        self.gate.said(&text);
        self.listener.pass(Passage { slot, text, degree, facts, rejected });
    }

    fn take_back(
        &mut self,
        (mark, length): &(Mark, usize),
        slot: Option<usize>,
        degree: Degree,
        text: String,
        fault: &Rejection,
    ) -> Result<(), EngineError> {
        self.pen.roll_back(mark)?;
        self.text.truncate(*length);
        let (kind, reason) = (fault.kind.name().to_owned(), fault.reason.clone());
        self.listener.withdraw(Dropped { slot, text, degree, kind, reason });
        Ok(())
    }

    /// The facts of a sentence, or what is wrong with it.
    fn judge(&self, sentence: &str, about: Option<&[usize]>) -> Result<Vec<usize>, Rejection> {
        if !self.is_guarded() {
            return Ok(Vec::new());
        }
        self.gate.judge(sentence, about).map(|passed| passed.facts)
    }

    /// Lets the model write until its sentence ends.
    fn attempt(&mut self, units: &Units) -> Halted<Attempt> {
        let start = self.text.len();
        let mut carry = Carry::default();
        for _ in 0..MOST_TOKENS {
            let rules =
                Rules { masks_numerals: self.is_guarded(), units: &units.spellings, text: &self.text };
            let bytes = match self.pen.next(&rules)? {
                Ok(bytes) => bytes,
                Err(Stop::EndOfGeneration) => {
                    let written = units.shown(self.text.get(start..).unwrap_or_default());
                    let written = written.trim();
                    return Ok(Ok(match written {
                        "" => Attempt::Ended,
                        whole if ends(whole) => Attempt::Written(whole.to_owned()),
                        half => Attempt::Rejected(half.to_owned(), unfinished("it has no end")),
                    }));
                }
                Err(stop) => return Ok(Err(stop)),
            };
            self.text.push_str(&carry.push(&bytes));
            let written = units.shown(self.text.get(start..).unwrap_or_default());
            let sentence = written.trim_start();
            if let Some(line) = sentence.find('\n') {
                let line = sentence.get(..line).unwrap_or_default().trim_end();
                return Ok(Ok(if line.is_empty() {
                    Attempt::Ended
                } else {
                    Attempt::Written(line.to_owned())
                }));
            }
            if self.is_guarded()
                && let Some(fault) = self.gate.is_hopeless(sentence)
            {
                return Ok(Ok(Attempt::Rejected(sentence.to_owned(), fault)));
            }
            // The point of a decimal number ends nothing.
            if ends(sentence) && self.rules(units).admitted().is_free {
                return Ok(Ok(Attempt::Written(sentence.trim_end().to_owned())));
            }
        }
        let written = units.shown(self.text.get(start..).unwrap_or_default());
        Ok(Ok(Attempt::Rejected(written.trim().to_owned(), unfinished("it has no end"))))
    }

    fn rules<'r>(&'r self, units: &'r Units) -> Rules<'r> {
        Rules { masks_numerals: self.is_guarded(), units: &units.spellings, text: &self.text }
    }

    /// What a sentence may hold of figures and names with digits: those of a slot, or all.
    fn units(&self, slot: Option<&Slot>) -> Units {
        let mut units = Units::default();
        let slots: Vec<&Slot> = slot.map_or_else(|| self.writing.slots.iter().collect(), |slot| vec![slot]);
        let mut facts: Vec<usize> = slots.iter().flat_map(|slot| slot.facts.iter().copied()).collect();
        if slot.is_none() {
            facts.extend(0..self.writing.ledger.facts.len());
        }
        for slot in slots {
            slot.sentence.each_name(&mut |name| units.name(name));
        }
        for fact in facts.into_iter().filter_map(|fact| self.writing.ledger.facts.get(fact)) {
            match self.writing.form {
                FigureForm::Text => units.name(&fact.text),
                FigureForm::Reference => units.reference(&fact.id, &fact.text),
            }
            for (_, value) in &fact.group.0 {
                units.name(value);
            }
        }
        units
    }
}

/// Spellings that the rules admit as a whole, and what stands for a reference.
#[derive(Debug, Default)]
pub(super) struct Units {
    spellings: Vec<String>,
    references: Vec<(String, String)>,
}

impl Units {
    fn name(&mut self, name: &str) {
        let name = name.trim();
        if crate::engine::rules::has_numeral(name) && !self.spellings.iter().any(|known| known == name) {
            self.spellings.push(name.to_owned());
        }
    }

    fn reference(&mut self, id: &str, text: &str) {
        let spelling = format!("{{{{{id}}}}}");
        if !self.spellings.contains(&spelling) {
            self.spellings.push(spelling.clone());
            self.references.push((spelling, text.to_owned()));
        }
    }

    /// The text with what its references stand for.
    fn shown(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for (reference, figure) in &self.references {
            if shown.contains(reference) {
                shown = shown.replace(reference, figure);
            }
        }
        shown
    }
}

fn unfinished(reason: &str) -> Rejection {
    Rejection { kind: Kind::Unfinished, reason: reason.to_owned() }
}

fn off_topic(reason: &str) -> Rejection {
    Rejection { kind: Kind::OffTopic, reason: reason.to_owned() }
}

/// Has the sentence ended? What follows is not there yet: a word would be the next sentence.
fn ends(sentence: &str) -> bool {
    let sentence = sentence.trim_end();
    sentence_end(&format!("{sentence} Then")) == Some(sentence.len())
}
