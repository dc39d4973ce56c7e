//! Which columns and leaves a `--field` means: a name, a glob, or a JSON Pointer with `*`.

use std::borrow::Cow;

use crate::ingest::file::{Column, Table};

/// Parts of a path that one pattern may have: longer ones are no path of anybody.
const MAX_PARTS: usize = 64;

/// A name (`ttft_s`), a glob (`*_ms`), a path (`backends.*.mean_ms`) or a JSON Pointer with
/// `*` for any part (`/backends/*/mean_ms`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPattern {
    written: String,
    parts: Vec<String>,
    is_pointer: bool,
}

impl FieldPattern {
    /// Every text is a pattern.
    pub fn new(text: &str) -> Self {
        let is_pointer = text.starts_with('/');
        let parts = if is_pointer {
            text.split('/').skip(1).map(|part| unescaped(part).into_owned()).take(MAX_PARTS).collect()
        } else {
            text.split('.').map(ToOwned::to_owned).take(MAX_PARTS).collect()
        };
        FieldPattern { written: text.to_owned(), parts, is_pointer }
    }
    /// As given.
    pub fn as_str(&self) -> &str {
        &self.written
    }
    /// Does it name one column, as the file writes it? Then it is wanted whatever it holds.
    pub fn is_exact(&self) -> bool {
        !self.written.contains(['*', '?'])
    }
    /// Does it mean the column by its name alone?
    pub fn takes_name(&self, name: &str) -> bool {
        !self.is_pointer && (self.written == name || glob(self.written.as_bytes(), name.as_bytes()))
    }
    /// Does it mean this cell of a column, by name or place?
    pub fn takes(&self, table: &Table, column: &Column, row: usize) -> bool {
        if self.takes_name(&column.name) {
            return true;
        }
        self.takes_places()
            && row < table.row_pointers.len()
            && self.takes_place(table, column, &table.row_pointers.get(row))
    }
    /// Has it more than a name, so that a place may be meant?
    pub fn takes_places(&self) -> bool {
        self.is_pointer || self.parts.len() > 1
    }
    fn takes_place(&self, table: &Table, column: &Column, pointer: &str) -> bool {
        let row: Vec<Cow<'_, str>> = pointer.split('/').skip(1).map(unescaped).collect();
        // A list of samples: its rows are the leaves.
        let is_list = table.pointer.rsplit('/').next().is_some_and(|last| unescaped(last) == *column.name);
        if is_list && self.matches(&row) {
            return true;
        }
        let mut leaf = row;
        // A table in columns: `*` stands for the column's name.
        if let Some(at) = leaf.iter().rposition(|part| part == "*") {
            leaf[at] = Cow::Borrowed(&column.name);
        } else if let Some(owner) = column.name.strip_suffix("#2") {
            leaf.push(Cow::Borrowed(owner));
        } else {
            leaf.push(Cow::Borrowed(&column.name));
        }
        if self.matches(&leaf) {
            return true;
        }
        let Some(last) = leaf.pop() else { return false };
        leaf.extend(last.split('.').map(|part| Cow::Owned(part.to_owned())));
        self.matches(&leaf)
    }
    fn matches(&self, path: &[Cow<'_, str>]) -> bool {
        path.len() == self.parts.len()
            && self.parts.iter().zip(path).all(|(part, found)| glob(part.as_bytes(), found.as_bytes()))
    }
}

/// `~1` and `~0` of a JSON Pointer.
fn unescaped(part: &str) -> Cow<'_, str> {
    if part.contains('~') { part.replace("~1", "/").replace("~0", "~").into() } else { part.into() }
}

/// `*` any text, `?` any byte; in time that grows with the product of the lengths.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(&sign) if sign == b'?' || sign == text[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((star_at, taken)) = star else { return false };
                star = Some((star_at, taken + 1));
                at = star_at + 1;
                read = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|sign| *sign == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{self, file::Kind};

    #[track_caller]
    fn check(json: &str, pattern: &str, expected: &[&str]) {
        let document = ingest::parse("a.json", Kind::Json, json.as_bytes());
        let pattern = FieldPattern::new(pattern);
        let mut found = Vec::new();
        for table in &document.tables {
            for column in table.columns.iter().filter(|column| !column.name.starts_with("../")) {
                for (row, cell) in column.cells.iter().enumerate() {
                    if pattern.takes(table, column, row) && cell != ingest::cells::CellRef::Missing {
                        found.push(format!("{cell:?}"));
                    }
                }
            }
        }
        let expected: Vec<String> = expected.iter().map(|number| format!("Number({number})")).collect();
        assert_eq!(found, expected, "{}", pattern.as_str());
    }

    #[test]
    fn leaves_of_json_are_found_by_name_and_by_path() {
        let map = r#"{"backends":{"eager":{"bench":{"mean_ms":1.5}},"jit":{"bench":{"mean_ms":2.5}}}}"#;
        for pattern in ["/backends/*/bench/mean_ms", "backends.*.bench.mean_ms", "*mean_ms", "bench.mean_ms"]
        {
            check(map, pattern, &["1.5", "2.5"]);
        }
        check(map, "/backends/jit/bench/mean_ms", &["2.5"]);
        check(map, "/backends/*", &[]);
        check(map, "backends.*.mean_ms", &[]);
        check(r#"{"timing":{"p95_ms":0.5,"n":3}}"#, "timing.p95_ms", &["0.5"]);
        check(r#"{"timing":{"p95_ms":0.5,"n":3}}"#, "p95_ms", &["0.5"]);
        check(r#"{"runs":[{"a/b":1.5},{"a/b":2.5}]}"#, "/runs/1/a~1b", &["2.5"]);
        check(r#"{"run":{"samples":[1.5,2.5]}}"#, "/run/samples/*", &["1.5", "2.5"]);
        check(r#"{"run":{"samples":[1.5,2.5]}}"#, "samples", &["1.5", "2.5"]);
        check(r#"{"t":{"x_ms":[1.5,2.5],"y_ms":[3.5,4.5]}}"#, "/t/y_ms/0", &["3.5"]);
    }

    #[test]
    fn globs() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("?b", "ab", true),
            ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("p9?_ms", "p95_ms", true),
        ] {
            assert_eq!(glob(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }
}
