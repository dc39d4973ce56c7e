//! `models pull` against a server of the test's own, with the faults that servers and lines have.

pub mod server;

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use libtest_mimic::{Failed, Trial};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use self::server::{Reply, Server};
use crate::{
    support::{Home, Outcome, SOON, eventually, test},
    tiny_gguf::{Mode, Tiny},
};

pub fn tests() -> Vec<Trial> {
    vec![
        test("pull: the hub's file comes whole, and is found by its name", the_hubs_file_comes_whole),
        test("pull: the token stays with the hub", the_token_stays_with_the_hub),
        test("pull: a line that is cut is taken up where it ended", a_cut_line_is_taken_up),
        test("pull: the next call goes on", the_next_call_goes_on),
        test("pull: another range, or none, is begun anew", another_range_is_begun_anew),
        test("pull: what changed meanwhile is begun anew", what_changed_meanwhile_is_begun_anew),
        test("pull: what is kept and does not belong is fetched anew", what_does_not_belong_is_fetched_anew),
        test("pull: a wrong file is thrown away", a_wrong_file_is_thrown_away),
        test("pull: a named model is pinned", a_named_model_is_pinned),
        test("pull: the terms are told once", the_terms_are_told_once),
        test("pull: an address, with a digest and without", an_address_with_a_digest_and_without),
        test("pull: a silent server is left, a slow one is not", a_silent_server_is_left),
        test("pull: redirects lead nowhere they should not", redirects_lead_nowhere_they_should_not),
        test("pull: refusals say what to do", refusals_say_what_to_do),
        test("pull: no network unless it may be used", no_network_unless_it_may_be_used),
        test("pull: space is asked for first", space_is_asked_for_first),
        test("pull: two at once are one", two_at_once_are_one),
        test("pull: an interrupt keeps what came", an_interrupt_keeps_what_came),
        test("pull: a proxy is used and its password is not told", a_proxy_is_used),
        test("pull: a split model comes with all its parts", a_split_model_comes_whole),
    ]
}

const PLACE: &str = "hf:org/name/q/tiny-1b.gguf";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// How a call ended.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn of(mut command: Command) -> Result<Self, Failed> {
        let output = command.stdin(Stdio::null()).output()?;
        let (out, err) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
        Ok(Self { code: output.status.code(), out, err })
    }
    fn ends(&self, code: i32, told: &str) -> Outcome {
        if self.code == Some(code) && (self.err.contains(told) || self.out.contains(told)) {
            return Ok(());
        }
        Err(format!("not {code} with `{told}`: {self:?}").into())
    }
    fn json(&self) -> Result<Value, Failed> {
        Ok(serde_json::from_str(&self.out).map_err(|error| format!("{error}: {self:?}"))?)
    }
}

/// A home whose hub is a server of the test's own.
struct Rig {
    home: Home,
    model: Vec<u8>,
}

impl Rig {
    fn new() -> Result<Self, Failed> {
        Ok(Self { home: Home::new()?, model: Tiny::new(Mode::Scripted).bytes()? })
    }
    fn command(&self, hub: &str, line: &str) -> Command {
        let mut command = self.home.command();
        command.args(line.split_whitespace()).env_remove("CHIMERA_INSIGHT_OFFLINE").env("HF_ENDPOINT", hub);
        command
    }
    fn run(&self, hub: &str, line: &str) -> Result<Ran, Failed> {
        Ran::of(self.command(hub, line))
    }
    fn pull(&self, hub: &Server) -> Result<Ran, Failed> {
        self.run(&hub.address(), &format!("models pull {PLACE}"))
    }
    fn spawn(&self, hub: &Server) -> Result<Child, Failed> {
        let mut command = self.command(&hub.address(), &format!("models pull {PLACE}"));
        Ok(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)
    }
    fn file(&self, name: &str) -> PathBuf {
        self.home.own("data").join("models").join(name)
    }
    /// What lies in the model folder.
    fn names(&self) -> Result<Vec<String>, Failed> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.home.own("data").join("models")).into_iter().flatten() {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }
    /// The file is there, whole, with its record and nothing else.
    fn is_whole(&self) -> Outcome {
        assert_eq!(self.names()?, ["tiny-1b.gguf", "tiny-1b.gguf.origin.json"]);
        assert!(fs::read(self.file("tiny-1b.gguf"))? == self.model, "other bytes");
        Ok(())
    }
}

fn sha256(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>();
    digits.concat()
}

/// What the hub says of a file.
fn stated(reply: Reply, bytes: &[u8]) -> Reply {
    reply
        .with("x-linked-etag", format!("\"{}\"", sha256(bytes)))
        .with("x-linked-size", bytes.len().to_string())
        .with("x-repo-commit", COMMIT)
}

/// A hub that answers in the order of the calls, the last one for all that follow.
fn hub(model: &[u8], faults: &'static [fn(Reply) -> Reply]) -> Result<Server, Failed> {
    let model = model.to_vec();
    Server::start(move |number, request| {
        let reply = stated(Reply::range(&model, request), &model);
        faults.get(number).map_or(reply.clone(), |fault| fault(reply))
    })
}

fn the_hubs_file_comes_whole() -> Outcome {
    let rig = Rig::new()?;
    let hub = hub(&rig.model, &[])?;
    let line = format!("models pull {PLACE} --json");
    let ran = rig.run(&hub.address(), &line)?;
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "no progress where nobody looks: {ran:?}");
    let document = &ran.json()?["pulled"][0];
    assert_eq!(document["sha256"], json!(sha256(&rig.model)));
    assert_eq!(document["path"], json!(rig.file("tiny-1b.gguf")));
    assert_eq!(
        [&document["checked"], &document["new"], &document["usable"], &document["license"]],
        [&json!("stated"), &json!(true), &json!(true), &json!("cc0-1.0")]
    );
    rig.is_whole()?;
    let requests = hub.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].path, "/org/name/resolve/main/q/tiny-1b.gguf");
    assert!(requests[0].header("user-agent").starts_with("chimera-insight/"), "{requests:?}");
    assert_eq!(requests[0].header("authorization"), "");
    let record: Value = serde_json::from_slice(&fs::read(rig.file("tiny-1b.gguf.origin.json"))?)?;
    assert_eq!(record["revision"], COMMIT, "{record}");

    // It is there: nobody is asked again, not even where nobody may be asked.
    let again = rig.run(&hub.address(), &format!("{line} --offline"))?;
    assert_eq!(again.json()?["pulled"][0]["new"], false);
    assert_eq!(hub.requests().len(), 1);
    for name in [PLACE, "tiny:1b", "tiny-1b.gguf"] {
        let ran = rig.run(&hub.address(), &format!("models info {name} --json"))?;
        assert_eq!(ran.json()?["path"], json!(rig.file("tiny-1b.gguf")), "{name}");
    }
    // What somebody changed is not overwritten.
    fs::write(rig.file("tiny-1b.gguf"), "mine")?;
    rig.run(&hub.address(), &line)?.ends(5, "its SHA-256 is another")?;
    assert_eq!(fs::read(rig.file("tiny-1b.gguf"))?, b"mine");
    Ok(())
}

fn the_token_stays_with_the_hub() -> Outcome {
    let rig = Rig::new()?;
    let model = rig.model.clone();
    let store = Server::start(move |_, request| Reply::range(&model, request))?;
    let (model, address) = (rig.model.clone(), store.address());
    let hub = Server::start(move |number, _| match number {
        // As for a repository that has another name now.
        0 => Reply::redirect("/moved/name/tiny-1b.gguf"),
        _ => stated(Reply::redirect(format!("{address}/blob?signature=hush")), &model),
    })?;
    let mut command = rig.command(&hub.address(), &format!("models pull {PLACE}"));
    command.env("HF_TOKEN", "hf_hush");
    let ran = Ran::of(command)?;
    ran.ends(0, "as the hub states it")?;
    rig.is_whole()?;
    let sent: Vec<String> =
        hub.requests().iter().map(|request| request.header("authorization").to_owned()).collect();
    assert_eq!(sent, ["Bearer hf_hush", "Bearer hf_hush"]);
    let requests = store.requests();
    assert_eq!(requests.len(), 1);
    assert!(!format!("{requests:?}").contains("hf_hush"), "{requests:?}");
    let record = fs::read_to_string(rig.file("tiny-1b.gguf.origin.json"))?;
    for text in [&ran.out, &ran.err, &record] {
        assert!(!text.contains("hush"), "{text}");
    }
    Ok(())
}

fn a_cut_line_is_taken_up() -> Outcome {
    let rig = Rig::new()?;
    let hub = hub(&rig.model, &[|reply| reply.cut(100_000), |reply| reply.cut(50_000)])?;
    rig.pull(&hub)?.ends(0, "")?;
    rig.is_whole()?;
    let from: Vec<usize> = hub.requests().iter().map(server::Request::from).collect();
    assert_eq!(from, [0, 100_000, 150_000]);
    Ok(())
}

fn the_next_call_goes_on() -> Outcome {
    let rig = Rig::new()?;
    let gone: fn(Reply) -> Reply = |_| Reply::status(404);
    let broken = hub(&rig.model, Box::leak(Box::new([|reply: Reply| reply.cut(70_000), gone])))?;
    let ran = rig.pull(&broken)?;
    ran.ends(3, "70 KB are kept; the same command goes on from there")?;
    assert_eq!(rig.names()?, ["tiny-1b.gguf.part", "tiny-1b.gguf.part.json"]);
    // What is not whole is no model.
    assert_eq!(rig.run(&broken.address(), "models --json")?.json()?, json!({"models": []}));

    let whole = hub(&rig.model, &[])?;
    rig.pull(&whole)?.ends(0, "")?;
    rig.is_whole()?;
    assert_eq!(whole.requests()[0].from(), 70_000);
    Ok(())
}

fn another_range_is_begun_anew() -> Outcome {
    for fault in [
        // A range that was not asked for.
        (|_| Reply::file(b"xxxx").with("content-range", "bytes 5-8/9").length(4)) as fn(Reply) -> Reply,
        // The server says that the file is shorter.
        |_| Reply::status(416).with("content-range", "bytes */7"),
    ] {
        let rig = Rig::new()?;
        let hub = hub(&rig.model, Box::leak(Box::new([|reply: Reply| reply.cut(70_000), fault])))?;
        rig.pull(&hub)?.ends(0, "")?;
        rig.is_whole()?;
        assert_eq!(hub.requests().last().map(server::Request::from), Some(0));
    }
    // A server that knows no ranges sends all of it.
    let rig = Rig::new()?;
    let model = rig.model.clone();
    let hub = Server::start(move |number, _| {
        let reply = stated(Reply::file(&model), &model);
        if number == 0 { reply.cut(70_000) } else { reply }
    })?;
    rig.pull(&hub)?.ends(0, "")?;
    assert_eq!(hub.requests()[1].from(), 70_000);
    rig.is_whole()
}

fn what_changed_meanwhile_is_begun_anew() -> Outcome {
    let rig = Rig::new()?;
    let mut before = rig.model.clone();
    before.iter_mut().skip(50_000).for_each(|byte| *byte = !*byte);
    let gone: fn(Reply) -> Reply = |_| Reply::status(404);
    let old = hub(&before, Box::leak(Box::new([|reply: Reply| reply.cut(70_000), gone])))?;
    rig.pull(&old)?.ends(3, "are kept")?;
    let new = hub(&rig.model, &[])?;
    rig.pull(&new)?.ends(0, "")?;
    rig.is_whole()?;
    let from: Vec<usize> = new.requests().iter().map(server::Request::from).collect();
    assert_eq!(from, [70_000, 0], "asked to go on, told of another file, begun anew");
    Ok(())
}

fn what_does_not_belong_is_fetched_anew() -> Outcome {
    let rig = Rig::new()?;
    let gone: fn(Reply) -> Reply = |_| Reply::status(404);
    let broken = hub(&rig.model, Box::leak(Box::new([|reply: Reply| reply.cut(70_000), gone])))?;
    rig.pull(&broken)?.ends(3, "are kept")?;
    // The disk, or somebody, changed it.
    let mut part = fs::read(rig.file("tiny-1b.gguf.part"))?;
    part[60_000] ^= 1;
    fs::write(rig.file("tiny-1b.gguf.part"), part)?;
    let whole = hub(&rig.model, &[])?;
    rig.pull(&whole)?.ends(0, "")?;
    rig.is_whole()?;
    let from: Vec<usize> = whole.requests().iter().map(server::Request::from).collect();
    assert_eq!(from, [70_000, 0]);
    Ok(())
}

fn a_wrong_file_is_thrown_away() -> Outcome {
    let rig = Rig::new()?;
    let mut other = rig.model.clone();
    let last = other.len() - 1;
    other[last] ^= 1;
    let stated_of = rig.model.clone();
    let wrong = Server::start(move |_, request| stated(Reply::range(&other, request), &stated_of))?;
    rig.pull(&wrong)?.ends(1, "its SHA-256 is ")?;
    assert_eq!(rig.names()?, Vec::<String>::new());

    // Longer than it says, for servers that close the connection instead of counting.
    let (model, claimed) = (rig.model.clone(), rig.model[1..].to_vec());
    let long = Server::start(move |_, _| stated(Reply::status(200), &claimed).body(&model))?;
    rig.pull(&long)?.ends(1, "more bytes")?;
    assert_eq!(rig.names()?, Vec::<String>::new());

    let page = b"<!DOCTYPE html><title>Sign in</title>".to_vec();
    let typed = page.clone();
    let login =
        Server::start(move |_, _| Reply::file(&typed).with("content-type", "text/html; charset=utf-8"))?;
    rig.pull(&login)?.ends(3, "a web page")?;
    let login = Server::start(move |_, _| Reply::file(&page))?;
    rig.pull(&login)?.ends(1, "it is no GGUF file")?;
    assert_eq!(rig.names()?, Vec::<String>::new());
    Ok(())
}

/// What the pinned files must be; the same as in the table, from the hub's pages.
const SHA256_270M: &str = "0ef57d2c838458a1952664260dcba38e5bdda37494f3af732f06e4add24068e3";

fn a_named_model_is_pinned() -> Outcome {
    let rig = Rig::new()?;
    let model = rig.model.clone();
    let hub = Server::start(move |_, _| stated(Reply::file(&model), &model))?;
    let ran = rig.run(&hub.address(), "models pull gemma3:270m")?;
    ran.ends(1, SHA256_270M)?;
    assert_eq!(
        hub.requests()[0].path,
        "/ggml-org/gemma-3-270m-it-GGUF/resolve/e7647be17ae1108f2f605ed061ca0608b171afff/\
         gemma-3-270m-it-Q8_0.gguf"
    );
    assert_eq!(rig.names()?, Vec::<String>::new());
    // A server that states nothing, and another size.
    let short = Server::start(|_, _| Reply::file(b"GGUF"))?;
    rig.run(&short.address(), "models pull gemma3")?.ends(1, "offers 4 bytes, it should be 2489757856")?;
    // A gateway that answers everything costs nothing of what is there.
    fs::write(rig.file("gemma-3-4b-it-Q4_K_M.gguf.part"), "GGUF what came before")?;
    rig.run(&short.address(), "models pull gemma3")?.ends(1, "offers 4 bytes")?;
    assert_eq!(fs::read(rig.file("gemma-3-4b-it-Q4_K_M.gguf.part"))?, b"GGUF what came before");
    rig.run(&short.address(), &format!("models pull gemma3 --sha256 {SHA256_270M}"))?
        .ends(2, "pinned to another SHA-256")
}

fn the_terms_are_told_once() -> Outcome {
    let rig = Rig::new()?;
    let hub = Server::start(|number, request| {
        let (from, size) = (request.from(), 291_545_600_usize);
        let range = format!("bytes {from}-{}/{size}", size - 1);
        match number {
            0 => Reply::file(&[7; 1000]).with("x-linked-etag", SHA256_270M).cut(1000).length(size),
            2 => Reply::file(&[7; 1000]).with("content-range", range).cut(1000).length(size - from),
            _ => Reply::status(404),
        }
    })?;
    let first = rig.run(&hub.address(), "models pull gemma3:270m")?;
    first.ends(3, "1 KB are kept")?;
    assert_eq!(first.err.matches("Gemma Terms of Use").count(), 1, "{first:?}");
    let second = rig.run(&hub.address(), "models pull gemma3:270m")?;
    second.ends(3, "2 KB are kept")?;
    assert_eq!(second.err.matches("Gemma Terms of Use").count(), 0, "{second:?}");
    Ok(())
}

fn an_address_with_a_digest_and_without() -> Outcome {
    let rig = Rig::new()?;
    let model = rig.model.clone();
    // Another server's word on digests is not taken.
    let server = Server::start(move |number, request| {
        let reply =
            Reply::range(&model, request).with("etag", "\"v1\"").with("x-linked-etag", "0".repeat(64));
        match number {
            0 => reply.cut(70_000),
            1 => Reply::status(404),
            _ => reply,
        }
    })?;
    let line = format!("models pull {}/files/tiny-1b.gguf?key=hush --json", server.address());
    let other = "http://127.0.0.1:9";
    rig.run(other, &line)?.ends(3, "are kept")?;
    let ran = rig.run(other, &line)?;
    ran.ends(0, "")?;
    assert_eq!(ran.json()?["pulled"][0]["checked"], "nothing");
    rig.is_whole()?;
    let requests = server.requests();
    assert_eq!((requests[2].from(), requests[2].header("if-range")), (70_000, "\"v1\""));
    assert!(requests.iter().all(|request| request.path.ends_with("?key=hush")), "{requests:?}");
    let kept = fs::read_to_string(rig.file("tiny-1b.gguf.origin.json"))? + &ran.out + &ran.err;
    assert!(!kept.contains("hush"), "{kept}");

    // The file is there, but not as it is asked for.
    let wrong = format!("{line} --sha256 {}", "0".repeat(64));
    rig.run(other, &wrong)?.ends(5, "its SHA-256 is another")?;
    fs::remove_dir_all(rig.home.own("data"))?;
    rig.run(other, &wrong)?.ends(1, "it should be 000")?;
    let right = format!("{line} --sha256 {}", sha256(&rig.model).to_uppercase());
    assert_eq!(rig.run(other, &right)?.json()?["pulled"][0]["checked"], "pinned");
    rig.is_whole()?;
    rig.run(other, "models pull http://example.org/a.gguf")?.ends(2, "https://")?;
    rig.run(other, "models pull https://example.org/a.gguf --sha256 12")?.ends(2, "64 hexadecimal digits")
}

fn a_silent_server_is_left() -> Outcome {
    let rig = Rig::new()?;
    let hub = hub(
        &rig.model,
        Box::leak(Box::new([
            (|reply: Reply| reply.held(70_000)) as fn(Reply) -> Reply,
            // Longer in all than the server may be silent.
            |reply| reply.slowly(15, Duration::from_millis(100)),
        ])),
    )?;
    let mut command = rig.command(&hub.address(), &format!("models pull {PLACE}"));
    command.env("HF_HUB_DOWNLOAD_TIMEOUT", "1");
    Ran::of(command)?.ends(0, "")?;
    let from: Vec<usize> = hub.requests().iter().map(server::Request::from).collect();
    assert_eq!(from, [0, 70_000]);
    rig.is_whole()
}

fn redirects_lead_nowhere_they_should_not() -> Outcome {
    let rig = Rig::new()?;
    let circle = Server::start(|_, request| Reply::redirect(request.path.clone()))?;
    rig.pull(&circle)?.ends(3, "in a circle")?;
    assert!(circle.requests().len() < 20);
    for location in ["ftp://example.org/a", "", "http://me:hush@example.org/a"] {
        let server = Server::start(move |_, _| Reply::redirect(location))?;
        let ran = rig.pull(&server)?;
        ran.ends(3, "redirects to no address")?;
        assert!(!ran.err.contains("hush"), "{ran:?}");
    }
    assert_eq!(rig.names()?, Vec::<String>::new());
    Ok(())
}

fn refusals_say_what_to_do() -> Outcome {
    let rig = Rig::new()?;
    let gated = Server::start(|_, _| Reply::status(401))?;
    rig.pull(&gated)?.ends(3, "set HF_TOKEN to a token of yours")?;
    assert_eq!(gated.requests().len(), 1, "asked again it would be no other");
    let mut command = rig.command(&gated.address(), &format!("models pull {PLACE}"));
    command.env("HF_TOKEN", "hf_hush");
    let ran = Ran::of(command)?;
    ran.ends(3, "the token was sent")?;
    assert!(!ran.err.contains("hush"), "{ran:?}");
    let missing = Server::start(|_, _| Reply::status(404))?;
    rig.pull(&missing)?.ends(3, "404 (no such file)")?;
    let busy = Server::start(|_, _| Reply::status(503))?;
    rig.pull(&busy)?.ends(3, "503 (trouble of its own)")?;
    assert_eq!(busy.requests().len(), 2, "once more, and no longer where nothing came at all");
    rig.pull(&Server::start(|_, _| Reply::status(204))?)?.ends(3, "answers 204")?;
    // Nobody listens there.
    rig.run("http://127.0.0.1:9", &format!("models pull {PLACE}"))?.ends(3, "HTTPS_PROXY names a proxy")?;
    assert_eq!(rig.names()?, Vec::<String>::new());
    rig.run("no address", "models pull gemma3:1b")?.ends(2, "HF_ENDPOINT")?;
    rig.run("http://127.0.0.1:9", "models pull gemma9")?.ends(2, "there are gemma3:270m")
}

fn no_network_unless_it_may_be_used() -> Outcome {
    let rig = Rig::new()?;
    let hub = hub(&rig.model, &[])?;
    rig.run(&hub.address(), &format!("models pull {PLACE} --offline"))?
        .ends(3, "no network is to be used")?;
    for name in ["CHIMERA_INSIGHT_OFFLINE", "HF_HUB_OFFLINE"] {
        let mut command = rig.command(&hub.address(), &format!("models pull {PLACE}"));
        command.env(name, "1");
        Ran::of(command)?.ends(3, "no network is to be used")?;
    }
    // A model that is not there is never fetched unasked; how it could be is said.
    for line in ["report --model gemma3:270m", "doctor", "models"] {
        let ran = rig.run(&hub.address(), line)?;
        let said = ran.out + &ran.err;
        assert!(said.contains("chimera-insight models pull gemma3:270m"), "{line}: {said}");
    }
    assert_eq!(hub.requests().len(), 0);
    Ok(())
}

fn space_is_asked_for_first() -> Outcome {
    let rig = Rig::new()?;
    let hub = Server::start(|_, _| Reply::file(b"GGUF").cut(4).length(1 << 60))?;
    rig.pull(&hub)?.ends(5, "no space in `")?;
    assert_eq!(rig.names()?, Vec::<String>::new());
    fs::create_dir_all(rig.home.own("data"))?;
    fs::remove_dir_all(rig.home.own("data").join("models"))?;
    fs::write(rig.home.own("data").join("models"), "no folder")?;
    rig.pull(&hub)?.ends(5, "cannot write `")
}

fn is_at(rig: &Rig, bytes: u64) -> Outcome {
    let part = rig.file("tiny-1b.gguf.part");
    eventually("a part", SOON, || fs::metadata(&part).ok().filter(|part| part.len() >= bytes)).map(drop)
}

fn two_at_once_are_one() -> Outcome {
    let rig = Rig::new()?;
    let slow = hub(&rig.model, &[|reply| reply.held(70_000)])?;
    let mut first = rig.spawn(&slow)?;
    is_at(&rig, 70_000)?;
    let second = rig.pull(&slow);
    first.kill()?;
    first.wait()?;
    second?.ends(3, "is being fetched by another process")?;
    assert_eq!(slow.requests().len(), 1);
    // What died leaves no lock.
    rig.pull(&slow)?.ends(0, "")?;
    rig.is_whole()
}

fn an_interrupt_keeps_what_came() -> Outcome {
    let rig = Rig::new()?;
    let hub = hub(&rig.model, &[|reply| reply.held(70_000)])?;
    let child = rig.spawn(&hub)?;
    is_at(&rig, 70_000)?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or("no process")?;
    kill_process(pid, Signal::INT)?;
    let output = child.wait_with_output()?;
    let said = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(
        said.contains("interrupted") && said.contains("70 KB are kept; the same command goes on"),
        "{said}"
    );
    rig.pull(&hub)?.ends(0, "")?;
    assert_eq!(hub.requests()[1].from(), 70_000);
    rig.is_whole()
}

fn a_proxy_is_used() -> Outcome {
    let rig = Rig::new()?;
    let model = rig.model.clone();
    let proxy = Server::start(move |_, request| match request.method.as_str() {
        "CONNECT" => Reply::status(200),
        _ => stated(Reply::range(&model, request), &model),
    })?;
    let with_password = proxy.address().replace("http://", "http://me:hush@");
    let call = |name: &str, value: &str, hub: &str| {
        let mut command = rig.command(hub, &format!("models pull {PLACE}"));
        command.env(name, value);
        Ran::of(command)
    };
    // Nobody but the proxy knows that host.
    let ran = call("HTTP_PROXY", &with_password, "http://hub.invalid")?;
    ran.ends(0, "")?;
    rig.is_whole()?;
    let requests = proxy.requests();
    assert_eq!(requests[0].path, "hub.invalid:80");
    assert_eq!(requests[0].header("proxy-authorization"), "Basic bWU6aHVzaA==");
    assert_eq!(requests[1].header("proxy-authorization"), "");
    assert!(!(ran.out + &ran.err).contains("hush"));

    fs::remove_dir_all(rig.home.own("data"))?;
    let refusing = Server::start(|_, _| Reply::status(407))?;
    let with_password = refusing.address().replace("http://", "http://me:hush@");
    for (value, code, told) in
        [(with_password.as_str(), 3, "the proxy refuses"), ("gopher://hush", 2, "HTTP_PROXY")]
    {
        let ran = call("HTTP_PROXY", value, "http://hub.invalid")?;
        ran.ends(code, told)?;
        assert!(!ran.err.contains("hush"), "{ran:?}");
    }
    // Hosts that are reached without it.
    let hub = hub(&rig.model, &[])?;
    let mut command = rig.command(&hub.address(), &format!("models pull {PLACE}"));
    command.env("HTTP_PROXY", &with_password).env("NO_PROXY", "example.org, 127.0.0.1");
    Ran::of(command)?.ends(0, "")?;
    rig.is_whole()
}

fn a_split_model_comes_whole() -> Outcome {
    let rig = Rig::new()?;
    let hub = hub(&rig.model, &[])?;
    let ran = rig.run(&hub.address(), "models pull hf:org/name/tiny-00001-of-00002.gguf --json")?;
    let paths: Vec<Value> = ran.json()?["pulled"]
        .as_array()
        .map(|all| all.iter().map(|one| one["path"].clone()).collect())
        .unwrap_or_default();
    let file = |number| json!(rig.file(&format!("tiny-0000{number}-of-00002.gguf")));
    assert_eq!(paths, [file(1), file(2)]);
    Ok(())
}
