//! More than one value: JSON Lines, values on lines of their own, and what is garbage.

use std::borrow::Cow;

use super::{
    super::{
        super::log::{Log, quote},
        tape::{Node, Value},
    },
    Reader,
};

impl Reader<'_> {
    /// What follows the first value: nothing, more records on lines of their own, or garbage.
    pub(super) fn tail(&mut self, log: &mut Log<'_>) {
        let before = self.line;
        self.skip_space(log);
        let Some(byte) = self.byte() else { return };
        let is_container =
            self.tape.nodes.first().is_some_and(|node| matches!(node.value, Value::Object | Value::Array));
        if is_container && matches!(byte, b'{' | b'[') && self.line > before {
            self.wrap();
            self.sequence(log);
            return;
        }
        let rest = &self.text[self.at..];
        let lines = rest.lines().count();
        let message = if lines > 1 {
            format!(
                "{lines} lines behind the end of the JSON are left out: {}",
                quote(rest.lines().next().unwrap_or(rest))
            )
        } else {
            format!("text behind the end of the JSON is left out: {}", quote(rest))
        };
        log.loss(self.at, message);
    }

    /// Puts the first record under an array of records.
    fn wrap(&mut self) {
        let end = self.tape.nodes.len() as u32 + 1;
        for node in &mut self.tape.nodes {
            node.end += 1;
        }
        let root = Node { value: Value::Array, key: Cow::Borrowed(""), line: 1, end };
        self.tape.nodes.insert(0, root);
    }

    /// Record after record, each a value.
    fn sequence(&mut self, log: &mut Log<'_>) {
        loop {
            self.skip_space(log);
            match self.byte() {
                None => break,
                Some(b'{' | b'[') => {
                    self.value(Cow::Borrowed(""), log);
                    self.members(log);
                }
                Some(_) => {
                    let rest = &self.text[self.at..];
                    let line = rest.lines().next().unwrap_or(rest);
                    log.loss(self.at, format!("a line that is no record is left out: {}", quote(line)));
                    self.step(line.len().max(1));
                }
            }
        }
        self.tape.nodes[0].end = self.tape.nodes.len() as u32;
    }

    /// JSON Lines: a record never crosses a line end, so a broken line costs itself alone.
    pub(super) fn lines(&mut self, log: &mut Log<'_>) {
        let root = Node { value: Value::Array, key: Cow::Borrowed(""), line: 1, end: 1 };
        self.tape.nodes.push(root);
        let all = self.text;
        while self.at < all.len() {
            let feed = memchr::memchr(b'\n', &all.as_bytes()[self.at..]).map(|feed| self.at + feed);
            let end = feed.unwrap_or(all.len());
            let (start, line) = (self.at, self.line);
            // Seen through a window that ends with the line.
            self.text = &all[..end];
            self.bytes = self.text.as_bytes();
            self.skip_space(log);
            if self.at < end {
                let nodes = self.tape.nodes.len();
                let is_whole = feed.is_some() || is_closed(&self.text[start..end]);
                if is_whole {
                    self.value(Cow::Borrowed(""), log);
                    self.members(log);
                    self.skip_space(log);
                    if self.at < end {
                        log.loss(
                            self.at,
                            format!(
                                "text behind the record is left out: {}",
                                quote(&self.text[self.at..end])
                            ),
                        );
                    }
                } else {
                    log.loss(
                        start,
                        "half-written: the last line is no whole record; it is left out until it is whole",
                    );
                    self.tape.nodes.truncate(nodes);
                    break;
                }
            }
            self.at = (end + 1).min(all.len());
            self.line = line + 1;
            if feed.is_some() {
                self.tape.whole = self.at;
                self.tape.whole_line = self.line;
                self.tape.is_lossy_before = log.is_lossy();
            }
        }
        self.tape.nodes[0].end = self.tape.nodes.len() as u32;
    }
}

/// Ends a line without a feed as a whole record does?
fn is_closed(line: &str) -> bool {
    let line = line.trim();
    match line.as_bytes().first() {
        Some(b'{') => line.ends_with('}') && is_balanced(line),
        Some(b'[') => line.ends_with(']') && is_balanced(line),
        _ => false,
    }
}

fn is_balanced(line: &str) -> bool {
    let mut depth = 0_i64;
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in line.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b'{' | b'[' if !is_text => depth += 1,
            b'}' | b']' if !is_text => depth -= 1,
            _ => {}
        }
    }
    depth == 0 && !is_text
}
