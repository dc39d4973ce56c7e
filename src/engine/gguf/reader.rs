//! Bytes to keys and tensors. Every count is bounded, nothing is allocated for a count that
//! the file merely claims, and every complaint names the byte where it is.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    io::{ErrorKind, Read},
};

/// Keys of a file; real ones have some forty.
const MAX_KEYS: u64 = 65_536;
/// Tensors of a file; the largest real ones have some thousands.
const MAX_TENSORS: u64 = 65_536;
/// Tokens of a vocabulary; real ones have at most some 300,000.
const MAX_TOKENS: u64 = 4 << 20;
/// Longest key, as the specification says.
const MAX_KEY: u64 = 65_535;
/// Longest string kept; longer ones are read over.
const MAX_TEXT: u64 = 1 << 20;
/// Longest token, in bytes.
const MAX_TOKEN: u64 = 65_535;
/// Numbers of an array that are kept (head counts by layer); the rest is counted.
const KEPT_NUMBERS: usize = 1024;
/// Most dimensions of a tensor.
const MAX_DIMENSIONS: u32 = 4;
/// The key of what tensor data is aligned to, and the only type that it may have.
pub(super) const ALIGNMENT: &str = "general.alignment";
const UNSIGNED: u32 = 4;
/// The key of the vocabulary.
pub(super) const TOKENS: &str = "tokenizer.ggml.tokens";

/// A value, as far as it is of use.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Integer(i128),
    Float(f64),
    Text(String),
    /// Its length and its first numbers.
    Array(u64, Vec<i128>),
}

impl Value {
    pub(super) fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Integer(value) => u64::try_from(*value).ok(),
            _ => None,
        }
    }
}

/// A tensor's entry.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tensor {
    pub(super) name: String,
    pub(super) shape: Vec<u64>,
    pub(super) kind: u32,
    pub(super) offset: u64,
}

/// A file's header, not yet judged.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) keys: HashMap<String, Value>,
    pub(super) tensors: Vec<Tensor>,
    /// A token that stands twice in the vocabulary.
    pub(super) twice: Option<String>,
    /// Where the header ends.
    pub(super) end: u64,
    /// Bytes of the file.
    pub(super) bytes: u64,
}

/// Reads a header from a file of `bytes` bytes.
pub(super) fn read(input: impl Read, bytes: u64) -> Result<Raw, String> {
    let mut reader = Reader { input, at: 0, bytes };
    reader.magic()?;
    let mut raw = Raw { bytes, ..Raw::default() };
    let tensors = reader.count("tensors", MAX_TENSORS)?;
    let keys = reader.count("keys", MAX_KEYS)?;
    for _ in 0..keys {
        let key = reader.text("a key", MAX_KEY)?;
        let kind = reader.u32()?;
        // llama.cpp takes it for a number of 32 bits without a look, and aborts.
        if key == ALIGNMENT && kind != UNSIGNED {
            return Err(format!("the key `{ALIGNMENT}` has the type {kind} before byte {}", reader.at));
        }
        let value = if key == TOKENS {
            let (count, twice) = reader.vocabulary(kind)?;
            raw.twice = twice;
            Value::Array(count, Vec::new())
        } else {
            reader.value(kind, &key)?
        };
        if raw.keys.insert(key.clone(), value).is_some() {
            return Err(format!("the key `{key}` stands twice, again before byte {}", reader.at));
        }
    }
    for _ in 0..tensors {
        raw.tensors.push(reader.tensor()?);
    }
    raw.end = reader.at;
    Ok(raw)
}

struct Reader<R> {
    input: R,
    at: u64,
    bytes: u64,
}

impl<R: Read> Reader<R> {
    fn magic(&mut self) -> Result<(), String> {
        let mut head = Vec::new();
        self.input.by_ref().take(8).read_to_end(&mut head).map_err(|error| error.to_string())?;
        self.at = head.len() as u64;
        let other =
            match head.as_slice() {
                [] => "the file is empty",
                [b'G', b'G', b'U', b'F', version @ ..] => {
                    let Ok(version) = <[u8; 4]>::try_from(version) else { return Err(self.cut_off()) };
                    return match u32::from_le_bytes(version) {
                        2 | 3 => Ok(()),
                        1 => Err("it has version 1 of the format, which is no longer read; convert it again"
                            .into()),
                        _ if matches!(u32::from_be_bytes(version), 1..=3) => {
                            Err("it is made for big-endian machines".into())
                        }
                        version => Err(format!("it has version {version} of the format; 2 and 3 are known")),
                    };
                }
                [b'v', b'e', b'r', b's', b'i', b'o', b'n', b' '] => {
                    "it is a pointer of Git LFS, not the model; fetch the file itself with `git lfs pull`"
                }
                [b'<', ..] => "it is a web page, not a model; the download asked for a login or failed",
                [b'P', b'K', ..] => "it is a zip archive; unpack it first",
                [_, _, _, _, _, 0, 0, 0] => "it looks like a safetensors file; convert it to GGUF first",
                _ => "it does not begin with `GGUF`",
            };
        Err(other.into())
    }

    fn cut_off(&self) -> String {
        format!("it is cut off: the header goes on after its end at byte {}", self.bytes.max(self.at))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => self.cut_off(),
            _ => format!("cannot read on after byte {}: {error}", self.at),
        })?;
        self.at += N as u64;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, String> {
        self.array().map(u64::from_le_bytes)
    }

    fn count(&mut self, what: &str, most: u64) -> Result<u64, String> {
        let count = self.u64()?;
        if count > most {
            return Err(format!(
                "it claims {count} {what} before byte {}; at most {most} are believed",
                self.at
            ));
        }
        Ok(count)
    }

    fn skip(&mut self, count: u64) -> Result<(), String> {
        if count > self.bytes.saturating_sub(self.at) {
            return Err(self.cut_off());
        }
        let copied = std::io::copy(&mut self.input.by_ref().take(count), &mut std::io::sink());
        let copied = copied.map_err(|error| format!("cannot read on after byte {}: {error}", self.at))?;
        self.at += copied;
        if copied < count { Err(self.cut_off()) } else { Ok(()) }
    }

    /// The bytes of a string of at most `most` bytes.
    fn string(&mut self, what: &str, most: u64) -> Result<Vec<u8>, String> {
        let length = self.u64()?;
        if length > most {
            return Err(format!(
                "{what} before byte {} claims {length} bytes; at most {most} are believed",
                self.at
            ));
        }
        self.bytes(length)
    }

    /// So many bytes; the memory grows with what is there.
    fn bytes(&mut self, length: u64) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let got = self.input.by_ref().take(length).read_to_end(&mut bytes);
        let got = got.map_err(|error| format!("cannot read on after byte {}: {error}", self.at))? as u64;
        self.at += got;
        if got < length { Err(self.cut_off()) } else { Ok(bytes) }
    }

    fn text(&mut self, what: &str, most: u64) -> Result<String, String> {
        self.string(what, most).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A value of a kind; its key for the complaint.
    fn value(&mut self, kind: u32, key: &str) -> Result<Value, String> {
        Ok(match kind {
            6 => Value::Float(f64::from(f32::from_le_bytes(self.array()?))),
            12 => Value::Float(f64::from_le_bytes(self.array()?)),
            8 => {
                let length = self.u64()?;
                if length > MAX_TEXT {
                    self.skip(length)?;
                    return Ok(Value::Text(String::new()));
                }
                Value::Text(String::from_utf8_lossy(&self.bytes(length)?).into_owned())
            }
            9 => self.array_value(key)?,
            _ => Value::Integer(self.integer(kind, key)?),
        })
    }

    fn integer(&mut self, kind: u32, key: &str) -> Result<i128, String> {
        Ok(match kind {
            0 | 7 => i128::from(self.array::<1>()?[0]),
            1 => i128::from(i8::from_le_bytes(self.array()?)),
            2 => i128::from(u16::from_le_bytes(self.array()?)),
            3 => i128::from(i16::from_le_bytes(self.array()?)),
            4 => i128::from(self.u32()?),
            5 => i128::from(i32::from_le_bytes(self.array()?)),
            10 => i128::from(self.u64()?),
            11 => i128::from(i64::from_le_bytes(self.array()?)),
            _ => return Err(format!("the key `{key}` has the unknown type {kind} before byte {}", self.at)),
        })
    }

    fn array_value(&mut self, key: &str) -> Result<Value, String> {
        let kind = self.u32()?;
        let count = self.u64()?;
        let size = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            // A string, 8, has at least its length.
            8 | 10..=12 => 8,
            _ => {
                return Err(format!(
                    "the key `{key}` has an array of the unknown type {kind} before byte {}",
                    self.at
                ));
            }
        };
        if count.saturating_mul(size) > self.bytes.saturating_sub(self.at) {
            return Err(self.cut_off());
        }
        let mut numbers = Vec::new();
        match kind {
            8 => {
                for _ in 0..count {
                    let length = self.u64()?;
                    self.skip(length)?;
                }
            }
            6 | 12 => self.skip(count * size)?,
            _ => {
                let kept = count.min(KEPT_NUMBERS as u64);
                for _ in 0..kept {
                    numbers.push(self.integer(kind, key)?);
                }
                self.skip((count - kept) * size)?;
            }
        }
        Ok(Value::Array(count, numbers))
    }

    /// The vocabulary: its length, and a token that stands in it twice.
    fn vocabulary(&mut self, kind: u32) -> Result<(u64, Option<String>), String> {
        if kind != 9 || self.u32()? != 8 {
            return Err(format!("the vocabulary is no array of strings, before byte {}", self.at));
        }
        let count = self.count("tokens", MAX_TOKENS)?;
        let mut seen = std::collections::HashSet::new();
        let mut twice = None;
        for _ in 0..count {
            let token = self.string("a token", MAX_TOKEN)?;
            let mut hasher = DefaultHasher::new();
            token.hash(&mut hasher);
            if !seen.insert(hasher.finish()) {
                twice.get_or_insert_with(|| String::from_utf8_lossy(&token).into_owned());
            }
        }
        Ok((count, twice))
    }

    fn tensor(&mut self) -> Result<Tensor, String> {
        let name = self.text("a tensor's name", MAX_KEY)?;
        let dimensions = self.u32()?;
        if dimensions > MAX_DIMENSIONS {
            let at = self.at;
            return Err(format!("the tensor `{name}` claims {dimensions} dimensions before byte {at}"));
        }
        let shape = (0..dimensions).map(|_| self.u64()).collect::<Result<_, _>>()?;
        Ok(Tensor { name, shape, kind: self.u32()?, offset: self.u64()? })
    }
}
