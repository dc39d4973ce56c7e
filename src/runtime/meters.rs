//! Samples the machine on a thread of its own, until it is told to stop.

use std::{
    io,
    sync::mpsc::{RecvTimeoutError, Sender as Stop, channel},
    thread,
};

use tokio::sync::mpsc::{Sender, error::TrySendError};

use crate::{
    app::event::Event,
    meters::{EVERY, Meters},
};

/// The thread; it ends when this is dropped.
#[derive(Debug)]
pub struct Sampler(#[expect(dead_code, reason = "held so that the thread goes on")] Stop<()>);

/// Starts it.
pub fn start(inbox: Sender<Event>) -> io::Result<Sampler> {
    let (stop, stopped) = channel();
    thread::Builder::new().name("meters".into()).spawn(move || {
        let mut meters = Meters::default();
        while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
            // Where the loop has more to do than that, a sample can be missed.
            let sent = inbox.try_send(Event::Machine(Box::new(meters.sample())));
            if matches!(sent, Err(TrySendError::Closed(_))) {
                break;
            }
        }
    })?;
    Ok(Sampler(stop))
}
