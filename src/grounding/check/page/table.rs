//! Rows of tables, cut into cells.

/// Cells of a row that are looked at: a wider table says no more about one of them.
const MOST_CELLS: usize = 64;

/// Is this the line below a table's heads?
pub fn is_rule(line: &str) -> bool {
    let line = line.trim_matches(['>', ' ', '\t']);
    line.contains('-')
        && line.contains('|')
        && line.chars().all(|character| matches!(character, '|' | '-' | ':' | ' ' | '\t'))
}

/// The cells of a row without the blanks around them, each with its offset in the line.
pub fn cells(line: &str) -> Vec<(usize, &str)> {
    let lead = line.len() - line.trim_start_matches(['>', ' ', '\t']).len();
    let body = line.get(lead..).unwrap_or_default().trim_end();
    let inner = body.strip_prefix('|').unwrap_or(body);
    let start = lead + (body.len() - inner.len());
    let inner = inner.strip_suffix('|').filter(|rest| !rest.ends_with('\\')).unwrap_or(inner);
    let mut cells = Vec::new();
    let mut from = 0;
    let mut is_escaped = false;
    let mut cut = |from: usize, to: usize, base: usize| {
        let whole = inner.get(from..to).unwrap_or_default();
        let text = whole.trim();
        let offset = whole.len() - whole.trim_start().len();
        cells.push((base + from + offset, text));
    };
    for (at, character) in inner.char_indices() {
        if character == '|' && !is_escaped {
            cut(from, at, start);
            from = at + 1;
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    cut(from, inner.len(), start);
    cells
}

/// The heads of the table whose lines these are. Where a sentence runs into them (`Best of all: | a | b |`
/// above `| --- | --- |`) it is none of them.
pub fn heads<'a>(mut lines: impl Iterator<Item = &'a str>) -> Vec<(usize, &'a str)> {
    let (first, rule) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let mut found = cells(first);
    let is_open = !first.trim_start_matches(['>', ' ', '\t']).starts_with('|');
    let is_closed = rule.trim_start_matches(['>', ' ', '\t']).starts_with('|');
    if is_open && is_closed && found.len() == cells(rule).len() + 1 {
        found.remove(0);
    }
    found
}

/// The other cells of a row with their heads.
pub fn row_around(names: &[String], cells: &[(usize, &str)], column: usize) -> Vec<(String, String)> {
    cells
        .iter()
        .enumerate()
        .take(MOST_CELLS)
        .filter(|(other, (_, text))| *other != column && !text.is_empty())
        .map(|(other, (_, text))| (names.get(other).cloned().unwrap_or_default(), (*text).to_owned()))
        .collect()
}
