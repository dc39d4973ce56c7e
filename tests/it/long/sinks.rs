//! What would move a terminal, through everything that the program writes: its screen, its
//! commands on a terminal and into a pipe, its errors, its logs.

use std::{
    ffi::OsString,
    fs,
    os::unix::ffi::OsStringExt as _,
    path::Path,
    process::{Output, Stdio},
};

use libtest_mimic::Failed;
use serde_json::{Value, json};

use super::{Cases, judge, lost};
use crate::{
    pty::session::Session,
    support::{Home, Outcome, testdata},
};

/// Something that a terminal obeys, or a reader does not see.
#[derive(Clone)]
struct Payload {
    name: String,
    bytes: Vec<u8>,
}

impl Payload {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// As an argument or a file's name may hold it.
    fn word(&self) -> OsString {
        OsString::from_vec(self.bytes.iter().copied().filter(|byte| !matches!(byte, 0 | b'/')).collect())
    }
}

/// Each payload through every sink but the screen, then some together through the screen.
pub fn sinks(cases: &mut Cases) -> Outcome {
    let Some(data) = testdata() else { return cases.skip("no test data") };
    let all = payloads(&data)?;
    let step = (all.len() / cases.wanted.max(1) as usize).max(1);
    let payloads: Vec<Payload> = all.into_iter().step_by(step).collect();
    let (mut outputs, mut screens) = (0, 0);
    for payload in &payloads {
        cases.case(&payload.name, || {
            let home = Home::new()?;
            fill(&home, payload)?;
            outputs += through_commands(&home, payload)?;
            Ok(())
        });
    }
    for together in payloads.chunks(12) {
        let names: Vec<&str> = together.iter().map(|payload| &*payload.name).collect();
        cases.case(format!("on the screen: {}", names.join(", ")), || {
            let home = Home::new()?;
            together.iter().try_for_each(|payload| fill(&home, payload))?;
            through_screen(&home)?;
            screens += 1;
            Ok(())
        });
    }
    cases.note(format!("{outputs} outputs of commands, {screens} sessions of the screen"));
    Ok(())
}

fn payloads(data: &Path) -> Result<Vec<Payload>, Failed> {
    let text = fs::read_to_string(data.join("hostile/term/payloads.jsonl"))?;
    let payload = |line: &str| {
        let line: Value = serde_json::from_str(line).ok()?;
        let name = format!("{} {}", line["class"].as_str()?, line["name"].as_str()?);
        Some(Payload { name, bytes: decoded(line["b64"].as_str()?) })
    };
    let all: Vec<Payload> = text.lines().filter_map(payload).collect();
    if all.len() > 50 { Ok(all) } else { lost(format!("only {} payloads", all.len())) }
}

/// Base 64.
fn decoded(text: &str) -> Vec<u8> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = text.chars().filter_map(|letter| LETTERS.find(letter));
    let mut bytes = Vec::new();
    while let Some(first) = bits.next() {
        let rest: Vec<usize> = bits.by_ref().take(3).collect();
        let sextet = |at: usize| rest.get(at).copied().unwrap_or_default();
        let whole = first << 18 | sextet(0) << 12 | sextet(1) << 6 | sextet(2);
        bytes.extend([16, 8, 0].into_iter().take(rest.len()).map(|shift| (whole >> shift) as u8));
    }
    bytes
}

/// Files of every kind that hold it wherever they can hold something, and settings that do.
fn fill(home: &Home, payload: &Payload) -> Outcome {
    let folder = home.path().join("reports");
    let own = folder.join("chimera_insight");
    fs::create_dir_all(&own)?;
    let evil = payload.text();
    let quoted = evil.replace('"', "\"\"");
    let mut name = payload.word();
    // A name has 255 bytes at the most.
    name = OsString::from_vec(name.into_vec().into_iter().take(200).collect());
    name.push(".csv");
    let table = format!("model,tokens_s,\"{quoted}\"\n\"a{quoted}\",1.5,2\nb,2.5,\"{quoted}\"\n");
    fs::write(folder.join(name), table.as_bytes())?;
    fs::write(folder.join("cells.csv"), table.as_bytes())?;
    let raw = [b"model,tokens_s\n".as_slice(), &payload.bytes, b",3.5\n"].concat();
    fs::write(folder.join("raw.csv"), raw)?;
    let keys = json!({"model": evil, "tokens_s": 4.5, (evil.clone()): {(evil.clone()): 5.5}, "list": [evil]});
    fs::write(folder.join("keys.json"), keys.to_string())?;
    fs::write(folder.join("broken.json"), [b"{\"a\": ".as_slice(), &payload.bytes].concat())?;
    let text = format!(
        "# {evil}\n\n{evil} *{evil}* `{evil}` [{evil}](http://a/{evil}) ![{evil}]({evil} \"{evil}\")\n\n- {evil}\n\n\
         > {evil}\n\n```{evil}\n{evil}\n```\n\n|{evil}|b|\n|-|-|\n|{evil}|2 tok/s|\n\n<b>{evil}</b>\n"
    );
    fs::write(folder.join("text.md"), text)?;
    let record = json!({
        "schema": evil, "status": evil, "model": {"name": evil, "file": evil}, "created": evil,
        "persona": evil, "error": evil, "report": evil, "files": [{"path": evil}], "version": evil,
    });
    fs::write(own.join("2026-01-01T00-00-00.json"), record.to_string())?;
    fs::write(own.join("2026-01-01T00-00-00.md"), format!("<!-- chimera-insight:report -->\n# {evil}\n"))?;
    let models = home.own("data").join("models");
    fs::create_dir_all(&models)?;
    fs::write(models.join("evil.gguf"), model(&payload.bytes))?;
    let config = home.own("config");
    fs::create_dir_all(config.join("themes"))?;
    let escaped = json!(evil).to_string();
    fs::write(config.join("keymap.toml"), format!("[global]\n{escaped} = {escaped}\n\"z\" = {escaped}\n"))?;
    fs::write(
        config.join("themes/mine.toml"),
        format!("[roles]\n{escaped} = {escaped}\nmeter = {escaped}\n"),
    )?;
    Ok(fs::write(config.join("config.toml"), "theme = \"mine\"\n")?)
}

/// A model of words alone.
fn model(evil: &[u8]) -> Vec<u8> {
    let string = |text: &[u8]| [&(text.len() as u64).to_le_bytes()[..], text].concat();
    let mut bytes = b"GGUF\x03\0\0\0".to_vec();
    let keys: [&[u8]; 6] = [
        b"general.architecture",
        b"general.name",
        b"general.quantized_by",
        b"general.license",
        b"tokenizer.chat_template",
        evil,
    ];
    bytes.extend(0_u64.to_le_bytes());
    bytes.extend((keys.len() as u64).to_le_bytes());
    for key in keys {
        bytes.extend([string(key), 8_u32.to_le_bytes().to_vec(), string(evil)].concat());
    }
    bytes
}

/// How many outputs were judged.
fn through_commands(home: &Home, payload: &Payload) -> Result<u32, Failed> {
    let evil = payload.word();
    let own = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    let with = |words: &[&str]| own(words).into_iter().chain([evil.clone()]).collect::<Vec<_>>();
    let model = home.own("data").join("models/evil.gguf");
    let model = model.to_string_lossy();
    let mut commands = vec![
        own(&["inventory", "reports"]),
        own(&["inventory", "--explain", "*", "reports"]),
        own(&["metrics", "reports"]),
        own(&["analyze", "reports"]),
        own(&["report", "--model", "none", "reports"]),
        own(&["verify", "reports/chimera_insight/2026-01-01T00-00-00.md"]),
        own(&["check", "reports/text.md", "--dir", "reports"]),
        own(&["compare", "reports/cells.csv", "reports/raw.csv"]),
        own(&["models", "list"]),
        own(&["models", "info", &model]),
        own(&["doctor"]),
        own(&["paths"]),
        own(&["report", "--model", &model, "reports"]),
    ];
    for words in [
        &[][..],
        &["inventory"],
        &["metrics", "--metric"],
        &["metrics", "--group-by"],
        &["compare", "reports"],
        &["verify"],
        &["check"],
        &["models", "info"],
        &["report", "reports", "--model"],
        &["report", "reports", "--set"],
        &["report", "reports", "--persona"],
        &["report", "reports", "--engine"],
        &["--theme"],
        &["bench", "--num-gpu"],
    ] {
        commands.push(with(words));
    }
    let mut count = 0;
    for arguments in commands {
        let output = home.command().args(&arguments).stdin(Stdio::null()).output()?;
        is_harmless(&output).map_err(|failed| {
            format!("{arguments:?}: {}", failed.message().unwrap_or_default()).escape_debug().to_string()
        })?;
        count += 1;
    }
    // On a terminal there are colours and widths.
    for arguments in
        [&["inventory", "reports"][..], &["metrics", "reports"], &["models", "list"], &["doctor"]]
    {
        let mut session = Session::start(home, arguments)?;
        session.is_gone()?;
        session.rests()?;
        judge::is_inert(&session.bytes())
            .map_err(|failed| format!("{arguments:?} on a terminal: {failed:?}"))?;
        count += 1;
    }
    are_logs_harmless(home)?;
    Ok(count)
}

/// An output that may have any lines, and nothing in them that is not seen.
fn is_harmless(output: &Output) -> Outcome {
    if output.status.code().is_none_or(|code| code > 100) {
        return lost(format!("ended with {:?}: {}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    for (name, bytes) in [("standard output", &output.stdout), ("standard error", &output.stderr)] {
        judge::is_plain(bytes)
            .map_err(|failed| format!("{name}: {}", failed.message().unwrap_or_default()))?;
    }
    Ok(())
}

fn are_logs_harmless(home: &Home) -> Outcome {
    for entry in fs::read_dir(home.own("state")).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|end| end == "log") {
            judge::is_plain(&fs::read(entry.path())?).map_err(|failed| {
                format!("{}: {}", entry.file_name().display(), failed.message().unwrap_or_default())
            })?;
        }
    }
    Ok(())
}

/// Every tab, the popups, each file of the folder and each column.
fn through_screen(home: &Home) -> Outcome {
    let arguments = ["--model", "scripted:fast", "--set", "num_predict=48", "reports"];
    let mut session = Session::start_sized(home, &arguments, &[], (160, 50))?;
    session.sees("cells.csv")?;
    let mut keys = vec!["\r"; 1];
    keys.extend(["j"; 16]);
    keys.extend([
        "!", "!", "?", "?", "2", "j", "j", "\r", "j", "3", "j", "\r", "5", "j", "\r", "6", "j", "j", "1",
    ]);
    for key in keys {
        session.keys(key)?;
        session.rests()?;
    }
    session.keys("r")?;
    session.sees("saved chimera_insight/")?;
    judge::is_inert(&session.bytes())?;
    session.keys("\x03")?;
    session.ends_with(130)?;
    are_logs_harmless(home)
}
