//! Chimera Insight watches a folder of benchmark results, shows its metrics live
//! and writes a report with an embedded language model.
//!
//! The modules stand in the order of their imports: each imports only from those
//! above it (`tests/it/tidy.rs` holds it). `ARCHITECTURE.md` has the map.

pub mod text;

pub mod ingest;

pub mod metrics;

pub mod compare;

pub mod grounding;

pub mod report;

pub mod watch;

pub mod save;

pub mod meters;

pub mod engine;

pub mod config;

pub mod bench;

pub mod signals;

pub mod cli;

pub mod app;

pub mod ui;

pub mod runtime;
