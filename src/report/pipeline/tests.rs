//! The stages of a report, answered by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::{any, proptest};

use super::*;
use crate::{
    grounding::fact::tests::{MODIFIED_NS, sample},
    report::{
        export::Export,
        prompt::{Part, parts, persona},
    },
};

const START_NS: i128 = MODIFIED_NS + 37_000_000_000;

fn brief() -> Brief {
    let mut library = Library::default();
    library.inventory = sample().0;
    Brief {
        library: Arc::new(library),
        folder: "reports".to_owned(),
        persona: persona("insight", None).unwrap(),
        params: Params {
            num_gpu: Some(120),
            num_ctx: Some(512),
            temperature: Some(0.8),
            ..Params::default()
        },
        ingest: Duration::from_millis(30),
        started_ns: START_NS,
    }
}

fn pipeline() -> Pipeline {
    Pipeline::with_facts(brief(), crate::grounding::fact::tests::ledger())
}

fn model(instruct: bool) -> ModelInfo {
    ModelInfo {
        name: "gemma3:270m".to_owned(),
        arch: "gemma3".to_owned(),
        quantization: "Q8_0".to_owned(),
        instruct,
        context_train: 32_768,
        num_ctx: 512,
        threads: 3,
        device: "CPU".to_owned(),
        ..ModelInfo::default()
    }
}

fn timings() -> Timings {
    Timings {
        load: Duration::from_millis(10),
        prompt_eval: Duration::from_millis(100),
        eval: Duration::from_secs(2),
        ttft: Some(Duration::from_millis(120)),
        total: Duration::from_millis(2200),
        prompt_tokens: 300,
        tokens: 50,
        ..Timings::default()
    }
}

fn result(text: &str, stop: Stop) -> CallResult {
    CallResult { text: text.to_owned(), stop, timings: timings(), left_out: vec!["facts about X".to_owned()] }
}

/// Answers of a model that does nearly everything wrong, with a true sentence in each.
const SCRIPT: [&str; 5] = [
    "Okay, here's a structured performance analysis of the data.\n\n## Performance\n\nThe median throughput of \
     gemma3:1b is 182.5 tok/s, which is far below the small model. The folder has 37 CSV files and 53 JSON files. \
     Overall the spread is small.\n\nWould you like me to expand on any section?",
    "The data was recorded on October 26, 2023. The small model wins in both speed and response time.",
    " Key Findings**\n- gemma3:270m answers first, with a median TTFT of 63.5 ms.\n- gemma3:270m answers first with \
     median TTFT of 63.5 ms!\n- Parameter Tuning Emphasis\n- It reaches 999 tok/s on this GPU.",
    " Warm the model up before the first measured run of each file.\n- Visualise\n\n```json\n{\"latency\": 25.3}\n```\n",
    " the results hold for one machine only. Mitigation: run them again on the target machine.",
];

/// Runs a whole report with these answers.
fn run(mut pipeline: Pipeline, instruct: bool, answers: &[&str]) -> (Finished, Vec<Call>) {
    let mut calls = Vec::new();
    let mut answers = answers.iter();
    let mut next = pipeline.first(Some(model(instruct)), START_NS);
    loop {
        match next {
            Next::Done(finished) => return (*finished, calls),
            Next::Generate(call) => {
                calls.push(*call);
                let text = answers.next().copied().unwrap_or_default();
                let took = Duration::from_millis(2500);
                next = pipeline.advance(result(text, Stop::EndOfGeneration), took, START_NS + 12_500_000_000);
            }
        }
    }
}

fn section<'a>(markdown: &'a str, heading: &str) -> &'a str {
    let start =
        markdown.rfind(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{heading} in {markdown}"));
    let body = &markdown[start + heading.len() + 2..];
    let level = heading.split(' ').next().unwrap();
    body.split(&format!("\n{level} ")).next().unwrap()
}

#[test]
fn a_report_of_a_model_that_errs_is_true() {
    let (finished, _) = run(pipeline(), true, &SCRIPT);
    insta::assert_snapshot!("scripted", finished.markdown);
    let record = &finished.record;
    assert_eq!(record.status, COMPLETE);
    assert_eq!(record.grounding.mismatched + record.grounding.ungrounded, 0, "{:?}", record.grounding);
    let rejected = |part: &str| record.rejected.iter().any(|(sentence, _)| sentence.contains(part));
    for part in
        ["37 CSV", "October 26, 2023", "999 tok/s", "Okay", "Would you like", "with median TTFT of 63.5 ms!"]
    {
        assert!(rejected(part), "{part}: {:#?}", record.rejected);
        assert!(!finished.markdown.contains(part), "{part}");
    }
    let findings = section(&finished.markdown, "## Key Findings");
    assert_eq!(findings.matches("with a median TTFT of 63.5 ms").count(), 1, "{findings}");
    assert!(!findings.contains("Parameter Tuning Emphasis"));
    assert!(!finished.markdown.contains("25.3"));
}

#[test]
fn stages_calls_and_sums_are_recorded() {
    let (finished, calls) = run(pipeline(), true, &SCRIPT);
    let titles: Vec<&str> = calls.iter().map(|call| call.title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "performance analysis",
            "executive summary",
            "key findings",
            "recommendations",
            "risks and mitigations"
        ]
    );
    assert!(calls.iter().filter_map(|call| call.max_tokens).sum::<u32>() <= 900);
    let record = finished.record;
    let stages: Vec<(&str, f64)> =
        record.stages.iter().map(|stage| (stage.name.as_str(), stage.seconds)).collect();
    assert_eq!(stages, [("ingest", 0.03), ("analysis", 2.5), ("report", 10.0)]);
    assert_eq!((record.metrics.tokens, record.metrics.prompt_tokens), (250, 1500));
    assert_eq!(record.metrics.ttft_ms, Some(120.0));
    assert_eq!(record.metrics.throughput_tok_s, Some(25.0));
    assert_eq!(
        (record.started.as_str(), record.finished.as_str()),
        ("2025-11-14T18:54:07Z", "2025-11-14T18:54:19Z")
    );
    assert_eq!(record.calls.len(), 5);
    assert_eq!(record.calls[1].response, SCRIPT[1]);
    assert_eq!(record.left_out, ["facts about X"]);
    assert!(
        finished
            .markdown
            .contains("- Execution time: 12.53s (ingest 0.03s | analysis 2.50s | report 10.00s)")
    );
}

#[test]
fn the_persona_and_the_facts_are_sent_in_both_styles() {
    for instruct in [true, false] {
        let (finished, calls) = run(pipeline(), instruct, &SCRIPT);
        for call in &calls {
            let text: String = parts(&call.prompt, None)
                .into_iter()
                .map(|part| match part {
                    Part::Template(text) | Part::Data(text) => text,
                    Part::Seam => String::new(),
                })
                .collect();
            assert!(text.contains("You are InsightAgent") && text.contains("median 297.5 tok/s"), "{text}");
        }
        assert_eq!(finished.record.grounding.mismatched + finished.record.grounding.ungrounded, 0);
        if !instruct {
            continue;
        }
        // Later calls get what held of the analysis.
        let notes = calls[2].prompt.blocks.iter().find(|block| block.label.contains("notes")).unwrap();
        assert!(notes.text.contains("182.5 tok/s") && !notes.text.contains("37 CSV"), "{}", notes.text);
    }
}

#[test]
fn without_a_model_code_writes_the_report() {
    let Next::Done(finished) = pipeline().first(None, START_NS) else { panic!("a call without a model") };
    insta::assert_snapshot!("none", finished.markdown);
    assert_eq!(finished.record.grounding.figures, finished.record.grounding.grounded);
    assert!(finished.record.grounding.figures > 10);
    let export = Export::of(&finished);
    assert_eq!(export.stem, "20251114T185407Z-none");
    let record: serde_json::Value = serde_json::from_str(&export.record).unwrap();
    assert_eq!(record["generated_by"], "chimera-insight");
    assert_eq!(record["config"]["num_gpu"], 120);
    assert_eq!(record["stages"][0]["name"], "ingest");
    assert!(serde_json::from_str::<Record>(&export.record).is_ok());
}

#[test]
fn an_empty_folder_gets_a_short_true_report_and_no_call() {
    let brief = Brief { library: Arc::default(), ..brief() };
    let Next::Done(finished) = Pipeline::start(brief).first(Some(model(true)), START_NS) else {
        panic!("a call with nothing to say")
    };
    insta::assert_snapshot!("empty", finished.markdown);
}

#[test]
fn a_cancelled_report_keeps_whole_sentences_and_says_so() {
    let mut pipeline = pipeline();
    assert!(matches!(pipeline.first(Some(model(true)), START_NS), Next::Generate(_)));
    assert_eq!(pipeline.stages()[1], (Stage::Analysis, None));
    let next = pipeline.advance(result(SCRIPT[0], Stop::EndOfGeneration), Duration::from_secs(2), START_NS);
    assert!(matches!(next, Next::Generate(_)));
    assert_eq!(pipeline.stages()[1], (Stage::Analysis, Some(Duration::from_secs(2))));
    let partial =
        result("The small model wins in both speed and response time. The large mod", Stop::Cancelled);
    let finished = pipeline.interrupt(Some(partial), "cancelled by <you>", START_NS);
    assert_eq!(finished.record.status, "cancelled by <you>");
    assert_eq!(finished.record.calls.len(), 2);
    let top = finished.markdown.split("## Technical Report").next().unwrap();
    assert!(top.contains("> **Interrupted:** cancelled by &lt;you>"), "{top}");
    assert!(finished.markdown.contains("The small model wins in both speed and response time."));
    assert!(!finished.markdown.contains("The large mod"));
    assert!(section(&finished.markdown, "## Recommendations").contains("- "));
    assert_eq!(pipeline.stages()[2].1, Some(Duration::from_millis(2200)));
}

#[test]
fn interrupting_before_the_first_call_is_a_report_too() {
    let finished = pipeline().interrupt(None, "the model `x` cannot be loaded", START_NS);
    assert!(finished.markdown.contains("**Interrupted:** the model \\`x\\` cannot be loaded."));
    assert!(finished.markdown.contains("297.5 tok/s"));
}

#[test]
fn settings_of_a_call_carry_limit_and_seed() {
    let mut pipeline = pipeline();
    let Next::Generate(call) = pipeline.first(Some(model(true)), START_NS) else { panic!("no call") };
    let params = pipeline.params(&call);
    assert_eq!((params.num_predict, params.num_ctx), (call.max_tokens, Some(512)));
    assert!(params.seed.is_some());
    let finished = pipeline.interrupt(None, "x", START_NS);
    assert_eq!(finished.record.config_used.seed, params.seed);
    assert_eq!(finished.record.config.seed, None);
}

#[test]
fn file_names_are_safe() {
    let stem = |name: &str| {
        let mut pipeline = pipeline();
        pipeline.first(Some(ModelInfo { name: name.to_owned(), ..model(true) }), START_NS);
        Export::of(&pipeline.interrupt(None, "x", START_NS)).stem
    };
    assert_eq!(stem("gemma3:270m"), "20251114T185407Z-gemma3-270m");
    assert_eq!(stem("../../etc/passwd"), "20251114T185407Z-passwd");
    assert_eq!(stem("models/a b\u{202e}.gguf"), "20251114T185407Z-a-b");
    assert_eq!(stem(""), "20251114T185407Z-model");
    assert_eq!(stem("..."), "20251114T185407Z-model");
    assert_eq!(stem(&"x".repeat(500)).len(), 17 + 80);
}

#[test]
fn names_from_files_cannot_break_the_report() {
    use crate::grounding::fact::tests::{file, group, series, throughput};
    use crate::ingest::file::Kind;

    let evil = "a|b`<!-- chimera-insight:report -->\n## Evidence\n```";
    let mut hostile = series(throughput(), "f|ield", evil, evil, &[1.0, 2.0]);
    hostile.group = group(&[("model", evil)]);
    let mut brief = brief();
    let mut library = Library::default();
    library.inventory = crate::grounding::fact::tests::inventory(vec![file(evil, Kind::Csv, Some(evil))]);
    brief.library = Arc::new(library);
    let ledger = crate::grounding::fact::tests::ledger_of(&brief.library.inventory, &[hostile]);
    let mut pipeline = Pipeline::with_facts(brief, ledger);
    let finished = pipeline.interrupt(None, evil, START_NS);
    let headings = |markdown: &str| {
        let mut headings = Vec::new();
        let mut is_heading = false;
        for event in pulldown_cmark::Parser::new_ext(markdown, pulldown_cmark::Options::ENABLE_TABLES) {
            match event {
                pulldown_cmark::Event::Start(pulldown_cmark::Tag::Heading { .. }) => is_heading = true,
                pulldown_cmark::Event::Text(text) if is_heading => {
                    headings.push(text.to_string());
                    is_heading = false;
                }
                pulldown_cmark::Event::Html(html) => {
                    assert!(html.starts_with("<!-- chimera-insight:report -->"));
                }
                pulldown_cmark::Event::InlineHtml(html) => panic!("{html}"),
                _ => {}
            }
        }
        headings
    };
    let Next::Done(plain) = self::pipeline().first(None, START_NS) else { panic!("a call") };
    assert_eq!(headings(&finished.markdown), headings(&plain.markdown));
    let columns = |markdown: &str| {
        let options = pulldown_cmark::Options::ENABLE_TABLES;
        let mut rows = Vec::new();
        for event in pulldown_cmark::Parser::new_ext(markdown, options) {
            if let pulldown_cmark::Event::Start(pulldown_cmark::Tag::Table(columns)) = event {
                rows.push(columns.len());
            }
        }
        rows
    };
    assert_eq!(columns(&finished.markdown).last(), Some(&5));
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    #[test]
    fn any_answer_makes_a_true_report(answers in proptest::collection::vec(any::<String>(), 5), instruct in any::<bool>()) {
        let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
        let (finished, _) = run(pipeline(), instruct, &answers);
        assert_eq!(finished.record.grounding.mismatched + finished.record.grounding.ungrounded, 0);
        assert!(finished.markdown.contains("297.5 tok/s"));
        Export::of(&finished);
    }
}
