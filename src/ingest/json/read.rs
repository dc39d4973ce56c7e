//! Text to tape in one pass, without recursion. Whatever is not JSON is read when there is
//! only one way to read it, and always said.

mod records;

use std::borrow::Cow;

use super::{
    super::{
        cells::FastMap,
        log::{Log, quote},
    },
    number, string,
    tape::{Node, Tape, Value},
};

/// Containers inside containers: deeper ones are skipped. No result file nests like this,
/// and a file of brackets must not exhaust the stack of whoever walks the tape.
const MAX_DEPTH: usize = 256;
/// Objects with more members than this look their names up in a map.
const MANY_MEMBERS: usize = 16;

/// Reads a text. With `is_lines` every line is a record; else further values on lines of
/// their own make it so.
pub fn read<'a>(text: &'a str, is_lines: bool, log: &mut Log<'_>) -> Tape<'a> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        line: 1,
        tape: Tape::for_text(text),
        open: Vec::new(),
        members: Vec::new(),
    };
    reader.skip_preface(is_lines, log);
    reader.skip_space(log);
    if reader.at >= text.len() {
        return reader.tape;
    }
    if is_lines {
        reader.lines(log);
        return reader.tape;
    }
    reader.value(Cow::Borrowed(""), log);
    reader.members(log);
    reader.tail(log);
    reader.tape
}

/// Reads more JSON Lines of a file, from a line on.
pub fn read_lines<'a>(text: &'a str, first_line: u32, log: &mut Log<'_>) -> Tape<'a> {
    let bytes = text.as_bytes();
    let mut reader = Reader {
        text,
        bytes,
        at: 0,
        line: first_line,
        tape: Tape::for_text(text),
        open: Vec::new(),
        members: Vec::new(),
    };
    reader.lines(log);
    reader.tape
}

/// An open container.
struct Open<'a> {
    node: usize,
    is_object: bool,
    /// Where its members begin in [`Reader::members`].
    first: usize,
    /// Bits of the names so far: one that has another bit is new.
    seen: u64,
    /// Names with their nodes, when there are many.
    many: Option<Box<FastMap<Cow<'a, str>, usize>>>,
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: u32,
    tape: Tape<'a>,
    open: Vec<Open<'a>>,
    /// Nodes of the members of all open objects so far, the innermost last.
    members: Vec<u32>,
}

impl<'a> Reader<'a> {
    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// White space, and comments, which are read and reported.
    fn skip_space(&mut self, log: &mut Log<'_>) {
        while let Some(byte) = self.byte() {
            // Nearly always: a value, a name or a bracket.
            if byte > b'/' && byte < 0x80 || byte == b'"' || byte == b',' {
                return;
            }
            match byte {
                b'\n' => {
                    self.line += 1;
                    self.at += 1;
                    let rest = &self.bytes[self.at..];
                    self.at += rest.iter().take_while(|byte| **byte == b' ').count();
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                0x0b | 0x0c => {
                    log.loss(self.at, "a control character between values is left out");
                    self.at += 1;
                }
                b'/' if matches!(self.bytes.get(self.at + 1), Some(b'/' | b'*')) => self.comment(log),
                b'#' => self.comment(log),
                0xC2..=0xEF
                    if self.text[self.at..]
                        .starts_with(['\u{a0}', '\u{feff}', '\u{2028}', '\u{2060}', '\u{85}']) =>
                {
                    log.loss(self.at, "an invisible character between values is left out");
                    self.at += self.text[self.at..].chars().next().map_or(1, char::len_utf8);
                }
                _ => return,
            }
        }
    }

    fn comment(&mut self, log: &mut Log<'_>) {
        let rest = &self.text[self.at..];
        let length = if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else {
            memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len())
        };
        log.loss(self.at, format!("the comment {} is left out", quote(rest[..length].trim())));
        self.step(length);
    }

    /// Moves on, counting lines.
    fn step(&mut self, length: usize) {
        let end = (self.at + length).min(self.bytes.len());
        self.line += memchr::memchr_iter(b'\n', &self.bytes[self.at..end]).count() as u32;
        self.at = end;
    }

    /// Moves on behind a text; a plain one has no line to count.
    fn pass(&mut self, end: usize, is_plain: bool) {
        if is_plain {
            self.at = end;
        } else {
            self.step(end - self.at);
        }
    }

    /// Text before the JSON (a tool's chatter) is skipped and said.
    fn skip_preface(&mut self, is_lines: bool, log: &mut Log<'_>) {
        let start = self.text.len() - self.text.trim_start().len();
        let first = self.bytes.get(start).copied().unwrap_or(b'{');
        if is_lines
            || matches!(first, b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' | b'/' | b'#')
        {
            // `true`, `nothing to do`: only a line that opens a container speaks against it.
            let word = self.text[start..].split(['\n', '\r']).next().unwrap_or_default().trim_end();
            let is_chatter = matches!(first, b't' | b'f' | b'n' | b'0'..=b'9' | b'-')
                && word.contains(' ')
                && self.opening_line(start).is_some();
            if !is_chatter {
                return;
            }
        }
        if let Some(found) = self.opening_line(start) {
            let skipped = self.text[start..found].trim_end();
            log.loss(start, format!("text before the JSON is left out: {}", quote(skipped)));
            self.step(found);
        }
    }

    /// The first later line that begins with a bracket.
    fn opening_line(&self, from: usize) -> Option<usize> {
        memchr::memchr_iter(b'\n', &self.bytes[from..]).map(|feed| from + feed + 1).find(|&start| {
            let line = self.text[start..].trim_start_matches([' ', '\t']);
            line.starts_with(['{', '['])
        })
    }

    fn push(&mut self, key: Cow<'a, str>, value: Value<'a>, log: &mut Log<'_>, at: usize) -> usize {
        let node = self.tape.nodes.len();
        if let Some(open) = self.open.last_mut().filter(|open| open.is_object) {
            let nodes = &self.tape.nodes;
            let few = self.members.get_mut(open.first..).unwrap_or_default();
            let bit = name_bit(&key);
            let is_new = open.seen & bit == 0;
            open.seen |= bit;
            let before = if is_new && few.len() < MANY_MEMBERS {
                self.members.push(node as u32);
                None
            } else if few.len() < MANY_MEMBERS {
                let before = few.iter_mut().find(|known| nodes[**known as usize].key == key);
                if let Some(before) = before {
                    Some(std::mem::replace(before, node as u32) as usize)
                } else {
                    self.members.push(node as u32);
                    None
                }
            } else {
                let known = few.iter().map(|&known| (nodes[known as usize].key.clone(), known as usize));
                open.many.get_or_insert_with(|| Box::new(known.collect())).insert(key.clone(), node)
            };
            if let Some(before) = before {
                let old = describe(&self.tape.nodes[before].value);
                log.loss(
                    at,
                    format!(
                        "{} stands twice in its object; the last value counts, the first was {old}",
                        quote(&key)
                    ),
                );
                self.tape.nodes[before].value = Value::Dead;
            }
        }
        let line = self.line;
        self.tape.nodes.push(Node { value, key, line, end: node as u32 + 1 });
        node
    }

    /// Reads the start of a value: a scalar whole, of a container the bracket.
    fn value(&mut self, key: Cow<'a, str>, log: &mut Log<'_>) {
        let start = self.at;
        match self.byte() {
            Some(bracket @ (b'{' | b'[')) => {
                if self.open.len() >= MAX_DEPTH {
                    log.loss(start, format!("nested deeper than {MAX_DEPTH}: not read"));
                    self.skip_container();
                    self.push(key, Value::Null, log, start);
                    return;
                }
                let is_object = bracket == b'{';
                let value = if is_object { Value::Object } else { Value::Array };
                let node = self.push(key, value, log, start);
                self.open.push(Open { node, is_object, first: self.members.len(), seen: 0, many: None });
                self.at += 1;
            }
            Some(quote @ (b'"' | b'\'')) => {
                if quote == b'\'' {
                    log.loss(start, "single quotes around a text");
                }
                let found = string::read(self.text, start, quote, log);
                // The place of a text that spans lines is where it starts.
                self.push(key, Value::Text(found.text), log, start);
                self.pass(found.end, found.is_plain);
            }
            Some(_) => {
                if let Some((number, length)) = number::quick(&self.text[start..]) {
                    self.push(key, Value::Number(number), log, start);
                    self.at += length;
                    return;
                }
                let length = number::token(&self.bytes[start..]);
                if length == 0 {
                    self.unexpected(key, log);
                    return;
                }
                let token = &self.text[start..start + length];
                let is_cut = start + length == self.bytes.len() && !self.open.is_empty();
                let value = number::read(token, start, is_cut, log);
                self.push(key, value, log, start);
                self.at += length;
            }
            None => {
                log.loss(start, "a value is missing at the end of the file");
                self.push(key, Value::Null, log, start);
            }
        }
    }

    /// No value starts here: everything up to the next separator is left out.
    fn unexpected(&mut self, key: Cow<'a, str>, log: &mut Log<'_>) {
        let start = self.at;
        let rest = &self.bytes[start..];
        let length =
            rest.iter().position(|byte| matches!(byte, b',' | b']' | b'}' | b'\n')).unwrap_or(rest.len());
        if length == 0 {
            log.loss(start, "a value is missing");
        } else {
            log.loss(start, format!("{} is no value", quote(&self.text[start..start + length])));
        }
        self.push(key, Value::Null, log, start);
        self.step(length);
    }

    /// Steps over a whole container without reading it.
    fn skip_container(&mut self) {
        let mut depth = 0_usize;
        let mut is_text = false;
        let mut at = self.at;
        while let Some(&byte) = self.bytes.get(at) {
            at += 1;
            match byte {
                b'\\' if is_text => at += 1,
                b'"' => is_text = !is_text,
                b'{' | b'[' if !is_text => depth += 1,
                b'}' | b']' if !is_text => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
        }
        self.step(at.min(self.bytes.len()) - self.at);
    }

    /// Reads members until every container is closed or the text ends.
    fn members(&mut self, log: &mut Log<'_>) {
        // Is a value due (after `[` or `,`), or a separator?
        let mut is_due = true;
        let mut after_comma = false;
        while let Some(open) = self.open.last() {
            let is_object = open.is_object;
            self.skip_space(log);
            let Some(byte) = self.byte() else {
                let message =
                    format!("the file ends inside {} open brackets; what was read counts", self.open.len());
                log.loss(self.at, message);
                while self.open.last().is_some() {
                    self.close();
                }
                return;
            };
            match byte {
                b'}' | b']' => {
                    if after_comma {
                        log.loss(self.at, "a comma before the closing bracket");
                    }
                    if (byte == b'}') != is_object {
                        log.loss(self.at, "a bracket closes another kind of bracket");
                    }
                    self.at += 1;
                    self.close();
                    (is_due, after_comma) = (false, false);
                }
                b',' => {
                    if is_due {
                        log.loss(self.at, "a comma without a value before it");
                    }
                    self.at += 1;
                    (is_due, after_comma) = (true, true);
                }
                b':' => {
                    log.loss(self.at, "a colon out of place");
                    self.at += 1;
                }
                _ => {
                    if !is_due {
                        log.loss(self.at, "a comma is missing");
                    }
                    let depth = self.open.len();
                    if is_object {
                        self.member(log);
                    } else {
                        self.value(Cow::Borrowed(""), log);
                    }
                    is_due = self.open.len() > depth;
                    after_comma = false;
                }
            }
        }
    }

    /// Reads `"name": value`.
    fn member(&mut self, log: &mut Log<'_>) {
        let start = self.at;
        let key = if let quote @ (b'"' | b'\'') = self.bytes[start] {
            if quote == b'\'' {
                log.loss(start, "single quotes around a name");
            }
            let found = string::read(self.text, start, quote, log);
            self.pass(found.end, found.is_plain);
            found.text
        } else {
            self.bare_name(log)
        };
        self.skip_space(log);
        match self.byte() {
            Some(b':') => {
                self.at += 1;
                self.skip_space(log);
                if matches!(self.byte(), Some(b'}' | b']' | b',')) {
                    log.loss(self.at, format!("{} has no value", quote(&key)));
                    self.push(key, Value::Null, log, start);
                    return;
                }
            }
            Some(b',' | b'}' | b']') | None => {
                log.loss(start, format!("{} has no value", quote(&key)));
                self.push(key, Value::Null, log, start);
                return;
            }
            Some(_) => log.loss(self.at, format!("no colon behind {}", quote(&key))),
        }
        self.value(key, log);
    }

    /// A name without quotes.
    fn bare_name(&mut self, log: &mut Log<'_>) -> Cow<'a, str> {
        let start = self.at;
        let rest = &self.bytes[start..];
        let is_end = |byte: &u8| matches!(byte, b':' | b',' | b'}' | b']' | b'\n' | b'{' | b'[' | b'"');
        let length = rest.iter().position(is_end).unwrap_or(rest.len()).max(1);
        let length = self.text.ceil_char_boundary(start + length) - start;
        let key = self.text[start..start + length].trim();
        log.loss(start, format!("the name {} has no quotes", quote(key)));
        self.step(length);
        Cow::Borrowed(key)
    }

    fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.members.truncate(open.first);
            let end = self.tape.nodes.len() as u32;
            self.tape.nodes[open.node].end = end;
        }
    }
}

/// A bit that most other names of an object do not have.
fn name_bit(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let ends = bytes.first().zip(bytes.last()).map_or(0, |(first, last)| first ^ last.rotate_left(3));
    1 << ((usize::from(ends) + bytes.len() * 7) % 64)
}

fn describe(value: &Value<'_>) -> String {
    match value {
        Value::Object => "an object".to_owned(),
        Value::Array => "an array".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => quote(text),
        Value::Bool(truth) => truth.to_string(),
        Value::Null | Value::Dead => "null".to_owned(),
    }
}
