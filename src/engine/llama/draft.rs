//! What is expected to be drawn next: evaluated ahead, or only watched, which costs nothing and says
//! how much of it would have been right.

use llama_cpp_2::token::LlamaToken;

use crate::engine::lookup::Found;

pub(super) struct Draft {
    found: Found<LlamaToken>,
    /// So many of them are evaluated.
    evaluated: usize,
    drawn: usize,
}

impl Draft {
    /// A draft of which so many tokens are evaluated ahead; of none: it is watched.
    pub(super) fn new(mut found: Found<LlamaToken>, evaluated: usize) -> Self {
        if evaluated > 0 {
            found.tokens.truncate(evaluated);
        }
        Self { evaluated: evaluated.min(found.tokens.len()), found, drawn: 0 }
    }

    /// What of it is evaluated.
    pub(super) fn evaluated(&self) -> &[LlamaToken] {
        self.found.tokens.get(..self.evaluated).unwrap_or_default()
    }

    /// Tokens that are evaluated and not drawn.
    pub(super) fn left(&self) -> usize {
        self.evaluated.saturating_sub(self.drawn)
    }

    /// Tokens that match before the one that is drawn next.
    pub(super) fn matched(&self) -> usize {
        self.found.matched + self.drawn
    }

    /// A token was drawn: is it the one that was expected?
    pub(super) fn draw(&mut self, token: LlamaToken) -> bool {
        let is_right = self.found.tokens.get(self.drawn) == Some(&token);
        self.drawn += usize::from(is_right);
        is_right
    }

    /// Was all of it drawn?
    pub(super) fn is_done(&self) -> bool {
        self.drawn >= self.found.tokens.len()
    }
}
