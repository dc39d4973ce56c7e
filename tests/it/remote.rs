//! Reports by engines at endpoints: a scripted server of each kind, with the faults that servers and
//! lines have, and a real one where the machine has it.

mod model;

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use chimera_insight::{
    engine::{ModelSpec, protocol::EngineEvent, remote::RemoteSpec},
    report::{
        model::{Params, Stop},
        writing::Degree,
    },
};
use libtest_mimic::{Completion, Failed, Trial};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use self::model::{Kind, error, json};
use crate::{
    engine::{contract, rig::Rig, writing},
    pull::server::{Reply, Request, Server},
    support::{Home, LATE, Model, Outcome, SOON, eventually, model_file, test},
};

/// Names a `llama-server` binary: the tests that need a real one run with it.
const SERVER_VARIABLE: &str = "CHIMERA_INSIGHT_LLAMA_SERVER";
const KEY: &str = "sk-hush-0123456789";
const RUNS: &str = "model,num_gpu,tokens_s,ttft_s\na:1b,10,100.0,0.5\na:1b,10,110.0,0.4\na:1b,20,200.0,0.3\n\
                    b:2b,10,50.0,1.0\nb:2b,10,52.0,1.1\nb:2b,10,51.0,1.2\n";

pub fn tests() -> Vec<Trial> {
    let mut trials = vec![
        test("remote: the key stays with its engine", the_key_stays_with_its_engine),
        test("remote: what is wrong before a model answers is one line", faults_before_an_answer),
        test("remote: what is wrong within an answer is one line", faults_within_an_answer),
        test("remote: what passes is waited for", what_passes_is_waited_for),
        test("remote: an address that cannot be reached is told", unreachable_addresses),
        test(
            "remote: a silent server is left at once when a run is cancelled",
            cancel_leaves_a_silent_server,
        ),
        test("remote: models and doctor tell what is there", models_and_doctor),
        test("remote: without a network only this machine is asked", offline_is_this_machine),
        test("remote: figures that are not computed never pass", no_figure_of_its_own),
        test("remote: a server that cannot choose leaves it to code", code_chooses_where_no_server_does),
    ];
    for kind in Kind::ALL {
        trials
            .push(test(&format!("remote: {kind:?}: a report from end to end"), move || a_whole_report(kind)));
        trials.push(test(&format!("remote: {kind:?}: the token limit and an order of events"), move || {
            an_order_of_events(kind)
        }));
    }
    for (name, check) in REAL_CHECKS {
        trials.push(Trial::ignorable_test(format!("remote: real server: {name}"), move || {
            let (Some(server), Some(model)) = (std::env::var_os(SERVER_VARIABLE), model_file(Model::SmolLm2))
            else {
                return Ok(Completion::ignored_with("no llama-server, or no model for it"));
            };
            check(&RealServer::start(Path::new(&server), &model)?).map(|()| Completion::Completed)
        }));
    }
    trials
}

/// How a call ended.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn home() -> Result<Home, Failed> {
    let home = Home::new()?;
    fs::create_dir(home.path().join("reports"))?;
    fs::write(home.path().join("reports/runs.csv"), RUNS)?;
    Ok(home)
}

fn command(home: &Home, address: &str, line: &str) -> Command {
    let mut command = home.command();
    command.args(line.split_whitespace()).args(["--engine", address]);
    command.env("CHIMERA_INSIGHT_ENGINE_KEY", KEY).stdin(Stdio::null());
    command
}

fn ran(mut command: Command) -> Result<Ran, Failed> {
    let output = command.output()?;
    let (out, err) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
    Ok(Ran { code: output.status.code(), out, err })
}

fn report(home: &Home, address: &str) -> Result<Ran, Failed> {
    ran(command(home, address, "report --json"))
}

/// The text of the report and its record.
fn written(ran: &Ran) -> Result<(String, Value), Failed> {
    let document: Value = serde_json::from_str(&ran.out).map_err(|error| format!("{error}: {ran:?}"))?;
    let path = |name: &str| document[name].as_str().unwrap_or_default().to_owned();
    let record = fs::read_to_string(path("record")).map_err(|error| format!("{error}: {ran:?}"))?;
    Ok((fs::read_to_string(path("report"))?, serde_json::from_str(&record)?))
}

fn writings(server: &Server, kind: Kind) -> Vec<Request> {
    let is_one = |request: &Request| request.path == kind.writes_at() && request.method == "POST";
    server.requests().into_iter().filter(is_one).collect()
}

fn a_whole_report(kind: Kind) -> Outcome {
    let home = home()?;
    let server = Server::start(move |_, request| kind.answer(request))?;
    let ran = report(&home, &server.address())?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let (text, record) = written(&ran)?;
    assert_eq!(record["status"], "complete");
    assert_eq!(record["model"]["remote"]["url"], server.address());
    let lacks = record["model"]["remote"]["lacks"].as_array().map_or(0, Vec::len);
    assert_eq!(lacks == 0, kind == Kind::Llama, "{}", record["model"]);
    assert!(text.contains(&format!("prompts of this report were sent to {}", server.address())), "{text}");
    let told = &record["metrics"]["server"];
    assert!(told["requests"].as_u64() > Some(3) && told["told"].as_u64() > Some(0), "{told}");
    assert_eq!(told["eval_ms"].as_f64() > Some(0.0), kind != Kind::Chat, "{told}");
    assert!(record["metrics"]["ttft_ms"].as_f64() > Some(0.0), "{}", record["metrics"]);
    let by_model = |sentence: &&Value| sentence["by"] == "model" && sentence["degree"] == "worded";
    let written = record["written"].as_array().cloned().unwrap_or_default();
    assert!(written.iter().any(|sentence| by_model(&sentence)), "{written:?}");
    assert_eq!(record["grounding"]["mismatched"], 0);
    assert_eq!(record["grounding"]["ungrounded"], 0);
    // What the server had to be held to was asked for.
    let held = match kind {
        Kind::Llama => "\"grammar\"",
        Kind::Ollama => "\"format\"",
        Kind::Chat => "\"response_format\"",
    };
    let writings = writings(&server, kind);
    assert!(writings.iter().any(|request| String::from_utf8_lossy(&request.body).contains(held)));
    assert!(writings.iter().all(|request| request.header("authorization") == format!("Bearer {KEY}")));
    // The report holds against its record, and its figures against the folder.
    let verified = home.command().arg("verify").arg(record_path(&ran)?).output()?;
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    Ok(())
}

fn record_path(ran: &Ran) -> Result<String, Failed> {
    let document: Value = serde_json::from_str(&ran.out)?;
    Ok(document["record"].as_str().ok_or("no record")?.to_owned())
}

/// Every file below a folder that holds the text.
fn files_with(folder: &Path, text: &str) -> Result<Vec<String>, Failed> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_with(&path, text)?);
        } else if String::from_utf8_lossy(&fs::read(&path)?).contains(text) {
            found.push(path.display().to_string());
        }
    }
    Ok(found)
}

/// Processes that were started by one, by what their command line begins with behind the program.
fn children(parent: u32) -> Vec<(u32, String)> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let of = |id: &u32| {
        let status = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let after = status.rsplit(')').next().unwrap_or_default();
        after.split_whitespace().nth(1) == Some(parent.to_string().as_str())
    };
    let line = |id: u32| {
        let bytes = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\0', " ")
    };
    ids.filter(of).map(|id| (id, line(id))).collect()
}

fn the_key_stays_with_its_engine() -> Outcome {
    // The server repeats the key wherever it can: in a refusal, and within an answer.
    let home = home()?;
    let server = Server::start(|number, request| match request.path.as_str() {
        "/v1/chat/completions" if number > 12 => error(500, &format!("bad key {KEY}")),
        "/v1/chat/completions" => {
            Reply::status(200).body(Kind::Chat.stream(&[KEY.into(), " is".into()], true).as_bytes())
        }
        _ => Kind::Chat.answer(request),
    })?;
    let ran = report(&home, &server.address())?;
    assert!(!ran.out.contains(KEY) && !ran.err.contains(KEY), "{ran:?}");
    let config = ran_config(&home, &server)?;
    assert!(!config.out.contains(KEY), "{config:?}");
    assert_eq!(files_with(home.path(), KEY)?, Vec::<String>::new());
    assert!(server.requests().iter().any(|request| request.header("authorization").ends_with(KEY)));

    // The process that asks has a flag of its own; its arguments hold neither key nor address.
    let held = Server::start(|_, request| match request.path.as_str() {
        "/v1/chat/completions" => Reply::status(200).body(b": wait\n").held(7),
        _ => Kind::Chat.answer(request),
    })?;
    let mut child =
        command(&home, &held.address(), "report").stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let worker = eventually("the engine process", SOON, || {
        let asked = !writings(&held, Kind::Chat).is_empty();
        children(child.id()).into_iter().find(|(_, line)| asked && line.contains("engine-worker"))
    });
    end(&mut child)?;
    let (_, line) = worker?;
    assert!(line.trim_end().ends_with("engine-worker --remote"), "{line}");

    // Sent elsewhere, nobody gets anything.
    let other = Server::start(|_, request| Kind::Chat.answer(request))?;
    let to = other.address();
    let sends = Server::start(move |_, request| Reply::redirect(format!("{to}{}", request.path)))?;
    let ran = report(&home, &sends.address())?;
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.err.contains("sends on to http://127.0.0.1") && ran.err.contains("not followed"), "{ran:?}");
    assert_eq!(other.requests().len(), 0);
    Ok(())
}

fn ran_config(home: &Home, server: &Server) -> Result<Ran, Failed> {
    ran(command(home, &server.address(), "--print-config"))
}

fn end(child: &mut Child) -> Outcome {
    if let Some(id) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        kill_process(id, Signal::INT)?;
    }
    child.wait()?;
    Ok(())
}

/// The report is there all the same, by code, and the failure is one line with the address.
fn fails(home: &Home, address: &str, told: &str) -> Outcome {
    let ran = report(home, address)?;
    let line = ran.err.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
    assert_eq!(ran.code, Some(4), "{told}: {ran:?}");
    assert!(line.contains(told) && line.contains(address.trim_end_matches("/v1")), "{told}: {ran:?}");
    let (text, _) = written(&ran)?;
    assert!(text.contains("110") && text.contains("Key Findings"), "{text}");
    Ok(())
}

fn faults_before_an_answer() -> Outcome {
    type Fault = fn(&Request) -> Reply;
    let cases: [(&str, Fault); 11] = [
        ("it answers 401: the key is not taken", |_| error(401, KEY)),
        ("it answers 403: the key is not taken", |_| error(403, "")),
        ("it is no engine that is known", |_| error(404, "nothing here")),
        ("it answers 429: too many requests", |_| error(429, "slow down")),
        ("it answers 500: boom", |_| error(500, "boom")),
        ("it is no engine that is known", |_| Reply::file(b"<html>").with("content-type", "text/html")),
        ("it is no engine that is known", |_| Reply::file(b"{\"a\":")),
        ("it is no engine that is known", |_| json(&serde_json::json!([1, 2]))),
        ("its answer has no end", |_| Reply::status(200).body(&vec![b' '; (32 << 20) + 10])),
        ("broke off", |_| Reply::file(b"{\"default_generation_settings\":1}").cut(9)),
        ("it has no model", |request| match request.path.as_str() {
            "/api/tags" => json(&serde_json::json!({"models": []})),
            _ => Kind::Ollama.answer(request),
        }),
    ];
    let home = home()?;
    for (told, fault) in cases {
        let server = Server::start(move |_, request| fault(request))?;
        fails(&home, &server.address(), told)?;
    }
    Ok(())
}

fn faults_within_an_answer() -> Outcome {
    type Fault = fn(Kind) -> Reply;
    let cases: [(&str, Kind, Fault); 9] = [
        ("its answer broke off before its end", Kind::Ollama, |kind| with(kind, "")),
        ("its answer broke off before its end", Kind::Chat, |kind| with(kind, "")),
        ("its answer is not understood: `%$&`", Kind::Llama, |kind| with(kind, "data: %$&\n")),
        ("it fails: out of memory", Kind::Ollama, |kind| with(kind, "{\"error\":\"out of memory\"}\n")),
        ("it fails: overloaded", Kind::Chat, |kind| {
            with(kind, "data: {\"error\":{\"message\":\"overloaded\"}}\n\n")
        }),
        ("its answer has no end", Kind::Chat, |kind| with(kind, &"x".repeat(2 << 20))),
        ("it says nothing for 1 s", Kind::Chat, |_| Reply::status(200).body(b": wait\n").held(7)),
        ("it answers 500: slot", Kind::Llama, |_| error(500, "slot")),
        ("the prompt is too long for it", Kind::Llama, |_| {
            error(400, "the request exceeds the available context size")
        }),
    ];
    let home = home()?;
    for (told, kind, fault) in cases {
        let server =
            Server::start(
                move |_, request| {
                    if request.path == kind.writes_at() { fault(kind) } else { kind.answer(request) }
                },
            )?;
        let mut command = command(&home, &server.address(), "report --json");
        command.env("CHIMERA_INSIGHT_ENGINE_TIMEOUT", "1");
        let ran = self::ran(command)?;
        assert_eq!(ran.code, Some(4), "{told}: {ran:?}");
        let line = ran.err.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
        assert!(line.contains(told) && line.contains(&server.address()), "{told}: {ran:?}");
        let (text, record) = written(&ran)?;
        assert!(text.contains("110") && record["status"] != "complete", "{told}: {}", record["status"]);
    }
    Ok(())
}

/// Two words, and then this.
fn with(kind: Kind, tail: &str) -> Reply {
    let text = kind.stream(&["The".into(), " runs".into()], false) + tail;
    Reply::status(200).body(text.as_bytes())
}

fn what_passes_is_waited_for() -> Outcome {
    let home = home()?;
    let (loads, fails) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let server = Server::start(move |_, request| {
        if loads.fetch_add(1, Ordering::Relaxed) < 3 {
            return error(503, "Loading model");
        }
        if request.path == "/completion" && fails.fetch_add(1, Ordering::Relaxed) == 1 {
            return error(503, "no slot");
        }
        Kind::Llama.answer(request)
    })?;
    let ran = report(&home, &server.address())?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    Ok(())
}

fn unreachable_addresses() -> Outcome {
    let home = home()?;
    let closed = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    fails(&home, &format!("http://{closed}"), "nobody answers there (connection refused)")?;
    // It speaks no TLS.
    let server = Server::start(|_, request| Kind::Chat.answer(request))?;
    let address = server.address().replace("http://", "https://");
    let ran = report(&home, &address)?;
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.err.contains(&format!("the engine at {address}: ")), "{ran:?}");
    let mut command = command(&home, "http://nowhere.invalid:8080", "report --json");
    command.env_remove("CHIMERA_INSIGHT_OFFLINE");
    let ran = self::ran(command)?;
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.err.contains("the engine at http://nowhere.invalid:8080: "), "{ran:?}");
    Ok(())
}

fn spec(server: &Server) -> Result<ModelSpec, Failed> {
    Ok(ModelSpec::Remote(RemoteSpec { endpoint: server.address().parse()?, model: None }))
}

fn cancel_leaves_a_silent_server() -> Outcome {
    for kind in Kind::ALL {
        let server = Server::start(move |_, request| {
            if request.path != kind.writes_at() {
                return kind.answer(request);
            }
            let text = kind.stream(&["The".into()], false);
            Reply::status(200).body(text.as_bytes()).held(text.len())
        })?;
        let mut rig = Rig::new(spec(&server)?);
        let params = Params { seed: Some(1), ..Params::default() };
        let run = rig.run_with("Say something.", &params, |host, event, run| {
            if matches!(event, EngineEvent::Piece { .. }) {
                host.cancel(run.id);
            }
        })?;
        assert_eq!(run.stop(), Some(&Stop::Cancelled), "{kind:?}: {:?}", run.end());
        let pid = rig.host.worker_pid();
        // The connection was closed, the process lives, and the next run works.
        let again = rig.run_with("Say something.", &params, |host, event, run| {
            if matches!(event, EngineEvent::Piece { .. }) {
                host.cancel(run.id);
            }
        })?;
        assert_eq!((again.stop(), rig.host.worker_pid()), (Some(&Stop::Cancelled), pid));
    }
    Ok(())
}

fn an_order_of_events(kind: Kind) -> Outcome {
    let server = Server::start(move |_, request| kind.answer(request))?;
    let model = spec(&server)?;
    let params = Params { num_predict: Some(2), ..contract::params() };
    contract::answers_in_order(&contract::Subject {
        model: model.clone(),
        endless: model,
        repeats: false,
        splits: false,
        params: Params { num_predict: Some(512), ..params.clone() },
    })?;
    // A local model after a remote one: another process, and back.
    let mut rig = Rig::new(spec(&server)?);
    let first = rig.run("Say something.", &params)?;
    assert!(first.stop().is_some(), "{}", first.error());
    let remote = rig.host.worker_pid();
    rig.model = ModelSpec::Scripted("fast".into());
    assert!(rig.run("Say something.", &params)?.stop().is_some());
    assert!(rig.host.worker_pid().is_some() && rig.host.worker_pid() != remote);
    rig.model = spec(&server)?;
    assert!(rig.run("Say something.", &params)?.stop().is_some());
    Ok(())
}

fn models_and_doctor() -> Outcome {
    let home = home()?;
    for (kind, name, told) in [
        (Kind::Llama, "tiny-instruct.gguf", "llama-server b7-abc"),
        (Kind::Ollama, "tiny:1b", "Ollama 0.12.6"),
        (Kind::Chat, "org/tiny", "vLLM"),
    ] {
        let server = Server::start(move |_, request| kind.answer(request))?;
        let listed = ran(command(&home, &server.address(), "models list --json"))?;
        let document: Value = serde_json::from_str(&listed.out)?;
        let model = &document["models"][0];
        assert_eq!((&model["name"], &model["origin"]), (&name.into(), &told.into()), "{document}");
        assert_eq!(model["url"], server.address());
        let doctor = ran(command(&home, &server.address(), "doctor"))?;
        let expected = format!("ok model    {name} from {told} at {}", server.address());
        assert!(doctor.out.contains(&expected), "{doctor:?}");
    }
    let none = ran(command(&home, "http://127.0.0.1:1", "models list"))?;
    assert!(
        none.code == Some(0) && none.err.contains("the engine at http://127.0.0.1:1: nobody"),
        "{none:?}"
    );
    Ok(())
}

fn offline_is_this_machine() -> Outcome {
    let home = home()?;
    let ran = report(&home, "http://gpu-box:8000")?;
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.err.contains("the engine at http://gpu-box:8000 is on another machine"), "{ran:?}");
    fs::write(home.path().join("chimera-insight.toml"), "engine = \"http://localhost:1\"\n")?;
    let mut inventory = home.command();
    inventory.arg("inventory");
    let ran = self::ran(inventory)?;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("a project's file cannot say where reports are sent"), "{ran:?}");
    Ok(())
}

/// Whatever a server writes, and however it bundles it, the gate reads every sentence.
fn no_figure_of_its_own() -> Outcome {
    let lies = [
        "Throughput of a:1b",
        " is 999.25 tok/s, which is 77 % more",
        " than ٣. It",
        " rose to 12345. The runs",
    ];
    for kind in Kind::ALL {
        let home = home()?;
        let server = Server::start(move |_, request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let grammar = body.get("grammar").and_then(Value::as_str).unwrap_or_default();
            let is_prose = grammar.contains("item") || body.get("messages").is_some() && !is_choice(&body);
            if request.path == kind.writes_at() && is_prose {
                let words: Vec<String> = lies.iter().map(|word| (*word).to_owned()).collect();
                return Reply::status(200).body(kind.stream(&words, true).as_bytes());
            }
            kind.answer(request)
        })?;
        for degree in ["guided", "free"] {
            let line = format!("report --json --set writing={degree}");
            let ran = self::ran(command(&home, &server.address(), &line))?;
            assert_eq!(ran.code, Some(0), "{kind:?} {degree}: {ran:?}");
            let (text, record) = written(&ran)?;
            for lie in ["999.25", "77 %", "12345"] {
                let prose = text.split("## Appendix").next().unwrap_or_default();
                assert!(!prose.contains(lie), "{kind:?} {degree}: {lie} in {prose}");
            }
            assert_eq!(
                (&record["grounding"]["mismatched"], &record["grounding"]["ungrounded"]),
                (&0.into(), &0.into())
            );
            assert!(
                record["rejected"].as_array().is_some_and(|rejected| !rejected.is_empty()),
                "{kind:?} {degree}"
            );
        }
    }
    Ok(())
}

fn is_choice(body: &Value) -> bool {
    body.get("format").is_some() || body.get("response_format").is_some()
}

fn code_chooses_where_no_server_does() -> Outcome {
    let home = home()?;
    let server = Server::start(|_, request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if is_choice(&body) {
            error(400, "response_format is not supported")
        } else {
            Kind::Chat.answer(request)
        }
    })?;
    let ran = report(&home, &server.address())?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let (_, record) = written(&ran)?;
    let written = record["written"].as_array().cloned().unwrap_or_default();
    assert!(!written.is_empty() && written.iter().all(|sentence| sentence["by"] == "code"), "{written:?}");
    Ok(())
}

/// A llama.cpp server of its own, on a port that was free.
struct RealServer {
    child: Child,
    address: String,
}

impl RealServer {
    fn start(program: &Path, model: &Path) -> Result<Self, Failed> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new(program)
            .arg("-m")
            .arg(model)
            .args(["--host", "127.0.0.1", "--port", &port.to_string(), "-c", "4096"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = Self { child, address: format!("http://127.0.0.1:{port}") };
        eventually("the server's port", LATE, || {
            std::net::TcpStream::connect_timeout(&([127, 0, 0, 1], port).into(), Duration::from_millis(200))
                .ok()
        })?;
        Ok(server)
    }

    fn model(&self) -> Result<ModelSpec, Failed> {
        Ok(ModelSpec::Remote(RemoteSpec { endpoint: self.address.parse()?, model: None }))
    }

    fn subject(&self, num_predict: u32) -> Result<contract::Subject, Failed> {
        let params = Params { temperature: Some(0.0), num_predict: Some(num_predict), ..contract::params() };
        Ok(contract::Subject {
            model: self.model()?,
            endless: self.model()?,
            repeats: false,
            splits: false,
            params,
        })
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        // One that ended by itself is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

type RealCheck = fn(&RealServer) -> Outcome;

const REAL_CHECKS: [(&str, RealCheck); 6] = [
    ("answers with events in order", |server| contract::answers_in_order(&server.subject(12)?)),
    ("cancel ends within a step", |server| contract::cancel_ends_within_a_step(&server.subject(96)?)),
    ("cancel ends a prefill", |server| contract::cancel_ends_a_prefill(&server.subject(8)?)),
    ("the token limit holds", |server| contract::the_token_limit_holds(&server.subject(8)?)),
    ("chooses among wordings", |server| writing::chooses_among_wordings(&server.model()?)),
    ("types no digit of its own", |server| writing::no_digit_of_its_own(&server.model()?, Degree::Guided)),
];
