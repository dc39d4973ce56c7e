//! Reads Rust source just well enough to judge its shape: blanks comments, strings and test
//! code, finds names and the modules that paths lead to. Not a parser.

use std::{
    fs,
    path::{Path, PathBuf},
};

use libtest_mimic::Failed;

/// A source file.
pub struct Source {
    /// Its path below the project, with `/`.
    pub path: String,
    /// As it stands.
    pub text: String,
    /// Comments, strings and test code blanked; lines and columns stay where they are.
    pub code: String,
}

impl Source {
    /// Reads a text as if it were the file `path`.
    pub fn new(path: &str, text: &str) -> Self {
        let code = if is_test_file(path) { String::new() } else { without_tests(&without_prose(text)) };
        Self { path: path.to_owned(), text: text.to_owned(), code }
    }

    /// Lines that are no test code.
    pub fn length(&self) -> usize {
        let plain = without_prose(&self.text);
        let tests = plain.lines().zip(self.code.lines()).filter(|(all, kept)| all != kept).count();
        if self.code.is_empty() { 0 } else { self.text.lines().count() - tests }
    }

    /// The module path below the crate: `src/ui/widgets.rs` is `["ui", "widgets"]`.
    pub fn modules(&self) -> Vec<&str> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        if path == "lib" || path == "main" { Vec::new() } else { path.split('/').collect() }
    }

    /// Where a name stands in the code, as whole word: (line, rest of the code after it).
    pub fn uses_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        self.code.match_indices(name).filter_map(move |(at, _)| {
            let before = self.code[..at].chars().next_back();
            let after = &self.code[at + name.len()..];
            let whole = |sign: Option<char>| !sign.is_some_and(is_word);
            let starts = !name.starts_with(is_word) || whole(before);
            let ends = !name.ends_with(is_word) || whole(after.chars().next());
            (starts && ends).then(|| (self.line_of(at), after))
        })
    }

    /// The top-level modules of the crate that paths of this file lead to, with their lines:
    /// `crate::a::b`, `crate::{a, b::c}`, and `super::…` as far as it reaches the root.
    pub fn imports(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (line, after) in self.uses_of("crate") {
            found.extend(heads_of(after).into_iter().map(|head| (line, head)));
        }
        let root = "super::".repeat(self.modules().len());
        if !root.is_empty() {
            let root = root.trim_end_matches("::");
            for (line, after) in self.uses_of(root) {
                // One `super` more or less leads elsewhere.
                let is_longer = after.starts_with("::super");
                if !is_longer && !self.is_continued(root, after) {
                    found.extend(heads_of(after).into_iter().map(|head| (line, head)));
                }
            }
        }
        found
    }

    /// Is the path that ends before `after` itself the end of a longer chain of `super`?
    fn is_continued(&self, path: &str, after: &str) -> bool {
        self.code[..self.code.len() - after.len() - path.len()].ends_with("super::")
    }

    fn line_of(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }
}

/// All Rust files below a folder of the project.
pub fn read_all(folder: &str) -> Result<Vec<Source>, Failed> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    collect(&project.join(folder), &mut paths)?;
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(project)?.to_string_lossy().replace('\\', "/");
        Ok(Source::new(&name, &fs::read_to_string(path)?))
    };
    paths.iter().map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), Failed> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

fn is_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// The first names of what follows a path's root: one after `::`, or each of a `::{…}` group.
fn heads_of(after: &str) -> Vec<String> {
    let Some(after) = after.strip_prefix("::") else { return Vec::new() };
    let name = |text: &str| text.chars().take_while(|sign| is_word(*sign)).collect::<String>();
    let Some(group) = after.trim_start().strip_prefix('{') else { return vec![name(after)] };
    let mut depth = 0_usize;
    let mut heads = Vec::new();
    let mut is_start = true;
    for (at, sign) in group.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => is_start = true,
            _ if is_start && is_word(sign) => {
                heads.push(name(&group[at..]));
                is_start = false;
            }
            _ => {}
        }
    }
    heads
}

/// Blanks comments and the contents of strings and character literals.
pub fn without_prose(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let before = code.chars().next_back();
        let length = prose_length(rest, before);
        let taken = if length == 0 { first.len_utf8() } else { length };
        if length == 0 {
            code.push(first);
        } else {
            code.extend(rest[..taken].chars().map(blank));
        }
        rest = &rest[taken..];
    }
    code
}

/// How many bytes at the start of `rest` are a comment or literal.
fn prose_length(rest: &str, before: Option<char>) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment_length(rest);
    }
    let is_in_word = before.is_some_and(is_word);
    let prefix = if is_in_word { 0 } else { literal_prefix(rest) };
    let body = &rest[prefix..];
    if body.starts_with('"') || body.starts_with('#') && rest[..prefix].ends_with('r') {
        return prefix + string_length(body, rest[..prefix].ends_with('r'));
    }
    if rest.starts_with('\'') { char_length(rest) } else { 0 }
}

/// `r`, `b`, `br`, `c`, `cr` in front of a string.
fn literal_prefix(rest: &str) -> usize {
    ["br", "cr", "r", "b", "c"]
        .into_iter()
        .find(|prefix| {
            rest.strip_prefix(prefix).is_some_and(|body| {
                let raw = prefix.ends_with('r') && body.trim_start_matches('#').starts_with('"');
                body.starts_with('"') || raw
            })
        })
        .map_or(0, str::len)
}

fn block_comment_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn string_length(body: &str, is_raw: bool) -> usize {
    if is_raw {
        let hashes = body.len() - body.trim_start_matches('#').len();
        let end = format!("\"{}", "#".repeat(hashes));
        return body[hashes + 1..].find(&end).map_or(body.len(), |at| hashes + 1 + at + end.len());
    }
    let mut is_escaped = false;
    for (at, sign) in body.char_indices().skip(1) {
        match sign {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    body.len()
}

/// A character literal's length; 0 for a lifetime.
fn char_length(rest: &str) -> usize {
    let mut signs = rest.char_indices().skip(1);
    match signs.next() {
        Some((_, '\\')) => {
            signs.next();
            signs.find(|(_, sign)| *sign == '\'').map_or(0, |(at, _)| at + 1)
        }
        Some(_) => match signs.next() {
            Some((at, '\'')) => at + 1,
            _ => 0,
        },
        None => 0,
    }
}

/// Blanks every item under `#[cfg(test)]`, in code whose strings are blank already.
pub fn without_tests(code: &str) -> String {
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) =
        ["#[cfg(test)]", "#[cfg(all(test"].into_iter().filter_map(|mark| rest.find(mark)).min()
    {
        let item = &rest[at..];
        let length = item_length(item);
        kept.push_str(&rest[..at]);
        kept.extend(item[..length].chars().map(blank));
        rest = &item[length..];
    }
    kept + rest
}

/// From an attribute to the end of its item: a `;`, or the brace that closes it.
fn item_length(item: &str) -> usize {
    let mut depth = 0_usize;
    for (at, sign) in item.char_indices() {
        match sign {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && sign == '}' {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

fn blank(sign: char) -> char {
    if sign == '\n' { '\n' } else { ' ' }
}
