//! The way through texts that begin alike: where one token can follow it is forced, where
//! several can the model chooses. A walk costs what the texts hold, whatever the size of
//! the vocabulary.

/// Texts as tokens, and how far they were walked.
#[derive(Clone, Debug)]
pub(super) struct Walk<T> {
    ways: Vec<Vec<T>>,
    /// Ways that agree with what was walked.
    open: Vec<usize>,
    at: usize,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn<T> {
    /// The only way on.
    Forced(Vec<T>),
    /// One of these, each once, in the order of the texts; [`Walk::take`] says which.
    Choice(Vec<T>),
    /// The text of this index is whole.
    Done(usize),
}

impl<T: Clone + PartialEq> Walk<T> {
    pub(super) fn new(ways: Vec<Vec<T>>) -> Self {
        let open = (0..ways.len()).collect();
        Self { ways, open, at: 0 }
    }

    /// The next turn; `None` where there is no text at all. Where one text ends and another
    /// goes on, it goes on.
    pub(super) fn turn(&mut self) -> Option<Turn<T>> {
        let mut stretch = Vec::new();
        loop {
            let children = self.children();
            match children.as_slice() {
                [] if !stretch.is_empty() => return Some(Turn::Forced(stretch)),
                [] => return self.open.first().map(|&way| Turn::Done(way)),
                [only] => {
                    stretch.push(only.clone());
                    self.take(&only.clone());
                }
                _ if !stretch.is_empty() => return Some(Turn::Forced(stretch)),
                _ => return Some(Turn::Choice(children)),
            }
        }
    }

    /// Goes on with this token.
    pub(super) fn take(&mut self, token: &T) {
        let (ways, at) = (&self.ways, self.at);
        self.open.retain(|&way| ways.get(way).and_then(|way| way.get(at)) == Some(token));
        self.at += 1;
    }

    fn children(&self) -> Vec<T> {
        let mut children: Vec<T> = Vec::new();
        for token in self.open.iter().filter_map(|&way| self.ways.get(way)?.get(self.at)) {
            if !children.contains(token) {
                children.push(token.clone());
            }
        }
        children
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(texts: &[&str], choose: impl Fn(&[char]) -> char) -> (String, Option<usize>) {
        let mut walk = Walk::new(texts.iter().map(|text| text.chars().collect()).collect());
        let mut trace = String::new();
        loop {
            match walk.turn() {
                Some(Turn::Forced(stretch)) => {
                    trace.extend(stretch);
                    trace.push('|');
                }
                Some(Turn::Choice(children)) => {
                    let chosen = choose(&children);
                    walk.take(&chosen);
                    trace.extend(['<', chosen, '>']);
                }
                Some(Turn::Done(way)) => return (trace, Some(way)),
                None => return (trace, None),
            }
        }
    }

    #[test]
    fn what_is_common_is_forced_and_what_differs_is_chosen() {
        let first = |children: &[char]| children[0];
        let last = |children: &[char]| children[children.len() - 1];
        let texts = ["it runs fast", "it runs well", "it walks"];
        assert_eq!(walk(&texts, first), ("it |<r>uns |<f>ast|".into(), Some(0)));
        assert_eq!(walk(&texts, last), ("it |<w>alks|".into(), Some(2)));
        assert_eq!(walk(&["alone"], first), ("alone|".into(), Some(0)));
        assert_eq!(walk(&[], first), (String::new(), None));
    }

    #[test]
    fn equal_texts_and_beginnings_of_others_end_all_the_same() {
        let first = |children: &[char]| children[0];
        assert_eq!(walk(&["ab", "ab"], first), ("ab|".into(), Some(0)));
        assert_eq!(walk(&["a", "ab"], first), ("ab|".into(), Some(1)));
        assert_eq!(walk(&[""], first), (String::new(), Some(0)));
    }
}
