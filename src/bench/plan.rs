//! What is measured next, and when a configuration has been measured enough.

use std::{collections::BTreeSet, time::Duration};

use super::{
    grid::Configuration,
    order::{Order, Visit},
    row::Row,
};
use crate::metrics::stats::{Stats, median_ci95};

/// With fewer values an interval says more about luck than about the median.
pub const LEAST_FOR_INTERVAL: usize = 5;

/// How a sweep is to go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// How visits follow one another.
    pub order: Order,
    /// Visits of each configuration.
    pub runs: u32,
    /// What a shuffled order is drawn with.
    pub seed: u64,
    /// Prompts of a visit.
    pub prompts: usize,
    /// A configuration is done when its interval is narrower than this share of its median.
    pub until_ci: Option<f64>,
}

/// A sweep under way.
#[derive(Clone, Debug)]
pub struct Plan {
    configurations: Vec<Configuration>,
    wanted: Wanted,
    visits: Vec<Visit>,
    /// Configuration, run and prompt of each call that is there.
    made: BTreeSet<(usize, u32, usize)>,
    states: Vec<State>,
    /// Where the visits are looked on from.
    at: usize,
}

/// What is known of a configuration.
#[derive(Clone, Debug, Default)]
struct State {
    throughput: Vec<f64>,
    is_narrow: bool,
    has_failed: bool,
    /// Time of the calls measured here, and how many they were.
    spent: Duration,
    calls: u32,
}

/// A call to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Which configuration, for the how-manieth time.
    pub visit: Visit,
    /// Index of the prompt.
    pub prompt: usize,
}

impl Plan {
    /// Nothing is measured yet.
    pub fn new(configurations: Vec<Configuration>, wanted: Wanted) -> Self {
        let visits = wanted.order.visits(configurations.len(), wanted.runs, wanted.seed);
        let states = vec![State::default(); configurations.len()];
        Self { configurations, wanted, visits, made: BTreeSet::new(), states, at: 0 }
    }

    /// The configurations.
    pub fn configurations(&self) -> &[Configuration] {
        &self.configurations
    }

    /// Counts rows that are there already; how many calls that were. The error says what is
    /// strange about them.
    pub fn resume(&mut self, rows: &[Row]) -> Result<usize, String> {
        for row in rows {
            let Some(at) = self.configurations.iter().position(|point| point.name == row.config_name) else {
                return Err(format!("it holds `{}`, which this sweep does not", row.config_name));
            };
            if row.prompt > self.wanted.prompts {
                return Err(format!("it holds prompt {}, and there are {}", row.prompt, self.wanted.prompts));
            }
            self.take(at, row, None);
        }
        Ok(self.made.len())
    }

    /// Takes what a call came to, and how long it took, where that is known.
    pub fn take(&mut self, configuration: usize, row: &Row, took: Option<Duration>) {
        let Some(state) = self.states.get_mut(configuration) else { return };
        if let Some(took) = took {
            state.spent += took;
            state.calls += u32::from(!row.is_warm_up);
        }
        if row.error.is_some() {
            state.has_failed = true;
        }
        if row.is_warm_up {
            return;
        }
        self.made.insert((configuration, row.run, row.prompt));
        if let (Some(throughput), None) = (row.tokens_s, &row.error) {
            state.throughput.push(throughput);
            state.is_narrow = self.wanted.until_ci.is_some_and(|share| is_narrow(&state.throughput, share));
        }
    }

    /// The next call; `None`: all is measured. What failed once is not tried again: the next try
    /// would most likely fail as well, and take its time.
    pub fn next_call(&mut self) -> Option<Call> {
        while let Some(&visit) = self.visits.get(self.at) {
            if !self.is_done(visit.configuration)
                && let Some(prompt) = (1..=self.wanted.prompts).find(|&prompt| self.is_open(visit, prompt))
            {
                return Some(Call { visit, prompt });
            }
            self.at += 1;
        }
        None
    }

    /// Calls that are made, and all that will have been made when it ends now known as it is.
    pub fn progress(&self) -> (usize, usize) {
        (self.made.len(), self.made.len() + self.left().count())
    }

    /// How long the rest will take, going by what was measured; `None` before the first call.
    pub fn time_left(&self) -> Option<Duration> {
        let (spent, calls) = self
            .states
            .iter()
            .fold((Duration::ZERO, 0), |(spent, calls), state| (spent + state.spent, calls + state.calls));
        let usual = spent.checked_div(calls)?;
        let of = |at: usize| {
            let state = &self.states[at];
            state.spent.checked_div(state.calls).unwrap_or(usual)
        };
        Some(self.left().map(|visit| of(visit.configuration)).sum())
    }

    /// A configuration that was ended because its interval is narrow.
    pub fn is_narrow(&self, configuration: usize) -> bool {
        self.states.get(configuration).is_some_and(|state| state.is_narrow)
    }

    fn is_done(&self, configuration: usize) -> bool {
        let state = &self.states[configuration];
        state.is_narrow || state.has_failed
    }

    fn is_open(&self, visit: Visit, prompt: usize) -> bool {
        !self.made.contains(&(visit.configuration, visit.run, prompt))
    }

    fn left(&self) -> impl Iterator<Item = Visit> {
        let open = self.visits.iter().skip(self.at).filter(|visit| !self.is_done(visit.configuration));
        open.flat_map(move |&visit| {
            (1..=self.wanted.prompts).filter(move |&prompt| self.is_open(visit, prompt)).map(move |_| visit)
        })
    }
}

/// Is the 95 % interval of the median narrower than this share of it?
pub fn is_narrow(values: &[f64], share: f64) -> bool {
    if values.len() < LEAST_FOR_INTERVAL {
        return false;
    }
    let (Some(median), Some((low, high))) = (Stats::of(values).median, median_ci95(values)) else {
        return false;
    };
    median > 0.0 && (high - low) / median < share
}
