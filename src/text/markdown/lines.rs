//! What one line of Markdown may begin, end or go on with, by itself.

/// Tags whose HTML block ends with their end tag, not at a blank line.
const RAW_TAGS: [(&str, &str); 4] =
    [("<pre", "</pre>"), ("<script", "</script>"), ("<style", "</style>"), ("<textarea", "</textarea>")];

/// A list marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// `-`, `+`, `*`, or what stands behind a number.
    pub sign: char,
    /// The number of an ordered item.
    pub number: Option<u64>,
    /// Column where the item's content begins.
    pub content: usize,
    /// Nothing stands behind it.
    pub is_empty: bool,
}

impl Marker {
    /// Are both items of one list, if one follows the other?
    pub(super) fn is_same_list(self, other: Self) -> bool {
        self.sign == other.sign && self.number.is_some() == other.number.is_some()
    }
}

/// A line without its indent and line break.
pub(super) struct Line<'a> {
    /// Columns it is indented by; a tab goes to the next multiple of four.
    pub indent: usize,
    rest: &'a str,
}

impl<'a> Line<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let rest = line.trim_start_matches([' ', '\t']);
        let indent = columns(line.strip_suffix(rest).unwrap_or_default(), 0);
        Self { indent, rest }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.rest.is_empty()
    }

    /// Has it that text, in any case of letters?
    pub(super) fn has(&self, text: &str) -> bool {
        self.rest.len() >= text.len()
            && self.rest.as_bytes().windows(text.len()).any(|part| part.eq_ignore_ascii_case(text.as_bytes()))
    }

    /// An ATX heading.
    pub(super) fn is_heading(&self) -> bool {
        let behind = self.rest.trim_start_matches('#');
        let level = self.rest.len() - behind.len();
        self.indent < 4 && (1..=6).contains(&level) && (behind.is_empty() || behind.starts_with([' ', '\t']))
    }

    /// A thematic break, or the underline of a setext heading of level two.
    pub(super) fn is_rule(&self) -> bool {
        let Some(mark) = self.rest.chars().next().filter(|mark| matches!(mark, '-' | '*' | '_')) else {
            return false;
        };
        self.indent < 4
            && self.rest.chars().all(|sign| sign == mark || matches!(sign, ' ' | '\t'))
            && self.rest.chars().filter(|sign| *sign == mark).count() >= 3
    }

    /// Mark and length of a code fence that it opens.
    pub(super) fn opens_fence(&self) -> Option<(char, usize)> {
        let mark = self.rest.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let info = self.rest.trim_start_matches(mark);
        let length = self.rest.len() - info.len();
        (self.indent < 4 && length >= 3 && !(mark == '`' && info.contains('`'))).then_some((mark, length))
    }

    pub(super) fn closes_fence(&self, mark: char, length: usize) -> bool {
        let behind = self.rest.trim_start_matches(mark);
        self.indent < 4
            && self.rest.len() - behind.len() >= length
            && behind.trim_matches([' ', '\t']).is_empty()
    }

    /// The list marker it begins with.
    pub(super) fn marker(&self) -> Option<Marker> {
        if self.indent >= 4 || self.is_rule() {
            return None;
        }
        let digits = self.rest.len() - self.rest.trim_start_matches(|sign: char| sign.is_ascii_digit()).len();
        let behind = self.rest.get(digits..)?;
        let sign = behind.chars().next()?;
        let number = match (digits, sign) {
            (0, '-' | '+' | '*') => None,
            (1..=9, '.' | ')') => self.rest.get(..digits)?.parse().ok(),
            _ => return None,
        };
        let text = behind.get(1..)?;
        let content = text.trim_start_matches([' ', '\t']);
        let marker_end = self.indent + digits + 1;
        let gap = columns(text.strip_suffix(content)?, marker_end) - marker_end;
        let is_empty = content.is_empty();
        if gap == 0 && !is_empty {
            return None;
        }
        // Five columns or more are one, and indented code.
        let gap = if is_empty || gap > 4 { 1 } else { gap };
        Some(Marker { sign, number, content: marker_end + gap, is_empty })
    }

    /// Surely begins a block of its own behind a line of a paragraph, a quote or a table.
    pub(super) fn interrupts_paragraph(&self) -> bool {
        self.is_heading()
            || self.opens_fence().is_some()
            || self.html_end().is_some()
            || self
                .marker()
                .is_some_and(|marker| !marker.is_empty && marker.number.is_none_or(|number| number == 1))
    }

    /// Surely ends a list item, if it is not indented as far as the item's content.
    pub(super) fn interrupts_item(&self) -> bool {
        self.interrupts_lazy_item() || self.is_rule() || self.marker().is_some()
    }

    /// The same behind a line that may be a paragraph of its own: that might have an underline.
    pub(super) fn interrupts_lazy_item(&self) -> bool {
        self.is_heading()
            || self.opens_fence().is_some()
            || self.html_end().is_some()
            || self.marker().is_some_and(|marker| !marker.is_empty)
            || self.indent < 4 && self.rest.starts_with('>')
    }

    /// May begin HTML.
    pub(super) fn starts_html(&self) -> bool {
        let mut signs = self.rest.chars();
        self.indent < 4
            && signs.next() == Some('<')
            && signs.next().is_some_and(|sign| sign == '/' || sign.is_ascii_alphabetic())
    }

    /// What ends the HTML block it begins, where that is not a blank line.
    pub(super) fn html_end(&self) -> Option<&'static str> {
        if self.indent >= 4 || !self.rest.starts_with('<') {
            return None;
        }
        let is_tag = |tag: &str| {
            self.rest.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag))
                && self
                    .rest
                    .get(tag.len()..)
                    .is_some_and(|behind| behind.is_empty() || behind.starts_with([' ', '\t', '>']))
        };
        if let Some((_, end)) = RAW_TAGS.iter().find(|(tag, _)| is_tag(tag)) {
            return Some(end);
        }
        match self.rest.get(1..)? {
            text if text.starts_with("!--") => Some("-->"),
            text if text.starts_with('?') => Some("?>"),
            text if text.starts_with("![CDATA[") => Some("]]>"),
            text if text.starts_with('!')
                && text[1..].starts_with(|sign: char| sign.is_ascii_alphabetic()) =>
            {
                Some(">")
            }
            _ => None,
        }
    }

    /// The definition of a footnote.
    pub(super) fn is_footnote(&self) -> bool {
        self.indent < 4 && self.rest.starts_with("[^") && self.rest.contains("]:")
    }

    /// The row under a table's header.
    pub(super) fn is_table_delimiter(&self) -> bool {
        self.indent < 4
            && self.rest.contains('|')
            && self.rest.contains('-')
            && self.rest.chars().all(|sign| matches!(sign, '|' | '-' | ':' | ' ' | '\t'))
    }
}

fn columns(space: &str, from: usize) -> usize {
    space.chars().fold(from, |column, sign| if sign == '\t' { (column / 4 + 1) * 4 } else { column + 1 })
}
