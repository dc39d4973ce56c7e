//! Which layer wins, and what is refused where.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{collections::HashMap, fs};

use super::*;

struct Case {
    folder: tempfile::TempDir,
    environment: HashMap<String, OsString>,
    flags: Flags,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("home/chimera-insight")).unwrap();
        fs::create_dir(folder.path().join("work")).unwrap();
        let environment =
            HashMap::from([("XDG_CONFIG_HOME".to_owned(), folder.path().join("home").into_os_string())]);
        Case { folder, environment, flags: Flags::default() }
    }
    fn user(self, text: &str) -> Self {
        fs::write(self.folder.path().join("home/chimera-insight/config.toml"), text).unwrap();
        self
    }
    fn project(self, text: &str) -> Self {
        fs::write(self.folder.path().join("work/chimera-insight.toml"), text).unwrap();
        self
    }
    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }
    fn set(mut self, pair: &str) -> Self {
        self.flags.set.push(pair.into());
        self
    }
    fn resolve(&self) -> Result<Resolved, ConfigError> {
        let environment = |name: &str| self.environment.get(name).cloned();
        resolve(&self.flags, &environment, &self.folder.path().join("work"))
    }
    /// Value and origin of a key, the temporary folder left out.
    fn shows(&self, key: Key) -> String {
        let settings = self.resolve().unwrap().settings;
        let setting = settings.iter().find(|setting| setting.key == key).unwrap();
        self.cut(&format!("{} from {}", setting.value, setting.origin))
    }
    fn error(&self) -> String {
        self.cut(&self.resolve().unwrap_err().to_string())
    }
    fn cut(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

#[test]
fn the_nearer_layer_wins() {
    let mut case = Case::new();
    assert_eq!(case.shows(Key::NumCtx), "default from default");
    case = case.user("model = \"gemma3\"\nnum_ctx = 1_024\n");
    assert_eq!(case.shows(Key::NumCtx), "1024 from home/chimera-insight/config.toml:2");
    case = case.project("\n\nnum_ctx = 0x800");
    assert_eq!(case.shows(Key::NumCtx), "2048 from work/chimera-insight.toml:3");
    case = case.variable("CHIMERA_INSIGHT_NUM_CTX", "3072");
    assert_eq!(case.shows(Key::NumCtx), "3072 from CHIMERA_INSIGHT_NUM_CTX");
    case = case.set("num_ctx=4096");
    assert_eq!(case.shows(Key::NumCtx), "4096 from --set");
    case = case.set("num_ctx = default");
    assert_eq!(case.shows(Key::NumCtx), "default from --set");
    assert_eq!(case.shows(Key::Model), "gemma3 from home/chimera-insight/config.toml:1");
}

#[test]
fn layers_are_a_number_all_or_what_fits() {
    for (value, shown, layers) in
        [("auto", "default", None), ("all", "all", Some(1000)), ("0", "0", Some(0)), ("12", "12", Some(12))]
    {
        let case = Case::new().user("num_gpu = 5\n").set(&format!("num_gpu={value}"));
        assert_eq!(case.shows(Key::NumGpu), format!("{shown} from --set"));
        assert_eq!(case.resolve().unwrap().config.params.num_gpu, layers);
    }
    assert_eq!(Case::new().user("num_gpu = \"all\"\n").resolve().unwrap().config.params.num_gpu, Some(1000));
}

#[test]
fn every_key_can_be_set_from_every_layer() {
    for key in Key::ALL {
        let value = match key {
            Key::Engine => "http://localhost:8080",
            Key::Dir | Key::Model | Key::Persona => "name",
            Key::Meters => "false",
            Key::Theme => "light",
            Key::Offline
            | Key::Confine
            | Key::NoColor
            | Key::Freshen
            | Key::YieldGpu
            | Key::FlashAttn
            | Key::Ascii
            | Key::Mouse
            | Key::Remember => "true",
            Key::Color => "16",
            Key::NumCtx => "512",
            Key::Writing => "guided",
            Key::KvType => "q8_0",
            Key::GpuReserve => "10%",
            Key::Lookup => "on",
            Key::KeepAlive => "1h30m",
            _ => "1",
        };
        let is_word = value.parse::<f64>().is_err() && value != "true";
        let line =
            format!("{} = {}", key.name(), if is_word { format!("\"{value}\"") } else { value.into() });
        let variable = format!("CHIMERA_INSIGHT_{}", key.name().to_uppercase());
        let mut cases = vec![Case::new().user(&line), Case::new().variable(&variable, value)];
        // Whoever wrote the project's file must not get the facts.
        if key != Key::Engine {
            cases.push(Case::new().project(&line));
        }
        for case in cases {
            assert!(case.shows(key).starts_with(&format!("{value} from ")), "{}", case.shows(key));
        }
    }
}

#[test]
fn errors_name_the_place_the_key_and_the_range() {
    for (case, expected) in [
        (
            Case::new().set("num_ctx=12"),
            "--set: `num_ctx` must be a whole number from 256 to 1048576, not `12`",
        ),
        (
            Case::new().set("keep_alive=soon"),
            "--set: `keep_alive` must be a time as 5m or 1h30m, 0 for at once, or -1 for never, not `soon`",
        ),
        (
            Case::new().set("prefix_cache=0"),
            "--set: `prefix_cache` must be off or a whole number from 1 to 1048576, not `0`",
        ),
        (
            Case::new().set("num_gpu=most"),
            "--set: `num_gpu` must be auto, all or a whole number from 0 to 1000, not `most`",
        ),
        (Case::new().set("temperature=nan"), "--set: `temperature` must be a number from 0 to 5, not `nan`"),
        (Case::new().set("batch=513"), "--set: `batch` must be a whole number from 1 to 512, not `513`"),
        (Case::new().set("lookup=maybe"), "--set: `lookup` must be auto, on or off, not `maybe`"),
        (Case::new().set("flash_attn=2"), "--set: `flash_attn` must be true or false, not `2`"),
        (
            Case::new().set("kv_type=q3"),
            "--set: `kv_type` must be f32, f16, q8_0, q5_1, q5_0, q4_1, q4_0, not `q3`",
        ),
        (Case::new().set("top_k=1.5"), "--set: `top_k` must be a whole number from 0 to 100000, not `1.5`"),
        (
            Case::new().variable("CHIMERA_INSIGHT_SEED", "-1"),
            "CHIMERA_INSIGHT_SEED: `seed` must be a whole number from 0 to 4294967295, not `-1`",
        ),
        (
            Case::new().variable("CHIMERA_INSIGHT_OFFLINE", "maybe"),
            "CHIMERA_INSIGHT_OFFLINE: `offline` must be true or false, not `maybe`",
        ),
        (
            Case::new().user("# é\nnum_ctx = \"x\"\n"),
            "home/chimera-insight/config.toml:2:11: `num_ctx` must be a whole number from 256 to 1048576, not `x`",
        ),
        (
            Case::new().project("model = \"/tmp/evil.gguf\"\n"),
            "work/chimera-insight.toml:1:9: a project's file cannot set the path of a model, only a name",
        ),
        (
            Case::new().project("confine = false\n"),
            "work/chimera-insight.toml:1:11: a project's file cannot give the engine more than it needs",
        ),
        (
            Case::new().project("offline = false\n"),
            "work/chimera-insight.toml:1:11: a project's file cannot allow the network",
        ),
        (
            Case::new().project("engine = \"http://localhost:1\"\n"),
            "work/chimera-insight.toml:1:10: a project's file cannot say where reports are sent to be written",
        ),
        (
            Case::new().variable("CHIMERA_INSIGHT_ENGINE", "https://me:hush@host"),
            "CHIMERA_INSIGHT_ENGINE: `engine` must hold no name and no password; a key goes into \
             CHIMERA_INSIGHT_ENGINE_KEY",
        ),
        (Case::new().user("seed = [1]\n"), "home/chimera-insight/config.toml:1:8: `seed` must be one value"),
    ] {
        assert_eq!(case.error(), expected);
    }
    assert!(
        Case::new().set("num_ctx").error().starts_with("--set: `num_ctx` is not KEY=VALUE; keys: num_gpu,")
    );
    assert!(Case::new().set("model=x").error().starts_with("--set: unknown key `model`; keys: num_gpu,"));
    assert!(
        Case::new().user("\n x = 1").error().starts_with("home/chimera-insight/config.toml:2:2: unknown key")
    );
    assert!(Case::new().user("x = \n").error().starts_with("home/chimera-insight/config.toml:1:"));
}

#[test]
fn what_is_told_beyond_the_screen_is_the_users_alone() {
    let text = "model = \"x\"\n[notify]\nbell = false\ncommand = [\"notify-send\", \"-u\"]\n\
                [[threshold]]\nmetric = \"throughput\"\nbelow = 30\ngroup = \"model=a, num_gpu=9\"\n\
                [[threshold]]\nmetric = \"ttft\"\nabove = 500.5\n";
    let notify = Case::new().user(text).resolve().unwrap().config.notify;
    assert_eq!((notify.bell, notify.osc9, notify.min_seconds), (false, false, 10));
    assert_eq!(notify.command, ["notify-send", "-u"]);
    let [one, other] = &notify.thresholds[..] else { panic!("{notify:?}") };
    assert_eq!((one.metric.as_str(), one.below, one.above), ("throughput", Some(30.0), None));
    assert_eq!(one.group, [("model".into(), "a".into()), ("num_gpu".into(), "9".into())]);
    assert_eq!((other.below, other.above), (None, Some(500.5)));
    let place = "home/chimera-insight/config.toml";
    for (case, expected) in [
        (
            Case::new().project("[notify]\ncommand = [\"rm\"]\n"),
            "work/chimera-insight.toml:1:2: only your own config.toml can say what is told beyond the screen"
                .into(),
        ),
        (
            Case::new().project("[[threshold]]\nmetric = \"ttft\"\n"),
            "work/chimera-insight.toml:1:3: only your own config.toml can say what is told beyond the screen"
                .into(),
        ),
        (
            Case::new().user("[[threshold]]\nmetric = \"ttft\"\n"),
            format!("{place}:1:1: a threshold needs a number as `below` or `above`"),
        ),
        (
            Case::new().user("[[threshold]]\nmetric = \"ttft\"\nabove = nan\n"),
            format!("{place}:1:1: a threshold needs a number as `below` or `above`"),
        ),
        (
            Case::new().user("[[threshold]]\nmetric = \"ttft\"\nabove = 1\ngroup = \"a\"\n"),
            format!("{place}:4:9: `group` must be KEY=VALUE,…, not `a`"),
        ),
    ] {
        assert_eq!(case.error(), expected);
    }
    for wrong in ["[notify]\nbells = true\n", "[notify]\ncommand = \"sh\"\n", "notify = 1\n"] {
        let error = Case::new().user(wrong).error();
        assert!(error.starts_with(place), "{error}");
    }
}

#[test]
fn an_engine_elsewhere_needs_a_network() {
    let with = |pairs: &[(&str, &str)]| {
        let mut case = Case::new();
        for (name, value) in pairs {
            case = case.variable(name, value);
        }
        case.resolve().unwrap().config.chosen_model()
    };
    let engine = ("CHIMERA_INSIGHT_ENGINE", "http://gpu-box:8000");
    let offline = ("CHIMERA_INSIGHT_OFFLINE", "true");
    let there = with(&[engine, ("CHIMERA_INSIGHT_MODEL", "org/m")]).unwrap().unwrap();
    assert!(there.is_remote());
    assert_eq!(there.name(), "org/m at http://gpu-box:8000");
    let error = with(&[engine, offline]).unwrap_err().to_string();
    assert!(error.starts_with("the engine at http://gpu-box:8000 is on another machine"), "{error}");
    assert!(with(&[("CHIMERA_INSIGHT_ENGINE", "localhost:8080"), offline]).unwrap().unwrap().is_remote());
    assert_eq!(with(&[engine, offline, ("CHIMERA_INSIGHT_MODEL", "none")]).unwrap(), None);
    assert!(!with(&[engine, ("CHIMERA_INSIGHT_MODEL", "scripted:fast")]).unwrap().unwrap().is_remote());
}

#[test]
fn no_color_is_heard_and_an_empty_variable_is_not() {
    let case = Case::new().variable("NO_COLOR", "1").variable("CHIMERA_INSIGHT_MODEL", "");
    assert_eq!(case.shows(Key::NoColor), "true from NO_COLOR");
    assert_eq!(case.shows(Key::Model), "default from default");
}

#[test]
fn the_folder_is_reports_where_it_is_there() {
    let case = Case::new();
    assert_eq!(case.shows(Key::Dir), ". from default");
    fs::create_dir(case.folder.path().join("work/reports")).unwrap();
    assert_eq!(case.shows(Key::Dir), "reports from default");
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let mut case = Case::new();
    case.flags.config = Some(case.folder.path().join("none.toml"));
    assert!(case.error().starts_with("cannot read `none.toml`"), "{}", case.error());
}

#[test]
fn the_users_personas_come_first() {
    let case = Case::new();
    let mut config = case.resolve().unwrap().config;
    let own = config.paths.personas();
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("terse.md"), "Be terse.").unwrap();
    config.persona = "terse".into();
    assert_eq!(persona(&config).unwrap(), ("terse".into(), "Be terse.".into()));
    config.persona = "nobody".into();
    assert!(
        persona(&config).unwrap_err().to_string().starts_with("persona: no persona `nobody`; there are: ")
    );
}
