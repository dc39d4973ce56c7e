//! The loop, and everything that touches the terminal.

pub mod ask;
pub mod effects;
pub mod input;
pub mod keeper;
mod layouts;
pub mod meters;
mod scribe;
pub mod terminal;

use std::{
    fs,
    path::PathBuf,
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use ratatui::Frame;
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    time::timeout_at,
};

use self::{
    ask::Listener,
    effects::{Hands, Outcome, Teller},
    input::Input,
    terminal::Screen,
};
use crate::{
    app::{
        App, EngineState, Setup, effect::Effect, event::Event, freshen::Freshening, keymap::Keymap,
        notices::Severity, outside::Outside, settings::Settings,
    },
    config::{self, Config},
    engine::{ModelSpec, host::Host},
    metrics::format::Zone,
    report::prompt,
    signals::{self, Signal},
    text::sanitize::Shown,
    ui::{
        self,
        ascii::Signs,
        theme::{
            Theme, Themes,
            color::Depth,
            ground::{self, Ground},
        },
    },
    watch::gather::Watcher,
};

/// Events that may wait. A full inbox makes the watcher and the engine wait in turn (their
/// pipes hold what comes), so that a flood costs time and never memory. 512 is some seconds
/// of tokens, more than waits while a frame is drawn.
const INBOX: usize = 512;
/// Events taken in one turn, so that a flood does not keep the screen from being drawn.
const DRAIN: usize = 256;
/// After so long a turn draws, whatever still waits: a frame late is seen by nobody, ten are.
const TURN: Duration = Duration::from_millis(8);
/// Least time between two frames: at most 60 a second.
const FRAME: Duration = Duration::from_micros(16_667);
/// The same where nothing changed but the model's text, times that run and the meters: they are
/// read and not waited for, and the processor is the model's.
const QUIET_FRAME: Duration = Duration::from_millis(40);
/// A terminal that has not taken the last frame is tried again after so long.
const CATCH_UP: Duration = Duration::from_millis(4);
/// What the user's keys are called in a message: a line has no room for the whole path.
const KEYMAP: &str = "keymap.toml";
/// A turn that takes longer is felt, and logged.
const SLOW_TURN: Duration = Duration::from_millis(50);

/// Runs the interactive program until it is quit. Returns the exit code; the terminal is given
/// back on every way out.
pub fn run(config: &Config) -> anyhow::Result<u8> {
    run_drawing(config, ui::draw)
}

/// The same with another way to draw (tests see what becomes of a panic in there).
pub fn run_drawing(config: &Config, draw: impl FnMut(&mut Frame<'_>, &App, &Theme)) -> anyhow::Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let (sender, mut inbox) = channel(INBOX);
    // Before the terminal is taken: from then on every end must give it back.
    let signals = sender.clone();
    signals::listen(move |signal| {
        // Nobody listens any more only when the program ends anyway.
        let _ = signals.blocking_send(Event::Signal(signal));
    })
    .context("cannot listen to signals")?;

    let started = Instant::now();
    let size = Screen::size().context("the terminal has no size; is standard output a terminal?")?;
    let (mut app, mut complaints) = start_app(config, size);
    let log = screen_log(config);
    let mut screen =
        Screen::take(log.as_deref(), size, config.look.mouse).context("cannot use the terminal")?;
    let (themes, problems) = themes(config);
    complaints.extend(problems);
    let mut painter = Painter { draw, themes, ground: known_ground(), screen: &mut screen };
    // The first frame waits for nothing: not for the scan, not for a model.
    painter.paint(&app)?;
    let model = look_for_model(config).context("cannot look for a model")?;
    let is_asked = painter.ask_for_ground();
    for complaint in complaints {
        app.notices.give(Severity::Error, &complaint, Duration::ZERO);
    }
    let mut hands = start_hands(config, sender, &mut app, Listener::new(is_asked))?;
    hands.look_for_remains()?;
    // A thread that ended otherwise has said why in the log.
    let model = model.join().unwrap_or_else(|_| Err(String::from("looking for one failed")));
    let name = model.as_ref().ok().and_then(Option::as_ref).map(|spec| shown_name(spec, config));
    app.set_model(model, name);
    app.inventory.zone = Some(Zone::system());
    let code = runtime.block_on(async {
        let code = turns(&mut app, &mut inbox, &mut hands, &mut painter, started).await;
        if is_asked && painter.ground.is_none() && code.as_ref().is_ok_and(|code| *code == 0) {
            await_answer(&mut inbox, started + ask::PATIENCE).await;
        }
        code
    });

    drop(screen);
    if config.look.remember
        && let Err(error) = layouts::keep(config, app.layout())
    {
        tracing::warn!("cannot keep the layout: {error}");
    }
    hands.finish_saves()?;
    code
}

/// What `--model` means, or why it means nothing. Other programs' stores may be large, or far away.
fn look_for_model(config: &Config) -> std::io::Result<JoinHandle<Result<Option<ModelSpec>, String>>> {
    let config = config.clone();
    let look = move || config.chosen_model().map_err(|error| error.to_string());
    thread::Builder::new().name("model".into()).spawn(look)
}

/// The state, and what is wrong with the user's files. The model is still being looked for.
fn start_app(config: &Config, size: (u16, u16)) -> (App, Vec<String>) {
    let mut complaints = config.complaints.clone();
    let keymap_file = config.paths.keymap();
    let keymap = match fs::read_to_string(&keymap_file) {
        Ok(text) => {
            let (keymap, problems) = Keymap::with_user(&text, KEYMAP);
            complaints.extend(problems.iter().map(ToString::to_string));
            keymap
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Keymap::default(),
        Err(error) => {
            complaints.push(format!("cannot read `{}`: {error}", Shown::from_path(&keymap_file)));
            Keymap::default()
        }
    };
    let persona = config::persona(config).unwrap_or_else(|error| {
        complaints.push(format!("{error}; the default one is used"));
        prompt::personas().first().map(|(name, text)| ((*name).into(), (*text).into())).unwrap_or_default()
    });
    let mut app = App::new(Setup {
        folder: Shown::from_path(&config.folder),
        model: Ok(None),
        model_name: None,
        params: config.params.clone(),
        persona,
        settings: Settings {
            personas: config::personas(&config.paths),
            usual_persona: prompt::personas().first().map(|(name, _)| (*name).to_owned()).unwrap_or_default(),
            keep_alive: config.keep_alive,
            yield_gpu: config.yield_gpu,
            origins: config.origins.clone(),
        },
        keymap,
        size,
        wall_ns: wall_ns(),
        is_metered: config.meters,
    });
    app.engine = EngineState::Idle;
    app.has_mouse = config.look.mouse;
    app.freshening = Freshening::new(config.freshen);
    app.outside = Outside::new(&config.notify);
    if config.look.remember {
        match layouts::load(config) {
            Ok(layout) => app.restore(&layout.unwrap_or_default()),
            Err(complaint) => complaints.push(complaint),
        }
    }
    (app, complaints)
}

fn start_hands(
    config: &Config,
    sender: Sender<Event>,
    app: &mut App,
    listener: Listener,
) -> anyhow::Result<Hands> {
    let engine = sender.clone();
    let (log, cards, bounds) = (config.paths.engine_log(), config.paths.cards(), config.bounds());
    let host = Host::new(log, cards, bounds, move |event| engine.blocking_send(Event::Engine(event)).is_ok());
    let watcher = keeper::start(sender.clone())
        .and_then(|keep| Watcher::start(config.folder.clone(), keep))
        .map_err(|error| {
            let text = format!("cannot watch `{}`: {error}", Shown::from_path(&config.folder));
            app.notices.give(Severity::Error, &text, Duration::ZERO);
        })
        .ok();
    let sampler = config.meters.then(|| meters::start(sender.clone())).transpose();
    let sampler = sampler.context("cannot start the meters")?;
    let input = Input::start(sender.clone(), listener).context("cannot read the terminal")?;
    Ok(Hands {
        sampler,
        folder: config.folder.clone(),
        watcher,
        host,
        input,
        cards: config.paths.cards(),
        stores: config.paths.stores.clone(),
        engine: config.engine.clone(),
        offline: config.offline,
        log: config.paths.engine_log(),
        inbox: sender,
        teller: Teller::new(config.notify.clone(), config.folder.clone()),
        saves: Vec::new(),
        bench: None,
        scribe: None,
        unsaved: config.paths.unsaved(),
    })
}

/// The loop: one event, then all that wait, then one frame.
async fn turns<D: FnMut(&mut Frame<'_>, &App, &Theme)>(
    app: &mut App,
    inbox: &mut Receiver<Event>,
    hands: &mut Hands,
    painter: &mut Painter<'_, D>,
    started: Instant,
) -> anyhow::Result<u8> {
    let mut is_changed = true;
    let mut is_awaited = true;
    let mut drawn_at = Instant::now();
    loop {
        let pause = |is_awaited: bool| if is_awaited { FRAME } else { QUIET_FRAME };
        let frame = is_changed.then(|| drawn_at + pause(is_awaited));
        let frame = if painter.screen.is_behind() { Some(Instant::now() + CATCH_UP) } else { frame };
        let wakeup = app.next_wakeup().map(|at| started + at);
        let first = match [frame, wakeup].into_iter().flatten().min() {
            Some(until) => timeout_at(until.into(), inbox.recv()).await.ok().flatten(),
            None => inbox.recv().await,
        };
        let turn = Instant::now();
        is_changed |= first.is_some() || wakeup.is_some_and(|wakeup| wakeup <= turn);

        let tick = Event::Tick { now: started.elapsed(), wall_ns: wall_ns() };
        let mut next = Some(tick);
        let mut first = first;
        let mut taken = 0;
        while let Some(event) = next {
            is_awaited |= !matches!(event, Event::Engine(_) | Event::Tick { .. } | Event::Machine(_));
            if let Some(code) = take(app, event, inbox, hands, painter) {
                return Ok(code);
            }
            taken += 1;
            let has_room = taken <= DRAIN && turn.elapsed() < TURN;
            next = first.take().or_else(|| has_room.then(|| inbox.try_recv().ok()).flatten());
        }
        if painter.screen.catch_up().is_err() {
            return Ok(end(app, hands, painter, Signal::Hangup));
        }
        if is_changed && drawn_at.elapsed() >= pause(is_awaited) && !painter.screen.is_behind() {
            if painter.paint(app).is_err() {
                // Nobody sees the screen any more.
                return Ok(end(app, hands, painter, Signal::Hangup));
            }
            drawn_at = Instant::now();
            (is_changed, is_awaited) = (false, false);
        }
        if turn.elapsed() > SLOW_TURN {
            tracing::warn!(milliseconds = turn.elapsed().as_millis() as u64, "slow turn of the loop");
        }
    }
}

/// Updates the state with an event and carries its effects out; the exit code when it ends.
fn take<D: FnMut(&mut Frame<'_>, &App, &Theme)>(
    app: &mut App,
    event: Event,
    inbox: &mut Receiver<Event>,
    hands: &mut Hands,
    painter: &mut Painter<'_, D>,
) -> Option<u8> {
    if let Event::Resize(width, height) = event
        && painter.screen.fit((width, height)).is_err()
    {
        return Some(end(app, hands, painter, Signal::Hangup));
    }
    if let Event::Background(rgb) = event {
        painter.ground = Some(Ground::of(rgb));
    }
    for effect in app.update(event) {
        let is_editor = matches!(effect, Effect::Edit(..));
        match hands.carry_out(effect, painter.screen) {
            Ok(Outcome::Done) => {}
            Ok(Outcome::Quit(code)) => return Some(code),
            Ok(outcome) => {
                if let Outcome::Failed(text) = outcome {
                    app.notices.give(Severity::Error, &text, app.now);
                }
                // What was meant for the program that had the terminal is not meant for this one.
                let meanwhile: Vec<Event> = std::iter::from_fn(|| inbox.try_recv().ok()).collect();
                let size = Screen::size().map_or(Event::Signal(Signal::Hangup), |(x, y)| Event::Resize(x, y));
                for event in meanwhile.into_iter().filter(|event| is_ours(event, is_editor)).chain([size]) {
                    if let Some(code) = take(app, event, inbox, hands, painter) {
                        return Some(code);
                    }
                }
            }
            Err(_) => return Some(end(app, hands, painter, Signal::Hangup)),
        }
    }
    None
}

/// The terminal's answer, if it comes in time: after the end it would be keys for the shell.
async fn await_answer(inbox: &mut Receiver<Event>, until: Instant) {
    while let Ok(Some(event)) = timeout_at(until.into(), inbox.recv()).await {
        if matches!(event, Event::Background(_)) {
            return;
        }
    }
}

/// Of what came while another program had the terminal. An editor's interrupt reaches this program
/// too; whoever interrupts one that is stopped means it.
fn is_ours(event: &Event, is_editor: bool) -> bool {
    match event {
        Event::Signal(Signal::Suspend | Signal::Continue) => false,
        Event::Signal(Signal::Interrupt | Signal::Quit) => !is_editor,
        _ => true,
    }
}

/// Ends as a signal ends the program: what there is of a report is saved.
fn end<D: FnMut(&mut Frame<'_>, &App, &Theme)>(
    app: &mut App,
    hands: &mut Hands,
    painter: &mut Painter<'_, D>,
    signal: Signal,
) -> u8 {
    for effect in app.update(Event::Signal(signal)) {
        // The terminal is gone; what does not need it is still done.
        let _ = hands.carry_out(effect, painter.screen);
    }
    signal.exit_code()
}

/// What a frame is made with.
struct Painter<'a, D> {
    draw: D,
    themes: Themes,
    /// The terminal's background, once it is known.
    ground: Option<Ground>,
    screen: &'a mut Screen,
}

impl<D: FnMut(&mut Frame<'_>, &App, &Theme)> Painter<'_, D> {
    fn paint(&mut self, app: &App) -> std::io::Result<()> {
        let theme = self.themes.on(self.ground);
        self.screen.draw(|frame| (self.draw)(frame, app, theme))
    }

    /// Asks the terminal for its background where that decides and nobody has told it.
    fn ask_for_ground(&mut self) -> bool {
        let is_wanted = self.ground.is_none() && self.themes.heed_ground() && ask::is_understood();
        if is_wanted {
            self.screen.write(ask::QUESTION);
        }
        is_wanted
    }
}

/// The theme that is set, and what is wrong with it.
fn themes(config: &Config) -> (Themes, Vec<String>) {
    let mut unread = Vec::new();
    let depth = if config.no_color {
        Depth::None
    } else {
        ground::depth(config.look.colors, &|name| std::env::var_os(name))
    };
    let (themes, mut problems) = Themes::new(&config.look.theme, depth, signs(config), |name| {
        config.paths.theme(name).unwrap_or_else(|error| {
            unread.push(format!("cannot read `themes/{name}.toml`: {error}"));
            None
        })
    });
    problems.extend(unread);
    (themes, problems)
}

/// The signs that are set, else those that the locale allows.
fn signs(config: &Config) -> Signs {
    match (ground::is_utf8(&|name| std::env::var_os(name)), config.look.ascii) {
        (_, Some(false)) | (true, None) => Signs::Unicode,
        (true, Some(true)) => Signs::Ascii,
        (false, _) => Signs::AsciiOnly,
    }
}

/// The terminal's background as its environment tells it.
fn known_ground() -> Option<Ground> {
    Ground::from_variable(std::env::var_os("COLORFGBG")?.to_str()?)
}

/// Where standard error goes meanwhile; `None` when there cannot be such a file.
fn screen_log(config: &Config) -> Option<PathBuf> {
    fs::create_dir_all(&config.paths.state).ok()?;
    Some(config.paths.state.join("screen.log"))
}

fn shown_name(model: &ModelSpec, config: &Config) -> Shown {
    match model {
        // The name of a blob is its digest.
        ModelSpec::File(path) if path.extension().is_none() && config.model.is_some() => {
            Shown::new(config.model.as_deref().unwrap_or_default())
        }
        ModelSpec::File(path) => Shown::new(&path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy()),
        ModelSpec::Scripted(name) if name.is_empty() || name.starts_with("scripted") => {
            Shown::new(&format!("scripted{}", name.trim_start_matches("scripted")))
        }
        ModelSpec::Scripted(name) => Shown::new(&format!("scripted:{name}")),
        ModelSpec::Remote(_) => Shown::new(&model.name()),
    }
}

fn wall_ns() -> i128 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i128::try_from(since.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
    }
}
