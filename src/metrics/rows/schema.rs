//! What the columns of a table are, judged together: tables of one shape come with file after
//! file, and a shape that was met before costs one look-up instead of one for each column.

use std::{cell::RefCell, hash::Hash as _, rc::Rc, sync::Arc};

use super::{is_label, label_name};
use crate::{
    ingest::{
        field::{self, Facts, RowRole, RowRoles},
        file::{Column, Table},
    },
    metrics::{
        hint,
        names::{self, Class, Size},
        shared::{ByHash, hash_of},
        times,
    },
};

/// Wider tables are judged each for itself: they hardly come again, and would fill the memory.
const MAX_COLUMNS: usize = 256;
/// Ways in which the texts of one shape may turn out; more are forgotten.
const MAX_VARIANTS: usize = 16;

thread_local! {
    // The same few shapes come with every file: each is judged once.
    static SHAPES: RefCell<ByHash<Rc<Shape>>> = RefCell::default();
}

/// What a table's columns are.
#[derive(Debug)]
pub struct Schema {
    /// What each column is.
    pub classes: Vec<Class>,
    /// What each column's name says.
    pub facts: Vec<Rc<Facts>>,
    /// The dimensions among them by name, and for each the columns that its values come from,
    /// the best first.
    pub dimensions: Vec<(Arc<str>, Rc<[usize]>)>,
    /// Columns whose names say something of the rows.
    pub telling: Vec<(usize, RowRoles)>,
    /// Columns whose names say that they hold times.
    pub times: Vec<usize>,
}

/// Tables whose columns have the same names and units, and numbers of the same kind.
#[derive(Debug)]
struct Shape {
    columns: Vec<Seen>,
    /// By which of the columns that only their texts can tell are labels.
    variants: RefCell<Vec<(Vec<bool>, Rc<Schema>)>>,
    /// Columns that nothing but their texts can tell.
    open: Vec<usize>,
}

/// What is seen of a column before it is judged.
#[derive(Debug, PartialEq)]
struct Seen {
    name: Arc<str>,
    unit: Option<Arc<str>>,
    size: Size,
    is_hollow: bool,
}

impl Seen {
    fn of(column: &Column) -> Self {
        Self {
            name: Arc::clone(&column.name),
            unit: column.unit.clone(),
            size: size(column),
            is_hollow: column.cells.is_hollow(),
        }
    }
    fn is(&self, column: &Column) -> bool {
        self.size == size(column)
            && self.is_hollow == column.cells.is_hollow()
            && self.name == column.name
            && self.unit == column.unit
    }
}

fn size(column: &Column) -> Size {
    let highest = column.cells.highest();
    Size::of(highest.is_some(), highest)
}

impl Schema {
    /// Of a table.
    pub fn of(table: &Table) -> Rc<Self> {
        let is_own = table.columns.len() > MAX_COLUMNS || table.columns.iter().any(|c| c.hint.is_some());
        if is_own {
            let classes: Vec<Class> = table.columns.iter().map(class).collect();
            return Rc::new(Self::new(table, classes));
        }
        let hash = hash_of(|hasher| {
            for column in &table.columns {
                (&column.name, &column.unit, size(column) as u8, column.cells.is_hollow()).hash(hasher);
            }
        });
        let is_same = |shape: &Rc<Shape>| {
            shape.columns.len() == table.columns.len()
                && shape.columns.iter().zip(&table.columns).all(|(seen, column)| seen.is(column))
        };
        let shape = SHAPES.with_borrow_mut(|shapes| {
            shapes.trim();
            Rc::clone(shapes.find(hash, is_same, || Rc::new(Shape::new(table))))
        });
        shape.schema(table)
    }

    fn new(table: &Table, classes: Vec<Class>) -> Self {
        let facts: Vec<Rc<Facts>> = table.columns.iter().map(|column| field::facts(&column.name)).collect();
        let telling = facts.iter().enumerate().map(|(index, facts)| (index, facts.rows));
        Self {
            dimensions: dimensions(table, &classes, &facts),
            telling: telling.filter(|(_, roles)| *roles != RowRoles::default()).collect(),
            times: (0..facts.len()).filter(|&index| times::may_be(&facts[index])).collect(),
            classes,
            facts,
        }
    }

    /// The first column that says this of its rows and is what it must be for that.
    pub fn telling(&self, role: RowRole, is_meant: impl Fn(usize) -> bool) -> Option<usize> {
        let has_role = self.telling.iter().filter(|(_, roles)| roles.has(role)).map(|(index, _)| *index);
        has_role.into_iter().find(|index| is_meant(*index))
    }
}

impl Shape {
    fn new(table: &Table) -> Self {
        let is_open = |column: &Column| {
            let is_outer = column.name.starts_with("../");
            (is_outer || !column.cells.has_number()) && matches!(named(column), Class::Other)
        };
        Self {
            columns: table.columns.iter().map(Seen::of).collect(),
            variants: RefCell::default(),
            open: (0..table.columns.len()).filter(|&index| is_open(&table.columns[index])).collect(),
        }
    }

    fn schema(&self, table: &Table) -> Rc<Schema> {
        let labels: Vec<bool> = self.open.iter().map(|&index| is_label(&table.columns[index])).collect();
        let mut variants = self.variants.borrow_mut();
        if let Some((_, known)) = variants.iter().find(|(known, _)| *known == labels) {
            return Rc::clone(known);
        }
        let classes = table.columns.iter().map(class).collect();
        let schema = Rc::new(Schema::new(table, classes));
        if variants.len() >= MAX_VARIANTS {
            variants.clear();
        }
        variants.push((labels, Rc::clone(&schema)));
        schema
    }
}

fn class(column: &Column) -> Class {
    if let Some(class) = hint::class(column) {
        return class;
    }
    let is_outer = column.name.starts_with("../");
    match named(column) {
        Class::Other if (is_outer || !column.cells.has_number()) && is_label(column) => {
            Class::Dimension(label_name(column.name.strip_prefix("../").unwrap_or(&column.name)))
        }
        class => class,
    }
}

/// What a column is as far as its name, its unit and the size of its numbers tell.
fn named(column: &Column) -> Class {
    if let Some(label) = column.name.strip_prefix("../") {
        // Repeated from the outer element: it is measured there, here it only tells apart.
        return match names::classify(label, None, false, None) {
            Class::Metric(_) => Class::Other,
            class => class,
        };
    }
    let highest = column.cells.highest();
    // A column that was left empty throughout could have held numbers.
    let has_number = highest.is_some() || column.cells.is_hollow();
    names::classify(&column.name, column.unit.as_deref(), has_number, highest)
}

/// Columns that hold dimensions, by name; of several for one the least nested is the best,
/// then the best known spelling.
fn dimensions(table: &Table, classes: &[Class], facts: &[Rc<Facts>]) -> Vec<(Arc<str>, Rc<[usize]>)> {
    let mut columns: Vec<(Arc<str>, (usize, usize, usize))> = Vec::new();
    for (index, ((column, class), facts)) in table.columns.iter().zip(classes).zip(facts).enumerate() {
        let Class::Dimension(name) = class else { continue };
        if column.cells.is_hollow() {
            continue;
        }
        let is_outer = usize::from(column.name.starts_with("../")) * 100;
        let depth = column.name.matches('.').count() + is_outer;
        let priority = facts.dimension.as_ref().map_or(0, |(_, priority)| *priority);
        columns.push((Arc::clone(name), (depth, priority, index)));
    }
    columns.sort();
    columns
        .chunk_by(|one, next| one.0 == next.0)
        .map(|chunk| (Arc::clone(&chunk[0].0), chunk.iter().map(|(_, (_, _, index))| *index).collect()))
        .collect()
}
