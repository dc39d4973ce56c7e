//! Tables as Markdown and as a page: what stands in a cell stays text.

use std::fmt::Write as _;

use super::{Page, Side, Table};
use crate::report::escape::inline;

/// A page of its own: readable in light and dark, without anything from elsewhere.
const STYLE: &str = "body{font-family:system-ui,sans-serif;margin:2rem}table{border-collapse:collapse;\
margin:1rem 0}th,td{padding:.2rem .6rem;border-bottom:1px solid #8884;text-align:left;vertical-align:top}\
.n{text-align:right;font-variant-numeric:tabular-nums}:root{color-scheme:light dark}";

/// The tables with their headings.
pub(super) fn markdown(page: &Page) -> String {
    let mut text = String::new();
    if !page.title.is_empty() {
        let _ = write!(text, "# {}\n\n", inline(&page.title));
    }
    for (heading, table) in &page.tables {
        if !heading.is_empty() {
            let _ = write!(text, "## {}\n\n", inline(heading));
        }
        if !table.columns().is_empty() {
            markdown_table(&mut text, table);
            text.push('\n');
        }
    }
    for note in &page.notes {
        let _ = writeln!(text, "- {}", inline(note.as_str()));
    }
    text
}

fn markdown_table(text: &mut String, table: &Table) {
    text.push('|');
    for (name, _) in table.columns() {
        let _ = write!(text, " {} |", inline(name.as_str()));
    }
    text.push_str("\n|");
    for (_, side) in table.columns() {
        text.push_str(if *side == Side::Right { " ---: |" } else { " --- |" });
    }
    text.push('\n');
    for row in table.rows() {
        text.push('|');
        for cell in row {
            // A sign at its start is no list item.
            let is_plain = cell.is_number();
            let shown = cell.shown().as_str();
            let _ = write!(text, " {} |", if is_plain { shown.to_owned() } else { inline(shown) });
        }
        text.push('\n');
    }
}

/// One document, styled, with nothing to fetch.
pub(super) fn html(page: &Page) -> String {
    let title = escaped(&page.title);
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n<h1>{title}</h1>\n"
    );
    for (heading, table) in &page.tables {
        if !heading.is_empty() {
            let _ = writeln!(text, "<h2>{}</h2>", escaped(heading));
        }
        if !table.columns().is_empty() {
            html_table(&mut text, table);
        }
    }
    if !page.notes.is_empty() {
        text.push_str("<ul>\n");
        for note in &page.notes {
            let _ = writeln!(text, "<li>{}</li>", escaped(note.as_str()));
        }
        text.push_str("</ul>\n");
    }
    text.push_str("</html>\n");
    text
}

fn html_table(text: &mut String, table: &Table) {
    let class = |side: Side| if side == Side::Right { " class=\"n\"" } else { "" };
    text.push_str("<table>\n<thead><tr>");
    for (name, side) in table.columns() {
        let _ = write!(text, "<th{}>{}</th>", class(*side), escaped(name.as_str()));
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for row in table.rows() {
        text.push_str("<tr>");
        for (cell, (_, side)) in row.iter().zip(table.columns()) {
            let _ = write!(text, "<td{}>{}</td>", class(*side), escaped(cell.shown().as_str()));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table>\n");
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::output::Cell, text::sanitize::Shown};

    fn page() -> Page {
        let mut table = Table::new(&[("na|me", Side::Left), ("value", Side::Right)]);
        table.row([Shown::new("<script>|").into(), Cell::number(Some(-1.5))]);
        Page { title: "A & B".into(), tables: vec![("one".into(), table)], notes: vec!["<i>".into()] }
    }

    #[test]
    fn markdown_keeps_cells_in_their_place() {
        let expected = "# A & B\n\n## one\n\n| na\\|me | value |\n| --- | ---: |\n\
                        | &lt;script>\\| | -1.5 |\n\n- &lt;i>\n";
        assert_eq!(markdown(&page()), expected);
    }

    #[test]
    fn html_keeps_text_text() {
        let text = html(&page());
        assert!(text.contains("<title>A &amp; B</title>") && text.contains("<li>&lt;i&gt;</li>"), "{text}");
        assert!(text.contains("<tr><td>&lt;script&gt;|</td><td class=\"n\">-1.5</td></tr>"), "{text}");
    }
}
