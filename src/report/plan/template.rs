//! Templates of sentences, as `assets/phrases.toml` and `assets/rules.toml` write them:
//! `{best} has the {extreme} [median |]{metric}<, over {runs}|>.`
//!
//! `{name}` is a slot that code fills, `[a|b]` leaves the choice to whoever writes, and
//! `<a|b>` is the first that can be filled. What names an empty slot falls out.

use std::collections::BTreeMap;

use super::super::grammar::Node;

/// A template, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Slot(String),
    Choice(Vec<Template>),
    First(Vec<Template>),
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// Byte of the text.
    pub at: usize,
    /// What is wrong; lower case, no full stop.
    pub message: String,
}

/// What the slots of a template are filled with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots(BTreeMap<&'static str, Node>);

impl Slots {
    /// Fills a slot.
    pub fn set(&mut self, slot: &'static str, node: Node) {
        self.0.insert(slot, node);
    }
    /// Fills a slot, where there is something to fill it with.
    pub fn set_some(&mut self, slot: &'static str, node: Option<Node>) {
        if let Some(node) = node {
            self.set(slot, node);
        }
    }
    /// Takes over the slots of others, under their names.
    pub fn add(&mut self, others: &Slots) {
        for (slot, node) in &others.0 {
            self.0.insert(slot, node.clone());
        }
    }
    /// What a slot is filled with.
    pub fn get(&self, slot: &str) -> Option<&Node> {
        self.0.get(slot)
    }
}

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut reader = Reader { text, at: 0 };
        let template = reader.sequence(None)?;
        match reader.peek() {
            None => Ok(template),
            Some(found) => Err(reader.error(&format!("`{found}` closes nothing"))),
        }
    }

    /// The names of its slots, each as often as it stands there.
    pub fn slots(&self) -> Vec<&str> {
        let mut slots = Vec::new();
        for part in &self.parts {
            match part {
                Part::Text(_) => {}
                Part::Slot(name) => slots.push(name.as_str()),
                Part::Choice(ways) | Part::First(ways) => slots.extend(ways.iter().flat_map(Self::slots)),
            }
        }
        slots
    }

    /// The grammar with its slots filled; `None` where it cannot be said.
    pub fn fill(&self, slots: &Slots) -> Option<Node> {
        let mut parts = Vec::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => parts.push(Node::text(text)),
                Part::Slot(name) => parts.push(slots.get(name)?.clone()),
                Part::First(ways) => parts.push(ways.iter().find_map(|way| way.fill(slots))?),
                Part::Choice(ways) => parts.push(either(ways, slots)?),
            }
        }
        let mut parts = parts.into_iter();
        match (parts.next(), parts.len()) {
            (Some(only), 0) => Some(only),
            (first, _) => Some(Node::All(first.into_iter().chain(parts).collect())),
        }
    }
}

/// Those of several templates that can be said; `None` where none can.
pub fn either(templates: &[Template], slots: &Slots) -> Option<Node> {
    let mut ways: Vec<Node> = templates.iter().filter_map(|way| way.fill(slots)).collect();
    if ways.len() > 1 { Some(Node::Any(ways)) } else { ways.pop() }
}

/// A sentence begins with a capital letter, whatever its first word is in the middle of one;
/// names out of the data stay as they are.
pub fn capital(node: Node) -> Node {
    match node {
        Node::Text(text) => {
            let mut characters = text.chars();
            let first = characters.next().into_iter().flat_map(char::to_uppercase);
            Node::Text(first.chain(characters).collect())
        }
        Node::Figure { .. } | Node::Name(_) => node,
        Node::All(parts) => {
            let mut parts = parts.into_iter();
            Node::All(parts.next().map(capital).into_iter().chain(parts).collect())
        }
        Node::Any(parts) => Node::Any(parts.into_iter().map(capital).collect()),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|rest| rest.chars().next())
    }
    fn error(&self, message: &str) -> TemplateError {
        TemplateError { at: self.at, message: message.to_owned() }
    }

    /// Up to the end, or to what ends a way of the choice that it stands in.
    fn sequence(&mut self, closing: Option<char>) -> Result<Template, TemplateError> {
        let mut parts = Vec::new();
        let mut text = String::new();
        while let Some(character) = self.peek() {
            match character {
                '|' if closing.is_some() => break,
                ']' | '>' => break,
                '{' | '[' | '<' => {
                    if !text.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut text)));
                    }
                    let start = self.at;
                    self.at += 1;
                    parts.push(match character {
                        '{' => self.slot(start)?,
                        '[' => Part::Choice(self.ways(start, ']')?),
                        _ => Part::First(self.ways(start, '>')?),
                    });
                }
                '}' => return Err(self.error("`}` closes nothing")),
                _ => {
                    text.push(character);
                    self.at += character.len_utf8();
                }
            }
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Template { parts })
    }

    fn slot(&mut self, start: usize) -> Result<Part, TemplateError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '_').unwrap_or(rest.len());
        let name = rest.get(..length).unwrap_or_default();
        if name.is_empty() || !rest.get(length..).is_some_and(|rest| rest.starts_with('}')) {
            return Err(TemplateError { at: start, message: "`{` begins no `{slot}`".to_owned() });
        }
        self.at += length + 1;
        Ok(Part::Slot(name.to_owned()))
    }

    fn ways(&mut self, start: usize, closing: char) -> Result<Vec<Template>, TemplateError> {
        let mut ways = Vec::new();
        loop {
            ways.push(self.sequence(Some(closing))?);
            match self.peek() {
                Some('|') => self.at += 1,
                Some(found) if found == closing => {
                    self.at += 1;
                    return Ok(ways);
                }
                Some(found) => return Err(self.error(&format!("`{found}` where `{closing}` is awaited"))),
                None => {
                    let message = format!("without its `{closing}`");
                    return Err(TemplateError { at: start, message });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn said(template: &str, slots: &Slots) -> Vec<String> {
        let node = Template::parse(template).unwrap().fill(slots);
        node.map(|node| node.wordings(64).into_iter().map(|wording| wording.text).collect())
            .unwrap_or_default()
    }

    #[test]
    fn choices_are_all_said_and_what_has_no_filling_falls_out() {
        let mut slots = Slots::default();
        slots.set("best", Node::Name("gemma3:1b".into()));
        slots.set("median", Node::Figure { text: "102 tok/s".into(), id: "kbdqz".into() });
        assert_eq!(
            said("{best} [leads|is first][ with {median}|, over {runs}|].", &slots),
            [
                "gemma3:1b leads with 102 tok/s.",
                "gemma3:1b is first with 102 tok/s.",
                "gemma3:1b leads.",
                "gemma3:1b is first.",
            ]
        );
        assert_eq!(said("{best}< over {runs}| at {median}|>", &slots), ["gemma3:1b at 102 tok/s"]);
        assert_eq!(said("{best} over {runs}", &slots), [""; 0]);
        assert_eq!(said("[{runs}]", &slots), [""; 0]);
        assert_eq!(said("a | b", &slots), ["a | b"]);
    }

    #[test]
    fn what_is_no_template_is_told_with_its_place() {
        for (text, at, message) in [
            ("a {b", 2, "`{` begins no `{slot}`"),
            ("a {} b", 2, "`{` begins no `{slot}`"),
            ("[a|b", 0, "without its `]`"),
            ("[a>", 2, "`>` where `]` is awaited"),
            ("a]", 1, "`]` closes nothing"),
            ("ü}", 2, "`}` closes nothing"),
        ] {
            assert_eq!(
                Template::parse(text),
                Err(TemplateError { at, message: message.to_owned() }),
                "{text}"
            );
        }
        let template = Template::parse("{a}[{b}|<{c}|{d}>]").unwrap();
        assert_eq!(template.slots(), ["a", "b", "c", "d"]);
    }
}
