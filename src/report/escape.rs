//! Text from files and models on its way into Markdown: it must stay text. No table,
//! heading, HTML, link or marker may come of it.

use std::fmt::Write as _;

use crate::text::sanitize::Shown;

/// One line of text for a paragraph, a list item or a table cell.
pub fn inline(text: &str) -> String {
    let shown = Shown::new(text.trim());
    let text = shown.as_str();
    let characters: Vec<char> = text.chars().collect();
    let mut escaped = String::with_capacity(text.len() + 8);
    for (index, &character) in characters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| characters.get(index)).copied();
        let behind = characters.get(index + 1).copied();
        let is_inside_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        match character {
            '<' => escaped.push_str("&lt;"),
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '_' if !(is_inside_word(before) && is_inside_word(behind)) => escaped.push_str("\\_"),
            '&' if behind.is_some_and(|c| c.is_alphanumeric() || c == '#') => escaped.push_str("&amp;"),
            '!' if behind == Some('[') => escaped.push_str("\\!"),
            '#' | '>' | '-' | '+' | '=' if index == 0 => {
                escaped.push('\\');
                escaped.push(character);
            }
            '.' | ')' if is_list_number(&characters, index) => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// `1.` at the start of a block would begin a list.
fn is_list_number(characters: &[char], index: usize) -> bool {
    (1..=9).contains(&index)
        && characters.iter().take(index).all(char::is_ascii_digit)
        && characters.get(index + 1).is_none_or(|c| c.is_whitespace())
}

/// A fenced block whose fence is longer than any run of backticks in it. Its lines are
/// made safe one by one.
pub fn fenced(text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(3.max(longest + 1));
    let mut block = format!("{fence}\n");
    for line in text.lines() {
        let _ = writeln!(block, "{}", Shown::new(line));
    }
    block.push_str(&fence);
    block.push('\n');
    block
}

/// A row of a table.
pub fn table_row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut row = String::from("|");
    for cell in cells {
        let cell = inline(cell);
        // A cell begins no block: a sign at its start needs no escape.
        let cell = match cell.strip_prefix('\\') {
            Some(rest) if rest.starts_with(['#', '>', '-', '+', '=']) => rest,
            _ => cell.as_str(),
        };
        row.push(' ');
        row.push_str(if cell.is_empty() { "–" } else { cell });
        row.push_str(" |");
    }
    row.push('\n');
    row
}

/// A table's head with its rule.
pub fn table_head(names: &[&str]) -> String {
    format!("{}|{}\n", table_row(names.iter().copied()), " --- |".repeat(names.len()))
}

/// JSON text with C1 controls, bidi controls and tag characters escaped: a terminal that
/// prints it is not fooled. They stand only inside strings, where the escape means the same.
pub fn json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        let is_hidden = matches!(character,
            '\u{7f}'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{61c}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
        if is_hidden {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
