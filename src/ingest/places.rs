//! Where the rows of a table stand: lines and JSON Pointers, kept as runs. Rows follow
//! each other in even steps, so that a million of them need but a few words.

use std::fmt;

/// The line of each row, counted from 1.
#[derive(Clone, Default)]
pub struct Lines {
    runs: Vec<LineRun>,
    count: u32,
}

/// Rows from `row` on, each `step` lines behind the one before.
#[derive(Clone, Copy)]
struct LineRun {
    row: u32,
    line: u32,
    step: u32,
}

impl Lines {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.count as usize
    }
    /// No row.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
    /// Adds a row.
    pub fn push(&mut self, line: u32) {
        let row = self.count;
        self.count += 1;
        if let Some(run) = self.runs.last_mut() {
            let rows = row - run.row;
            if rows == 1 && line >= run.line {
                run.step = line - run.line;
                return;
            }
            if u64::from(run.line) + u64::from(run.step) * u64::from(rows) == u64::from(line) {
                return;
            }
        }
        self.runs.push(LineRun { row, line, step: 0 });
    }
    /// Keeps the first rows alone.
    pub fn truncate(&mut self, rows: usize) {
        self.count = self.count.min(rows as u32);
        self.runs.retain(|run| run.row < self.count);
    }
    /// No more rows come: gives back the room that nothing will fill.
    pub fn shrink_to_fit(&mut self) {
        self.runs.shrink_to_fit();
    }
    /// Line of a row; 0 for one that is not there.
    pub fn get(&self, row: usize) -> u32 {
        if row >= self.len() {
            return 0;
        }
        let at = self.runs.partition_point(|run| run.row as usize <= row);
        let run = at.checked_sub(1).and_then(|at| self.runs.get(at));
        run.map_or(0, |run| run.line + run.step * (row as u32 - run.row))
    }
    /// The first row at this line or below it, where rows follow each other down the file.
    pub fn first_from(&self, line: u32) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.get(middle) < line { low = middle + 1 } else { high = middle }
        }
        low
    }
    /// All lines in order of the rows.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let ends = self.runs.iter().skip(1).map(|run| run.row).chain([self.count]);
        self.runs.iter().zip(ends).flat_map(|(run, end)| {
            let run = *run;
            (0..end - run.row).map(move |nth| run.line + run.step * nth)
        })
    }
}

impl FromIterator<u32> for Lines {
    fn from_iter<I: IntoIterator<Item = u32>>(lines: I) -> Self {
        let mut found = Self::default();
        lines.into_iter().for_each(|line| found.push(line));
        found
    }
}

impl PartialEq for Lines {
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The JSON Pointer of each row; empty for tables whose rows are known by their line.
#[derive(Clone, Default)]
pub struct Pointers {
    /// The beginnings of all runs, one behind the other.
    starts: String,
    runs: Vec<PointerRun>,
    count: u32,
}

/// Rows from `row` on: a beginning, and behind it counted indices or nothing.
#[derive(Clone, Copy)]
struct PointerRun {
    row: u32,
    /// End of its beginning in [`Pointers::starts`].
    end: u32,
    first: Option<u32>,
}

impl Pointers {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.count as usize
    }
    /// The rows have no pointers.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
    /// Adds a row: the whole pointer, or that of an array and the index in it.
    pub fn push(&mut self, start: &str, index: Option<usize>) {
        let row = self.count;
        self.count += 1;
        let index = index.map(|index| index as u32);
        if let Some(run) = self.runs.last() {
            let is_next = run.first.map(|first| first + (row - run.row)) == index && index.is_some();
            if is_next && self.start(self.runs.len() - 1) == start {
                return;
            }
        }
        self.starts.push_str(start);
        self.runs.push(PointerRun { row, end: self.starts.len() as u32, first: index });
    }
    /// Pointer of a row, written out; empty for one that is not there.
    pub fn get(&self, row: usize) -> String {
        if row >= self.len() {
            return String::new();
        }
        let at = self.runs.partition_point(|run| run.row as usize <= row).saturating_sub(1);
        let Some(run) = self.runs.get(at) else { return String::new() };
        let start = self.start(at);
        match run.first {
            Some(first) => format!("{start}/{}", first as usize + row - run.row as usize),
            None => start.to_owned(),
        }
    }
    /// All pointers, written out.
    pub fn iter(&self) -> impl Iterator<Item = String> + '_ {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Keeps the first rows alone.
    pub fn truncate(&mut self, rows: usize) {
        self.count = self.count.min(rows as u32);
        self.runs.retain(|run| run.row < self.count);
        self.starts.truncate(self.runs.last().map_or(0, |run| run.end as usize));
    }
    /// Adds all rows of another table.
    pub fn extend(&mut self, other: &Self) {
        let ends = other.runs.iter().skip(1).map(|run| run.row).chain([other.count]);
        for (at, (run, end)) in other.runs.iter().zip(ends).enumerate() {
            for nth in 0..end - run.row {
                self.push(other.start(at), run.first.map(|first| (first + nth) as usize));
            }
        }
    }

    fn start(&self, run: usize) -> &str {
        let from =
            run.checked_sub(1).and_then(|before| self.runs.get(before)).map_or(0, |run| run.end as usize);
        self.runs.get(run).and_then(|run| self.starts.get(from..run.end as usize)).unwrap_or_default()
    }
}

impl PartialEq for Pointers {
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Pointers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back() {
        for lines in [
            vec![],
            vec![5],
            vec![2, 3, 4, 5],
            vec![2, 9, 16, 23, 24, 25, 40],
            vec![7, 7, 7, 8, 9, 3, 3],
            vec![9, 1, 2],
        ] {
            let kept: Lines = lines.iter().copied().collect();
            assert_eq!(kept.iter().collect::<Vec<_>>(), lines);
            assert_eq!((0..lines.len()).map(|row| kept.get(row)).collect::<Vec<_>>(), lines);
            assert_eq!((kept.len(), kept.get(lines.len())), (lines.len(), 0));
        }
    }

    #[test]
    fn lines_go_on_behind_the_rows_that_are_kept() {
        let lines = [2, 3, 4, 9, 16, 23, 24, 25, 40];
        for kept in 0..=lines.len() {
            let mut found: Lines = lines.iter().copied().collect();
            found.truncate(kept);
            assert_eq!(found.iter().collect::<Vec<_>>(), lines[..kept]);
            lines[kept..].iter().for_each(|line| found.push(*line));
            assert_eq!(found.iter().collect::<Vec<_>>(), lines);
        }
    }

    #[test]
    fn pointers_come_back() {
        let mut kept = Pointers::default();
        let rows = [
            ("/runs", Some(0)),
            ("/runs", Some(1)),
            ("/runs", Some(3)),
            ("/runs/2/samples", Some(4)),
            ("/runs/2/samples", Some(5)),
            ("/backends/eager", None),
            ("/backends/eager", None),
            ("", Some(0)),
            ("", None),
        ];
        for (start, index) in rows {
            kept.push(start, index);
        }
        let expected: Vec<String> = rows
            .iter()
            .map(|(start, index)| index.map_or((*start).to_owned(), |index| format!("{start}/{index}")))
            .collect();
        assert_eq!(kept.iter().collect::<Vec<_>>(), expected);
    }
}
