//! Which parts of a tree are folded, and its rows.

use crate::{
    app::sheet::run,
    ingest::json::tree::{Node, Sort, Tree},
    text::{
        sanitize::Shown,
        wrap::{Role, Row},
    },
};

/// A tree opens level by level as long as it has no more rows than this.
const OPEN_ROWS: usize = 60;
/// Columns of an indent.
const INDENT: usize = 2;
/// Deeper ones are not indented more: a row must have room for its value.
const MOST_INDENTS: usize = 12;
/// Characters of a name or a value that are looked at for a row.
const VALUE_CHARS: usize = 400;
/// Members of a folded container that are named beside it, at most.
const NAMED: usize = 12;
/// Of larger objects the folds are kept only where the order is.
const MANY_MEMBERS: u32 = 1000;
const OPEN: &str = "▾ ";
const FOLDED: &str = "▸ ";

/// The open containers of a tree, and the nodes that are to be seen by that.
#[derive(Debug, Default)]
pub(super) struct Folds {
    open: Vec<bool>,
    seen: Vec<u32>,
}

impl Folds {
    /// The first levels, as many as a screen or two have room for.
    pub fn of(tree: &Tree) -> Self {
        let deepest = tree.nodes.iter().map(|node| node.depth).max().unwrap_or(0);
        let mut sizes = vec![0; usize::from(deepest) + 1];
        for node in &tree.nodes {
            sizes[usize::from(node.depth)] += 1;
        }
        let mut rows = 1;
        // The members of the root are always seen.
        let levels = sizes.iter().skip(1).take_while(|&&size| {
            rows += size;
            rows <= OPEN_ROWS
        });
        let levels = levels.count().max(1) as u16;
        let mut folds = Self {
            open: tree.nodes.iter().map(|node| node.is_container() && node.depth < levels).collect(),
            seen: Vec::new(),
        };
        folds.look(tree);
        folds
    }

    /// The same for a tree that another one has become: what was open there stays open.
    pub fn carried(&self, before: &Tree, tree: &Tree) -> Self {
        let mut folds = Self::of(tree);
        let mut pairs = vec![(0, 0)];
        while let Some((old, new)) = pairs.pop() {
            let (Some(&is_open), Some(node)) = (self.open.get(old), tree.nodes.get(new)) else { continue };
            if !node.is_container() || before.nodes.get(old).is_none_or(|before| before.sort != node.sort) {
                continue;
            }
            folds.open[new] = is_open;
            let mut olds = before.members(old).peekable();
            for member in tree.members(new) {
                // Most files keep their order; a name out of it is looked for among few.
                let name = &tree.nodes[member].name;
                if let Some(found) = olds.next_if(|&candidate| before.nodes[candidate].name == *name) {
                    pairs.push((found, member));
                } else if node.sort == Sort::Object
                    && node.members <= MANY_MEMBERS
                    && let Some(found) = before.members(old).find(|&other| before.nodes[other].name == *name)
                {
                    pairs.push((found, member));
                }
            }
        }
        folds.look(tree);
        folds
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// The node of a row.
    pub fn node(&self, row: usize) -> Option<usize> {
        self.seen.get(row).map(|node| *node as usize)
    }

    /// The row of a node, or of the folded container that it is in.
    pub fn row_of(&self, node: usize) -> usize {
        self.seen.partition_point(|seen| *seen as usize <= node).saturating_sub(1)
    }

    /// Is the container open?
    pub fn is_open(&self, node: usize) -> bool {
        self.open.get(node).copied().unwrap_or(false)
    }

    /// Opens or folds a container.
    pub fn set(&mut self, tree: &Tree, node: usize, is_open: bool) {
        let is_container = tree.nodes.get(node).is_some_and(Node::is_container);
        if let Some(open) = self.open.get_mut(node).filter(|open| is_container && **open != is_open) {
            *open = is_open;
            self.look(tree);
        }
    }

    /// Opens or folds all of them; the root stays open.
    pub fn set_all(&mut self, tree: &Tree, is_open: bool) {
        for (at, open) in self.open.iter_mut().enumerate() {
            *open = tree.nodes[at].is_container() && (is_open || at == 0);
        }
        self.look(tree);
    }

    /// Opens what a node is in.
    pub fn reveal(&mut self, tree: &Tree, node: usize) {
        let mut at = node;
        while let Some(parent) = tree.nodes.get(at).map(|node| node.parent as usize).filter(|_| at > 0) {
            self.open[parent] = true;
            at = parent;
        }
        self.look(tree);
    }

    fn look(&mut self, tree: &Tree) {
        self.seen.clear();
        let mut at = 0;
        while let Some(node) = tree.nodes.get(at) {
            self.seen.push(at as u32);
            at = if node.is_container() && !self.open[at] { (node.end as usize).max(at + 1) } else { at + 1 };
        }
    }

    /// One row; `has_problem` where its line has one.
    pub fn row(&self, tree: &Tree, row: usize, width: u16, has_problem: bool) -> Row {
        let Some((at, node)) = self.node(row).and_then(|at| Some((at, tree.nodes.get(at)?))) else {
            return Row::default();
        };
        let indent = usize::from(node.depth).min(MOST_INDENTS) * INDENT;
        let mut runs = vec![run(&" ".repeat(indent), Role::Body)];
        runs.push(match (node.is_container(), self.open[at]) {
            (false, _) => run("  ", Role::Body),
            (true, true) => run(OPEN, Role::Bullet),
            (true, false) => run(FOLDED, Role::Bullet),
        });
        if has_problem {
            runs.push(run("! ", Role::Strong));
        }
        if at > 0 {
            let is_named = tree.nodes.get(node.parent as usize).is_some_and(|own| own.sort == Sort::Object);
            let (name, role) = if is_named {
                (shortened(&node.name), Role::Strong)
            } else {
                (Shown::new(&node.place.to_string()), Role::Muted)
            };
            runs.push(run(name.as_str(), role));
            runs.push(run("  ", Role::Body));
        }
        let (value, role) = value(node);
        runs.push(run(&value, role));
        if node.is_container() && !self.open[at] {
            runs.push(run(&inside(tree, at, usize::from(width)), Role::Muted));
        }
        runs.retain(|run| !run.text.is_empty());
        Row { runs }
    }
}

/// A scalar as it is written, or how many members a container has.
pub(super) fn value(node: &Node) -> (String, Role) {
    match node.sort {
        Sort::Object => (format!("{{{}}}", node.members), Role::Muted),
        Sort::Array => (format!("[{}]", node.members), Role::Muted),
        Sort::Number => (node.value.to_string(), Role::Figure),
        Sort::Text => (format!("\"{}\"", shortened(&node.value)), Role::Code),
        Sort::Bool | Sort::Null => (node.value.to_string(), Role::Emphasis),
    }
}

/// The first scalars of a folded container, so that elements are told apart unopened.
fn inside(tree: &Tree, container: usize, width: usize) -> String {
    let is_object = tree.nodes[container].sort == Sort::Object;
    let mut text = String::new();
    let scalars = tree.members(container).take(NAMED).map(|at| &tree.nodes[at]);
    for node in scalars.filter(|node| !node.is_container()) {
        text.push_str(if text.is_empty() { "  " } else { ", " });
        if is_object {
            text.push_str(shortened(&node.name).as_str());
            text.push(' ');
        }
        text.push_str(shortened(&node.value).as_str());
        if text.len() > width {
            break;
        }
    }
    text
}

fn shortened(text: &str) -> Shown {
    Shown::new(&text.chars().take(VALUE_CHARS).collect::<String>())
}
