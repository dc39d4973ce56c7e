//! Frames in any split, and every kind of broken stream.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;
use crate::report::prompt::{Block, Prompt, Style, Turn};

/// Gives at most `step` bytes a call, as a pipe may.
struct Dribble<'a> {
    bytes: &'a [u8],
    step: usize,
}

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.step.min(buffer.len()).min(self.bytes.len());
        buffer[..count].copy_from_slice(&self.bytes[..count]);
        self.bytes = &self.bytes[count..];
        Ok(count)
    }
}

fn messages() -> Vec<Frame> {
    let timings = Timings { tokens: 3, gaps: vec![Duration::from_micros(1500); 2], ..Timings::default() };
    vec![
        Frame::Loading(0.25),
        Frame::Loaded(Box::default()),
        Frame::Fitted { run: RunId(7), prompt_tokens: 12, left_out: vec!["facts about \u{1b}[2J".into()] },
        Frame::Prefill { run: RunId(7), done: 3, total: 9, cached: 1 },
        Frame::Piece {
            run: RunId(7),
            text: "é\n🦙".into(),
            tokens: 1,
            at: Duration::from_nanos(1_234_567_891),
        },
        Frame::Finished {
            run: RunId(7),
            stop: Stop::Loop("again".into()),
            timings: Box::new(timings.into()),
            used: Params { seed: Some(u32::MAX), temperature: Some(0.7), ..Params::default() },
        },
        Frame::Failed { run: None, error: EngineError::TooLong { needed: 9, room: 3 } },
    ]
}

fn stream(messages: &[Frame]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        write(&mut bytes, message).unwrap();
    }
    bytes
}

fn read_all(mut input: impl Read) -> (Vec<Frame>, Option<String>) {
    let mut found = Vec::new();
    loop {
        match read(&mut input) {
            Ok(Some(frame)) => found.push(frame),
            Ok(None) => return (found, None),
            Err(error) => return (found, Some(error.to_string())),
        }
    }
}

#[test]
fn every_message_survives_any_split() {
    let bytes = stream(&messages());
    for step in [1, 2, 3, 5, 4096] {
        assert_eq!(read_all(Dribble { bytes: &bytes, step }), (messages(), None), "step {step}");
    }
}

#[test]
fn a_request_survives() {
    let block = Block { turn: Turn::User, text: "<end_of_turn>\u{0}".into(), rank: 0, label: "x".into() };
    let request = Request {
        run: RunId(1),
        model: ModelSpec::File("/tmp/a b.gguf".into()),
        prompt: Prompt { style: Style::Chat, blocks: vec![block] },
        params: Params::default(),
        writing: None,
    };
    let command = Command::Generate(Box::new(request));
    let mut bytes = Vec::new();
    write(&mut bytes, &command).unwrap();
    assert_eq!(read::<Command>(&mut bytes.as_slice()).unwrap(), Some(command));
}

#[test]
fn a_broken_stream_says_what_is_wrong() {
    let check = |bytes: &[u8], wanted: &str| {
        let (found, error) = read_all(bytes);
        assert_eq!(found, Vec::new());
        let error = error.expect("an error");
        assert!(error.contains(wanted), "{error:?} should hold {wanted:?}");
    };
    check(b"\x01", "ends inside a frame: 1 of 4 bytes");
    check(b"\x0a\x00\x00\x00abc", "ends inside a frame: 3 of 10 bytes");
    check(b"\x02\x00\x00\x00{}", "no valid message");
    check(b"\x00\x00\x00\x00", "no valid message");
    check(b"hello from printf\n", "over the limit");
    check(&u32::MAX.to_le_bytes(), "over the limit");
}

#[test]
fn a_message_over_the_limit_is_refused_before_it_is_sent() {
    let text = "x".repeat(FRAME_LIMIT as usize);
    let frame = Frame::Piece { run: RunId(1), text, tokens: 1, at: Duration::ZERO };
    let mut bytes = Vec::new();
    assert_eq!(write(&mut bytes, &frame).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    assert_eq!(bytes, Vec::<u8>::new());
}

proptest! {
    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (_, _) = read_all(bytes.as_slice());
    }

    #[test]
    fn a_cut_stream_gives_the_whole_frames_before_the_cut(cut in 0usize..2000) {
        let all = messages();
        let bytes = stream(&all);
        let cut = cut.min(bytes.len());
        let (found, error) = read_all(&bytes[..cut]);
        prop_assert_eq!(&found[..], &all[..found.len()]);
        prop_assert_eq!(stream(&found).len() == cut, error.is_none());
    }
}
