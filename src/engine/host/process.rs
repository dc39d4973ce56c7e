//! One worker process with the threads that serve its pipes: a slow worker can then never
//! block the host, and a worker that prints a lot is never blocked itself.

use std::{
    io::{self, BufReader, Error},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, ExitStatus},
    sync::mpsc::{self, Receiver, Sender},
    time::Duration,
};

use super::{
    log::{self, Tail},
    memory, now,
    supervisor::Message,
};
use crate::engine::protocol::frame::{self, Command, Frame};

/// After its end, the time that the last lines of a worker's log may take to arrive.
const LOG_PATIENCE: Duration = Duration::from_secs(1);

/// Frames that may be on their way: a process that sends faster than it is listened to waits,
/// and does not fill the host's memory.
const FRAMES_AHEAD: usize = 1024;

/// A running worker. Dropping it kills and reaps it.
pub(super) struct Worker {
    child: Child,
    commands: Sender<Command>,
    /// One for each frame that was read and not taken yet.
    ahead: Receiver<()>,
    tail: Tail,
    log_ended: Receiver<()>,
}

impl Worker {
    /// Takes the pipes of a child.
    pub(super) fn attach(
        mut child: Child,
        generation: u64,
        messages: &Sender<Message>,
        log: Option<&Path>,
    ) -> io::Result<Self> {
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut stdin), Some(stdout), Some(stderr)) = pipes else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Error::other("the worker has no pipes"));
        };
        // Unbounded: holds the few commands that a busy worker has not read yet.
        let (commands, outbox) = mpsc::channel::<Command>();
        std::thread::spawn(move || {
            for command in outbox {
                if frame::write(&mut stdin, &command).is_err() {
                    return; // The worker is gone; the reader below says so.
                }
            }
        });
        let inbox = messages.clone();
        let (read, ahead) = mpsc::sync_channel(FRAMES_AHEAD);
        std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            loop {
                let message = match frame::read::<Frame>(&mut stdout) {
                    Ok(Some(frame)) => Message::Frame(generation, frame, now()),
                    Ok(None) => Message::Ended(generation, None),
                    Err(error) => Message::Ended(generation, Some(error.to_string())),
                };
                let ended = matches!(message, Message::Ended(..));
                // A host that has dropped the worker wants no more of it.
                if !ended && read.send(()).is_err() {
                    return;
                }
                if inbox.send(message).is_err() || ended {
                    return;
                }
            }
        });
        let tail = Tail::default();
        let (lines, path) = (tail.clone(), log.map(PathBuf::from));
        let (ended, log_ended) = mpsc::channel();
        std::thread::spawn(move || {
            log::read(stderr, &lines, path.as_deref());
            let _ = ended.send(());
        });
        Ok(Self { child, commands, ahead, tail, log_ended })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// A worker that is gone says so by the end of its frames.
    pub(super) fn send(&self, command: Command) {
        let _ = self.commands.send(command);
    }

    /// To be called for each of its frames when it is dealt with.
    pub(super) fn taken(&self) {
        let _ = self.ahead.try_recv();
    }

    pub(super) fn log(&self) -> Vec<String> {
        self.tail.lines()
    }

    /// Kills and reaps it. Says how it ended, with its last error and what to do; waits for its
    /// log.
    pub(super) fn end(mut self, broken: Option<String>, advice: &str) -> (String, Vec<String>) {
        let limit = memory::limit_of(self.child.id());
        // Frames that cannot be read come from a process that still runs; one that closed
        // its output is ending by itself and must not lose its own exit status to the kill.
        if broken.is_some() || !ends_by_itself(&mut self.child) {
            let _ = self.child.kill();
        }
        let status = self.child.wait();
        let _ = self.log_ended.recv_timeout(LOG_PATIENCE);
        let cause = match (broken, status) {
            (Some(broken), _) => format!("the engine process sent a broken answer ({broken})"),
            (None, Ok(status)) => {
                let (how, lines) = (describe(status), self.tail.lines());
                if let Some(cause) = memory::shortage(&how, &lines, limit) {
                    return (cause, lines);
                }
                format!("the engine process {how}")
            }
            (None, Err(error)) => format!("the engine process is lost: {error}"),
        };
        let cause = match self.tail.last_error() {
            Some(line) => format!("{cause}: {line}; {advice}"),
            None => format!("{cause}; {advice}"),
        };
        (cause, self.tail.lines())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Time a process that closed its output has to end by itself.
const END_PATIENCE: Duration = Duration::from_millis(500);
/// How often that is looked at.
const END_POLL: Duration = Duration::from_millis(5);

fn ends_by_itself(child: &mut Child) -> bool {
    let start = now();
    while start.elapsed() < END_PATIENCE {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return true;
        }
        std::thread::sleep(END_POLL);
    }
    false
}

fn describe(status: ExitStatus) -> String {
    let Some(signal) = status.signal() else {
        return match status.code() {
            Some(code) => format!("ended with exit code {code}"),
            None => "ended".to_owned(),
        };
    };
    match signal {
        4 => "was ended by SIGILL (this processor lacks an instruction)".to_owned(),
        6 => "was ended by SIGABRT".to_owned(),
        7 => "was ended by SIGBUS (the model file may have been cut)".to_owned(),
        8 => "was ended by SIGFPE".to_owned(),
        9 => "was ended by SIGKILL (killed from outside; the system may be out of memory)".to_owned(),
        11 => "was ended by SIGSEGV".to_owned(),
        15 => "was ended by SIGTERM".to_owned(),
        other => format!("was ended by signal {other}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::process::{Command as Program, Stdio};

    use super::*;

    /// Long for a machine that has something to send.
    const SILENCE: Duration = Duration::from_millis(300);

    #[test]
    fn a_process_that_sends_without_end_waits_for_its_listener() {
        let mut frames = Vec::new();
        (0..2000).for_each(|_| frame::write(&mut frames, &Frame::Loading(0.5)).unwrap());
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, frames).unwrap();
        let loud = Program::new("sh")
            .args(["-c", "while cat \"$0\"; do :; done"])
            .arg(file.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (messages, inbox) = mpsc::channel();
        let worker = Worker::attach(loud, 1, &messages, None).unwrap();
        let mut came = 0;
        while inbox.recv_timeout(SILENCE).is_ok() {
            came += 1;
            assert!(came <= FRAMES_AHEAD, "more than {FRAMES_AHEAD} frames are on their way");
        }
        assert_eq!(came, FRAMES_AHEAD);
        worker.taken();
        assert!(inbox.recv_timeout(LOG_PATIENCE).is_ok());
    }
}
