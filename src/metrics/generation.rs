//! Rates and times of this program's own generations: throughput, TTFT, ITL.

use std::{collections::VecDeque, time::Duration};

use serde::{Deserialize, Serialize};

use super::stats;

/// The live rate is that of the pieces of this last stretch: shorter flickers, longer lags.
const LIVE_WINDOW: Duration = Duration::from_secs(1);
/// One sample of the history a quarter second: a spark of single tokens is noise.
const HISTORY_STEP: Duration = Duration::from_millis(250);
/// Samples kept; no spark is wider.
const HISTORY_LIMIT: usize = 240;
/// Gaps between tokens kept for the live percentiles: few enough to be sorted for a frame.
const GAPS: usize = 512;

/// Timings of one model call. Rates are computed from these and nowhere else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Request → weights resident; zero when they were.
    pub load: Duration,
    /// Time in prefill.
    pub prompt_eval: Duration,
    /// Time in decode steps.
    pub eval: Duration,
    /// Request accepted → first piece received, on the host's clock.
    pub ttft: Option<Duration>,
    /// Wall time of the call, on the host's clock.
    pub total: Duration,
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Prompt tokens that were still in the cache.
    pub cached_prompt_tokens: u64,
    /// Tokens sampled.
    pub tokens: u64,
    /// Tokens forced by a grammar, not in the throughput.
    pub forced_tokens: u64,
    /// Tokens sampled and rolled back, not in the throughput.
    pub rejected_tokens: u64,
    /// Tokens tried ahead by lookup, those of sentences that were taken back too.
    #[serde(default)]
    pub drafted_tokens: u64,
    /// Of those, the ones that were drawn indeed.
    #[serde(default)]
    pub accepted_tokens: u64,
    /// Gaps between consecutive tokens, in order. Tokens that came of one step share its time equally:
    /// the ITL is the time that a token took, not how long a reader saw nothing.
    pub gaps: Vec<Duration>,
    /// What a remote server says of its own work; never mixed with the above, which is measured here.
    #[serde(default)]
    pub server: Option<ServerTimings>,
}

/// What a remote server says of its own work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerTimings {
    /// Requests that it answered.
    pub requests: u64,
    /// Those of which it told its times: an answer that is ended early has none at some servers.
    pub told: u64,
    /// Time in which it loaded the model.
    pub load: Duration,
    /// Time in prefill.
    pub prompt_eval: Duration,
    /// Time in decode steps.
    pub eval: Duration,
    /// Prompt tokens evaluated.
    pub prompt_tokens: u64,
    /// Prompt tokens found in its cache.
    pub cached_prompt_tokens: u64,
    /// Tokens decoded.
    pub tokens: u64,
}

impl ServerTimings {
    /// Tokens ÷ decode time, tok/s, where it told both.
    pub fn throughput(&self) -> Option<f64> {
        rate(self.tokens, self.eval)
    }

    /// Sums.
    pub fn add(&mut self, next: &Self) {
        self.requests = self.requests.saturating_add(next.requests);
        self.told = self.told.saturating_add(next.told);
        self.load = self.load.saturating_add(next.load);
        self.prompt_eval = self.prompt_eval.saturating_add(next.prompt_eval);
        self.eval = self.eval.saturating_add(next.eval);
        self.prompt_tokens = self.prompt_tokens.saturating_add(next.prompt_tokens);
        self.cached_prompt_tokens = self.cached_prompt_tokens.saturating_add(next.cached_prompt_tokens);
        self.tokens = self.tokens.saturating_add(next.tokens);
    }
}

impl Timings {
    /// Sampled tokens ÷ decode time, tok/s.
    pub fn throughput(&self) -> Option<f64> {
        rate(self.tokens, self.eval)
    }

    /// Prompt tokens evaluated ÷ prompt evaluation time, tok/s.
    pub fn prefill_rate(&self) -> Option<f64> {
        rate(self.prompt_tokens.saturating_sub(self.cached_prompt_tokens), self.prompt_eval)
    }

    /// What evaluating the cached tokens would have taken at the rate of the others.
    pub fn saved(&self) -> Option<Duration> {
        let rate = self.prefill_rate().filter(|rate| *rate > 0.0)?;
        Duration::try_from_secs_f64(self.cached_prompt_tokens as f64 / rate).ok()
    }

    /// ITL percentile (0 to 100) in ms: `itl_ms(50.0)` is p50. It sorts: not for every frame.
    pub fn itl_ms(&self, percentile: f64) -> Option<f64> {
        let mut gaps_ms: Vec<f64> = self.gaps.iter().map(|gap| gap.as_secs_f64() * 1e3).collect();
        gaps_ms.sort_by(f64::total_cmp);
        stats::percentile(&gaps_ms, percentile)
    }

    /// The same call with the load it had to wait for, where that was asked for apart: load
    /// duration, TTFT and total are counted from when the user asked.
    #[must_use]
    pub fn after_load(self, load: Duration) -> Timings {
        Timings {
            load: self.load + load,
            ttft: self.ttft.map(|ttft| ttft + load),
            total: self.total + load,
            ..self
        }
    }
    /// Sums over calls; TTFT is that of the first. When the first had no token, it counts
    /// from the first request to the first token of whichever call had one. Rates of the sum
    /// are total tokens ÷ total time.
    pub fn add(&mut self, next: &Timings) {
        self.load = self.load.saturating_add(next.load);
        self.prompt_eval = self.prompt_eval.saturating_add(next.prompt_eval);
        self.eval = self.eval.saturating_add(next.eval);
        self.ttft = self.ttft.or(next.ttft.map(|ttft| self.total.saturating_add(ttft)));
        self.total = self.total.saturating_add(next.total);
        self.prompt_tokens = self.prompt_tokens.saturating_add(next.prompt_tokens);
        self.cached_prompt_tokens = self.cached_prompt_tokens.saturating_add(next.cached_prompt_tokens);
        self.tokens = self.tokens.saturating_add(next.tokens);
        self.forced_tokens = self.forced_tokens.saturating_add(next.forced_tokens);
        self.rejected_tokens = self.rejected_tokens.saturating_add(next.rejected_tokens);
        self.drafted_tokens = self.drafted_tokens.saturating_add(next.drafted_tokens);
        self.accepted_tokens = self.accepted_tokens.saturating_add(next.accepted_tokens);
        self.gaps.extend_from_slice(&next.gaps);
        if let Some(next) = &next.server {
            self.server.get_or_insert_default().add(next);
        }
    }
}

/// What the gauges show while a model runs. Rates are of the worker's clock, TTFT is of
/// the host's; the two are never mixed.
#[derive(Clone, Debug, Default)]
pub struct GenerationStats {
    /// Pieces of the live window and the one before it: (worker's clock, tokens).
    recent: VecDeque<(Duration, u64)>,
    /// The first piece of the call.
    first: Option<(Duration, u64)>,
    ttft: Option<Duration>,
    tokens: u64,
    history: Vec<f64>,
    /// The newest gaps between two tokens, ms.
    gaps: VecDeque<f32>,
    /// When the last sample of the history was taken, worker's clock.
    sampled: Duration,
}

impl GenerationStats {
    /// Forgets the last call.
    pub fn start(&mut self) {
        *self = Self::default();
    }

    /// A piece came: `tokens` tokens, `at` on the worker's clock since the call began,
    /// `elapsed` on the host's since the request was accepted.
    pub fn piece(&mut self, tokens: u32, at: Duration, elapsed: Duration) {
        if tokens == 0 {
            return;
        }
        let tokens = u64::from(tokens);
        self.tokens += tokens;
        if self.first.is_none() {
            self.first = Some((at, tokens));
            self.ttft = Some(elapsed);
            self.sampled = at;
        }
        if let Some((last, _)) = self.recent.back().filter(|(last, _)| at > *last) {
            if self.gaps.len() == GAPS {
                self.gaps.pop_front();
            }
            self.gaps.push_back((at.saturating_sub(*last)).as_secs_f32() * 1e3 / tokens as f32);
        }
        match self.recent.back_mut() {
            // Tokens of one step share its stamp; a clock never runs backwards.
            Some(last) if at <= last.0 => last.1 += tokens,
            _ => self.recent.push_back((at, tokens)),
        }
        let window_start = at.saturating_sub(LIVE_WINDOW);
        while self.recent.get(1).is_some_and(|piece| piece.0 <= window_start) {
            self.recent.pop_front();
        }
        if at.saturating_sub(self.sampled) >= HISTORY_STEP
            && let Some(live) = self.live()
        {
            if self.history.len() == HISTORY_LIMIT {
                self.history.remove(0);
            }
            self.history.push(live);
            self.sampled = at;
        }
    }

    /// tok/s over the last second of pieces.
    pub fn live(&self) -> Option<f64> {
        let (start, last) = (self.recent.front()?, self.recent.back()?);
        let tokens: u64 = self.recent.iter().skip(1).map(|piece| piece.1).sum();
        rate(tokens, last.0.saturating_sub(start.0))
    }

    /// tok/s since the first piece.
    pub fn mean(&self) -> Option<f64> {
        let first = self.first?;
        let last = self.recent.back()?;
        rate(self.tokens - first.1, last.0.saturating_sub(first.0))
    }

    /// Request → first piece.
    pub fn ttft(&self) -> Option<Duration> {
        self.ttft
    }

    /// A percentile of the newest gaps between two tokens, ms.
    pub fn itl_ms(&self, percentile: f64) -> Option<f64> {
        let mut gaps: Vec<f64> = self.gaps.iter().copied().map(f64::from).collect();
        gaps.sort_unstable_by(f64::total_cmp);
        stats::percentile(&gaps, percentile)
    }

    /// Tokens so far.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    /// Recent live rates, oldest first, for a spark.
    pub fn history(&self) -> &[f64] {
        &self.history
    }
}

fn rate(tokens: u64, time: Duration) -> Option<f64> {
    (tokens > 0 && !time.is_zero()).then(|| tokens as f64 / time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn first_call() -> Timings {
        Timings {
            load: ms(500),
            prompt_eval: ms(200),
            eval: ms(1000),
            ttft: Some(ms(640)),
            total: ms(1700),
            prompt_tokens: 120,
            cached_prompt_tokens: 20,
            tokens: 100,
            forced_tokens: 3,
            rejected_tokens: 2,
            drafted_tokens: 9,
            accepted_tokens: 6,
            gaps: vec![ms(10), ms(30), ms(20)],
            server: None,
        }
    }

    #[test]
    fn live_gaps_are_those_of_the_newest_tokens() {
        let mut stats = GenerationStats::default();
        assert_eq!(stats.itl_ms(50.0), None);
        for step in 0..=GAPS as u64 {
            stats.piece(1, ms(step * 100), ms(0));
        }
        let start = GAPS as u64 * 100;
        for step in 1..=GAPS as u64 {
            stats.piece(2, ms(start + step * 20), ms(0));
        }
        // Two tokens in 20 ms; the slow ones are forgotten.
        assert_eq!((stats.itl_ms(50.0), stats.itl_ms(95.0)), (Some(10.0), Some(10.0)));
    }

    #[test]
    fn rates_of_a_call() {
        let call = first_call();
        assert_eq!(call.throughput(), Some(100.0));
        assert_eq!(call.prefill_rate(), Some(500.0));
        assert_eq!(Timings::default().throughput(), None);
        assert_eq!(Timings::default().prefill_rate(), None);
        let saved =
            Timings { prompt_tokens: 30, cached_prompt_tokens: 20, prompt_eval: ms(100), ..call.clone() };
        assert_eq!((saved.saved(), Timings::default().saved()), (Some(ms(200)), None));
        assert_eq!(Timings { tokens: 5, ..Timings::default() }.throughput(), None);
    }

    #[test]
    fn percentiles_of_the_gaps() {
        assert_eq!(first_call().itl_ms(50.0), Some(20.0));
        assert_eq!(first_call().itl_ms(100.0), Some(30.0));
        assert_eq!(Timings::default().itl_ms(50.0), None);
    }

    #[test]
    fn the_first_token_counts_from_the_first_request() {
        let silent = Timings { ttft: None, tokens: 0, total: ms(8000), ..Timings::default() };
        let mut sum = silent.after_load(ms(500));
        sum.add(&first_call());
        assert_eq!((sum.ttft, sum.total, sum.load), (Some(ms(9140)), ms(10_200), ms(1000)));
        let loaded = first_call().after_load(ms(60));
        assert_eq!((loaded.ttft, loaded.total, loaded.load), (Some(ms(700)), ms(1760), ms(560)));
    }

    #[test]
    fn a_sum_is_total_tokens_over_total_time() {
        let mut sum = Timings::default();
        sum.add(&first_call());
        sum.add(&Timings {
            eval: ms(3000),
            tokens: 100,
            ttft: Some(ms(90)),
            total: ms(3100),
            gaps: vec![ms(5)],
            ..Timings::default()
        });
        assert_eq!(
            sum,
            Timings {
                eval: ms(4000),
                total: ms(4800),
                tokens: 200,
                gaps: vec![ms(10), ms(30), ms(20), ms(5)],
                ..first_call()
            }
        );
        // Not 66.7, the mean of 100 and 33.3.
        assert_eq!(sum.throughput(), Some(50.0));
    }

    #[test]
    fn one_piece_has_a_ttft_and_no_rate() {
        let mut stats = GenerationStats::default();
        stats.piece(0, ms(1), ms(2));
        assert_eq!((stats.ttft(), stats.tokens()), (None, 0));
        stats.piece(1, ms(400), ms(640));
        stats.piece(1, ms(400), ms(641));
        assert_eq!((stats.ttft(), stats.tokens()), (Some(ms(640)), 2));
        assert_eq!((stats.live(), stats.mean()), (None, None));
    }

    #[test]
    fn the_live_rate_is_that_of_the_last_second() {
        let mut stats = GenerationStats::default();
        // 10 tok/s for two seconds, then 100 tok/s for two; the host's clock does not matter.
        for step in 0..=20 {
            stats.piece(1, ms(step * 100), ms(9_000 + step));
        }
        assert_eq!((stats.live(), stats.mean()), (Some(10.0), Some(10.0)));
        for step in 1..=200 {
            stats.piece(1, ms(2000 + step * 10), ms(20_000));
        }
        assert_eq!((stats.live(), stats.mean()), (Some(100.0), Some(55.0)));
        assert_eq!(stats.ttft(), Some(ms(9_000)));
        assert_eq!(stats.history().first(), Some(&10.0));
        assert_eq!(stats.history().last(), Some(&100.0));
        assert!(stats.recent.len() <= 102, "{}", stats.recent.len());
    }

    #[test]
    fn a_pause_counts_in_full() {
        let mut stats = GenerationStats::default();
        stats.piece(1, ms(0), ms(0));
        stats.piece(1, ms(5000), ms(5000));
        assert_eq!(stats.live(), Some(0.2));
    }

    #[test]
    fn the_history_is_bounded_and_a_start_forgets() {
        let mut stats = GenerationStats::default();
        for step in 0..2_000 {
            stats.piece(1, ms(step * 250), ms(step * 250));
        }
        assert_eq!(stats.history().len(), HISTORY_LIMIT);
        stats.start();
        assert_eq!((stats.tokens(), stats.history().len(), stats.ttft()), (0, 0, None));
    }
}
