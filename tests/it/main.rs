//! The program from the outside: its commands, its screen in a pty, real models.
//! One binary; a test that needs `../shared/data` is skipped where that is absent.

mod cases;
mod cli;
mod data;
mod engine;
mod pty;
mod readme;
mod real;
mod setup;
mod starts;
mod support;
mod tidy;
mod tiny_gguf;
mod watch;

fn main() -> std::process::ExitCode {
    if let Some(code) = pty::child() {
        return code;
    }
    support::run(vec![
        cases::tests(),
        cli::tests(),
        data::tests(),
        engine::tests(),
        pty::tests(),
        readme::tests(),
        real::tests(),
        setup::tests(),
        starts::tests(),
        tidy::tests(),
        tiny_gguf::tests(),
        watch::tests(),
    ])
}
