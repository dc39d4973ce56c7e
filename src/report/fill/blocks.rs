//! The model's Markdown as blocks of sentences: paragraphs, list items, table rows.
//! Headings, code, quotes of HTML and bold lines that stand for headings are left out.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A block of running text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Sentences of a paragraph.
    Paragraph(Vec<String>),
    /// Sentences of a list item.
    Item(Vec<String>),
    /// Cells of a table row; heads are left out.
    Row(Vec<String>),
}

/// Words that end with a full stop and end no sentence.
const ABBREVIATIONS: [&str; 10] =
    ["e.g.", "i.e.", "vs.", "approx.", "etc.", "cf.", "fig.", "no.", "resp.", "incl."];

/// The blocks of a text. When it was cut, its last sentence is left out unless it ends.
pub fn blocks(markdown: &str, is_cut: bool) -> Vec<Block> {
    let mut reader = Reader::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        reader.read(event);
    }
    reader.flush();
    if is_cut && let Some(Block::Paragraph(sentences) | Block::Item(sentences)) = reader.blocks.last_mut() {
        let is_end = reader.last_ends;
        if !is_end {
            sentences.pop();
        }
    }
    reader.blocks.retain(|block| match block {
        Block::Paragraph(sentences) | Block::Item(sentences) => !sentences.is_empty(),
        Block::Row(cells) => cells.len() > 1,
    });
    reader.blocks
}

#[derive(Debug, Default)]
struct Reader {
    blocks: Vec<Block>,
    text: String,
    /// Characters of `text` that were bold.
    bold: usize,
    bold_depth: usize,
    item_depth: usize,
    /// Inside a heading, a code block or a table head.
    skipped: usize,
    cells: Vec<String>,
    /// The last sentence read had its full stop.
    last_ends: bool,
}

impl Reader {
    fn read(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::Heading { .. } | Tag::CodeBlock(_) | Tag::TableHead | Tag::HtmlBlock) => {
                self.flush();
                self.skipped += 1;
            }
            Event::End(TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::TableHead | TagEnd::HtmlBlock) => {
                self.text.clear();
                self.cells.clear();
                self.bold = 0;
                self.skipped = self.skipped.saturating_sub(1);
                self.last_ends = true;
            }
            Event::Start(Tag::Item) => {
                self.flush();
                self.item_depth += 1;
            }
            Event::End(TagEnd::Item) => {
                self.flush();
                self.item_depth = self.item_depth.saturating_sub(1);
            }
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph | TagEnd::List(_)) => self.flush(),
            Event::End(TagEnd::TableCell) => {
                self.cells.push(std::mem::take(&mut self.text).trim().to_owned());
            }
            Event::End(TagEnd::TableRow) => {
                let cells = std::mem::take(&mut self.cells);
                self.blocks.push(Block::Row(cells));
                self.last_ends = true;
            }
            Event::Start(Tag::Strong) => self.bold_depth += 1,
            Event::End(TagEnd::Strong) => self.bold_depth = self.bold_depth.saturating_sub(1),
            Event::Text(text) | Event::Code(text) if self.skipped == 0 => {
                self.text.push_str(&text);
                if self.bold_depth > 0 {
                    self.bold += text.len();
                }
            }
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            // HTML of the model is not text of the report.
            _ => {}
        }
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        let bold = std::mem::take(&mut self.bold);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() || self.skipped > 0 {
            return;
        }
        self.last_ends = ends(&text);
        // A paragraph all in bold is a heading.
        if bold + 1 >= text.len() && self.item_depth == 0 && !self.last_ends {
            return;
        }
        let sentences = sentences(&text);
        self.blocks.push(if self.item_depth > 0 {
            Block::Item(sentences)
        } else {
            Block::Paragraph(sentences)
        });
    }
}

/// Sentences of a text; the last one gets its full stop where it has none.
pub fn sentences(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut sentence = String::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if !sentence.is_empty() {
            sentence.push(' ');
        }
        sentence.push_str(word);
        let is_next_capital = words
            .peek()
            .and_then(|next| next.chars().find(|c| c.is_alphanumeric()))
            .is_none_or(|c| !c.is_lowercase());
        let lower = word.trim_start_matches('(').to_lowercase();
        let is_number =
            word.len() <= 3 && word.trim_end_matches('.').bytes().all(|byte| byte.is_ascii_digit());
        if ends(word) && is_next_capital && !ABBREVIATIONS.contains(&lower.as_str()) && !is_number {
            sentences.push(std::mem::take(&mut sentence));
        }
    }
    if !sentence.is_empty() {
        sentences.push(ended(&sentence));
    }
    sentences
}

/// A sentence with a full stop; one that ends in a colon stays as it is, and falls.
pub fn ended(sentence: &str) -> String {
    let sentence = sentence.trim();
    if sentence.is_empty() || ends(sentence) || sentence.ends_with(':') {
        return sentence.to_owned();
    }
    format!("{}.", sentence.trim_end_matches([',', ';', '-', '–', '—', ' ']))
}

fn ends(text: &str) -> bool {
    let text = text.trim_end_matches(['"', '”', '’', '\'', ')', '*', '_', '`']);
    text.ends_with(['.', '!', '?', '…'])
}
