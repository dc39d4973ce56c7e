//! A small grammar of sentences that say one thing: every way through it is true, so that a
//! model may choose among them word by word. It is finite and written by code from facts.

use serde::{Deserialize, Serialize};

/// A part of a sentence. [`Node::first`] is code's own wording: the first way everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Node {
    /// Words, with their blanks and marks.
    Text(String),
    /// A figure, as its fact prints it.
    Figure {
        /// The fact's display text.
        text: String,
        /// The fact's id.
        id: String,
    },
    /// A name out of the data (a model, a file, a setting): it may hold digits.
    Name(String),
    /// All, in this order.
    All(Vec<Node>),
    /// One of them.
    Any(Vec<Node>),
}

/// A sentence of a grammar, and where its figures stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wording {
    /// The sentence.
    pub text: String,
    /// Byte ranges of its figures with the ids of their facts, in order.
    pub figures: Vec<(std::ops::Range<usize>, String)>,
}

impl Node {
    /// Words.
    pub fn text(words: impl Into<String>) -> Self {
        Self::Text(words.into())
    }
    /// One of several wordings.
    pub fn any<T: Into<String>>(words: impl IntoIterator<Item = T>) -> Self {
        Self::Any(words.into_iter().map(Self::text).collect())
    }

    /// Code's own wording.
    pub fn first(&self) -> Wording {
        let mut wording = Wording::default();
        self.write(&mut 0, &mut wording);
        wording
    }

    /// Every name in it, whichever way is taken.
    pub fn each_name(&self, take: &mut dyn FnMut(&str)) {
        match self {
            Self::Name(name) => take(name),
            Self::Text(_) | Self::Figure { .. } => {}
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.each_name(take)),
        }
    }

    /// Has it a figure whichever way is taken?
    pub fn always_states(&self) -> bool {
        match self {
            Self::Figure { .. } => true,
            Self::Text(_) | Self::Name(_) => false,
            Self::All(parts) => parts.iter().any(Self::always_states),
            Self::Any(parts) => !parts.is_empty() && parts.iter().all(Self::always_states),
        }
    }

    /// How many ways there are; two may read the same.
    pub fn count(&self) -> u64 {
        match self {
            Self::Text(_) | Self::Figure { .. } | Self::Name(_) => 1,
            Self::All(parts) => parts.iter().fold(1, |ways, part| ways.saturating_mul(part.count())),
            Self::Any(parts) => parts.iter().fold(0, |ways, part| ways.saturating_add(part.count())),
        }
    }

    /// At most `most` of its sentences, evenly spread over all of them, the first one
    /// included, each once. The same for the same grammar.
    pub fn wordings(&self, most: usize) -> Vec<Wording> {
        let count = self.count();
        let wanted = count.min(most as u64);
        let mut seen = std::collections::HashSet::new();
        let mut wordings = Vec::new();
        for index in 0..wanted {
            let mut way = u64::try_from(u128::from(index) * u128::from(count) / u128::from(wanted.max(1)))
                .unwrap_or_default();
            let mut wording = Wording::default();
            self.write(&mut way, &mut wording);
            if seen.insert(wording.text.clone()) {
                wordings.push(wording);
            }
        }
        wordings
    }

    /// Writes the way with this number, which is used up part by part (mixed radix).
    fn write(&self, way: &mut u64, wording: &mut Wording) {
        match self {
            Self::Text(text) | Self::Name(text) => wording.text.push_str(text),
            Self::Figure { text, id } => {
                let start = wording.text.len();
                wording.text.push_str(text);
                wording.figures.push((start..wording.text.len(), id.clone()));
            }
            Self::All(parts) => {
                for part in parts {
                    let count = part.count().max(1);
                    let mut own = *way % count;
                    *way /= count;
                    part.write(&mut own, wording);
                }
            }
            Self::Any(parts) => {
                let mut own = *way % self.count().max(1);
                for part in parts {
                    let count = part.count();
                    if own < count {
                        part.write(&mut own, wording);
                        return;
                    }
                    own -= count;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Node {
        Node::All(vec![
            Node::any(["Fastest", "Quickest"]),
            Node::text(" is "),
            Node::Name("gemma3:1b".into()),
            Node::any([", at ", ", with "]),
            Node::Figure { text: "102.8 tok/s".into(), id: "kbdqz".into() },
            Node::text("."),
        ])
    }

    #[test]
    fn every_way_is_written_once_and_the_first_is_codes() {
        let all: Vec<String> = sample().wordings(100).into_iter().map(|wording| wording.text).collect();
        assert_eq!(
            all,
            [
                "Fastest is gemma3:1b, at 102.8 tok/s.",
                "Quickest is gemma3:1b, at 102.8 tok/s.",
                "Fastest is gemma3:1b, with 102.8 tok/s.",
                "Quickest is gemma3:1b, with 102.8 tok/s.",
            ]
        );
        assert_eq!(sample().first().text, all[0]);
        assert_eq!(sample().first().figures, [(25..36, "kbdqz".to_owned())]);
    }

    #[test]
    fn a_few_of_many_are_spread_over_all() {
        let words: Vec<String> = (0..1000).map(|word| format!("w{word}")).collect();
        let many = Node::All(vec![Node::any(words.clone()), Node::any(words)]);
        assert_eq!(many.count(), 1_000_000);
        let few = many.wordings(4);
        assert_eq!(few.len(), 4);
        assert_eq!(few[0], many.first());
    }

    #[test]
    fn a_figure_may_stand_in_every_way_or_in_some() {
        let figure = || Node::Figure { text: "3 ms".into(), id: "a".into() };
        let some = Node::Any(vec![Node::text("It is short."), figure()]);
        assert!(!some.always_states());
        assert!(Node::All(vec![Node::text("It took "), figure()]).always_states());
        assert!(Node::Any(vec![figure(), Node::All(vec![some.clone(), figure()])]).always_states());
        assert!(!Node::Any(Vec::new()).always_states());
    }

    #[test]
    fn an_empty_choice_has_no_sentence() {
        assert_eq!(Node::Any(Vec::new()).wordings(3), []);
        assert_eq!(Node::All(Vec::new()).wordings(3), [Wording::default()]);
    }
}
