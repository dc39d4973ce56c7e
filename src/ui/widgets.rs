//! Small widgets used by several panes.

pub mod interval;
pub mod message;
pub mod meter;
pub mod panel;
pub mod pen;
pub mod spark;
pub mod table;
