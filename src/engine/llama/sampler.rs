//! Picks the next token. The vocabulary of Gemma has 262,144 entries: they are gone
//! through once, for the best few; everything else works on those.

use llama_cpp_2::{
    sampling::LlamaSampler,
    token::{LlamaToken, data::LlamaTokenData, data_array::LlamaTokenDataArray},
};

use crate::report::model::Params;

/// Tokens that the repeat penalty looks back on.
const PENALTY_WINDOW: i32 = 64;
/// Candidates where `top_k` sets no limit. What comes after the thousandth is never drawn
/// at a temperature that writes sentences.
const UNLIMITED: usize = 1024;

pub(super) struct Sampler {
    /// `None`: the most likely token, nothing else.
    chain: Option<LlamaSampler>,
    best: Best,
}

impl Sampler {
    /// A sampler for settings with every default filled in.
    pub(super) fn new(used: &Params, vocabulary: i32) -> Self {
        let penalty =
            used.repeat_penalty.filter(|&penalty| penalty > 0.0 && (penalty - 1.0).abs() > f32::EPSILON);
        let temperature = used.temperature.unwrap_or(0.0);
        let greedy = temperature <= 0.0 || temperature.is_nan();
        // Penalties only take tokens down: who is among the best after them was among the
        // best and as many more as can have been taken down.
        let spare = if penalty.is_some() { PENALTY_WINDOW as usize } else { 0 };
        let wanted = match used.top_k.unwrap_or(0) {
            _ if greedy => 1,
            top_k if top_k > 0 => top_k as usize,
            _ => UNLIMITED,
        };
        let best = Best::new(wanted + spare);
        let mut steps = Vec::new();
        if let Some(penalty) = penalty {
            steps.push(LlamaSampler::penalties(vocabulary, PENALTY_WINDOW, penalty, 0.0, 0.0));
        }
        if greedy {
            if steps.is_empty() {
                return Self { chain: None, best };
            }
            steps.push(LlamaSampler::greedy());
        } else {
            steps.push(LlamaSampler::top_k(i32::try_from(wanted).unwrap_or(i32::MAX)));
            steps.extend(used.top_p.filter(|&top_p| top_p < 1.0).map(|top_p| LlamaSampler::top_p(top_p, 1)));
            steps.extend(used.min_p.filter(|&min_p| min_p > 0.0).map(|min_p| LlamaSampler::min_p(min_p, 1)));
            steps.extend([LlamaSampler::temp(temperature), LlamaSampler::dist(used.seed.unwrap_or(0))]);
        }
        Self { chain: Some(LlamaSampler::chain_simple(steps)), best }
    }

    /// The next token of those that may come; `None` when no logit of them is a number.
    pub(super) fn pick(&mut self, logits: &[f32], may: &dyn Fn(i32) -> bool) -> Option<LlamaToken> {
        let best = self.best.of(logits, may);
        let Some(chain) = &mut self.chain else {
            return best.first().map(|&(_, id)| LlamaToken(id));
        };
        let candidates = best.iter().map(|&(logit, id)| LlamaTokenData::new(LlamaToken(id), logit, 0.0));
        let mut candidates = LlamaTokenDataArray::from_iter(candidates, true);
        chain.apply(&mut candidates);
        let token = candidates.selected_token()?;
        chain.accept(token);
        Some(token)
    }
}

/// Temperature of a choice among wordings where none is set: all of them are true, so that
/// variety costs nothing.
const CHOICE_TEMPERATURE: f32 = 1.0;

/// Chooses among the few tokens that a grammar admits.
pub(super) struct Chooser {
    temperature: f32,
    state: u64,
}

impl Chooser {
    pub(super) fn new(temperature: Option<f32>, seed: u32) -> Self {
        let temperature = temperature.filter(|temperature| temperature.is_finite());
        Self { temperature: temperature.unwrap_or(CHOICE_TEMPERATURE), state: u64::from(seed) }
    }

    /// One of the tokens, by their logits.
    pub(super) fn choose(&mut self, logits: &[f32], among: &[LlamaToken]) -> LlamaToken {
        let number = |token: LlamaToken| {
            let logit = usize::try_from(token.0).ok().and_then(|id| logits.get(id)).copied();
            logit.filter(|logit| !logit.is_nan()).unwrap_or(f32::NEG_INFINITY)
        };
        let best = among.iter().map(|&token| number(token)).fold(f32::NEG_INFINITY, f32::max);
        let weight = |token: LlamaToken| {
            let behind = number(token) - best;
            if self.temperature > 0.0 && best.is_finite() {
                f64::from(behind / self.temperature).exp()
            } else {
                f64::from(u8::from(behind >= 0.0 || !best.is_finite()))
            }
        };
        let weights: Vec<f64> = among.iter().map(|&token| weight(token)).collect();
        let mut left = self.draw() * weights.iter().sum::<f64>();
        for (weight, token) in weights.iter().zip(among) {
            left -= weight;
            if left < 0.0 {
                return *token;
            }
        }
        among.last().copied().unwrap_or(LlamaToken(0))
    }

    /// A number from 0 up to 1, by `SplitMix64`: small, and the same on every machine.
    fn draw(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The best of many logits, in one pass.
struct Best {
    count: usize,
    found: Vec<(f32, i32)>,
}

impl Best {
    fn new(count: usize) -> Self {
        Self { count: count.max(1), found: Vec::new() }
    }

    /// The best logits with their tokens, best first; of equal ones the earlier.
    fn of(&mut self, logits: &[f32], may: &dyn Fn(i32) -> bool) -> &[(f32, i32)] {
        let room = (4 * self.count).max(256);
        self.found.clear();
        let mut bar = f32::NEG_INFINITY;
        for (id, &logit) in (0..).zip(logits) {
            // False for what is not a number too.
            if logit > bar && may(id) {
                self.found.push((logit, id));
                if self.found.len() == room {
                    bar = self.cut();
                }
            }
        }
        self.cut();
        self.found.sort_unstable_by(better);
        &self.found
    }

    /// Keeps the best; the least of them is the new bar.
    fn cut(&mut self) -> f32 {
        if self.found.len() <= self.count {
            return f32::NEG_INFINITY;
        }
        let (_, &mut (bar, _), _) = self.found.select_nth_unstable_by(self.count - 1, better);
        self.found.truncate(self.count);
        bar
    }
}

/// Best first; of equal ones the earlier token.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "sorting asks with references")]
fn better(a: &(f32, i32), b: &(f32, i32)) -> std::cmp::Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn settings(temperature: f32, repeat_penalty: f32) -> Params {
        Params {
            temperature: Some(temperature),
            top_k: Some(2),
            repeat_penalty: Some(repeat_penalty),
            seed: Some(7),
            ..Params::default()
        }
    }

    #[test]
    fn greedy_takes_the_best_and_the_penalty_moves_on() {
        let logits = [1.0, 3.0, 2.9, f32::NAN];
        let mut plain = Sampler::new(&settings(0.0, 1.0), 4);
        let picks: Vec<i32> = (0..3).map(|_| plain.pick(&logits, &|_| true).unwrap().0).collect();
        assert_eq!(picks, [1, 1, 1]);
        let mut penalised = Sampler::new(&settings(0.0, 1.5), 4);
        let picks: Vec<i32> = (0..3).map(|_| penalised.pick(&logits, &|_| true).unwrap().0).collect();
        assert_eq!(picks, [1, 2, 1]);
    }

    #[test]
    fn top_k_bounds_what_is_drawn_and_a_seed_repeats_it() {
        let logits: Vec<f32> = (0..5000u16).map(|id| f32::from(id % 977) / 100.0).collect();
        let draw = || {
            let mut sampler = Sampler::new(&settings(1.0, 1.0), 5000);
            (0..200).map(|_| sampler.pick(&logits, &|_| true).unwrap().0).collect::<Vec<i32>>()
        };
        let drawn = draw();
        assert_eq!(drawn, draw());
        assert!(
            drawn.iter().all(|id| [976, 976 + 977].contains(id))
                && drawn.contains(&976)
                && drawn.contains(&1953)
        );
    }

    #[test]
    fn what_is_masked_is_never_picked() {
        let logits = [1.0, 3.0, 2.9];
        let mut sampler = Sampler::new(&settings(0.0, 1.0), 3);
        assert_eq!(sampler.pick(&logits, &|id| id != 1), Some(LlamaToken(2)));
        assert_eq!(sampler.pick(&logits, &|_| false), None);
    }

    #[test]
    fn a_choice_follows_the_logits_and_the_seed() {
        let among = [LlamaToken(0), LlamaToken(1)];
        let mut greedy = Chooser::new(Some(0.0), 1);
        assert!((0..50).all(|_| greedy.choose(&[2.0, 1.0], &among) == LlamaToken(0)));
        let count = |seed: u32| {
            let mut chooser = Chooser::new(None, seed);
            (0..2000).filter(|_| chooser.choose(&[1.0, 0.0], &among) == LlamaToken(0)).count()
        };
        // e ÷ (e + 1) of them.
        assert!((1390..1540).contains(&count(3)), "{}", count(3));
        assert_eq!(count(7), count(7));
        let either = Chooser::new(None, 1).choose(&[f32::NAN, f32::NAN], &among);
        assert!(among.contains(&either));
    }

    #[test]
    fn no_number_no_token() {
        assert_eq!(Sampler::new(&settings(0.0, 1.0), 2).pick(&[f32::NAN, f32::NAN], &|_| true), None);
        assert_eq!(Sampler::new(&settings(1.0, 1.0), 2).pick(&[], &|_| true), None);
    }

    proptest! {
        #[test]
        fn one_pass_finds_what_sorting_finds(
            logits in prop::collection::vec(prop_oneof![(0..9i16).prop_map(f32::from), any::<f32>()], 0..900),
            count in 1usize..80,
        ) {
            let mut all: Vec<(f32, i32)> = logits.iter().copied().zip(0..).collect();
            all.retain(|(logit, _)| *logit > f32::NEG_INFINITY);
            all.sort_by(better);
            all.truncate(count);
            let mut best = Best::new(count);
            prop_assert_eq!(best.of(&logits, &|_| true), &all[..]);
        }
    }
}
