//! A JSON text as a tree to look at: every value with its name, its line and its place.
//! Read as tolerantly as the tables are, so that a broken file is a tree as well.

use super::{
    super::log::Log,
    read,
    tape::{Tape, Value},
};

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// `{}`
    Object,
    /// `[]`
    Array,
    /// A number.
    Number,
    /// A string.
    Text,
    /// `true`, `false`
    Bool,
    /// `null`
    Null,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name; empty in arrays and at the root.
    pub name: Box<str>,
    /// What it is.
    pub sort: Sort,
    /// A scalar's value as text; empty for containers.
    pub value: Box<str>,
    /// Line, counted from 1.
    pub line: u32,
    /// Containers around it.
    pub depth: u16,
    /// The container; its own index at the root.
    pub parent: u32,
    /// Its place among its parent's members.
    pub place: u32,
    /// Members of its own.
    pub members: u32,
    /// Index behind the last node inside.
    pub end: u32,
}

impl Node {
    /// An object or an array.
    pub fn is_container(&self) -> bool {
        matches!(self.sort, Sort::Object | Sort::Array)
    }
}

/// The nodes in the order of the text; the first is the root.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// All of them.
    pub nodes: Vec<Node>,
}

impl Tree {
    /// Reads a text; `path` tells JSON Lines by its extension. What cannot be read is left out:
    /// the file's own problems say where.
    pub fn of(path: &str, text: &str) -> Self {
        let tape = read::read(text, super::is_lines(path), &mut Log::new(text));
        let mut tree = Self { nodes: Vec::with_capacity(tape.nodes.len()) };
        tree.take(&tape);
        tree
    }

    /// The JSON Pointer of a node; empty at the root.
    pub fn pointer(&self, node: usize) -> String {
        let mut parts = Vec::new();
        let mut at = node;
        while let Some(node) = self.nodes.get(at).filter(|_| at > 0) {
            let parent = self.nodes.get(node.parent as usize);
            parts.push(match parent.map(|parent| parent.sort) {
                Some(Sort::Object) => node.name.replace('~', "~0").replace('/', "~1"),
                _ => node.place.to_string(),
            });
            at = node.parent as usize;
        }
        parts.iter().rev().fold(String::new(), |pointer, part| pointer + "/" + part)
    }

    /// The node at a JSON Pointer.
    pub fn find(&self, pointer: &str) -> Option<usize> {
        let mut at = 0;
        for part in pointer.split('/').skip(1) {
            let name = part.replace("~1", "/").replace("~0", "~");
            let is_object = self.nodes.get(at)?.sort == Sort::Object;
            at = self.members(at).find(|&member| {
                let node = &self.nodes[member];
                if is_object { *node.name == *name } else { node.place.to_string() == name }
            })?;
        }
        (at < self.nodes.len()).then_some(at)
    }

    /// Indices of a container's own members.
    pub fn members(&self, container: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.nodes.get(container).map_or(0, |node| node.end as usize);
        let mut at = container + 1;
        std::iter::from_fn(move || {
            let member = (at < end).then_some(at)?;
            at = (self.nodes[member].end as usize).max(member + 1);
            Some(member)
        })
    }

    fn take(&mut self, tape: &Tape<'_>) {
        // Containers around the node at hand: index here, and where each ends on the tape.
        let mut open: Vec<(usize, u32)> = Vec::new();
        let mut at = 0;
        while let Some(node) = tape.nodes.get(at) {
            while open.last().is_some_and(|(_, end)| at as u32 >= *end) {
                self.close(&mut open);
            }
            if node.value == Value::Dead {
                at = (node.end as usize).max(at + 1);
                continue;
            }
            let index = self.nodes.len();
            let parent = open.last().map_or(index, |(parent, _)| *parent);
            let mut place = 0;
            if let Some(parent) = self.nodes.get_mut(parent) {
                place = parent.members;
                parent.members += 1;
            }
            let (sort, value) = match &node.value {
                Value::Object => (Sort::Object, String::new()),
                Value::Array => (Sort::Array, String::new()),
                Value::Number(number) => (Sort::Number, number.to_string()),
                Value::Text(text) => (Sort::Text, text.to_string()),
                Value::Bool(truth) => (Sort::Bool, truth.to_string()),
                Value::Null | Value::Dead => (Sort::Null, "null".to_owned()),
            };
            self.nodes.push(Node {
                name: node.key.as_ref().into(),
                sort,
                value: value.into(),
                line: node.line,
                depth: open.len() as u16,
                parent: parent as u32,
                place,
                members: 0,
                end: index as u32 + 1,
            });
            if !tape.is_scalar(at) {
                open.push((index, node.end));
            }
            at += 1;
        }
        while !open.is_empty() {
            self.close(&mut open);
        }
    }

    fn close(&mut self, open: &mut Vec<(usize, u32)>) {
        let end = self.nodes.len() as u32;
        if let Some((index, _)) = open.pop()
            && let Some(node) = self.nodes.get_mut(index)
        {
            node.end = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_place() {
        let text =
            "{\"model\": \"g\",\n \"runs\": [{\"a/b\": 1.5}, {\"a/b\": null, \"ok\": true}],\n \"e\": {}}";
        let tree = Tree::of("a.json", text);
        let seen: Vec<(String, &str, u32, u16, u32)> = (0..tree.nodes.len())
            .map(|at| {
                let node = &tree.nodes[at];
                (tree.pointer(at), &*node.value, node.line, node.depth, node.members)
            })
            .collect();
        let expected = [
            ("", "", 1, 0, 3),
            ("/model", "g", 1, 1, 0),
            ("/runs", "", 2, 1, 2),
            ("/runs/0", "", 2, 2, 1),
            ("/runs/0/a~1b", "1.5", 2, 3, 0),
            ("/runs/1", "", 2, 2, 2),
            ("/runs/1/a~1b", "null", 2, 3, 0),
            ("/runs/1/ok", "true", 2, 3, 0),
            ("/e", "", 3, 1, 0),
        ];
        assert_eq!(
            seen,
            expected.map(|(pointer, value, line, depth, n)| (pointer.into(), value, line, depth, n))
        );
        for at in 0..tree.nodes.len() {
            assert_eq!(tree.find(&tree.pointer(at)), Some(at));
        }
        assert_eq!((tree.find("/runs/7"), tree.find("/model/x")), (None, None));
    }

    #[test]
    fn a_broken_text_is_a_tree_up_to_its_end_and_twice_named_members_are_there_once() {
        let tree = Tree::of("a.json", "{\"a\": {\"x\": 1}, \"a\": 2, \"b\": [1, {\"c\": ");
        let pointers: Vec<String> = (0..tree.nodes.len()).map(|at| tree.pointer(at)).collect();
        assert_eq!(pointers, ["", "/a", "/b", "/b/0", "/b/1", "/b/1/c"]);
        assert_eq!(Tree::of("a.json", " "), Tree::default());
        let lines = Tree::of("a.jsonl", "{\"a\": 1}\n{\"a\": 2}\n");
        assert_eq!(lines.find("/1/a").map(|at| &*lines.nodes[at].value), Some("2"));
    }
}
