//! `chimera-insight doctor`: what works on this machine, and what to do about the rest.

use std::{
    io::{self, IsTerminal as _},
    path::Path,
};

use serde_json::{Value, json};

use super::{
    Failure, FailureKind, built_in,
    drive::{Drive, Watch},
    output::{print, print_json},
};
use crate::{
    config::Config,
    engine::{ModelSpec, confine::Confined, fallback::Signs, models::ModelError},
    ingest::inventory::WatchState,
    meters::Meters,
    text::sanitize::Shown,
    watch::gather::probe,
};

struct Finding {
    what: &'static str,
    is_good: bool,
    found: String,
    advice: Option<String>,
}

impl Finding {
    fn good(what: &'static str, found: impl Into<String>) -> Self {
        Finding { what, is_good: true, found: found.into(), advice: None }
    }
    fn bad(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Finding { what, is_good: false, found: found.into(), advice: Some(advice.into()) }
    }
}

/// Nothing is shown while the engine is tried.
struct Silent;
impl Watch for Silent {
    fn loading(&mut self, _done: f32) {}
    fn prefill(&mut self, _done: usize, _total: usize) {}
    fn piece(&mut self, _text: &str) {}
}

/// Looks at everything; a failure when something does not work.
pub(super) fn run(config: &Config, json: bool) -> Result<(), Failure> {
    let (engine, confined) = engine(config);
    let mut findings = vec![terminal(), watching(config), metrics(config), rules(config), engine];
    findings.extend(confined.as_ref().map(confinement));
    findings.push(gpu(&Signs::take(), &Meters::default()));
    findings.push(chosen_model(config));
    if json {
        let findings: Vec<Value> = findings
            .iter()
            .map(|finding| {
                json!({
                    "what": finding.what,
                    "ok": finding.is_good,
                    "found": Shown::new(&finding.found).as_str(),
                    "advice": finding.advice.as_deref().map(|advice| Shown::new(advice).to_string()),
                })
            })
            .collect();
        print_json(&json!({ "checks": findings }))?;
    } else {
        let lines = findings.iter().map(|Finding { what, is_good, found, advice }| {
            let mark = if *is_good { "ok" } else { "!!" };
            let advice = advice.iter().map(|advice| format!("            {}\n", Shown::new(advice)));
            format!("{mark} {what:<8} {}\n{}", Shown::new(found), advice.collect::<String>())
        });
        print(&lines.collect::<String>())?;
    }
    let bad: Vec<&str> =
        findings.iter().filter(|finding| !finding.is_good).map(|finding| finding.what).collect();
    if bad.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(FailureKind::Check, format!("does not work as it should: {}", bad.join(", "))))
    }
}

fn terminal() -> Finding {
    let name = std::env::var("TERM").unwrap_or_default();
    let is_plain = name.is_empty() || name == "dumb";
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|variable| std::env::var(variable).ok().filter(|value| !value.is_empty()))
        .unwrap_or_default();
    let is_utf8 = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        Finding::good("terminal", "none here: only the commands work, not the screen")
    } else if is_plain {
        Finding::bad(
            "terminal",
            format!("TERM is `{name}`"),
            "set TERM to your terminal's name, as xterm-256color",
        )
    } else if is_utf8 {
        Finding::good("terminal", format!("{name}, {locale}"))
    } else {
        Finding::bad(
            "terminal",
            format!("{name}, locale `{locale}`"),
            "set LANG to a UTF-8 locale, as C.UTF-8",
        )
    }
}

fn watching(config: &Config) -> Finding {
    let folder = Shown::from_path(&config.folder);
    match probe(&config.folder) {
        Ok(WatchState::Polling(seconds)) => Finding::bad(
            "watch",
            format!("no events for `{folder}`: looked at every {seconds} s"),
            "raise fs.inotify.max_user_watches, or keep the folder on a local file system",
        ),
        Ok(_) => Finding::good("watch", format!("`{folder}`: events from the system")),
        Err(error) => Finding::bad(
            "watch",
            format!("cannot read `{folder}`: {error}"),
            "give a folder of results as the last argument",
        ),
    }
}

fn metrics(config: &Config) -> Finding {
    let path = config.paths.dictionary();
    laid_over("metrics", &path, &config.complaints, "correct the file; its other entries hold")
}

fn rules(config: &Config) -> Finding {
    let path = config.paths.rules();
    let hint = "correct the file; until then the built-in rules hold alone";
    laid_over("rules", &path, &config.rule_complaints, hint)
}

/// A file of the user's over built-in entries.
fn laid_over(name: &'static str, path: &Path, complaints: &[String], hint: &'static str) -> Finding {
    let shown = Shown::from_path(path);
    match complaints {
        [] if path.exists() => Finding::good(name, format!("`{shown}` over the built-in ones")),
        [] => Finding::good(name, "the built-in ones"),
        [first, rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            Finding::bad(name, format!("{first}{more}"), hint)
        }
    }
}

/// The engine, and what its process is kept from where one could be started.
fn engine(config: &Config) -> (Finding, Option<Confined>) {
    let features = built_in().join(", ");
    // The scripted engine needs no model: this tries the process and its pipes.
    let tried = Drive::start(config).map_err(|error| error.to_string()).and_then(|mut drive| {
        drive
            .load(&ModelSpec::Scripted(String::new()), &config.params, &mut Silent)
            .map_err(|halt| halt.reason())?;
        Ok(drive.confined)
    });
    let confined = tried.as_ref().ok().cloned().flatten();
    let finding = match tried {
        Err(reason) => {
            Finding::bad("engine", reason, "see the engine's log (`chimera-insight paths`: state)")
        }
        Ok(_) if cfg!(feature = "llama") => Finding::good("engine", format!("starts; built in: {features}")),
        Ok(_) => Finding::bad(
            "engine",
            "starts, but llama.cpp is not built in",
            "build with default features; until then reports are written with --model none",
        ),
    };
    (finding, confined)
}

/// What the system does not offer is no fault of this installation: it is told.
fn confinement(confined: &Confined) -> Finding {
    Finding::good("confine", confined.to_string())
}

/// The GPU, and what is missing for it. A machine without one lacks nothing.
fn gpu(signs: &Signs, meters: &Meters) -> Finding {
    let names: Vec<String> = meters.gpu_names().iter().map(ToString::to_string).collect();
    let driver = meters.driver().map(|version| format!(", driver {version}")).unwrap_or_default();
    let found = if names.is_empty() { "none".to_owned() } else { format!("{}{driver}", names.join(", ")) };
    match signs.lack() {
        _ if signs.has_other => Finding::good("gpu", found),
        None => Finding::good("gpu", format!("{found}; CUDA has all that it needs")),
        // Who has no GPU needs nothing of it, and another build is a choice.
        Some(reason) if !signs.has_devices || !signs.is_built_in => {
            let advice = signs.has_devices.then_some(reason.advice);
            Finding { what: "gpu", is_good: true, found: format!("{found}; {}", reason.lack), advice }
        }
        Some(reason) => Finding::bad("gpu", format!("{found}; {}", reason.lack), reason.advice),
    }
}

fn chosen_model(config: &Config) -> Finding {
    match config.chosen_model() {
        Ok(Some(model @ ModelSpec::Remote(_))) => endpoint(config, &model),
        Ok(Some(model)) => Finding::good("model", super::drive::model_name(&model).to_string()),
        Ok(None) => Finding::good("model", "none wanted"),
        Err(ModelError::Unknown { asked, hint }) => Finding::bad("model", format!("no `{asked}`"), hint),
        Err(ModelError::None { hint }) => Finding::bad("model", "none on this machine", hint),
        Err(error) => Finding::bad("model", error.to_string(), "name another with --model"),
    }
}

/// Asks the endpoint for its model, as a report would.
fn endpoint(config: &Config, model: &ModelSpec) -> Finding {
    let tried = Drive::start(config)
        .map_err(|error| error.to_string())
        .and_then(|mut drive| drive.load(model, &config.params, &mut Silent).map_err(|halt| halt.reason()));
    match tried {
        Ok(info) => {
            let lacks = info.remote.map(|remote| remote.lacks).unwrap_or_default();
            let lacks = if lacks.is_empty() { String::new() } else { format!("; {}", lacks.join("; ")) };
            let context = format!("a context of {} tokens", info.num_ctx);
            Finding::good("model", format!("{} from {}, {context}{lacks}", info.name, info.device))
        }
        Err(reason) => {
            Finding::bad("model", reason, "`--engine none` writes with the models of this machine")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gpu_that_cannot_be_used_is_a_fault_and_none_is_not() {
        let found = |signs: &Signs| {
            let finding = gpu(signs, &Meters::new(Path::new("/nowhere")));
            (finding.is_good, finding.found.split("; ").last().unwrap_or_default().to_owned())
        };
        let mut signs = Signs { is_built_in: true, has_backend: true, ..Signs::default() };
        assert_eq!(found(&signs), (true, "this machine shows no NVIDIA GPU".into()));
        signs.has_devices = true;
        assert_eq!(found(&signs), (true, "CUDA has all that it needs".into()));
        signs.missing = vec![("libcuda.so.1", "the driver")];
        assert_eq!(found(&signs), (false, "`libcuda.so.1` is missing".into()));
        signs.is_built_in = false;
        assert_eq!(found(&signs), (true, "this build cannot use CUDA".into()));
    }
}
