//! The order of the files, and which of them are listed.

use std::cmp::Ordering;

use super::FileLine;
use crate::{
    app::{filter::Filter, sort::FileSort},
    ingest::inventory::ReportFile,
};

/// What the lines are in order of.
#[derive(Clone, Copy)]
pub(super) struct Order {
    pub sort: FileSort,
    pub is_reversed: bool,
    /// What fits a filter best comes first, where nothing else was asked for.
    pub is_ranked: bool,
}

impl Order {
    /// Which of two comes first.
    pub fn compare(self, one: &FileLine, other: &FileLine) -> Ordering {
        let by_sort = || self.sort.compare(&one.file, &other.file);
        let compared = if self.is_ranked && self.sort == FileSort::Path {
            other.score.cmp(&one.score).then_with(by_sort)
        } else {
            by_sort()
        };
        if self.is_reversed { compared.reverse() } else { compared }
    }
}

/// How well a file fits the filter; `None`: it is not listed.
pub(super) fn score(filter: &mut Option<Filter>, file: &ReportFile) -> Option<u32> {
    filter.as_mut().map_or(Some(0), |filter| filter.score(&file.path))
}
