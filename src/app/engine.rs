//! The Engine tab's state: the models of this machine, what is seen of the engine, and since
//! when nobody has used it.

mod detail;
mod machine;
mod switch;

use std::{path::PathBuf, time::Duration};

use super::{
    areas::Areas,
    cursor::{ListPlace, Move},
};
use crate::{
    engine::{
        ModelSpec,
        confine::Confined,
        host::Sight,
        models::{Found, Listing},
        remote::{Endpoint, RemoteModel, RemoteSpec},
    },
    metrics::format,
    report::model::Params,
    text::{sanitize::Shown, wrap::Row},
};

/// Where a model is found that is not on this machine's disk.
const AT_ENDPOINT: &str = "the endpoint";
/// The line of those who want no model.
const BY_CODE: &str = "none";

/// A model that a report can be written with, or none.
#[derive(Clone, Debug)]
pub struct ModelLine {
    /// What is loaded for it; `None`: reports are written by code alone.
    pub spec: Option<ModelSpec>,
    /// The file, where it is one.
    pub found: Option<Box<Found>>,
    /// Its name.
    pub name: Shown,
    /// How its weights are stored.
    pub quantization: Shown,
    /// Its size, as printed.
    pub size: String,
    /// Where it was found.
    pub origin: &'static str,
    /// Why it cannot be used.
    pub fault: Option<Shown>,
    /// It writes the next report.
    pub is_chosen: bool,
}

/// The Engine tab.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct EngineTab {
    /// Models, store by store, and none at the end. Empty until they were looked for.
    pub lines: Vec<ModelLine>,
    /// Where one is in them.
    pub place: ListPlace,
    /// What is told of it and of the engine.
    pub detail: Vec<Row>,
    /// What was seen of the engine last.
    pub sight: Sight,
    /// What the engine's process is kept from; that of the last one where there is none now.
    pub(super) confined: Option<Confined>,
    /// What failed last, until a model is loaded.
    failure: Option<Shown>,
    /// Stores that could not be read.
    notes: Vec<String>,
    /// Models were looked for, or are being looked for.
    is_listed: bool,
    /// Something happened to the engine since it was looked at.
    is_stale: bool,
    is_looking: bool,
    looked_at: Duration,
    /// Since when a loaded model has had nothing to do.
    unused_since: Option<Duration>,
    /// It was loaded by hand and not used yet.
    is_held: bool,
    /// What the load that was asked for last was asked with.
    loaded_with: Option<(ModelSpec, Params)>,
    /// Minutes until the model is unloaded, as told.
    told_minutes: Option<u64>,
}

impl EngineTab {
    /// The selected line.
    pub fn selected_line(&self) -> Option<&ModelLine> {
        self.lines.get(self.place.selected)
    }

    /// The file of the model that was chosen, once it was looked for.
    pub fn chosen(&self) -> Option<&Found> {
        self.lines.iter().find(|line| line.is_chosen)?.found.as_deref()
    }

    /// The engine's log, where there is one.
    pub(super) fn log_file(&self) -> Option<PathBuf> {
        self.sight.log_file.clone()
    }

    /// Models may have come or gone.
    pub(super) fn forget_listing(&mut self) {
        self.is_listed = false;
        self.is_stale = true;
    }

    /// The models that were found. The cursor goes to the chosen one when it was not moved.
    pub(super) fn take_listing(&mut self, listing: Listing, chosen: Option<&ModelSpec>) {
        let is_first = self.lines.is_empty();
        let before = self.selected_line().map(|line| line.spec.clone());
        self.notes = listing.notes;
        self.lines = listing.models.into_iter().map(ModelLine::of).collect();
        let remote = listing.remote.iter().flat_map(|(endpoint, listing)| {
            listing.models.iter().map(|model| ModelLine::remote(endpoint, model))
        });
        // What somebody else's machine has stands first: it was asked for.
        self.lines.splice(0..0, remote);
        match chosen {
            Some(ModelSpec::Scripted(_)) => self.lines.push(ModelLine::plain(chosen.cloned(), "built in")),
            // Named without a model, or not reached: it stays what writes.
            Some(ModelSpec::Remote(_)) if !self.lines.iter().any(|line| line.spec.as_ref() == chosen) => {
                self.lines.insert(0, ModelLine::plain(chosen.cloned(), AT_ENDPOINT));
            }
            _ => {}
        }
        self.lines.push(ModelLine::plain(None, ""));
        self.mark(chosen);
        let place = if is_first {
            self.lines.iter().position(|line| line.is_chosen)
        } else {
            self.lines.iter().position(|line| Some(&line.spec) == before.as_ref())
        };
        self.place.follow(place.unwrap_or_default(), self.lines.len());
    }

    /// Marks the line of the model that was chosen.
    fn mark(&mut self, chosen: Option<&ModelSpec>) {
        for line in &mut self.lines {
            line.is_chosen = line.spec.as_ref() == chosen;
        }
    }

    /// Takes on the size of its areas.
    pub(super) fn lay_out(&mut self, areas: &Areas) {
        self.place.lay_out(areas, self.lines.len());
    }

    /// What is told, laid out.
    pub(super) fn take_detail(&mut self, rows: Vec<Row>) {
        self.detail = rows;
        self.scroll_detail(Move::By(0));
    }

    /// Moves the cursor.
    pub(super) fn go(&mut self, to: Move) {
        self.place.go(to, self.lines.len());
    }

    /// Scrolls the list.
    pub(super) fn scroll(&mut self, rows: isize) {
        self.place.scroll(rows, self.lines.len());
    }

    /// Selects the line in row `row` of the list's area, if there is one.
    pub(super) fn press(&mut self, row: usize) {
        self.place.press(row, self.lines.len());
    }

    /// Scrolls the detail.
    pub(super) fn scroll_detail(&mut self, to: Move) {
        self.place.scroll_detail(to, self.detail.len());
    }
}

impl ModelLine {
    fn of(found: Found) -> Self {
        let header = found.header.as_ref();
        Self {
            spec: Some(ModelSpec::File(found.path.clone())),
            name: Shown::new(&found.name),
            quantization: Shown::new(header.map_or("", |header| &header.quantization)),
            size: format::bytes(found.bytes),
            origin: found.origin,
            fault: found.unusable.as_deref().map(Shown::new),
            is_chosen: false,
            found: Some(Box::new(found)),
        }
    }

    /// A model at an endpoint.
    fn remote(endpoint: &Endpoint, model: &RemoteModel) -> Self {
        let spec = RemoteSpec { endpoint: endpoint.clone(), model: Some(model.name.clone()) };
        Self {
            quantization: Shown::new(&model.quantization),
            size: if model.bytes > 0 { format::bytes(model.bytes) } else { String::new() },
            name: Shown::new(&model.name),
            ..Self::plain(Some(ModelSpec::Remote(spec)), AT_ENDPOINT)
        }
    }

    /// A line that is no file.
    fn plain(spec: Option<ModelSpec>, origin: &'static str) -> Self {
        let name = spec.as_ref().map_or_else(|| BY_CODE.to_owned(), ModelSpec::name);
        Self {
            spec,
            found: None,
            name: Shown::new(&name),
            quantization: Shown::default(),
            size: String::new(),
            origin,
            fault: None,
            is_chosen: false,
        }
    }
}
