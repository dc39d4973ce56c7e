//! What a frame and a token cost: time as ratios within one run, bytes as they would go to the
//! terminal.
//!
//! `cargo bench --no-default-features --bench screen -- [FOLDER] [ROUNDS]`. The folder (the demo
//! unless told otherwise) is read by the program's own threads; then the screen is drawn as the
//! program draws it and as plain ratatui would, into memory, in turn.

#![allow(clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::{
    error::Error,
    fmt::Write as _,
    fs, io,
    path::PathBuf,
    time::{Duration, Instant},
};

use chimera_insight::{
    app::{
        App, EngineState, Setup,
        effect::Effect,
        event::{Event, Key},
        keymap::Keymap,
        report::Activity,
        settings::Settings,
    },
    engine::ModelSpec,
    report::model::{ModelInfo, Params},
    runtime::{keeper, terminal::canvas::Canvas},
    text::{sanitize::Shown, stream::StreamView},
    ui::{self, theme::Theme},
    watch::gather::Watcher,
};
use ratatui::{
    Terminal, TerminalOptions, Viewport,
    backend::{Backend as _, CrosstermBackend},
    buffer::Buffer,
    layout::Rect,
};
use tokio::sync::mpsc::channel;

/// Frames of each kind unless told otherwise.
const ROUNDS: usize = 300;
/// The large screen that the goals are for.
const LARGE: (u16, u16) = (250, 80);
/// A usual one.
const USUAL: (u16, u16) = (80, 24);
/// The inbox of the loop.
const INBOX: usize = 512;
/// Frames and tokens between two frames at 10,000 tokens a second.
const FRAMES_A_SECOND: usize = 60;
/// Tokens a second that the loop must keep up with.
const FAST: usize = 10_000;
/// Bytes of a token.
const TOKEN: usize = 4;
/// What begins and ends a frame, whatever is in it.
const FRAME_MARKS: usize = 16;

fn main() -> Result<(), Box<dyn Error>> {
    let mut folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let mut rounds = ROUNDS;
    for argument in std::env::args().skip(1).filter(|argument| argument != "--bench") {
        match argument.parse() {
            Ok(number) => rounds = number,
            Err(_) => folder = argument.into(),
        }
    }
    println!("{:<58} {:>9} {:>12}", "", "measured", "goal");
    let loaded = |size, keys: &str| -> Result<App, Box<dyn Error>> {
        let mut app = read(&folder, size)?;
        press(&mut app, keys);
        Ok(app)
    };
    for size in [LARGE, USUAL] {
        println!("{} × {}", size.0, size.1);
        drawing(&loaded(size, "")?, size, rounds)?;
        let mut writing = loaded(size, "4")?;
        write_report(&mut writing);
        token(&mut writing, size)?;
        for (name, keys, down) in [
            ("the report", "", "k"),
            ("a list of files", "1", "page-down j j"),
            ("a table of metrics", "2", "page-down j j"),
        ] {
            let mut app = if keys.is_empty() { finished(&loaded)(size)? } else { loaded(size, keys)? };
            scrolling(name, &mut app, size, down)?;
        }
    }
    println!("streaming");
    streaming(rounds);
    Ok(())
}

/// A report that is done and longer than the screen.
fn finished(
    loaded: &impl Fn((u16, u16), &str) -> Result<App, Box<dyn Error>>,
) -> impl Fn((u16, u16)) -> Result<App, Box<dyn Error>> {
    move |size| {
        let mut app = loaded(size, "4")?;
        app.report.view.push(&markdown(20_000));
        Ok(app)
    }
}

/// The program with the folder read.
fn read(folder: &std::path::Path, size: (u16, u16)) -> Result<App, Box<dyn Error>> {
    let mut app = App::new(Setup {
        folder: Shown::from_path(folder),
        model: Ok(Some(ModelSpec::Scripted(String::new()))),
        model_name: Some(Shown::new("scripted")),
        params: Params::default(),
        persona: (String::from("analyst"), String::new()),
        settings: Settings::default(),
        keymap: Keymap::default(),
        size,
        wall_ns: 1_795_426_200_000_000_000,
        is_metered: false,
    });
    let (sender, mut inbox) = channel(INBOX);
    let _watcher = Watcher::start(folder.to_owned(), keeper::start(sender)?)?;
    while !app.library.is_complete {
        let event = inbox.blocking_recv().ok_or("the watch ended")?;
        take(&mut app, event);
    }
    // Nothing is new any more.
    take(&mut app, Event::Tick { now: Duration::from_mins(10), wall_ns: 1_795_426_800_000_000_000 });
    Ok(app)
}

/// An event and what it makes the program compute at once.
fn take(app: &mut App, event: Event) {
    for effect in app.update(event) {
        if let Effect::Compute(job) = effect {
            app.update(Event::Computed(Box::new(job.run())));
        }
    }
}

fn press(app: &mut App, keys: &str) {
    for key in keys.split_whitespace() {
        take(app, Event::Key(Key::parse(key).expect("a key")));
    }
}

/// A report in the middle of being written.
fn write_report(app: &mut App) {
    app.engine = EngineState::Ready;
    app.model = Some(ModelInfo { name: "scripted".into(), num_ctx: 8192, ..ModelInfo::default() });
    let report = &mut app.report;
    report.activity = Activity::Decode;
    report.prefill = Some((2048, 2048, 256));
    for step in 0..500_u32 {
        tick(app, step);
    }
    app.report.view.push(&markdown(8_000));
    app.report.view.push("\n\nThe last line of it ");
}

fn tick(app: &mut App, step: u32) {
    let at = Duration::from_millis(u64::from(step * 24 + (step % 7) * 3));
    app.report.stats.piece(1, at, at + Duration::from_millis(640));
    app.report.context_used += 1;
}

fn drawing(app: &App, size: (u16, u16), rounds: usize) -> Result<(), Box<dyn Error>> {
    let theme = Theme::default();
    let mut canvas = Canvas::new(size)?;
    let whole = canvas.draw("", |frame| ui::draw(frame, app, &theme)).len();
    let mut ratios = Vec::with_capacity(rounds);
    let mut plain_bytes = 0;
    let mut again = 0;
    for _ in 0..rounds {
        let began = Clock::start();
        again += canvas.draw("", |frame| ui::draw(frame, app, &theme)).len();
        let ours = began.elapsed();
        let began = Clock::start();
        let mut bytes = Vec::new();
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.0, size.1));
        let mut plain =
            Terminal::with_options(CrosstermBackend::new(&mut bytes), TerminalOptions { viewport })?;
        plain.draw(|frame| ui::draw(frame, app, &theme))?;
        drop(plain);
        ratios.push(ours / began.elapsed());
        plain_bytes = bytes.len();
    }
    line("a frame ÷ drawn afresh by plain ratatui, time", &format!("{:.2}", median(&mut ratios)), "≤ 0.7");
    line("nothing changed, bytes", &format!("{again}"), "0");
    line("the whole screen, bytes (plain ratatui)", &format!("{whole} ({plain_bytes})"), "");
    Ok(())
}

/// The bytes of one more token, and of the text and style of the cells that it changes.
fn token(app: &mut App, size: (u16, u16)) -> Result<(), Box<dyn Error>> {
    let theme = Theme::default();
    let mut canvas = Canvas::new(size)?;
    let mut took = Vec::new();
    for step in 500..600 {
        canvas.draw("", |frame| ui::draw(frame, app, &theme));
        let before = picture(app, size)?;
        app.report.view.push("abc ");
        tick(app, step);
        let bytes = canvas.draw("", |frame| ui::draw(frame, app, &theme)).len();
        let after = picture(app, size)?;
        let changed = text_and_style(&before, &after)?;
        took.push((bytes as f64, (64 + 2 * changed) as f64));
    }
    let mut bytes: Vec<f64> = took.iter().map(|(bytes, _)| *bytes).collect();
    let over = took.iter().filter(|(bytes, allowed)| bytes > allowed).count();
    let name = format!("one token with its gauges, bytes (of {FRAME_MARKS} none is text)");
    line(&name, &format!("{:.0}", median(&mut bytes)), "");
    line("of 100 tokens over 64 + twice the text and style", &format!("{over}"), "0");
    Ok(())
}

/// Bytes of the text and the styles of the cells that differ, written side by side.
fn text_and_style(before: &Buffer, after: &Buffer) -> io::Result<usize> {
    let cells = before.diff(after);
    let mut bytes = Vec::new();
    let in_a_row = cells.iter().enumerate().map(|(x, (.., cell))| (x as u16, 0, *cell));
    CrosstermBackend::new(&mut bytes).draw(in_a_row)?;
    Ok(bytes.len())
}

fn picture(app: &App, size: (u16, u16)) -> io::Result<Buffer> {
    let viewport = Viewport::Fixed(Rect::new(0, 0, size.0, size.1));
    let options = TerminalOptions { viewport };
    let mut plain = Terminal::with_options(CrosstermBackend::new(io::sink()), options)?;
    ui::draw(&mut plain.get_frame(), app, &Theme::default());
    Ok(plain.current_buffer_mut().clone())
}

/// One line further, over and over: the bytes by those of the whole screen.
fn scrolling(name: &str, app: &mut App, size: (u16, u16), keys: &str) -> Result<(), Box<dyn Error>> {
    let theme = Theme::default();
    let (first, step) = keys.rsplit_once(' ').unwrap_or(("", keys));
    press(app, first);
    let mut canvas = Canvas::new(size)?;
    canvas.draw("", |frame| ui::draw(frame, app, &theme));
    let mut ratios = Vec::new();
    for _ in 0..20 {
        press(app, step);
        let bytes = canvas.draw("", |frame| ui::draw(frame, app, &theme)).len();
        let whole = Canvas::new(size)?.draw("", |frame| ui::draw(frame, app, &theme)).len();
        ratios.push(bytes as f64 / whole as f64);
    }
    let name = format!("{name}, one line further ÷ the whole screen, bytes");
    line(&name, &format!("{:.3}", median(&mut ratios)), "≤ 0.3 (0.1)");
    Ok(())
}

fn streaming(rounds: usize) {
    let rounds = rounds.div_ceil(60);
    let cost = |length: usize| {
        let text = markdown(length);
        let mut times: Vec<f64> = (0..rounds)
            .map(|_| {
                let mut view = StreamView::new();
                view.resize(100, 40);
                let mut rest = text.as_str();
                // The last tenth of it, token by token.
                let (start, end) = rest.split_at(text.floor_char_boundary(length * 9 / 10));
                view.push(start);
                rest = end;
                let (began, mut tokens) = (Clock::start(), 0_usize);
                while !rest.is_empty() {
                    let (token, next) = rest.split_at(rest.ceil_char_boundary(TOKEN.min(rest.len())));
                    view.push(token);
                    (rest, tokens) = (next, tokens + 1);
                }
                began.elapsed() / tokens as f64
            })
            .collect();
        median(&mut times)
    };
    let whole = |length: usize| {
        let text = markdown(length);
        let mut times: Vec<f64> = (0..rounds.max(5))
            .map(|_| {
                let began = Clock::start();
                let mut view = StreamView::new();
                view.resize(100, 40);
                view.push(&text);
                began.elapsed()
            })
            .collect();
        median(&mut times)
    };
    let (short, long, all) = (cost(10_000), cost(200_000), whole(200_000));
    line("a token at 200 KB ÷ one at 10 KB, time", &format!("{:.2}", long / short), "1");
    line("laying 200 KB out again ÷ a token, time", &format!("{:.0}", all / long), "≥ 100");
    line(
        &format!("{FAST} tokens a second, text alone, share of a core"),
        &format!("{:.3}", long * FAST as f64),
        "< 0.25",
    );
    line(
        &format!("{FAST} tokens a second, drawn {FRAMES_A_SECOND} times at 250 × 80"),
        &format!("{:.3}", drawn_second()),
        "< 0.25",
    );
}

/// Seconds for a second of fast tokens, with their frames.
fn drawn_second() -> f64 {
    let mut app = App::new(Setup {
        folder: Shown::new("reports"),
        model: Ok(None),
        model_name: None,
        params: Params::default(),
        persona: (String::new(), String::new()),
        settings: Settings::default(),
        keymap: Keymap::default(),
        size: LARGE,
        wall_ns: 0,
        is_metered: false,
    });
    press(&mut app, "4");
    write_report(&mut app);
    let text = markdown(FAST * TOKEN);
    let mut tokens = text.as_bytes().chunks(TOKEN).map(String::from_utf8_lossy);
    let theme = Theme::default();
    let mut canvas = Canvas::new(LARGE).expect("a canvas");
    let began = Clock::start();
    for frame in 0..FRAMES_A_SECOND {
        for token in tokens.by_ref().take(FAST / FRAMES_A_SECOND) {
            app.report.view.push(&token);
            tick(&mut app, 600 + frame as u32);
        }
        canvas.draw("", |frame| ui::draw(frame, &app, &theme));
    }
    began.elapsed()
}

/// Markdown of all usual kinds, so long.
fn markdown(length: usize) -> String {
    let mut text = String::with_capacity(length + 500);
    let mut section = 0;
    while text.len() < length {
        section += 1;
        let _ = write!(
            text,
            "## Section {section}\n\nThroughput of **model-{section}** is {}.5 tok/s at `num_gpu=60`, which is more \
             than that of the others; its time to the first token is {} ms.\n\n- one point of {section}\n- another \
             with *weight*\n\n| model | median | p95 |\n|---|---|---|\n| a | {section} | 2 |\n| b | 3 | {section} |\n\n",
            section * 7919 % 1000,
            section * 31 % 997,
        );
    }
    text
}

/// Seconds on the processor where the system tells it, so that other work on the machine does not
/// count: nothing here waits. Else wall time.
struct Clock(Instant, Option<u64>);

impl Clock {
    fn start() -> Self {
        Self(Instant::now(), on_processor())
    }

    fn elapsed(&self) -> f64 {
        let nanoseconds = self.1.zip(on_processor()).map(|(began, now)| now.saturating_sub(began));
        nanoseconds.map_or_else(|| self.0.elapsed().as_secs_f64(), |nanoseconds| nanoseconds as f64 / 1e9)
    }
}

fn on_processor() -> Option<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn line(name: &str, measured: &str, goal: &str) {
    println!("  {name:<56} {measured:>9} {goal:>12}");
}
