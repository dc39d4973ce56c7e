//! What the command line takes. Only what works is in it: this is the help.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use super::output::OutputFormat;
use crate::{
    bench::order::Order,
    config::{Flags, setting_help},
};

const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 the check asked for failed, 2 wrong use, 3 input or model cannot be read,
4 the engine failed, 5 output cannot be written, 129/130/143 ended by HUP/INT/TERM.
Only `models pull` and `--engine` use a network. The first sends nothing of yours, the second the
facts and prompts of the report, to the address you give; its key is CHIMERA_INSIGHT_ENGINE_KEY.";

const COMPARE_HELP: &str = "\
Verdicts: better or worse when the whole 95 % interval of the difference of the medians lies
beyond the threshold and the p-value of the rank test (Mann-Whitney U), adjusted over the table
(Benjamini and Hochberg), is below 0.05; same when the interval lies within the threshold;
unclear otherwise, with the number of runs that would settle it.
--fail-on fails on what is surely worse, on a metric of which the candidate has failed rows
alone, and when nothing could be compared; what is unclear passes.";

const CHECK_HELP: &str = "\
Each figure and date is one of:
  grounded    equals a value computed from the folder, as the sentence around it names it
  mismatched  the right kind of thing, another value: the true one is told
  ungrounded  nothing in the folder has it; what stands in somebody's Markdown alone is none
  structural  list numbers, and the report's own head, timings and prompt
A value may differ by half of the last digit printed; after `about`, `~` and the like by 5 %.
Exit code 1 when anything is mismatched or ungrounded.";

/// Watches a folder of benchmark results, shows files and metrics live, and streams a
/// technical report from an embedded language model.
#[derive(Debug, Parser)]
#[command(
    name = "chimera-insight",
    version,
    about,
    after_help = AFTER_HELP,
    disable_help_subcommand = true
)]
pub struct Arguments {
    /// Settings of every command.
    #[command(flatten)]
    pub global: Global,
    /// Folder to watch; `reports` where it is there, else the working directory
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: Option<PathBuf>,
    /// Without one: the screen.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags that every command takes.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Global {
    /// The same as DIR
    #[arg(long = "dir", id = "dir", global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: Option<PathBuf>,
    /// Model: a GGUF file, a name of `models list` (`gemma3:1b`), `hf:ORG/NAME/FILE`, `scripted` or `none`
    #[arg(long, global = true, value_name = "MODEL")]
    pub model: Option<String>,
    /// Have the report written by the models at an address, as `http://localhost:11434`: llama-server,
    /// Ollama, vLLM or another OpenAI-compatible server. The report's facts and prompts are sent there
    #[arg(long, global = true, value_name = "URL")]
    pub engine: Option<String>,
    #[arg(long, global = true, value_name = "KEY=VALUE", help = setting_help())]
    pub set: Vec<String>,
    /// Persona that the report is written as
    #[arg(long, global = true, value_name = "NAME")]
    pub persona: Option<String>,
    /// Never use a network
    #[arg(long, global = true)]
    pub offline: bool,
    /// No colour
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Theme of the screen: ansi, dark, light, high-contrast, your own, or auto
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Colours of the screen: auto, 16, 256, true or never
    #[arg(long, global = true, value_name = "HOW")]
    pub color: Option<String>,
    /// Borders, charts and signs of ASCII alone
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Tell line by line on standard output what the screen would show, or how the report gets on
    #[arg(long, global = true)]
    pub plain: bool,
    /// Settings in place of the user's file
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Print one JSON document on standard output: the same as `--format json`
    #[arg(long, global = true)]
    pub json: bool,
    /// Print tables so
    #[arg(long, global = true, value_name = "FORMAT")]
    pub format: Option<OutputFormat>,
    /// Print the settings in force, each with its origin, and end
    #[arg(long, global = true)]
    pub print_config: bool,
}

/// What to do instead of showing the screen.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the files by kind, with size, time, parse status and problems
    Inventory(Inventory),
    /// Statistics of each metric and group
    Metrics(Metrics),
    /// Compare two files, folders, groups or runs, metric by metric
    Compare(Compare),
    /// What drives a metric, the best configurations, outliers, trends and steps
    Analyze(Analyze),
    /// Write the technical report and its run record
    Report(Report),
    /// Check a saved report against its record and its folder
    Verify(Verify),
    /// Hold the figures of a Markdown report, whoever wrote it, against the folder
    #[command(after_help = CHECK_HELP)]
    Check(Check),
    /// Measure the embedded engine and write the results as CSV and JSON
    Bench(Bench),
    /// The models of this machine
    Models(Models),
    /// Where the program's files are
    Paths,
    /// What works on this machine, and what to do about the rest
    Doctor(Folder),
    /// Completions for a shell, on standard output
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// The manual page, on standard output
    Man,
}

/// A folder at the end of the line.
#[derive(Args, Debug, Default)]
pub struct Folder {
    /// Folder to read; `reports` where it is there, else the working directory
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: Option<PathBuf>,
}

const INVENTORY_FOLLOW: &str = "\
Events of --follow, one a line. First the folder after its first scan:
  {\"event\":\"inventory\", and the fields of `inventory --json`}
then one for each file that was written or removed:
  {\"event\":\"file\",\"file\":{as in \"files\"},\"problems\":[its own],
   \"files_total\":N,\"bytes_total\":N}
  {\"event\":\"removed\",\"path\":\"…\",\"files_total\":N,\"bytes_total\":N}";

const METRICS_FOLLOW: &str = "\
Events of --follow, one a line. First the folder after its first scan:
  {\"event\":\"metrics\", and the fields of `metrics --json`}
then one for every change of files that changes a number:
  {\"event\":\"changed\",\"files\":[\"…\"],\"series\":[those that changed, as in \"series\"],
   \"removed\":[{\"metric\",\"field\",\"nature\",\"group\"} of those that are gone]}
Files too large to be held are not followed.";

/// `inventory`
#[derive(Args, Debug)]
#[command(after_help = INVENTORY_FOLLOW)]
pub struct Inventory {
    /// Go on, and tell as JSON what changes, one event a line
    #[arg(long, conflicts_with = "explain")]
    pub follow: bool,
    /// Tell how this file was read: tables, columns, units and how they are known, what was
    /// left out. For a folder or a glob: one line for each file
    #[arg(long, value_name = "FILE")]
    pub explain: Vec<String>,
    #[command(flatten)]
    pub folder: Folder,
}

/// `metrics`
#[derive(Args, Debug, Default)]
#[command(after_help = METRICS_FOLLOW)]
pub struct Metrics {
    /// Go on, and tell as JSON what changes, one event a line
    #[arg(long)]
    pub follow: bool,
    /// Only values of files that match, by path or name
    #[arg(long, value_name = "GLOB")]
    pub file: Vec<String>,
    /// Only this metric
    #[arg(long, value_name = "NAME")]
    pub metric: Vec<String>,
    /// Only this field, metric or not: its name as the files write it, a glob, a path as
    /// `runs.*.mean_ms`, or a JSON Pointer as `/runs/*/mean_ms`
    #[arg(long, value_name = "NAME")]
    pub field: Vec<String>,
    /// Only rows in which a column or dimension compares so; OP is = != < <= > >=, numbers are
    /// in the file's own unit unless one stands behind them, and `''` is an empty cell
    #[arg(long = "where", value_name = "K OP V")]
    pub conditions: Vec<String>,
    /// Read failed rows as they are written; otherwise they are counted and left out
    #[arg(long)]
    pub include_failed: bool,
    /// Group by these dimensions or columns, by `file`, by `start` (cold, warm), or by
    /// `none`, instead of all that usually differ
    #[arg(long, value_name = "K,...", value_delimiter = ',')]
    pub group_by: Option<Vec<String>>,
    /// Only these statistics: n, count (rows that satisfy the conditions), excluded, failed,
    /// mean, median, min, max, p90 or any percentile, stddev or sd, cv, ci95, sum,
    /// `ratio_of_totals`, and argmin, argmax with the whole row
    #[arg(long = "stat", value_name = "NAME,...", value_delimiter = ',')]
    pub statistics: Vec<super::metrics::Statistic>,
    /// Numbers in the file's own unit
    #[arg(long)]
    pub raw: bool,
    #[command(flatten)]
    pub folder: Folder,
}

/// `compare`
#[derive(Args, Debug)]
#[command(after_help = COMPARE_HELP)]
pub struct Compare {
    /// What is compared with: a file, a folder, a group `KEY=VALUE[,KEY=VALUE]` within DIR,
    /// or a run of this program in DIR
    #[arg(value_name = "BASE", value_hint = ValueHint::AnyPath)]
    pub base: OsString,
    /// What is compared: the same
    #[arg(value_name = "CANDIDATE", value_hint = ValueHint::AnyPath)]
    pub candidate: OsString,
    /// Only this metric
    #[arg(long, value_name = "NAME")]
    pub metric: Vec<String>,
    /// Only rows whose dimension compares so; OP is = != < <= > >=
    #[arg(long = "where", value_name = "K OP V")]
    pub conditions: Vec<String>,
    /// Match groups by these dimensions besides the usual ones
    #[arg(long, value_name = "K,...", value_delimiter = ',')]
    pub group_by: Vec<String>,
    /// A difference below it does not matter in practice, in percent
    #[arg(long, value_name = "PCT", default_value = "2", value_parser = percent)]
    pub threshold: f64,
    /// End with exit code 1 when a metric is worse by more than PCT percent
    #[arg(long, value_name = "PCT", value_parser = percent)]
    pub fail_on: Option<f64>,
    /// With --fail-on: pass although the candidate lacks a metric that the base has
    #[arg(long, requires = "fail_on")]
    pub allow_missing: bool,
    /// Count cold runs (that paid for loading the model) like warm ones
    #[arg(long)]
    pub with_cold: bool,
    #[command(flatten)]
    pub folder: Folder,
}

/// A share of something, with or without its sign.
fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches('%').trim_end().parse::<f64>();
    let number = number.ok().filter(|number| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| format!("`{text}` is no percentage from 0 up"))
}

/// `analyze`; without a selection all four.
#[derive(Args, Debug)]
pub struct Analyze {
    /// Only what drives each metric: how much of its spread each dimension, the start, the
    /// position and other measures explain
    #[arg(long)]
    pub drivers: bool,
    /// Only the best configurations by two or three metrics: those that none beats in all
    #[arg(long, value_name = "M1,M2[,M3]", value_delimiter = ',')]
    pub pareto: Vec<String>,
    /// Only values far from their group
    #[arg(long)]
    pub outliers: bool,
    /// Only trends over time and the steps in them
    #[arg(long)]
    pub trends: bool,
    /// Only values of files that match, by path or name
    #[arg(long, value_name = "GLOB")]
    pub file: Vec<String>,
    /// Only this metric; without one the most important ones
    #[arg(long, value_name = "NAME")]
    pub metric: Vec<String>,
    /// Only rows whose dimension compares so; OP is = != < <= > >=
    #[arg(long = "where", value_name = "K OP V")]
    pub conditions: Vec<String>,
    #[command(flatten)]
    pub folder: Folder,
}

/// `report`
#[derive(Args, Debug)]
pub struct Report {
    /// Write the report here, and its record beside it as `.json`; only a report of this
    /// program is ever replaced
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Also pack report, record and source rows into one file, `….bundle.json`, that
    /// `verify` checks where the folder is not; at most 32 MB of sources
    #[arg(long)]
    pub bundle: bool,
    #[command(flatten)]
    pub folder: Folder,
}

const VERIFY_HELP: &str = "\
Checked are the files (SHA-256), the facts (computed again) and the report (each line as its
record has it, each figure as its fact comes out). Times of modification that differ are told
and are no difference: a copy of a folder has others. Exit code 1 on any difference.
--json: {\"ok\",\"record\",\"report\",\"folder\",
  \"files_changed\":[{\"path\",\"change\":\"changed|missing|new\",\"recorded\":{\"bytes\",\"sha256\"},\"found\":{…}}],
  \"facts_changed\":[{\"id\",\"fact\",\"part\",\"recorded\",\"computed\"}],
  \"figures_changed\":[{\"line\",\"wrong\":\"figure|text|fact|evidence|sentence\",\"found\",\"expected\",\"fact\"}],
  \"times_changed\":[…],\"notes\":[…],\"checked\":{\"files\",\"facts\",\"figures\",\"sentences\"}}";

/// `verify`
#[derive(Args, Debug)]
#[command(after_help = VERIFY_HELP)]
pub struct Verify {
    /// The run record that lies beside the report, the report itself, or a bundle, which is
    /// checked by itself unless a folder is given
    #[arg(value_name = "RECORD", value_hint = ValueHint::FilePath)]
    pub record: PathBuf,
    /// The report, where it does not lie beside its record
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub report: Option<PathBuf>,
    /// Folder that the report is about; without it the one whose `chimera_insight` holds the
    /// record, else the record's own
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: Option<PathBuf>,
}

/// `check`
#[derive(Args, Debug)]
pub struct Check {
    /// The report
    #[arg(value_name = "REPORT.md", value_hint = ValueHint::FilePath)]
    pub report: PathBuf,
    /// The folder that it is about; `reports` where it is there, else the working directory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub data: Option<PathBuf>,
    /// Take what somebody's Markdown states for evidence too
    #[arg(long)]
    pub trust_markdown: bool,
    /// List every figure, those that stand too
    #[arg(long)]
    pub all: bool,
}

/// `bench`
#[derive(Args, Debug)]
pub struct Bench {
    /// Prompts, one a line, instead of the built-in ones
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub prompts: Option<PathBuf>,
    /// Run each prompt so many times
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub runs: u32,
    /// Measure every configuration of a grid: settings of `--set` with their values, as
    /// `num_gpu=0,10,num_ctx=1024,2048`
    #[arg(long, value_name = "GRID")]
    pub sweep: Vec<String>,
    /// In which order a sweep visits its configurations; shuffled is drawn with the seed
    #[arg(long, value_enum, value_name = "ORDER", default_value_t, requires = "sweep")]
    pub order: SweepOrder,
    /// A configuration is done when the 95 % interval of its median throughput is narrower than
    /// this share of it, from five runs on
    #[arg(long, value_name = "PCT", value_parser = percent, requires = "sweep")]
    pub until_ci: Option<f64>,
    /// Go on with a sweep that was interrupted; its rows are kept and count
    #[arg(long, requires = "sweep", conflicts_with = "force")]
    pub resume: bool,
    /// Measure pp512 and tg128 as llama-bench does, so many times [5 without a number, 3 in a
    /// sweep; 0 leaves them out]
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "5",
        value_parser = clap::value_parser!(u32).range(0..=1000)
    )]
    pub standard: Option<u32>,
    /// Replace results that are there
    #[arg(long)]
    pub force: bool,
    /// Tell on standard error, line by line, how far it is
    #[arg(long, hide = true)]
    pub progress_json: bool,
    #[command(flatten)]
    pub folder: Folder,
}

/// `--order`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum SweepOrder {
    /// Every configuration once, then all of them again
    #[default]
    Interleaved,
    /// The same, each round in an order drawn with the seed
    Shuffled,
    /// All runs of a configuration, then the next
    Grouped,
}

impl SweepOrder {
    /// The order itself.
    pub fn order(self) -> Order {
        match self {
            Self::Interleaved => Order::Interleaved,
            Self::Shuffled => Order::Shuffled,
            Self::Grouped => Order::Grouped,
        }
    }
}

const PULL_HELP: &str = "\
Named models are pinned to a revision, a size and a SHA-256. Of other files of the hub the SHA-256
is the one that the hub states, of other addresses that of --sha256. What arrives lies beside the
file as FILE.part until it is whole and right; the same command goes on from there.
Environment: HF_ENDPOINT (a mirror), HF_TOKEN or the hub's token file (sent to the hub alone),
HF_HUB_OFFLINE, HF_HUB_DOWNLOAD_TIMEOUT (seconds of silence, 30), HTTPS_PROXY, HTTP_PROXY, ALL_PROXY,
NO_PROXY, SSL_CERT_FILE.
Exit codes: 0 it is there, 1 it is not what it should be and was thrown away, 2 wrong use,
3 it cannot be fetched, 5 it cannot be written, 129/130/143 ended by HUP/INT/TERM.";

/// `models`
#[derive(Args, Debug)]
pub struct Models {
    #[command(subcommand)]
    pub command: Option<ModelsCommand>,
}

/// What to do with models.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List the models that were found: in the program's folder, the Hugging Face cache, Ollama's
    /// store, LM Studio and llama.cpp's caches
    List,
    /// What the header of a model file says
    Info {
        /// A GGUF file, or a name of the list
        // Another name than that of `--model`, which is everywhere.
        #[arg(id = "described", value_name = "FILE", value_hint = ValueHint::FilePath)]
        model: PathBuf,
    },
    /// Fetch a model into the program's folder and check its SHA-256
    #[command(after_help = PULL_HELP)]
    Pull {
        /// gemma3:270m, gemma3:270m-qat, gemma3:1b, gemma3:4b; `hf:ORG/NAME/FILE.gguf[@REVISION]`; or an
        /// https address
        #[arg(id = "pulled", value_name = "NAME")]
        model: String,
        /// The SHA-256 that the file must have; named models have theirs built in
        #[arg(long, value_name = "HEX")]
        sha256: Option<String>,
    },
}

impl Arguments {
    /// The folder of a command's own argument.
    fn command_folder(&self) -> Option<&PathBuf> {
        match self.command.as_ref()? {
            Command::Inventory(inventory) => inventory.folder.folder.as_ref(),
            Command::Doctor(folder) => folder.folder.as_ref(),
            Command::Metrics(metrics) => metrics.folder.folder.as_ref(),
            Command::Compare(compare) => compare.folder.folder.as_ref(),
            Command::Analyze(analyze) => analyze.folder.folder.as_ref(),
            Command::Report(report) => report.folder.folder.as_ref(),
            Command::Verify(verify) => verify.folder.as_ref(),
            Command::Check(check) => check.data.as_ref(),
            Command::Bench(bench) => bench.folder.folder.as_ref(),
            Command::Models(_) | Command::Paths | Command::Completions { .. } | Command::Man => None,
        }
    }

    /// Every folder that was given, DIR first.
    pub fn folders(&self) -> Vec<&PathBuf> {
        [self.folder.as_ref(), self.command_folder(), self.global.folder.as_ref()]
            .into_iter()
            .flatten()
            .collect()
    }

    /// The settings among the arguments.
    pub fn flags(&self) -> Flags {
        let global = &self.global;
        Flags {
            folder: self.folders().first().map(|folder| (*folder).clone()),
            model: global.model.clone(),
            engine: global.engine.clone(),
            persona: global.persona.clone(),
            offline: global.offline,
            no_color: global.no_color,
            theme: global.theme.clone(),
            color: global.color.clone(),
            ascii: global.ascii,
            set: global.set.clone(),
            config: global.config.clone(),
        }
    }
}
