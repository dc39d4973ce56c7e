//! The explanation as JSON.

use serde_json::{Value, json};

use super::{Explained, role, status};
use crate::{
    cli::metrics::{cell_value, origin},
    ingest::file::Rank,
    metrics::{
        explain::{ColumnShape, TableShape},
        names::Better,
    },
};

/// All files with their tables and columns.
pub(super) fn document(files: &[Explained<'_>]) -> Value {
    let files: Vec<Value> = files.iter().map(file).collect();
    json!({ "files": files })
}

fn file(explained: &Explained<'_>) -> Value {
    let Explained { file, shape, format } = explained;
    let problems = file.document.problems.iter().map(|problem| {
        json!({"line": problem.line, "column": problem.column, "message": problem.message.as_str()})
    });
    let name_dimensions = file.document.name_dimensions.iter();
    let name_dimensions = name_dimensions.map(|(key, value)| (key.to_string(), Value::from(&**value)));
    json!({
        "path": &*file.path,
        "format": format,
        "adapter": file.document.adapter.as_deref(),
        "status": status(file),
        "records": shape.records,
        "metrics": shape.metrics,
        "dimensions": shape.dimensions,
        "name_dimensions": Value::Object(name_dimensions.collect()),
        "tables": shape.tables.iter().map(table).collect::<Vec<_>>(),
        "problems": problems.collect::<Vec<_>>(),
    })
}

fn table(table: &TableShape) -> Value {
    let excluded = table.excluded.iter().map(|(reason, count)| ((*reason).to_owned(), Value::from(*count)));
    json!({
        "pointer": &*table.pointer,
        "rows": table.rows,
        "rank": match table.rank {
            Rank::Measured => "measured",
            Rank::Stated => "stated",
        },
        "only_row": table.only_row,
        "failed": table.failed,
        "warm_up": table.warm_up,
        "cold": table.cold,
        "excluded": Value::Object(excluded.collect()),
        "columns": table.columns.iter().map(column).collect::<Vec<_>>(),
    })
}

fn column(column: &ColumnShape) -> Value {
    let readings = column.readings.iter().map(|reading| {
        json!({
            "metric": reading.metric,
            "unit_read": reading.unit_read,
            "unit": reading.unit,
            "unit_origin": origin(reading.origin),
            "better": match reading.better {
                Some(Better::Higher) => Value::from("higher"),
                Some(Better::Lower) => Value::from("lower"),
                None => Value::Null,
            },
        })
    });
    json!({
        "name": &*column.name,
        "role": role(column.role),
        "dimension": column.dimension.as_deref(),
        "readings": readings.collect::<Vec<_>>(),
        "statistic": column.statistic,
        "n": column.numbers,
        "missing": column.missing,
        "not_finite": column.not_finite,
        "min": column.min,
        "max": column.max,
        "example": column.example.as_ref().map(cell_value),
    })
}
