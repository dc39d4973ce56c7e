//! An HTTP server for one test: each request is answered by the test's own function, with
//! whatever faults it likes, and kept to be looked at.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use libtest_mimic::Failed;

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, `CONNECT`.
    pub method: String,
    /// Its path with the query, or what a proxy is asked to connect to.
    pub path: String,
    /// Its headers, names in small letters.
    pub headers: HashMap<String, String>,
    /// Its body, where it says how long it is.
    pub body: Vec<u8>,
}

impl Request {
    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
    /// Where the range asked for begins.
    pub fn from(&self) -> usize {
        let range = self.header("range").strip_prefix("bytes=").and_then(|range| range.strip_suffix('-'));
        range.and_then(|start| start.parse().ok()).unwrap_or(0)
    }
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// Bytes of the body after which the connection ends.
    cut: Option<usize>,
    /// The connection stays open after that, and says nothing more.
    is_held: bool,
    /// The body comes in so many pieces with a rest after each.
    pieces: Option<(usize, Duration)>,
}

impl Reply {
    /// An answer without a body.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
    /// A whole file.
    pub fn file(bytes: &[u8]) -> Self {
        Self { status: 200, body: bytes.to_vec(), ..Self::default() }
            .with("content-length", bytes.len().to_string())
    }
    /// A file from where it was asked for on.
    pub fn range(bytes: &[u8], request: &Request) -> Self {
        if !request.headers.contains_key("range") {
            return Self::file(bytes);
        }
        let from = request.from();
        let Some(rest) = bytes.get(from..).filter(|rest| !rest.is_empty()) else {
            return Self::status(416).with("content-range", format!("bytes */{}", bytes.len()));
        };
        Self { status: 206, ..Self::file(rest) }
            .with("content-range", format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len()))
    }
    /// Sends elsewhere.
    pub fn redirect(location: impl Into<String>) -> Self {
        Self::status(302).with("location", location.into())
    }
    /// One header more.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
    /// A body, however long the answer says that it is.
    pub fn body(self, bytes: &[u8]) -> Self {
        Self { body: bytes.to_vec(), ..self }
    }
    /// Another length than that of the body; a file with a range is part of one.
    pub fn length(mut self, bytes: usize) -> Self {
        self.headers.retain(|(name, _)| *name != "content-length");
        if self.headers.iter().any(|(name, _)| *name == "content-range") {
            self.status = 206;
        }
        self.with("content-length", bytes.to_string())
    }
    /// The connection ends early.
    pub fn cut(self, after: usize) -> Self {
        Self { cut: Some(after), ..self }
    }
    /// The connection falls silent.
    pub fn held(self, after: usize) -> Self {
        Self { cut: Some(after), is_held: true, ..self }
    }
    /// The body comes slowly.
    pub fn slowly(self, pieces: usize, rest: Duration) -> Self {
        Self { pieces: Some((pieces, rest)), ..self }
    }
}

/// The server; it ends with the value.
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    is_over: Arc<AtomicBool>,
}

type Answers = dyn Fn(usize, &Request) -> Reply + Send + Sync;

impl Server {
    /// Starts; `answers` gets the number of the request, from 0.
    pub fn start(answers: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Result<Self, Failed> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let server =
            Self { address: listener.local_addr()?, requests: Arc::default(), is_over: Arc::default() };
        let (requests, is_over) = (server.requests.clone(), server.is_over.clone());
        let answers: Arc<Answers> = Arc::new(answers);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let (requests, is_over, answers) = (requests.clone(), is_over.clone(), answers.clone());
                // A client that goes away is none of the server's business.
                thread::spawn(move || drop(serve(&stream, &requests, &is_over, &answers)));
            }
        });
        Ok(server)
    }

    /// `http://127.0.0.1:PORT`
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(
    stream: &TcpStream,
    requests: &Mutex<Vec<Request>>,
    is_over: &AtomicBool,
    answers: &Arc<Answers>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream.try_clone()?;
    loop {
        let Some(request) = read(&mut reader)? else { return Ok(()) };
        let number = {
            let mut requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
            requests.push(request.clone());
            requests.len() - 1
        };
        let reply = answers(number, &request);
        let is_tunnel = request.method == "CONNECT" && reply.status == 200;
        let mut head = format!("HTTP/1.1 {} Said\r\n", reply.status);
        for (name, value) in &reply.headers {
            head.extend([*name, ": ", value, "\r\n"]);
        }
        if !is_tunnel {
            head += "connection: close\r\n";
        }
        writer.write_all(head.as_bytes())?;
        writer.write_all(b"\r\n")?;
        // What follows in a tunnel is the request for its other end.
        if is_tunnel {
            continue;
        }
        let body = &reply.body[..reply.cut.unwrap_or(reply.body.len()).min(reply.body.len())];
        let (pieces, rest) = reply.pieces.unwrap_or((1, Duration::ZERO));
        for piece in body.chunks((body.len() / pieces).max(1)) {
            writer.write_all(piece)?;
            if !rest.is_zero() {
                thread::park_timeout(rest);
            }
        }
        while reply.is_held && !is_over.load(Ordering::Relaxed) {
            thread::park_timeout(Duration::from_millis(5));
        }
        return Ok(());
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Request { method, path, headers, body }))
}
