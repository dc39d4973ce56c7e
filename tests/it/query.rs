//! Questions on the command line beyond the series: any field, any condition, any format.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Stdio},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use libtest_mimic::{Failed, Trial};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{Home, Outcome, SOON, data_test, eventually, test};

pub fn tests() -> Vec<Trial> {
    vec![
        test("query::any_field_can_be_asked_for", any_field_can_be_asked_for),
        test("query::conditions_take_any_column", conditions_take_any_column),
        test("query::failed_rows_are_read_on_request", failed_rows_are_read_on_request),
        test("query::what_is_not_there_is_told", what_is_not_there_is_told),
        test("query::tables_come_in_every_format", tables_come_in_every_format),
        test("query::a_file_is_explained", a_file_is_explained),
        test("query::metrics_are_followed", metrics_are_followed),
        test("query::the_inventory_is_followed", the_inventory_is_followed),
        data_test("query::every_file_is_explained_in_a_line", every_file_is_explained_in_a_line),
    ]
}

const SWEEP: &str = "model,num_gpu,seed_tokens,tokens_s,ttft_s,prompt,error\n\
    a:1b,10,7,100.5,0.5,\"one, two\",\na:1b,20,9,110.25,0.25,b,\na:1b,20,11,0,0,c,timed out\n";
const BACKENDS: &str = r#"{"device": "cpu", "backends": {"eager": {"bench": {"mean_ms": 1.5}}, "jit": {"bench": {"mean_ms": 0.5}}}}"#;

fn home() -> Result<Home, Failed> {
    let home = Home::new()?;
    let folder = home.path().join("reports");
    fs::create_dir(&folder)?;
    fs::write(folder.join("sweep.csv"), SWEEP)?;
    fs::write(folder.join("backends.json"), BACKENDS)?;
    Ok(home)
}

fn ask(home: &Home, arguments: &[&str]) -> Result<(String, String), Failed> {
    let output = home.command().args(arguments).stdin(Stdio::null()).output()?;
    let (out, err) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
    if output.status.success() { Ok((out, err)) } else { Err(format!("{arguments:?}: {err}").into()) }
}

fn series(home: &Home, arguments: &[&str]) -> Result<Vec<Value>, Failed> {
    let (out, _) = ask(home, &[&["metrics", "--json"], arguments].concat())?;
    let document: Value = serde_json::from_str(&out)?;
    Ok(document["series"].as_array().cloned().unwrap_or_default())
}

fn any_field_can_be_asked_for() -> Outcome {
    let home = home()?;
    // No metric: it keeps its name and has no unit.
    let found = series(&home, &["--field", "seed_tokens", "--group-by", "none", "--stat", "n,sum,p50"])?;
    let [one] = found.as_slice() else { return Err(format!("{found:?}").into()) };
    assert_eq!((&one["metric"], &one["unit"], &one["n"]), (&json!("seed_tokens"), &json!(""), &json!(2)));
    assert_eq!((&one["sum"], &one["p50"]), (&json!(16.0), &json!(8.0)));
    for field in ["/backends/*/bench/mean_ms", "backends.*.bench.mean_ms", "*mean_ms"] {
        let found = series(&home, &["--field", field, "--group-by", "none", "--stat", "argmin"])?;
        let best = &found.first().ok_or("no series")?["argmin"];
        assert_eq!((&best["value"], &best["group"]["backend"]), (&json!(0.5), &json!("jit")), "{field}");
        assert_eq!(best["pointer"], "/backends/jit", "{field}");
    }
    let raw = series(&home, &["--field", "ttft_s", "--raw", "--group-by", "none", "--stat", "argmax"])?;
    let best = &raw.first().ok_or("no series")?["argmax"];
    assert_eq!((&raw[0]["unit"], &best["value"], &best["line"]), (&json!("s"), &json!(0.5), &json!(2)));
    assert_eq!((&best["row"]["prompt"], &best["row"]["num_gpu"]), (&json!("one, two"), &json!(10)));
    let ratio = ["--field", "seed_tokens", "--field", "ttft_s", "--stat", "ratio_of_totals"];
    let ratio = series(&home, &ratio)?;
    let [one] = ratio.as_slice() else { return Err(format!("{ratio:?}").into()) };
    assert_eq!((&one["ratio_of_totals"], &one["unit"]), (&json!(16.0 / 0.75), &json!("tok/s")));
    assert_eq!((&one["n"], &one["excluded"]), (&json!(2), &json!(1)));
    Ok(())
}

fn conditions_take_any_column() -> Outcome {
    let home = home()?;
    for (conditions, expected) in [
        (&["ttft_s > 0.3"][..], (1, 1)),
        (&["ttft > 300 ms"][..], (1, 1)),
        (&["ttft > 0.3"][..], (1, 1)),
        (&["error != ''"][..], (1, 0)),
        (&["error = ''"][..], (2, 2)),
        (&["error = ''", "num_gpu = 20"][..], (1, 1)),
        (&["prompt = 'one, two'"][..], (1, 1)),
        (&["file = sweep.csv"][..], (3, 2)),
        (&["nowhere > 1"][..], (0, 0)),
    ] {
        let mut arguments = vec!["--field", "tokens_s", "--group-by", "none", "--stat", "count,n"];
        arguments.extend(conditions.iter().flat_map(|condition| ["--where", condition]));
        let found = series(&home, &arguments)?;
        let one = found.first().cloned().unwrap_or(json!({"count": 0, "n": 0}));
        assert_eq!((&one["count"], &one["n"]), (&json!(expected.0), &json!(expected.1)), "{conditions:?}");
    }
    let by_column =
        series(&home, &["--field", "tokens_s", "--group-by", "num_gpu,file", "--stat", "failed"])?;
    let groups: Vec<&Value> = by_column.iter().map(|one| &one["group"]).collect();
    let group = |num_gpu: &str| json!({"file": "sweep.csv", "num_gpu": num_gpu});
    assert_eq!(groups, [&group("10"), &group("20")]);
    assert_eq!(by_column[1]["failed_rows"][0]["row"]["error"], "timed out");
    Ok(())
}

fn failed_rows_are_read_on_request() -> Outcome {
    let home = home()?;
    let usual = ["metrics", "--field", "tokens_s", "--json"];
    let (out, err) = ask(&home, &usual)?;
    let document: Value = serde_json::from_str(&out)?;
    assert_eq!((&document["include_failed"], &err), (&json!(false), &String::new()));
    assert_eq!(document["series"][0]["excluded_reasons"], json!({"failed": 1}));
    let (out, err) = ask(&home, &[&usual[..], &["--include-failed"]].concat())?;
    let document: Value = serde_json::from_str(&out)?;
    let one = &document["series"][0];
    assert_eq!((&document["include_failed"], &one["failed"]), (&json!(true), &json!(1)));
    assert_eq!((&one["n"], &one["min"], &one["excluded"]), (&json!(3), &json!(0.0), &json!(0)));
    assert!(err.contains("1 failed rows are read as written"), "{err}");
    let (out, _) = ask(&home, &["metrics", "--field", "tokens_s", "--include-failed"])?;
    assert!(out.contains("1 failed rows are read as written"), "{out}");
    Ok(())
}

fn what_is_not_there_is_told() -> Outcome {
    let home = home()?;
    let (out, _) = ask(&home, &["metrics", "--field", "tokns_s", "--where", "gpu_num = 1"])?;
    for told in ["no values", "`gpu_num`", "`tokns_s`"] {
        assert!(out.contains(told), "{out}");
    }
    Ok(())
}

fn tables_come_in_every_format() -> Outcome {
    let home = home()?;
    let arguments = ["metrics", "--field", "tokens_s", "--stat", "n,mean", "--group-by", "model,prompt"];
    let of = |format: &str| ask(&home, &[&arguments[..], &["--format", format]].concat());
    let (csv, _) = of("csv")?;
    let expected = "metric,unit,n,mean,group,field,nature,unit_origin,files\n\
        throughput,tok/s,1,110.25,\"model=a:1b, prompt=b\",tokens_s,sample,suffix,sweep.csv\n\
        throughput,tok/s,0,,\"model=a:1b, prompt=c\",tokens_s,sample,suffix,sweep.csv\n\
        throughput,tok/s,1,100.5,\"model=a:1b, prompt=one, two\",tokens_s,sample,suffix,sweep.csv\n";
    assert_eq!(csv, expected);
    let (md, _) = of("md")?;
    assert!(md.starts_with("# Metrics of reports\n\n| metric | unit | n | mean |"), "{md}");
    let (html, _) = of("html")?;
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("<td class=\"n\">110.2</td>"), "{html}");
    assert_eq!(of("json")?.0, ask(&home, &[&arguments[..], &["--json"]].concat())?.0);
    let (files, _) = ask(&home, &["inventory", "--format", "csv"])?;
    assert!(files.starts_with("file,kind,size,modified,rows,status,metrics\nbackends.json,json,"), "{files}");
    let wrong = home.command().args(["doctor", "--format", "csv"]).output()?;
    assert_eq!(wrong.status.code(), Some(2));
    let two = home.command().args(["metrics", "--json", "--format", "csv"]).output()?;
    assert_eq!(two.status.code(), Some(2));
    Ok(())
}

fn a_file_is_explained() -> Outcome {
    let home = home()?;
    let (out, _) = ask(&home, &["inventory", "--explain", "sweep.csv", "--json"])?;
    let document: Value = serde_json::from_str(&out)?;
    let file = &document["files"][0];
    assert_eq!((&file["path"], &file["records"]), (&json!("sweep.csv"), &json!(3)));
    assert_eq!(file["format"], "csv, fields parted by comma, UTF-8");
    let table = &file["tables"][0];
    assert_eq!(
        (&table["rows"], &table["failed"], &table["rank"]),
        (&json!(3), &json!(1), &json!("measured"))
    );
    let columns = table["columns"].as_array().ok_or("no columns")?;
    let column =
        |name: &str| columns.iter().find(|column| column["name"] == name).cloned().unwrap_or_default();
    let ttft = column("ttft_s");
    assert_eq!((&ttft["role"], &ttft["max"]), (&json!("metric"), &json!(0.5)));
    let reading =
        json!({"metric": "ttft", "unit_read": "s", "unit": "ms", "unit_origin": "suffix", "better": "lower"});
    assert_eq!(ttft["readings"], json!([reading]));
    assert_eq!(
        (&column("num_gpu")["role"], &column("num_gpu")["dimension"]),
        (&json!("dimension"), &json!("num_gpu"))
    );
    // The path as the shell completes it, and the whole for people.
    let (text, _) = ask(&home, &["inventory", "--explain", "reports/sweep.csv"])?;
    for told in
        ["sweep.csv: csv, fields parted by comma, UTF-8; ok; 3 records", "1 failed", "s → ms (suffix)"]
    {
        assert!(text.contains(told), "{text}");
    }
    let (lines, _) = ask(&home, &["inventory", "--explain", "reports", "--format", "csv"])?;
    assert!(
        lines.starts_with(
            "file,status,records,tables,failed,cold,warm_up,problems,adapter,metrics,dimensions\nbackends.json,ok,2,"
        ),
        "{lines}"
    );
    assert!(lines.contains("\nsweep.csv,ok,3,1,1,0,0,0,,"), "{lines}");
    let wrong = home.command().args(["inventory", "--explain", "nothing.csv"]).output()?;
    assert_eq!(wrong.status.code(), Some(3));
    Ok(())
}

/// A process that follows a folder; it is killed with the value.
struct Follower {
    child: Child,
    events: Receiver<String>,
    close: SyncSender<()>,
}

impl Drop for Follower {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Follower {
    fn start(home: &Home, command: &str) -> Result<Self, Failed> {
        let mut child = home
            .command()
            .args([command, "--follow", "reports"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let (sender, events) = sync_channel(64);
        let (close, closed) = sync_channel(1);
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() || closed.try_recv().is_ok() {
                    return;
                }
            }
        });
        Ok(Self { child, events, close })
    }
    /// The next event: a line that is there before anything else happens.
    fn next(&self) -> Result<Value, Failed> {
        let line = self.events.recv_timeout(SOON).map_err(|error| format!("no event: {error}"))?;
        Ok(serde_json::from_str(&line)?)
    }
    /// The first event that satisfies a condition.
    fn until(&self, is_it: impl Fn(&Value) -> bool) -> Result<Value, Failed> {
        loop {
            let event = self.next()?;
            if is_it(&event) {
                return Ok(event);
            }
        }
    }
    fn code(&mut self) -> Result<Option<i32>, Failed> {
        let child = &mut self.child;
        eventually("its end", SOON, || child.try_wait().ok().flatten()).map(|status| status.code())
    }
}

fn append(path: &Path, text: &str) -> Outcome {
    Ok(fs::OpenOptions::new().append(true).open(path)?.write_all(text.as_bytes())?)
}

fn metrics_are_followed() -> Outcome {
    let home = home()?;
    let mut follower = Follower::start(&home, "metrics")?;
    let first = follower.next()?;
    assert_eq!(first["event"], "metrics");
    let count = first["series"].as_array().map_or(0, Vec::len);
    assert!(count > 1, "{first}");
    let rate = |event: &Value| {
        let series = event["series"].as_array().into_iter().flatten();
        series.into_iter().find(|series| series["field"] == "tokens_s").cloned()
    };
    assert_eq!(rate(&first).ok_or("no rate")?["n"], 2);
    append(&home.path().join("reports/sweep.csv"), "a:1b,10,8,90.25,,d,\n")?;
    let changed = follower.until(|event| rate(event).is_some())?;
    assert_eq!((&changed["event"], &changed["files"]), (&json!("changed"), &json!(["sweep.csv"])));
    let now = rate(&changed).ok_or("no rate")?;
    assert_eq!((&now["n"], &now["min"]), (&json!(3), &json!(90.25)));
    // What did not change is not told again.
    assert!(changed["series"].as_array().is_some_and(|series| series.len() < count), "{changed}");
    fs::remove_file(home.path().join("reports/sweep.csv"))?;
    let gone = follower.until(|event| event["removed"].as_array().is_some_and(|gone| !gone.is_empty()))?;
    let names = gone["removed"].as_array().into_iter().flatten().map(|gone| gone["field"].clone());
    assert!(names.into_iter().any(|field| field == "tokens_s"), "{gone}");
    let pid = Pid::from_child(&follower.child);
    kill_process(pid, Signal::INT)?;
    assert_eq!(follower.code()?, Some(130));
    Ok(())
}

fn the_inventory_is_followed() -> Outcome {
    let home = home()?;
    let folder = home.path().join("reports");
    let mut follower = Follower::start(&home, "inventory")?;
    let first = follower.next()?;
    assert_eq!((&first["event"], &first["files_total"]), (&json!("inventory"), &json!(2)));
    fs::write(folder.join("new.csv"), "model,tokens_s\nb,1\n")?;
    let new = follower.until(|event| event["file"]["rows"] == 1)?;
    assert_eq!((&new["event"], &new["file"]["path"]), (&json!("file"), &json!("new.csv")));
    assert_eq!((&new["files_total"], &new["problems"]), (&json!(3), &json!([])));
    append(&folder.join("new.csv"), "b,2\n")?;
    let grown = follower.until(|event| event["file"]["rows"] == 2)?;
    assert_eq!(grown["file"]["metrics"], json!(["throughput"]));
    fs::remove_file(folder.join("new.csv"))?;
    let gone = follower.until(|event| event["event"] == "removed")?;
    assert_eq!((&gone["path"], &gone["files_total"]), (&json!("new.csv"), &json!(2)));
    // Its reader goes away: it ends with the next event, and without a word.
    follower.close.send(())?;
    let mut rows = 0;
    let code = eventually("its end", SOON, || {
        rows += 1;
        fs::write(folder.join("last.csv"), format!("model,tokens_s\nb,{rows}\n")).ok()?;
        follower.child.try_wait().ok().flatten()
    })?;
    assert_eq!(code.code(), Some(0));
    for wrong in [["--format", "csv"], ["--explain", "sweep.csv"]] {
        let output = home.command().args(["inventory", "--follow"]).args(wrong).output()?;
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
    Ok(())
}

fn every_file_is_explained_in_a_line(data: &Path) -> Outcome {
    let home = Home::new()?;
    for folder in ["reports-chimera", "bench-samples"] {
        let root = data.join(folder);
        let Some(root) = root.to_str() else { return Err("the data are in no plain folder".into()) };
        let (listed, _) = ask(&home, &["inventory", "--json", root])?;
        let (explained, _) = ask(&home, &["inventory", "--explain", "**", "--json", root])?;
        let (listed, explained): (Value, Value) =
            (serde_json::from_str(&listed)?, serde_json::from_str(&explained)?);
        let told = |document: &Value, rows: &str| -> Vec<(Value, Value, usize)> {
            let files = document["files"].as_array().into_iter().flatten();
            let metrics = |file: &Value| file["metrics"].as_array().map_or(0, Vec::len);
            files.map(|file| (file["path"].clone(), file[rows].clone(), metrics(file))).collect()
        };
        assert_eq!(told(&explained, "records"), told(&listed, "rows"));
    }
    Ok(())
}
