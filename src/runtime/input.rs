//! Terminal events to [`crate::app::event::Event`]s, on a thread of their own.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use crossterm::event::{self, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};
use rustix::process::{Signal as ProcessSignal, getpid, kill_process};
use tokio::sync::mpsc::Sender;

use super::ask::{Heard, Listener};
use crate::{
    app::event::{Event, Key, KeyCode, Mouse, MouseKind},
    signals::Signal,
};

/// How long to wait for the reader to let go of the terminal: it reacts at once unless the
/// inbox is full, and then it reads nothing anyway.
const LET_GO: Duration = Duration::from_secs(1);

/// The thread that reads keys, mouse and size.
#[derive(Debug)]
pub struct Input {
    is_paused: Arc<AtomicBool>,
    has_let_go: Receiver<()>,
    go_on: SyncSender<()>,
}

impl Input {
    /// Starts reading. The size is sent first: it may have changed since it was asked for.
    /// `listener` knows whether the terminal was asked for something.
    pub fn start(inbox: Sender<Event>, listener: Listener) -> io::Result<Self> {
        let is_paused = Arc::new(AtomicBool::new(false));
        // One place each: pauses do not overlap, so neither side ever waits to be heard.
        let (let_go, has_let_go) = sync_channel(1);
        let (go_on, may_go_on) = sync_channel(1);
        let reader = Reader { inbox, is_paused: Arc::clone(&is_paused), let_go, may_go_on };
        thread::Builder::new().name("input".into()).spawn(move || reader.run(listener))?;
        Ok(Self { is_paused, has_let_go, go_on })
    }

    /// Runs `body` while nobody here reads the terminal: its keys are another program's.
    pub fn paused<T>(&self, body: impl FnOnce() -> T) -> T {
        while self.has_let_go.try_recv().is_ok() {}
        self.is_paused.store(true, Ordering::SeqCst);
        // A read that blocks is woken by a change of size that is none.
        let is_paused = kill_process(getpid(), ProcessSignal::WINCH).is_ok()
            && self.has_let_go.recv_timeout(LET_GO).is_ok();
        let value = body();
        self.is_paused.store(false, Ordering::SeqCst);
        if is_paused {
            let _ = self.go_on.try_send(());
        }
        value
    }
}

struct Reader {
    inbox: Sender<Event>,
    is_paused: Arc<AtomicBool>,
    let_go: SyncSender<()>,
    may_go_on: Receiver<()>,
}

impl Reader {
    fn run(&self, mut listener: Listener) {
        // Only a first look makes the terminal library listen to changes of size.
        let _ = event::poll(Duration::ZERO);
        let mut size = None;
        if !self.tell_size(&mut size) {
            return;
        }
        loop {
            let events = match event::read().map(|event| listener.take(event)) {
                Ok(Heard::Events(events)) => events.into_iter().filter_map(translate).collect(),
                Ok(Heard::Background(rgb)) => vec![Event::Background(rgb)],
                // No terminal any more.
                Err(_) => vec![Event::Signal(Signal::Hangup)],
            };
            for event in events {
                let is_over = matches!(event, Event::Signal(_));
                // A size is told below, like one that the library misses because a key came with it.
                let is_told = matches!(event, Event::Resize(..));
                if !is_told && (self.inbox.blocking_send(event).is_err() || is_over) {
                    return;
                }
            }
            if !self.tell_size(&mut size) {
                return;
            }
            if self.is_paused.load(Ordering::SeqCst)
                && (self.let_go.send(()).is_err() || self.may_go_on.recv().is_err())
            {
                return;
            }
        }
    }

    /// Tells the size of the terminal when it has changed; `false` when nobody listens.
    fn tell_size(&self, known: &mut Option<(u16, u16)>) -> bool {
        match crossterm::terminal::size() {
            Ok(size) if *known != Some(size) => {
                *known = Some(size);
                self.inbox.blocking_send(Event::Resize(size.0, size.1)).is_ok()
            }
            _ => true,
        }
    }
}

/// What an event of the terminal means here; `None` for what nobody wants (releases, motion).
fn translate(event: event::Event) -> Option<Event> {
    match event {
        event::Event::Key(key) if key.kind != KeyEventKind::Release => translate_key(key).map(Event::Key),
        event::Event::Mouse(mouse) => translate_mouse(mouse).map(Event::Mouse),
        event::Event::Paste(text) => Some(Event::Paste(text)),
        event::Event::Resize(width, height) => Some(Event::Resize(width, height)),
        event::Event::Key(_) | event::Event::FocusGained | event::Event::FocusLost => None,
    }
}

fn translate_key(key: event::KeyEvent) -> Option<Key> {
    let code = match key.code {
        event::KeyCode::Char(letter) => KeyCode::Char(letter),
        event::KeyCode::Enter => KeyCode::Enter,
        event::KeyCode::Esc => KeyCode::Esc,
        event::KeyCode::Tab => KeyCode::Tab,
        event::KeyCode::BackTab => KeyCode::BackTab,
        event::KeyCode::Backspace => KeyCode::Backspace,
        event::KeyCode::Delete => KeyCode::Delete,
        event::KeyCode::Insert => KeyCode::Insert,
        event::KeyCode::Up => KeyCode::Up,
        event::KeyCode::Down => KeyCode::Down,
        event::KeyCode::Left => KeyCode::Left,
        event::KeyCode::Right => KeyCode::Right,
        event::KeyCode::Home => KeyCode::Home,
        event::KeyCode::End => KeyCode::End,
        event::KeyCode::PageUp => KeyCode::PageUp,
        event::KeyCode::PageDown => KeyCode::PageDown,
        event::KeyCode::F(number) => KeyCode::F(number),
        _ => return None,
    };
    let has = |modifier| key.modifiers.contains(modifier);
    let key = Key {
        code,
        ctrl: has(KeyModifiers::CONTROL),
        alt: has(KeyModifiers::ALT),
        // The terminal has already made the letter a capital, or `1` an `!`.
        shift: has(KeyModifiers::SHIFT) && !matches!(code, KeyCode::Char(_)),
    };
    Some(key.normalized())
}

fn translate_mouse(mouse: event::MouseEvent) -> Option<Mouse> {
    let kind = match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => MouseKind::Press,
        MouseEventKind::ScrollUp => MouseKind::WheelUp,
        MouseEventKind::ScrollDown => MouseKind::WheelDown,
        _ => return None,
    };
    Some(Mouse { kind, column: mouse.column, row: mouse.row })
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyEvent, KeyEventState};

    use super::*;

    fn key(code: event::KeyCode, modifiers: KeyModifiers, kind: KeyEventKind) -> Option<String> {
        match translate(event::Event::Key(KeyEvent { code, modifiers, kind, state: KeyEventState::NONE })) {
            Some(Event::Key(key)) => Some(key.to_string()),
            _ => None,
        }
    }

    #[test]
    fn keys_have_one_spelling() {
        let press = KeyEventKind::Press;
        for (code, modifiers, expected) in [
            (event::KeyCode::Char('c'), KeyModifiers::CONTROL, "ctrl-c"),
            (event::KeyCode::Char('C'), KeyModifiers::CONTROL | KeyModifiers::SHIFT, "ctrl-c"),
            (event::KeyCode::Char('G'), KeyModifiers::SHIFT, "G"),
            (event::KeyCode::Char('!'), KeyModifiers::SHIFT, "!"),
            (event::KeyCode::BackTab, KeyModifiers::SHIFT, "shift-tab"),
            (event::KeyCode::Char(' '), KeyModifiers::NONE, "space"),
            (event::KeyCode::F(1), KeyModifiers::NONE, "f1"),
            (event::KeyCode::Up, KeyModifiers::SHIFT, "shift-up"),
        ] {
            assert_eq!(key(code, modifiers, press).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_key_counts_when_it_goes_down() {
        let q = event::KeyCode::Char('q');
        assert_eq!(key(q, KeyModifiers::NONE, KeyEventKind::Repeat).as_deref(), Some("q"));
        assert_eq!(key(q, KeyModifiers::NONE, KeyEventKind::Release), None);
        assert_eq!(key(event::KeyCode::CapsLock, KeyModifiers::NONE, KeyEventKind::Press), None);
    }
}
