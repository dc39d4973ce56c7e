//! Which values `metrics` is about: by file, metric, field and dimensions.

use std::cmp::Ordering;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::{
    cli::{Failure, FailureKind, arguments::Metrics},
    metrics::series::{Group, Series},
};

/// The filter of a command line.
#[derive(Debug)]
pub(super) struct Filter {
    files: Option<GlobSet>,
    metrics: Vec<String>,
    fields: Vec<String>,
    conditions: Vec<Condition>,
}

/// `K OP V`
#[derive(Debug, PartialEq)]
struct Condition {
    key: String,
    operator: Operator,
    value: String,
}

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

impl Filter {
    /// Reads it; an error names the argument that means nothing.
    pub fn of(arguments: &Metrics) -> Result<Self, Failure> {
        let conditions =
            arguments.conditions.iter().map(|text| Condition::parse(text)).collect::<Result<_, _>>()?;
        Ok(Filter {
            files: globs(&arguments.file)?,
            metrics: arguments.metric.clone(),
            fields: arguments.field.clone(),
            conditions,
        })
    }
    /// Is a series' metric and field asked for?
    pub fn takes_series(&self, series: &Series) -> bool {
        let metric = &series.metric.0;
        let is_metric = |name: &String| {
            name.eq_ignore_ascii_case(&metric.name) || name.eq_ignore_ascii_case(&metric.label)
        };
        (self.metrics.is_empty() || self.metrics.iter().any(is_metric))
            && (self.fields.is_empty() || self.fields.iter().any(|field| **field == *series.field))
    }
    /// Does it leave every value in?
    pub fn takes_all_values(&self) -> bool {
        self.files.is_none() && self.conditions.is_empty()
    }
    /// Is a value of this file, with these dimensions, asked for?
    pub fn takes(&self, path: &str, group: &Group) -> bool {
        let is_file = self.files.as_ref().is_none_or(|files| {
            let name = path.rsplit('/').next().unwrap_or(path);
            files.is_match(path) || files.is_match(name)
        });
        is_file
            && self.conditions.iter().all(|condition| {
                let dimension = group.0.iter().find(|(key, _)| **key == *condition.key);
                dimension.is_some_and(|(_, value)| condition.holds(value))
            })
    }
}

impl Condition {
    fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = || {
            Failure::new(FailureKind::Usage, format!("--where: `{text}` is not `KEY OP VALUE`"))
                .hint("OP is one of = != < <= > >=, as in --where 'num_gpu >= 20'")
        };
        let at = text.find(['!', '<', '>', '=']).ok_or_else(wrong)?;
        let (key, rest) = text.split_at(at);
        let (operator, value) = OPERATORS
            .iter()
            .find_map(|(symbol, operator)| Some((*operator, rest.strip_prefix(symbol)?)))
            .ok_or_else(wrong)?;
        let (key, value) = (key.trim(), value.trim());
        if key.is_empty() || value.is_empty() {
            return Err(wrong());
        }
        Ok(Condition { key: key.into(), operator, value: value.into() })
    }
    fn holds(&self, dimension: &str) -> bool {
        let order = match (dimension.parse::<f64>(), self.value.parse::<f64>()) {
            (Ok(one), Ok(other)) => one.partial_cmp(&other),
            _ => Some(dimension.cmp(self.value.as_str())),
        };
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

fn globs(patterns: &[String]) -> Result<Option<GlobSet>, Failure> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    let wrong = |error: globset::Error| Failure::new(FailureKind::Usage, format!("--file: {error}"));
    for pattern in patterns {
        set.add(GlobBuilder::new(pattern).literal_separator(true).build().map_err(wrong)?);
    }
    set.build().map(Some).map_err(wrong)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn conditions_compare_numbers_as_numbers() {
        for (condition, dimension, expected) in [
            ("num_gpu >= 20", "100", true),
            ("num_gpu>=20", "9", false),
            ("num_gpu < 20", "9", true),
            ("num_gpu = 20", "20.0", true),
            ("model = gemma3:270m", "gemma3:270m", true),
            ("model != gemma3:270m", "gemma3:1b", true),
            ("model == a=b", "a=b", true),
            ("temperature <= 0.4", "0.40", true),
        ] {
            assert_eq!(Condition::parse(condition).unwrap().holds(dimension), expected, "{condition}");
        }
        for wrong in ["num_gpu", "= 3", "num_gpu >", "a ! b"] {
            assert!(Condition::parse(wrong).is_err(), "{wrong}");
        }
    }
}
