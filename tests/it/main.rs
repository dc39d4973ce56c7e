//! The program from the outside: its commands, its screen in a pty, real models.
//! One binary; a test that needs `../shared/data` is skipped where that is absent.

mod adapters;
mod analyze;
mod bench;
mod cases;
mod check;
mod cli;
mod compare;
mod data;
mod engine;
mod fuzz;
mod gate;
mod hostile;
mod long;
mod offload;
mod plain;
mod prefixes;
mod pty;
mod pull;
mod query;
mod readme;
mod real;
mod remote;
mod rules;
mod setup;
mod shapes;
mod starts;
mod support;
mod tidy;
mod tiny_gguf;
mod tour;
mod truth;
mod verify;
mod watch;

fn main() -> std::process::ExitCode {
    if let Some(code) = pty::child() {
        return code;
    }
    if let Some(code) = long::table().or_else(fuzz::table) {
        return code;
    }
    support::run(vec![
        adapters::tests(),
        analyze::tests(),
        bench::tests(),
        cases::tests(),
        check::tests(),
        cli::tests(),
        compare::tests(),
        data::tests(),
        engine::tests(),
        fuzz::tests(),
        gate::tests(),
        hostile::tests(),
        long::tests(),
        offload::tests(),
        plain::tests(),
        prefixes::tests(),
        pty::tests(),
        pull::tests(),
        query::tests(),
        readme::tests(),
        real::tests(),
        remote::tests(),
        rules::tests(),
        setup::tests(),
        shapes::tests(),
        starts::tests(),
        tidy::tests(),
        tiny_gguf::tests(),
        tour::tests(),
        truth::tests(),
        verify::tests(),
        watch::tests(),
    ])
}
