//! This test binary as the program in the pty: the real loop and terminal, with a `draw`
//! that fails. So the shipped program needs no way to make it panic.

#![allow(clippy::panic, clippy::manual_assert, reason = "to panic is what it is for")]

use std::{env, path::Path, process::ExitCode};

use chimera_insight::{
    app::Tab,
    config::{self, Flags},
    runtime, ui,
};

use crate::long::soak;

/// Set in the environment of such a child to what it is to do.
pub const VARIABLE: &str = "CHIMERA_INSIGHT_TEST_CHILD";
/// Panics while it draws the Report tab.
pub const PANIC_IN_DRAW: &str = "panic-in-draw";
/// A thread of it panics when the Metrics tab is drawn.
pub const PANIC_IN_THREAD: &str = "panic-in-thread";

/// Plays the child where this process was started as one.
pub fn child() -> Option<ExitCode> {
    let part = env::var(VARIABLE).ok()?;
    if part == soak::PART {
        return Some(soak::child());
    }
    let flags = Flags { folder: Some("reports".into()), model: Some("none".into()), ..Flags::default() };
    let Ok(resolved) = config::resolve(&flags, &|name| env::var_os(name), Path::new(".")) else {
        return Some(ExitCode::FAILURE);
    };
    let mut has_panicked = false;
    let code = runtime::run_drawing(&resolved.config, |frame, app, theme| {
        if app.tab == Tab::Report && part == PANIC_IN_DRAW {
            panic!("drawing failed on purpose");
        }
        if app.tab == Tab::Metrics && part == PANIC_IN_THREAD && !std::mem::replace(&mut has_panicked, true) {
            let thread = std::thread::spawn(|| panic!("a thread failed on purpose"));
            assert!(thread.join().is_err());
        }
        ui::draw(frame, app, theme);
    });
    Some(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
