//! References in a text become the figures they stand for.

use std::collections::HashMap;

use crate::report::writing::Writing;

/// Puts figures in the place of references, the moment they are whole.
pub(super) struct Figures<'a> {
    facts: HashMap<&'a str, &'a str>,
    /// What may become a reference.
    pub(super) held: String,
}

impl<'a> Figures<'a> {
    pub(super) fn of(writing: &'a Writing) -> Self {
        let facts = writing.ledger.facts.iter().map(|fact| (fact.id.as_str(), fact.text.as_str()));
        Self { facts: facts.collect(), held: String::new() }
    }

    pub(super) fn push(&mut self, text: &str) -> String {
        let text = std::mem::take(&mut self.held) + text;
        let mut shown = String::new();
        let mut rest = text.as_str();
        while let Some((before, behind)) = rest.split_once("{{") {
            shown.push_str(before);
            let Some((id, after)) = behind.split_once("}}") else {
                self.held = format!("{{{{{behind}");
                return shown;
            };
            match self.facts.get(id) {
                Some(figure) => shown.push_str(figure),
                None => shown.extend(["{{", id, "}}"]),
            }
            rest = after;
        }
        match rest.strip_suffix('{') {
            Some(before) => {
                shown.push_str(before);
                "{".clone_into(&mut self.held);
            }
            None => shown.push_str(rest),
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_becomes_its_figure_when_it_is_whole() {
        let facts = HashMap::from([("kbdqz", "12 ms")]);
        let mut figures = Figures { facts, held: String::new() };
        let pieces = ["It is {", "{kbd", "qz}", "}, {{no", "}} and { so", " {"];
        let shown: Vec<String> = pieces.iter().map(|piece| figures.push(piece)).collect();
        assert_eq!(shown, ["It is ", "", "", "12 ms, ", "{{no}} and { so", " "]);
        assert_eq!(figures.push("x"), "{x");
    }
}
