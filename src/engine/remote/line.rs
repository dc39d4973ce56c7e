//! The line to a remote engine: one request at a time on a thread of its own, so that whoever waits
//! for an answer can go away at any moment; the connection is closed then, and the server stops.

use std::{
    cell::{Cell, RefCell},
    ffi::OsString,
    io::{self, BufRead as _, BufReader, Read},
    rc::Rc,
    sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    thread,
    time::Duration,
};

use serde_json::Value;
use ureq::{
    Agent, Body,
    http::Response,
    tls::{RootCerts, TlsConfig},
};

use super::{
    Endpoint,
    fault::{Access, Sort, Trouble},
    key::{Keys, Secret},
};
use crate::engine::pull::Proxies;

/// How long a server may be silent, in seconds: a long prompt on a slow machine takes minutes.
const PATIENCE: u64 = 300;
/// The longest that may be asked for.
const MOST_PATIENCE: u64 = 86_400;
/// The variable that asks for another.
pub(in crate::engine) const PATIENCE_VARIABLE: &str = "CHIMERA_INSIGHT_ENGINE_TIMEOUT";
/// A server that is not there must be noticed quickly.
const CONNECT: Duration = Duration::from_secs(10);
/// How often whoever waits is asked whether it still wants to.
const ASK_AGAIN: Duration = Duration::from_millis(20);
/// Longest line of an answer in bytes: what sends without an end must not fill the memory.
const LONGEST_LINE: u64 = 1 << 20;
/// Most bytes of a whole answer: a list of models, or tokens of a prompt.
const LONGEST_ANSWER: u64 = 32 << 20;
/// Most bytes of a stream: no answer of a model is as long.
const LONGEST_STREAM: u64 = 256 << 20;
/// Bytes of an error that are read.
const LONGEST_ERROR: u64 = 64 << 10;
/// Lines that wait to be taken; a reader that is slow holds the server up.
const WAITING_LINES: usize = 64;
/// What servers are told.
const AGENT: &str = concat!("chimera-insight/", env!("CARGO_PKG_VERSION"));

/// What reaches whoever waits.
enum Part {
    Text(String),
    End,
    Failed(Trouble),
}

/// How an answer is read.
#[derive(Clone, Copy)]
enum Reading {
    Whole,
    Lines,
}

/// The agent that calls share: a connection that was read to its end serves the next one.
type SharedAgent = Rc<RefCell<Option<Agent>>>;

/// A line to one endpoint.
pub(super) struct Line {
    pub endpoint: Endpoint,
    keys: Keys,
    proxies: Proxies,
    patience: u64,
    agent: SharedAgent,
    /// A bare system has no certificates: those of Mozilla's list do then.
    is_bare: Cell<bool>,
}

impl Line {
    pub fn of(endpoint: &Endpoint, environment: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, Trouble> {
        let lasting = |reason: String| Trouble::new(Sort::Lasting, reason, "");
        let set = |name: &str| {
            let value = environment(name)?.into_string().ok()?.trim().to_owned();
            Some(value).filter(|value| !value.is_empty())
        };
        let keys = Keys::of(endpoint, environment)
            .map_err(|name| lasting(format!("{name} holds no key: it has signs that none has")))?;
        let patience = match set(PATIENCE_VARIABLE) {
            None => PATIENCE,
            Some(text) => {
                let seconds = text.parse().ok().filter(|seconds| (1..=MOST_PATIENCE).contains(seconds));
                let wrong = format!("{PATIENCE_VARIABLE} must be whole seconds, 1 to {MOST_PATIENCE}");
                seconds.ok_or_else(|| lasting(wrong))?
            }
        };
        Ok(Self {
            endpoint: endpoint.clone(),
            keys,
            proxies: Proxies::of(&set).map_err(|error| lasting(error.to_string()))?,
            patience,
            agent: SharedAgent::default(),
            is_bare: Cell::new(false),
        })
    }

    /// A whole answer as JSON. `goes_on` is asked again and again meanwhile.
    pub fn ask(
        &self,
        path: &str,
        body: Option<&Value>,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<Value, Trouble> {
        let mut asked = self.text(path, body, goes_on);
        if asked.as_ref().is_err_and(|trouble| trouble.reason.contains("No CA certificates")) {
            self.is_bare.set(true);
            self.agent.take();
            asked = self.text(path, body, goes_on);
        }
        let text = asked?;
        serde_json::from_str(&text).map_err(|_| Trouble::garbage(&text))
    }

    fn text(
        &self,
        path: &str,
        body: Option<&Value>,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<String, Trouble> {
        let mut call = self.start(path, body, Reading::Whole)?;
        let mut text = String::new();
        while let Some(part) = call.next(goes_on)? {
            text.push_str(&part);
        }
        Ok(text)
    }

    /// An answer line by line, as it comes.
    pub fn stream(&self, path: &str, body: &Value) -> Result<Call, Trouble> {
        self.start(path, Some(body), Reading::Lines)
    }

    fn start(&self, path: &str, body: Option<&Value>, reading: Reading) -> Result<Call, Trouble> {
        let agent = self.agent.borrow_mut().get_or_insert_with(|| self.new_agent()).clone();
        let (sender, parts) = mpsc::sync_channel(WAITING_LINES);
        let request = Request {
            agent,
            address: self.endpoint.below(path),
            body: body.map(Value::to_string),
            secret: self.keys.secret.clone(),
            access: match (&self.keys.secret, self.keys.is_withheld) {
                (_, true) => Access::Withheld,
                (Some(_), false) => Access::Sent,
                (None, false) => Access::None,
            },
            patience: self.patience,
            reading,
        };
        let thread = thread::Builder::new().name("endpoint".into());
        let spawned = thread.spawn(move || {
            let end = request.run(&sender).map_or_else(Part::Failed, |()| Part::End);
            // Whoever waited may be gone.
            let _ = sender.send(end);
        });
        let trouble =
            |error: io::Error| Trouble::new(Sort::Lasting, format!("no thread for it: {error}"), "");
        spawned.map_err(trouble)?;
        Ok(Call { parts, agent: self.agent.clone(), is_over: false })
    }

    fn new_agent(&self) -> Agent {
        let patience = Some(Duration::from_secs(self.patience));
        let certificates = if self.is_bare.get() { RootCerts::WebPki } else { RootCerts::PlatformVerifier };
        let proxy = self.endpoint.below("/").parse().ok().and_then(|uri| self.proxies.proxy_for(&uri));
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // What is on this machine is reached without a detour that could read it.
            .proxy(proxy.filter(|_| !self.endpoint.is_this_machine()))
            .user_agent(AGENT)
            .tls_config(TlsConfig::builder().root_certs(certificates).build())
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(patience)
            .timeout_per_read(patience)
            .build();
        config.into()
    }
}

/// An answer on its way. Dropping it closes the connection.
pub(super) struct Call {
    parts: Receiver<Part>,
    agent: SharedAgent,
    is_over: bool,
}

impl Call {
    /// The next part; `None` at the end.
    pub fn next(&mut self, goes_on: &mut dyn FnMut() -> bool) -> Result<Option<String>, Trouble> {
        if self.is_over {
            return Ok(None);
        }
        loop {
            let part = match self.parts.recv_timeout(ASK_AGAIN) {
                Ok(part) => part,
                Err(RecvTimeoutError::Timeout) if goes_on() => continue,
                Err(RecvTimeoutError::Timeout) => return Err(Trouble::cancelled()),
                Err(RecvTimeoutError::Disconnected) => return Err(Trouble::broken_off()),
            };
            return match part {
                Part::Text(text) => Ok(Some(text)),
                Part::End => {
                    self.is_over = true;
                    Ok(None)
                }
                Part::Failed(trouble) => {
                    self.is_over = true;
                    Err(trouble)
                }
            };
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.is_over
            && let Some(agent) = self.agent.take()
        {
            agent.shutdown();
        }
    }
}

/// A request with all that its thread needs.
struct Request {
    agent: Agent,
    address: String,
    body: Option<String>,
    secret: Option<Secret>,
    access: Access,
    patience: u64,
    reading: Reading,
}

impl Request {
    fn run(&self, parts: &SyncSender<Part>) -> Result<(), Trouble> {
        let response = self.send().map_err(|error| Trouble::of(&error, self.patience))?;
        let status = response.status().as_u16();
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        if response.status().is_redirection() {
            return Err(Trouble::redirect(status, &header("location")));
        }
        let is_page = header("content-type").starts_with("text/html");
        if !response.status().is_success() {
            let message = if is_page { String::new() } else { self.message(response) };
            return Err(Trouble::of_status(status, &message, self.access));
        }
        if is_page {
            let hint = "is it a model server, or a login of the network?";
            return Err(Trouble::new(Sort::NotThere, "it answers with a web page", hint));
        }
        let body = response.into_body().into_reader();
        match self.reading {
            Reading::Whole => self.whole(body, parts),
            Reading::Lines => self.lines(body, parts),
        }
    }

    fn send(&self) -> Result<Response<Body>, ureq::Error> {
        let key = self.secret.as_ref().map(Secret::header);
        match &self.body {
            None => {
                let request = self.agent.get(&self.address).header("accept", "application/json");
                key.iter().fold(request, |request, key| request.header("authorization", key)).call()
            }
            Some(body) => {
                let request = self.agent.post(&self.address).header("content-type", "application/json");
                key.iter().fold(request, |request, key| request.header("authorization", key)).send(body)
            }
        }
    }

    /// What the server says about its refusal.
    fn message(&self, response: Response<Body>) -> String {
        let mut text = Vec::new();
        // What came until the line broke is as good.
        let _ = response.into_body().into_reader().take(LONGEST_ERROR).read_to_end(&mut text);
        let text = String::from_utf8_lossy(&text);
        let message = serde_json::from_str(&text).ok().and_then(|json: Value| error_of(&json));
        self.without_key(&message.unwrap_or_else(|| text.into_owned()))
    }

    /// Servers repeat what they were sent.
    fn without_key(&self, text: &str) -> String {
        self.secret.as_ref().map_or_else(|| text.to_owned(), |secret| secret.cut_from(text))
    }

    fn whole(&self, body: impl Read, parts: &SyncSender<Part>) -> Result<(), Trouble> {
        let mut bytes = Vec::new();
        let read = body.take(LONGEST_ANSWER + 1).read_to_end(&mut bytes);
        read.map_err(|error| Trouble::of_io(&error, self.patience))?;
        if bytes.len() as u64 > LONGEST_ANSWER {
            return Err(too_much());
        }
        // Whoever waited may be gone.
        let _ = parts.send(Part::Text(self.without_key(&String::from_utf8_lossy(&bytes))));
        Ok(())
    }

    fn lines(&self, body: impl Read, parts: &SyncSender<Part>) -> Result<(), Trouble> {
        let mut body = BufReader::new(body.take(LONGEST_STREAM));
        let mut sum = 0;
        loop {
            let mut line = Vec::new();
            let read = body.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
            let read = read.map_err(|error| Trouble::of_io(&error, self.patience))? as u64;
            sum += read;
            if read == 0 {
                return if sum >= LONGEST_STREAM { Err(too_much()) } else { Ok(()) };
            }
            if read >= LONGEST_LINE {
                return Err(too_much());
            }
            let line = self.without_key(String::from_utf8_lossy(&line).trim());
            if !line.is_empty() && parts.send(Part::Text(line)).is_err() {
                return Ok(());
            }
        }
    }
}

fn too_much() -> Trouble {
    Trouble::new(Sort::Lasting, "its answer has no end that could be read", "is it a model server?")
}

/// The message of an error as the servers shape it.
pub(super) fn error_of(json: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let error = json.get("error").filter(|error| !error.is_null());
    error
        .and_then(|error| text(error).or_else(|| error.get("message").and_then(text)))
        .or_else(|| error.map(Value::to_string))
        .or_else(|| {
            json.get("object").filter(|kind| *kind == "error").and(json.get("message")).and_then(text)
        })
        .or_else(|| json.get("detail").map(|detail| text(detail).unwrap_or_else(|| detail.to_string())))
}
