//! `K OP V`: which rows are asked for, by what stands in them.

use std::{cmp::Ordering, fmt, str::FromStr};

use crate::{
    ingest::{cell, cells::CellRef, field},
    metrics::{series::Group, unit::Scale},
};

/// A condition on one column, dimension or other property of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What is compared.
    pub key: String,
    operator: Operator,
    /// As written, without quotes around it.
    value: String,
    number: Option<f64>,
    /// A number with a unit behind it, in the canonical unit.
    measured: Option<(f64, Scale)>,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = OPERATORS.iter().rev().find(|(_, operator)| *operator == self.operator);
        let value = if self.value.is_empty() { "''" } else { &self.value };
        write!(f, "{} {} {value}", self.key, operator.map_or("", |(symbol, _)| symbol))
    }
}

/// The text is not `KEY OP VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotACondition;

impl fmt::Display for NotACondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not `KEY OP VALUE`")
    }
}

impl std::error::Error for NotACondition {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Longer ones first: `<=` begins with `<`.
const OPERATORS: [(&str, Operator); 7] = [
    ("!=", Operator::Unequal),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("==", Operator::Equal),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

impl FromStr for Condition {
    type Err = NotACondition;

    fn from_str(text: &str) -> Result<Self, NotACondition> {
        let at = text.find(['!', '<', '>', '=']).ok_or(NotACondition)?;
        let (key, rest) = text.split_at(at);
        let (operator, value) = OPERATORS
            .iter()
            .find_map(|(symbol, operator)| Some((*operator, rest.strip_prefix(symbol)?)))
            .ok_or(NotACondition)?;
        let (key, written) = (key.trim(), value.trim());
        let value = unquoted(written);
        // Nothing is compared with by a pair of quotes alone: without them a word is missing.
        if key.is_empty() || written.is_empty() {
            return Err(NotACondition);
        }
        let measured = cell::with_unit(value)
            .filter(|(_, unit)| field::unit_symbol(unit).is_some())
            .map(|(number, unit)| (number, Scale::of(unit)))
            .map(|(number, scale)| (scale.convert(number), scale));
        Ok(Condition {
            key: key.into(),
            operator,
            number: value.parse().ok().filter(|number: &f64| number.is_finite()),
            value: value.into(),
            measured,
        })
    }
}

impl Condition {
    /// `KEY = VALUE`.
    pub fn equal(key: &str, value: &str) -> Self {
        Condition {
            key: key.into(),
            operator: Operator::Equal,
            number: value.parse().ok().filter(|number: &f64| number.is_finite()),
            value: value.into(),
            measured: None,
        }
    }
    /// Does it ask for one value alone?
    pub fn is_equality(&self) -> bool {
        self.operator == Operator::Equal
    }
    /// Does a row with these dimensions meet it? One that has not the dimension equals the empty
    /// text and meets no other.
    pub fn meets(&self, group: &Group) -> bool {
        match group.0.iter().find(|(key, _)| **key == *self.key) {
            Some((_, value)) => self.text_holds(value),
            None => self.holds(CellRef::Missing, None),
        }
    }
    /// Does a cell satisfy it? `scale` is that of its column, where it has one. A missing
    /// cell equals the empty text and satisfies nothing else.
    pub fn holds(&self, cell: CellRef<'_>, scale: Option<&Scale>) -> bool {
        match cell {
            CellRef::Missing => self.value.is_empty() && self.operator == Operator::Equal,
            CellRef::Number(number) => match (&self.measured, scale) {
                (Some((wanted, unit)), Some(scale)) if unit.unit == scale.unit => {
                    self.agrees(scale.convert(number).partial_cmp(wanted))
                }
                _ => self.number_holds(number),
            },
            CellRef::Bool(truth) => self.text_holds(if truth { "true" } else { "false" }),
            CellRef::Text(text) => self.text_holds(text),
        }
    }
    /// The same for a text: compared as numbers where both are.
    pub fn text_holds(&self, text: &str) -> bool {
        match (text.parse::<f64>().ok().filter(|number| number.is_finite()), self.number) {
            (Some(number), Some(_)) => self.number_holds(number),
            _ => self.agrees(Some(text.cmp(self.value.as_str()))),
        }
    }
    fn number_holds(&self, number: f64) -> bool {
        match self.number {
            Some(wanted) => self.agrees(number.partial_cmp(&wanted)),
            // A number is no word; it differs from every one.
            None => self.operator == Operator::Unequal,
        }
    }
    fn agrees(&self, order: Option<Ordering>) -> bool {
        order.is_some_and(|order| match self.operator {
            Operator::Equal => order == Ordering::Equal,
            Operator::Unequal => order != Ordering::Equal,
            Operator::Less => order == Ordering::Less,
            Operator::LessOrEqual => order != Ordering::Greater,
            Operator::Greater => order == Ordering::Greater,
            Operator::GreaterOrEqual => order != Ordering::Less,
        })
    }
}

/// Quotes of either sort around a value are no part of it.
fn unquoted(text: &str) -> &str {
    ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn text(text: &str) -> CellRef<'_> {
        CellRef::Text(text)
    }

    #[test]
    fn conditions_compare_numbers_as_numbers_and_texts_as_texts() {
        for (condition, cell, expected) in [
            ("num_gpu >= 20", CellRef::Number(100.0), true),
            ("num_gpu>=20", CellRef::Number(9.0), false),
            ("num_gpu < 20", text("9"), true),
            ("num_gpu = 20", text("20.0"), true),
            ("model = gemma3:270m", text("gemma3:270m"), true),
            ("model != gemma3:270m", text("gemma3:1b"), true),
            ("model == a=b", text("a=b"), true),
            ("temperature <= 0.4", text("0.40"), true),
            ("error != ''", text("timed out"), true),
            ("error != ''", CellRef::Missing, false),
            ("error = ''", CellRef::Missing, true),
            ("error = \"\"", text("oom"), false),
            ("error != oom", CellRef::Missing, false),
            ("n < 3", CellRef::Missing, false),
            ("n < 3", text("many"), false),
            ("n != many", CellRef::Number(3.0), true),
            ("n = many", CellRef::Number(3.0), false),
            ("compiled = true", CellRef::Bool(true), true),
            ("compiled != true", CellRef::Bool(false), true),
        ] {
            assert_eq!(condition.parse::<Condition>().unwrap().holds(cell, None), expected, "{condition}");
        }
        for written in ["num_gpu >= 20", "model = a b", "error != ''"] {
            assert_eq!(written.parse::<Condition>().unwrap().to_string(), written);
        }
        for wrong in ["num_gpu", "= 3", "num_gpu >", "a ! b"] {
            assert_eq!(wrong.parse::<Condition>(), Err(NotACondition), "{wrong}");
        }
    }

    #[test]
    fn a_bare_number_is_in_the_files_own_unit() {
        let seconds = Scale::of("s");
        for (condition, expected) in [
            ("ttft_s > 1", true),
            ("ttft_s > 1000", false),
            ("ttft_s > 1200 ms", true),
            ("ttft_s > 2s", false),
        ] {
            let condition: Condition = condition.parse().unwrap();
            assert_eq!(condition.holds(CellRef::Number(1.5), Some(&seconds)), expected, "{condition:?}");
        }
    }
}
