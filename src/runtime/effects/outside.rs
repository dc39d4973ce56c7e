//! Telling beyond the screen: bell, notice of the terminal, a command of the user's.

use std::{
    ffi::OsString,
    io,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Command, Stdio},
    thread::{self, JoinHandle},
};

use super::Outcome;
use crate::{
    app::outside::Message, config::outside::Notify, runtime::terminal::Screen, text::sanitize::Shown,
};

/// Commands that may run at the same time: one that never ends must not gather others.
const MOST: usize = 4;

/// How the user wants to be told.
#[derive(Debug)]
pub struct Teller {
    notify: Notify,
    folder: PathBuf,
    /// The terminal is tmux, which hands on only what is wrapped for it.
    is_tmux: bool,
    running: Vec<JoinHandle<()>>,
}

impl Teller {
    /// By the user's settings.
    pub fn new(notify: Notify, folder: PathBuf) -> Self {
        let is_tmux = std::env::var_os("TMUX").is_some_and(|value| !value.is_empty());
        Self { notify, folder, is_tmux, running: Vec::new() }
    }

    /// Tells, and waits for nobody.
    pub fn tell(&mut self, message: &Message, screen: &mut Screen) -> Outcome {
        screen.write(&signs(&self.notify, message, self.is_tmux));
        let Some((program, arguments)) = self.notify.command.split_first() else { return Outcome::Done };
        self.running.retain(|command| !command.is_finished());
        if self.running.len() >= MOST {
            let program = Shown::new(program);
            return Outcome::Failed(format!("{MOST} of `{program}` still run: it is not started again"));
        }
        match self.start(program, arguments, message) {
            Ok(command) => {
                self.running.push(command);
                Outcome::Done
            }
            Err(error) => {
                let program = Shown::new(program);
                Outcome::Failed(format!("cannot run `{program}`, the command of [notify]: {error}"))
            }
        }
    }

    /// No shell reads it: the text is one argument whatever is in it.
    fn start(&self, program: &str, arguments: &[String], message: &Message) -> io::Result<JoinHandle<()>> {
        let text = message.text.as_str();
        let environment: [(&str, OsString); 3] = [
            ("CHIMERA_INSIGHT_EVENT", message.event.into()),
            ("CHIMERA_INSIGHT_TEXT", text.into()),
            ("CHIMERA_INSIGHT_FOLDER", self.folder.clone().into()),
        ];
        let mut command = Command::new(program);
        command.args(arguments).arg(text).envs(environment);
        // Neither the terminal nor its signals are the command's.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut child = command.spawn()?;
        thread::Builder::new().name("notify".into()).spawn(move || match child.wait() {
            Ok(status) if !status.success() => tracing::warn!("the command of [notify] ended with {status}"),
            Ok(_) => {}
            Err(error) => tracing::warn!("the command of [notify] is lost: {error}"),
        })
    }
}

/// What the terminal is sent.
fn signs(notify: &Notify, message: &Message, is_tmux: bool) -> String {
    // `Shown` holds no control character, so nothing in it ends the sequence.
    let text = message.text.as_str();
    let notice = match (notify.osc9, is_tmux) {
        (false, _) => String::new(),
        (true, false) => format!("\x1b]9;{text}\x07"),
        (true, true) => format!("\x1bPtmux;\x1b\x1b]9;{text}\x07\x1b\\"),
    };
    // tmux has a bell of its own and hands it on as its user wants.
    let bell = if notify.bell { "\x07" } else { "" };
    notice + bell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_is_told_as_it_wants() {
        let message = Message { event: "threshold", text: Shown::new("ttft\u{1b}\u{7} is above 5") };
        let check = |bell, osc9, is_tmux, expected: &str| {
            let notify = Notify { bell, osc9, ..Notify::default() };
            let signs = signs(&notify, &message, is_tmux);
            assert_eq!(signs, expected.replace('#', message.text.as_str()));
        };
        assert!(!message.text.as_str().contains(char::is_control));
        check(false, false, false, "");
        check(true, false, true, "\x07");
        check(true, true, false, "\x1b]9;#\x07\x07");
        check(false, true, true, "\x1bPtmux;\x1b\x1b]9;#\x07\x1b\\");
    }
}
