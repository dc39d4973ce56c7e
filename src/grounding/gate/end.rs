//! Where a sentence ends in a text that is still growing.

/// Words that end with a full stop and end no sentence.
const ABBREVIATIONS: [&str; 17] = [
    "e.g.", "i.e.", "vs.", "approx.", "etc.", "cf.", "fig.", "no.", "resp.", "incl.", "std.", "dev.", "avg.",
    "max.", "min.", "v.", "ca.",
];
/// Marks that may close a sentence behind its full stop.
const CLOSING: [char; 8] = ['"', '”', '’', '\'', ')', '*', '_', '`'];

/// Byte end of the first whole sentence, list item, heading or table row of a growing text;
/// `None` while it may go on. The blanks before it belong to it, those behind it do not.
pub fn sentence_end(text: &str) -> Option<usize> {
    let start = text.len() - text.trim_start().len();
    let body = text.get(start..)?;
    let line_end = body.find('\n');
    let first_line = body.get(..line_end.unwrap_or(body.len()))?;
    // A heading or a table row is its line, whatever stands in it.
    if first_line.starts_with(['#', '|']) || first_line.starts_with("```") {
        return line_end.map(|end| start + first_line.get(..end).unwrap_or(first_line).trim_end().len());
    }
    let mut from = marker(body);
    loop {
        let rest = body.get(from..)?;
        let (at, mark) = rest.char_indices().find(|(_, c)| matches!(c, '.' | '!' | '?' | '…' | '\n'))?;
        let at = from + at;
        let end = at + mark.len_utf8();
        if mark == '\n' {
            if is_line_whole(body, at)? {
                return Some(start + body.get(..at)?.trim_end().len());
            }
            from = end;
            continue;
        }
        let behind = body.get(end..)?;
        let closing = behind.len() - behind.trim_start_matches(CLOSING).len();
        let next = behind.get(closing..)?;
        // The end of the text may be a decimal point, or the middle of `e.g.`.
        let first = next.chars().next()?;
        if first.is_whitespace() && !is_abbreviation(body, end) && begins_anew(next)? {
            return Some(start + end + closing);
        }
        from = end;
    }
}

/// Length of the list marker that the text begins with.
fn marker(body: &str) -> usize {
    if let Some(bullet) = ["- ", "* ", "+ ", "• "].iter().find(|bullet| body.starts_with(**bullet)) {
        return bullet.len() + marker(body.get(bullet.len()..).unwrap_or_default());
    }
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let is_number = (1..=3).contains(&digits);
    let rest = body.get(digits..).unwrap_or_default();
    if is_number && (rest.starts_with(". ") || rest.starts_with(") ")) { digits + 2 } else { 0 }
}

/// Does a line break end the item? A line that goes on in small letters is a wrapped one.
/// `None` while nobody can say.
fn is_line_whole(body: &str, at: usize) -> Option<bool> {
    if body.get(..at)?.trim().is_empty() {
        return Some(false);
    }
    let behind = body.get(at + 1..)?;
    let next = behind.trim_start_matches([' ', '\t']);
    let first = next.chars().next()?;
    Some(first == '\n' || !first.is_lowercase())
}

/// Is the full stop before `end` that of an abbreviation, or of a list number?
fn is_abbreviation(body: &str, end: usize) -> bool {
    let word = body.get(..end).and_then(|before| before.split_whitespace().next_back()).unwrap_or_default();
    let word = word.trim_start_matches(['(', '*', '_', '"', '“']).to_lowercase();
    let is_number = word.len() <= 3 && word.trim_end_matches('.').bytes().all(|byte| byte.is_ascii_digit());
    ABBREVIATIONS.contains(&word.as_str()) || (is_number && is_first_of_line(body, end - word.len()))
}

fn is_first_of_line(body: &str, at: usize) -> bool {
    let before = body.get(..at).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default().trim_matches([' ', '-', '*', '+']).is_empty()
}

/// Does what follows begin a sentence? A small letter goes on, unless it begins a name
/// (`gemma3:1b`, `num_gpu`). `None` while the word is not whole.
fn begins_anew(behind: &str) -> Option<bool> {
    if behind.trim_start_matches([' ', '\t', '\r']).starts_with('\n') {
        return Some(true);
    }
    let next = behind.trim_start();
    let first = next.chars().find(|c| c.is_alphanumeric());
    let Some(first) = first else { return if next.is_empty() { None } else { Some(true) } };
    if !first.is_lowercase() {
        return Some(true);
    }
    let end = next.find(char::is_whitespace)?;
    Some(next.get(..end)?.contains(|c: char| c.is_ascii_digit() || matches!(c, ':' | '_' | '=' | '/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_with_its_full_stop() {
        let ends = |text: &str, sentence: &str| {
            assert_eq!(sentence_end(text).and_then(|end| text.get(..end)), Some(sentence), "{text:?}");
        };
        ends("It reached 182.5 tok/s. The", "It reached 182.5 tok/s.");
        ends("Prefer gemma3:1b. It", "Prefer gemma3:1b.");
        ends("It is slow. gemma3:270m is", "It is slow.");
        ends("It is e.g. fast, approx. 3 ms. And", "It is e.g. fast, approx. 3 ms.");
        ends(" He said \"so.\" Then", " He said \"so.\"");
        ends("(It is fast.) Then", "(It is fast.)");
        ends("- 1 ms is short\n- next", "- 1 ms is short");
        ends("1. Use it. Then", "1. Use it.");
        ends("- Use it\n- Then", "- Use it");
        ends("A line that\nis wrapped here. Next", "A line that\nis wrapped here.");
        ends("## Key findings\n", "## Key findings");
        ends("| a. b | c |\n", "| a. b | c |");
        ends("No stop here\n\nNext", "No stop here");
        ends("Is it so? Yes", "Is it so?");
    }

    #[test]
    fn what_may_go_on_has_no_end() {
        for text in [
            "",
            "  ",
            "It reached 182.",
            "It reached 182.5 tok/s",
            "It is e.g. ",
            "It is so. ",
            "It is so. gem",
            "1. ",
            "## Key",
        ] {
            assert_eq!(sentence_end(text), None, "{text:?}");
        }
    }
}
