//! Grammars of llama.cpp's own notation (GBNF): texts to choose from, and prose without a numeral
//! but in a unit.

use std::fmt::Write as _;

use crate::engine::rules::has_numeral;

/// Units that a grammar holds: more cost more at each token than they are worth.
const MOST_UNITS: usize = 400;

/// One of these texts, whole.
pub(super) fn choice(texts: &[String]) -> String {
    format!("root ::= {}\n", tree(texts))
}

/// Anything without a numeral, and these units. `None` where there are too many of them.
pub(super) fn prose(units: &[String]) -> Option<String> {
    if units.len() > MOST_UNITS {
        return None;
    }
    let mut grammar = String::from("root ::= item+\n");
    grammar += if units.is_empty() { "item ::= plain\n" } else { "item ::= plain | unit\n" };
    grammar += "plain ::= [^";
    for (first, last) in numerals() {
        let _ = write!(grammar, "\\U{:08X}", u32::from(first));
        if last != first {
            let _ = write!(grammar, "-\\U{:08X}", u32::from(last));
        }
    }
    grammar += "]\n";
    if !units.is_empty() {
        let _ = writeln!(grammar, "unit ::= {}", tree(units));
    }
    Some(grammar)
}

/// Every numeral, as ranges.
fn numerals() -> Vec<(char, char)> {
    let mut ranges: Vec<(char, char)> = Vec::new();
    for character in (char::MIN..=char::MAX).filter(|character| character.is_numeric()) {
        match ranges.last_mut() {
            Some((_, last)) if u32::from(*last) + 1 == u32::from(character) => *last = character,
            _ => ranges.push((character, character)),
        }
    }
    ranges
}

/// Alternatives that share what they begin with: each token then meets few of them.
fn tree(texts: &[String]) -> String {
    let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    texts.sort_unstable();
    texts.dedup();
    alternatives(&texts)
}

/// Of sorted texts, none twice.
fn alternatives(texts: &[&str]) -> String {
    let is_optional = texts.first().is_some_and(|first| first.is_empty());
    let mut rest = texts.get(usize::from(is_optional)..).unwrap_or_default();
    let mut ways = Vec::new();
    while let Some(first) = rest.first() {
        let begins = first.chars().next();
        let size = rest.iter().take_while(|text| text.chars().next() == begins).count();
        let (group, others) = rest.split_at(size);
        let shared = group.last().map_or(0, |last| shared(first, last));
        let ends: Vec<&str> = group.iter().map(|text| text.get(shared..).unwrap_or_default()).collect();
        let mut way = quoted(first.get(..shared).unwrap_or_default());
        if ends.iter().any(|end| !end.is_empty()) {
            way = format!("{way} {}", alternatives(&ends));
        }
        ways.push(way);
        rest = others;
    }
    match (ways.as_slice(), is_optional) {
        ([], _) => "\"\"".to_owned(),
        ([only], false) => only.clone(),
        (_, false) => format!("({})", ways.join(" | ")),
        (_, true) => format!("({})?", ways.join(" | ")),
    }
}

/// Bytes of whole characters that two texts begin with.
fn shared(one: &str, other: &str) -> usize {
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other);
    same.map(|(character, _)| character.len_utf8()).sum()
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if character.is_control() => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}

/// The units that hold a numeral; the others need none.
pub(super) fn numeral_units(units: &[String]) -> Vec<String> {
    units.iter().filter(|unit| has_numeral(unit) || unit.starts_with("{{")).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn what_texts_share_stands_once() {
        for (of, expected) in [
            (&["it runs", "it walks", "no"][..], r#"root ::= ("it " ("runs" | "walks") | "no")"#),
            (&["a", "ab"][..], r#"root ::= "a" ("b")?"#),
            (&["say \"x\\y\"\n"][..], r#"root ::= "say \"x\\y\"\U0000000A""#),
            (&["éa", "éb"][..], r#"root ::= "é" ("a" | "b")"#),
        ] {
            assert_eq!(choice(&texts(of)).trim_end(), expected);
        }
    }

    #[test]
    fn prose_has_no_numeral_but_in_a_unit() {
        let grammar = prose(&texts(&["102.8 tok/s", "102.9 tok/s"])).unwrap_or_default();
        assert!(grammar.contains("[^\\U00000030-\\U00000039"), "{grammar}");
        assert!(grammar.ends_with("unit ::= \"102.\" (\"8 tok/s\" | \"9 tok/s\")\n"), "{grammar}");
        assert_eq!(prose(&vec!["1".to_owned(); MOST_UNITS + 1]), None);
    }
}
