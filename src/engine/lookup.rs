//! Lookup decoding: what followed the same words before is drafted, and evaluated together with
//! the token before it where that is cheaper than one by one. It drafts and decides; the engine
//! draws each token as ever, so that a wrong draft costs time and is never written. What a longer
//! batch changes is how numbers round, where the engine computes it in another way: there a seeded text
//! could become another one, so that it is compared too.

/// One token in common says little: most of what follows a comma has followed another.
const LEAST_MATCH: usize = 2;
/// A match that is this long is as good as a longer one.
const MOST_MATCH: usize = 8;
/// A longer draft is rarely accepted to its end.
pub(super) const MOST_DRAFT: usize = 8;
/// Length of a draft where drafting is wanted whatever it costs.
const USUAL_DRAFT: usize = 4;
/// Tokens that are looked through: in the time of a step even where a step takes a millisecond.
const REACH: usize = 1 << 15;
/// The expected gain that drafting has to promise, so that noise does not switch it on.
const LEAST_GAIN: f64 = 1.05;
/// What a further token of a batch costs, as a share of a single one, until that is measured: little,
/// as where decoding is bound by memory.
const HOPED_PRICE: f64 = 0.1;
/// Drafts of this length measure the price: few tokens are lost where it is high.
const TRIAL_DRAFT: usize = 2;
/// Prices that are measured before they are believed.
const TRIALS: usize = 3;
/// Steps after which an old price is doubted: cores and devices are given to others and given back.
const DOUBT: u32 = 512;
/// A doubted price is tried where half of it would pay.
const DOUBTED: f64 = 0.5;
/// Measured steps that a median is taken of.
const KEPT: usize = 15;
/// Drafted tokens after which older ones count half.
const MEMORY: f64 = 64.0;

/// What came after the longest and then newest match of the text's end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found<T> {
    /// Tokens that the text's end and the match have in common.
    pub(super) matched: usize,
    /// What came then, so many as were asked for.
    pub(super) tokens: Vec<T>,
}

/// Looks for the end of a text in the text before it. A match that reaches to the end repeats itself.
pub(super) fn find<T: Copy + Eq>(text: &[T], wanted: usize) -> Option<Found<T>> {
    let (last, before) = text.split_last()?;
    let mut best: Option<(usize, usize)> = None;
    for (end, token) in before.iter().enumerate().rev().take(REACH) {
        if token != last {
            continue;
        }
        let both = before.get(..end)?.iter().rev().zip(before.iter().rev());
        let matched = 1 + both.take(MOST_MATCH - 1).take_while(|(old, new)| old == new).count();
        if best.is_none_or(|(longest, _)| matched > longest) {
            best = Some((matched, end));
        }
        if matched == MOST_MATCH {
            break;
        }
    }
    let (matched, end) = best.filter(|(matched, _)| *matched >= LEAST_MATCH)?;
    let follows = text.get(end + 1..)?;
    let tokens = follows.iter().copied().cycle().take(wanted).collect();
    Some(Found { matched, tokens })
}

/// When to draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Never,
    /// Whatever it costs.
    Always,
    /// Where it is faster.
    Faster,
    /// Where it is faster and numbers round as without it: the text is to come out the same again.
    Exactly,
}

/// Whether drafting pays: what batches cost and how much of the drafts was right.
#[derive(Debug)]
pub(super) struct Gauge {
    singles: Recent,
    prices: Recent,
    /// Steps since a price was measured.
    age: u32,
    shares: [Share; MOST_MATCH + 1],
    /// Do batches round as single tokens do? `None`: not compared yet.
    is_exact: Option<bool>,
    is_over: bool,
}

impl Default for Gauge {
    fn default() -> Self {
        Self {
            singles: Recent::default(),
            prices: Recent::default(),
            age: 0,
            shares: [Share { hits: 0.5, tries: 1.0 }; MOST_MATCH + 1],
            is_exact: None,
            is_over: false,
        }
    }
}

impl Gauge {
    /// How many tokens to draft behind such a match.
    pub(super) fn length(&self, wanted: Wanted, matched: usize) -> usize {
        match wanted {
            _ if self.is_over => 0,
            Wanted::Never => 0,
            Wanted::Always => USUAL_DRAFT,
            Wanted::Exactly if self.is_exact != Some(true) => 0,
            Wanted::Faster | Wanted::Exactly if self.prices.0.len() < TRIALS => 0,
            Wanted::Faster | Wanted::Exactly => self.best(matched, self.price()),
        }
    }

    /// How many tokens to evaluate for their price alone, then once more as ever: the text is not
    /// touched by it. 0: the price is known, or of no use.
    pub(super) fn trial(&self, wanted: Wanted, matched: usize) -> usize {
        let is_open = match wanted {
            Wanted::Never | Wanted::Always => false,
            Wanted::Faster => !self.is_over,
            Wanted::Exactly => !self.is_over && self.is_exact != Some(false),
        };
        if !is_open || self.singles.0.len() < TRIALS {
            return 0;
        }
        let price = self.price();
        let length = match () {
            () if self.prices.0.len() < TRIALS => self.best(matched, HOPED_PRICE),
            () if self.age > DOUBT && self.best(matched, price) == 0 => self.best(matched, price * DOUBTED),
            () => 0,
        };
        length.min(TRIAL_DRAFT)
    }

    /// In a trial the numbers were those of single tokens to the last bit, or not.
    pub(super) fn compared(&mut self, is_same: bool) {
        self.is_exact = Some(is_same && self.is_exact != Some(false));
    }

    /// A step of so many tokens took so many seconds.
    pub(super) fn took(&mut self, tokens: usize, seconds: f64) {
        self.age = self.age.saturating_add(1);
        if tokens <= 1 {
            self.singles.push(seconds);
        } else if let Some(single) = self.singles.median().filter(|single| *single > 0.0) {
            self.prices.push(((seconds / single - 1.0) / (tokens - 1) as f64).max(0.0));
            self.age = 0;
        }
    }

    /// A drafted token behind so many that matched was drawn, or another one.
    pub(super) fn drawn(&mut self, matched: usize, is_right: bool) {
        let share = &mut self.shares[matched.min(MOST_MATCH)];
        share.tries += 1.0;
        share.hits += f64::from(u8::from(is_right));
        if share.tries >= MEMORY {
            share.tries /= 2.0;
            share.hits /= 2.0;
        }
    }

    /// What was drafted cannot be taken back cheaply: no more drafts.
    pub(super) fn end(&mut self) {
        self.is_over = true;
    }

    fn price(&self) -> f64 {
        self.prices.median().unwrap_or(HOPED_PRICE)
    }

    /// The length that gains most at a price; 0 where none gains enough.
    fn best(&self, matched: usize, price: f64) -> usize {
        let (mut chance, mut expected) = (1.0, 1.0);
        let (mut best, mut gain) = (0, LEAST_GAIN);
        for length in 1..=MOST_DRAFT {
            let share = &self.shares[(matched + length - 1).min(MOST_MATCH)];
            chance *= share.hits / share.tries;
            expected += chance;
            let promised = expected / (1.0 + price * length as f64);
            if promised >= gain {
                (best, gain) = (length, promised);
            }
        }
        best
    }
}

/// How much of what was drafted was right.
#[derive(Clone, Copy, Debug)]
struct Share {
    hits: f64,
    tries: f64,
}

/// The newest measurements.
#[derive(Debug, Default)]
struct Recent(std::collections::VecDeque<f64>);

impl Recent {
    fn push(&mut self, value: f64) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(value);
    }

    /// One slow step among them does not move it.
    fn median(&self) -> Option<f64> {
        let mut sorted: Vec<f64> = self.0.iter().copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_followed_the_longest_and_then_newest_match_is_drafted() {
        let check = |text: &str, expected: Option<(usize, &str)>| {
            let text: Vec<char> = text.chars().collect();
            let found = find(&text, 4).map(|found| (found.matched, found.tokens.iter().collect::<String>()));
            assert_eq!(found, expected.map(|(matched, tokens)| (matched, tokens.to_owned())), "{text:?}");
        };
        check("", None);
        check("a", None);
        check("a model b", None);
        check("the model is fast, the mo", Some((6, "del ")));
        check("abX abY ab", Some((3, "Y ab")));
        check("zabX abY zab", Some((3, "X ab")));
        check("0123456789 a 123456789 123456789", Some((8, " 123")));
        check("xyabab", Some((2, "abab")));
        check("aaa", Some((2, "aaaa")));
    }

    /// A gauge that knows its steps: of one token, and of a further one as a share of that.
    fn priced(price: f64) -> Gauge {
        let mut gauge = Gauge::default();
        for _ in 0..TRIALS {
            gauge.took(1, 0.01);
        }
        for _ in 0..TRIALS {
            gauge.took(3, 0.01 * (1.0 + 2.0 * price));
        }
        gauge
    }

    fn drawn(gauge: &mut Gauge, right: usize, of: usize) {
        for _ in 0..200 / of {
            for index in 0..of {
                for matched in LEAST_MATCH..=MOST_MATCH {
                    gauge.drawn(matched, index < right);
                }
            }
        }
    }

    #[test]
    fn it_drafts_where_that_is_cheap_or_sure() {
        let length = |price: f64, right: usize| {
            let mut gauge = priced(price);
            drawn(&mut gauge, right, 10);
            gauge.length(Wanted::Faster, 2)
        };
        assert_eq!(length(0.8, 5), 0, "bound by arithmetic: half of it right is not enough");
        assert_eq!(length(0.8, 8), 0);
        assert_eq!(length(0.8, 10), MOST_DRAFT, "but a text that is copied is");
        assert_eq!(length(0.05, 0), 0, "nothing is right");
        assert!((1..MOST_DRAFT).contains(&length(0.05, 5)));
        assert_eq!(length(0.0, 9), MOST_DRAFT);
    }

    #[test]
    fn what_the_user_sets_holds() {
        let mut gauge = priced(0.8);
        assert_eq!((gauge.length(Wanted::Always, 2), gauge.length(Wanted::Never, 2)), (USUAL_DRAFT, 0));
        gauge.end();
        assert_eq!(gauge.length(Wanted::Always, 2), 0, "a cache that cannot be cut has no drafts");
    }

    #[test]
    fn a_text_that_must_come_out_the_same_has_drafts_only_where_numbers_do() {
        let mut gauge = priced(0.0);
        drawn(&mut gauge, 9, 10);
        assert_eq!((gauge.length(Wanted::Faster, 2), gauge.length(Wanted::Exactly, 2)), (MOST_DRAFT, 0));
        gauge.compared(true);
        assert_eq!(gauge.length(Wanted::Exactly, 2), MOST_DRAFT);
        gauge.compared(false);
        gauge.compared(true);
        assert_eq!(gauge.length(Wanted::Exactly, 2), 0, "once different is enough");
        assert_eq!(gauge.trial(Wanted::Exactly, 2), 0, "and needs no further trial");
    }

    #[test]
    fn the_price_is_tried_with_short_drafts_and_doubted_now_and_then() {
        let mut gauge = Gauge::default();
        assert_eq!(gauge.trial(Wanted::Faster, 2), 0, "nothing to hold it against");
        for _ in 0..TRIALS {
            gauge.took(1, 0.01);
        }
        for _ in 0..TRIALS {
            assert_eq!((gauge.trial(Wanted::Faster, 2), gauge.length(Wanted::Faster, 2)), (TRIAL_DRAFT, 0));
            gauge.took(1 + TRIAL_DRAFT, 0.026);
        }
        drawn(&mut gauge, 8, 10);
        assert_eq!((gauge.trial(Wanted::Faster, 2), gauge.length(Wanted::Faster, 2)), (0, 0));
        for _ in 0..=DOUBT {
            gauge.took(1, 0.01);
        }
        assert_eq!(gauge.trial(Wanted::Faster, 2), TRIAL_DRAFT);
        gauge.took(1 + TRIAL_DRAFT, 0.026);
        assert_eq!(gauge.trial(Wanted::Faster, 2), 0, "one trial, then it rests");
    }

    #[test]
    fn one_slow_step_does_not_decide() {
        let mut gauge = priced(0.05);
        drawn(&mut gauge, 8, 10);
        let before = gauge.length(Wanted::Faster, 4);
        gauge.took(3, 5.0);
        assert_eq!((gauge.length(Wanted::Faster, 4), before > 0), (before, true));
    }
}
