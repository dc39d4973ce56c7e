//! Signals: the one module that handles them. HUP, INT, QUIT, TERM, TSTP, CONT become values.

use std::{io, os::raw::c_int, sync::Arc, thread};

use signal_hook::{
    consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGXFSZ},
    iterator::Signals,
};

/// A signal that the program answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The terminal went away.
    Hangup,
    /// Interrupt.
    Interrupt,
    /// Asked to end with a core dump; there is none, and the terminal is given back.
    Quit,
    /// Asked to end.
    Terminate,
    /// Asked to stop (ctrl-z from outside).
    Suspend,
    /// Goes on after a stop.
    Continue,
}

impl Signal {
    /// 128 + number: the exit code when it ends the program.
    pub fn exit_code(self) -> u8 {
        let number = match self {
            Signal::Hangup => SIGHUP,
            Signal::Interrupt => SIGINT,
            Signal::Quit => SIGQUIT,
            Signal::Terminate => SIGTERM,
            Signal::Suspend => SIGTSTP,
            Signal::Continue => SIGCONT,
        };
        u8::try_from(128 + number).unwrap_or(u8::MAX)
    }

    fn of(number: c_int) -> Option<Self> {
        Some(match number {
            SIGHUP => Signal::Hangup,
            SIGINT => Signal::Interrupt,
            SIGQUIT => Signal::Quit,
            SIGTERM => Signal::Terminate,
            SIGTSTP => Signal::Suspend,
            SIGCONT => Signal::Continue,
            _ => return None,
        })
    }
}

/// Starts a thread that hands every signal on.
pub fn listen(on: impl FnMut(Signal) + Send + 'static) -> io::Result<()> {
    hand_on(&[SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGCONT], on)
}

/// The same for the signals that end a program; ctrl-z keeps its usual meaning.
pub fn listen_for_end(on: impl FnMut(Signal) + Send + 'static) -> io::Result<()> {
    hand_on(&[SIGHUP, SIGINT, SIGTERM], on)
}

/// A file that grows past the limit of the process is an error of the call that writes it: as
/// it is, the signal would end the program, and the terminal with it.
pub fn heed_file_limits() -> io::Result<()> {
    signal_hook::flag::register(SIGXFSZ, Arc::default()).map(drop)
}

/// Stops this process as ctrl-z would have; returns when it is continued.
pub fn suspend() -> io::Result<()> {
    signal_hook::low_level::emulate_default_handler(SIGTSTP)
}

fn hand_on(numbers: &[c_int], mut on: impl FnMut(Signal) + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new(numbers)?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for number in signals.forever() {
            if let Some(signal) = Signal::of(number) {
                on(signal);
            }
        }
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_of_a_shell() {
        assert_eq!(Signal::Hangup.exit_code(), 129);
        assert_eq!(Signal::Interrupt.exit_code(), 130);
        assert_eq!(Signal::Quit.exit_code(), 131);
        assert_eq!(Signal::Terminate.exit_code(), 143);
    }
}
