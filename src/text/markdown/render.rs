//! One block's Markdown to rows: what the parser's events mean.

use std::ops::Range;

use pulldown_cmark::{BrokenLink, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::{
    Carry, code,
    inline::Inline,
    page::{Holder, Page},
    table::{Cell, Columns, Table},
};
use crate::text::{
    REPORT_MARK,
    sanitize::Shown,
    wrap::{Role, Row, Run},
};

const BULLETS: [&str; 3] = ["• ", "◦ ", "▪ "];
const DASH: &str = "─";

/// Lays Markdown out. `number` is that of the first list item, where its list began elsewhere.
pub(super) fn render(text: &str, width: u16, number: Option<u64>, carry: &mut Carry) -> Vec<Row> {
    carry.columns = None;
    Renderer { number, ..Renderer::new(text, width) }.run(carry)
}

/// Lays more rows of a table out, below those that have been laid out.
pub(super) fn render_table_rows(header: &str, text: &str, width: u16, carry: &mut Carry) -> Vec<Row> {
    let Some(above) = carry.columns.take() else {
        return render(text, width, None, carry);
    };
    let whole = format!("{}\n{text}", header.trim_end_matches('\n'));
    Renderer { above: Some(above), ..Renderer::new(&whole, width) }.run(carry)
}

/// `[text][label]` is a link even if its label is defined in another block.
#[expect(clippy::needless_pass_by_value, reason = "the parser's signature")]
fn keep_label<'a>(link: BrokenLink<'_>) -> Option<(CowStr<'a>, CowStr<'a>)> {
    matches!(link.link_type, LinkType::Reference | LinkType::ReferenceUnknown)
        .then(|| (format!("[{}]", link.reference).into(), CowStr::Borrowed("")))
}

/// An open list.
struct List {
    /// Number of its next item.
    next: Option<u64>,
    is_started: bool,
}

struct Renderer<'a> {
    source: &'a str,
    page: Page,
    inline: Inline,
    lists: Vec<List>,
    /// Number of the first item, where another block has those before it.
    number: Option<u64>,
    heading: Option<u8>,
    /// Lines of a code or HTML block.
    verbatim: Option<String>,
    table: Option<Table>,
    cells: Vec<Cell>,
    is_in_header: bool,
    /// Columns of the table that goes on in this block.
    above: Option<Columns>,
}

impl<'a> Renderer<'a> {
    fn new(source: &'a str, width: u16) -> Self {
        Self {
            source,
            page: Page::new(width),
            inline: Inline::new(),
            lists: Vec::new(),
            number: None,
            heading: None,
            verbatim: None,
            table: None,
            cells: Vec::new(),
            is_in_header: false,
            above: None,
        }
    }

    fn run(mut self, carry: &mut Carry) -> Vec<Row> {
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_FOOTNOTES;
        let mut parser =
            Parser::new_with_broken_link_callback(self.source, options, Some(keep_label)).into_offset_iter();
        for (event, range) in parser.by_ref() {
            self.take(event, &range, carry);
        }
        // The parser takes definitions out of the text; a reader wants to see them.
        let mut definitions: Vec<_> = parser
            .reference_definitions()
            .iter()
            .map(|(label, link)| (link.span.start, format!("[{label}]: {}", link.dest)))
            .collect();
        definitions.sort_unstable();
        for (_, definition) in definitions {
            self.inline.push(&definition, Role::Muted);
            self.flush();
        }
        self.page.into_rows()
    }

    fn take(&mut self, event: Event<'a>, range: &Range<usize>, carry: &mut Carry) {
        match event {
            Event::Start(tag) => self.start(tag, range.start),
            Event::End(tag) => self.end(tag, carry),
            Event::Text(text) | Event::Html(text) => match &mut self.verbatim {
                Some(verbatim) => verbatim.push_str(&text),
                None => self.inline.text(&text, self.base()),
            },
            Event::Code(text) => self.inline.push(&text, Role::Code),
            Event::InlineHtml(html) if is_line_break(&html) => self.inline.hard_break(),
            Event::InlineHtml(html) => self.inline.push(&html, Role::Muted),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.inline.text(&text, self.base()),
            Event::FootnoteReference(label) => self.inline.push(&format!("[^{label}]"), Role::Muted),
            Event::SoftBreak => self.inline.text(" ", self.base()),
            Event::HardBreak => self.inline.hard_break(),
            Event::Rule => {
                self.block(range.start);
                let dashes = DASH.repeat(usize::from(self.page.room()));
                self.page.put(vec![Row { runs: vec![Run::new(Shown::new(&dashes), Role::Rule)] }]);
                self.page.part(true);
            }
            Event::TaskListMarker(is_done) => {
                self.inline.push(if is_done { "[x] " } else { "[ ] " }, Role::Bullet);
            }
        }
    }

    fn start(&mut self, tag: Tag<'a>, offset: usize) {
        match tag {
            Tag::Paragraph => self.block(offset),
            Tag::Heading { level, .. } => {
                self.block(offset);
                let level = level as u8;
                self.heading = Some(level);
                self.inline.push(&format!("{} ", "#".repeat(usize::from(level))), Role::Heading(level));
            }
            Tag::BlockQuote(_) => {
                self.block(offset);
                self.page.enter(Holder::Quote);
            }
            Tag::CodeBlock(_) | Tag::HtmlBlock => {
                self.block(offset);
                self.verbatim = Some(String::new());
            }
            Tag::List(start) => {
                self.block(offset);
                let first = start.map(|written| self.number.take().unwrap_or(written));
                self.lists.push(List { next: first, is_started: false });
            }
            Tag::Item => self.start_item(offset),
            Tag::FootnoteDefinition(label) => {
                self.block(offset);
                self.page.enter(Holder::item(&format!("[^{label}]: ")));
            }
            Tag::Table(alignments) => {
                self.block(offset);
                self.table = Some(Table { alignments, ..Table::default() });
            }
            Tag::TableHead => self.is_in_header = true,
            Tag::Emphasis => self.open(Role::Emphasis),
            Tag::Strong => self.open(Role::Strong),
            Tag::Strikethrough => self.open(Role::Struck),
            Tag::Link { dest_url, .. } => {
                let target = if dest_url.starts_with('#') { String::new() } else { dest_url.into_string() };
                self.inline.open_link(target);
            }
            Tag::Image { dest_url, .. } => {
                self.inline.push("image: ", Role::Muted);
                self.inline.open_link(dest_url.into_string());
            }
            _ => {}
        }
    }

    fn start_item(&mut self, offset: usize) {
        self.flush();
        let is_after_blank = self.is_after_blank(offset);
        let level = self.lists.len().saturating_sub(1);
        let mut bullet = BULLETS[level % BULLETS.len()].to_owned();
        if let Some(list) = self.lists.last_mut() {
            if list.is_started {
                self.page.part(is_after_blank);
            }
            list.is_started = true;
            if let Some(number) = &mut list.next {
                bullet = format!("{number}. ");
                *number = number.saturating_add(1);
            }
        }
        self.page.enter(Holder::item(&bullet));
    }

    fn end(&mut self, tag: TagEnd, carry: &mut Carry) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) => {
                self.flush();
                self.heading = None;
                self.page.part(true);
            }
            TagEnd::BlockQuote(_) | TagEnd::FootnoteDefinition | TagEnd::Item => {
                self.flush();
                self.page.leave();
                self.page.part(true);
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.page.part(true);
            }
            TagEnd::CodeBlock => {
                let text = self.verbatim.take().unwrap_or_default();
                self.page.put(code(&text, 0, self.page.room()));
                self.page.part(true);
            }
            TagEnd::HtmlBlock => {
                let text = self.verbatim.take().unwrap_or_default();
                if text.trim() == REPORT_MARK {
                    return;
                }
                let lines: Vec<_> =
                    text.lines().map(|line| vec![Run::new(Shown::new(line), Role::Muted)]).collect();
                self.page.put_lines(&lines);
                self.page.part(true);
            }
            TagEnd::TableCell => {
                let cell = self.inline.take();
                self.cells.push(cell);
            }
            TagEnd::TableHead => {
                self.is_in_header = false;
                let cells = std::mem::take(&mut self.cells);
                if let Some(table) = &mut self.table {
                    table.header = cells;
                }
            }
            TagEnd::TableRow => {
                let cells = std::mem::take(&mut self.cells);
                if let Some(table) = &mut self.table {
                    table.rows.push(cells);
                }
            }
            TagEnd::Table => self.end_table(carry),
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => self.inline.close(),
            TagEnd::Link | TagEnd::Image => self.inline.close_link(),
            _ => {}
        }
    }

    fn end_table(&mut self, carry: &mut Carry) {
        let Some(table) = self.table.take() else { return };
        let width = self.page.room();
        let above = self.above.take();
        let columns = table.columns(width, above.as_ref());
        self.page.put(table.lay_out(width, &columns, above.is_some()));
        self.page.part(true);
        carry.columns = Some(columns);
    }

    /// A block begins. Behind other blocks of a list item, the source says whether a blank
    /// row parts it from them.
    fn block(&mut self, offset: usize) {
        self.flush();
        if self.page.is_behind_block_of_item() {
            self.page.part(self.is_after_blank(offset));
        }
    }

    fn is_after_blank(&self, offset: usize) -> bool {
        let before = self.source.get(..offset).unwrap_or_default();
        let mut lines = before.rsplit('\n');
        lines.next();
        lines.next().is_some_and(|line| line.trim_matches([' ', '\t', '>']).is_empty())
    }

    /// Opens a role; a heading and a table's header stay what they are.
    fn open(&mut self, role: Role) {
        let is_titled = self.heading.is_some() || self.is_in_header;
        self.inline.open(if is_titled { self.base() } else { role });
    }

    fn base(&self) -> Role {
        if let Some(level) = self.heading {
            Role::Heading(level)
        } else if self.is_in_header {
            Role::TableHeader
        } else if self.page.is_in_quote() {
            Role::Quote
        } else {
            Role::Body
        }
    }

    /// Lays the inline text so far out, unless it belongs into a cell.
    fn flush(&mut self) {
        if self.table.is_some() {
            return;
        }
        let is_empty = self.inline.is_empty();
        let lines = self.inline.take();
        if !is_empty {
            self.page.put_lines(&lines);
        }
    }
}

/// Models write `<br>` for a break inside a table cell.
fn is_line_break(html: &str) -> bool {
    matches!(html, "<br>" | "<br/>" | "<br />" | "<BR>")
}
