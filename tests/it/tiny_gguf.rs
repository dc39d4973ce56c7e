//! Makes tiny model files of architecture `gemma3`: a few megabytes, written in a moment,
//! with everything a real one has (sliding window, grouped heads, normed queries and keys,
//! the tokenizer with byte fallback, the ids of the special tokens), and on request broken
//! in a way that is met in the wild. The weights are noise from a fixed seed; where a reply
//! is wanted, the output matrix holds a table of which token follows which.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use chimera_insight::engine::gguf::{self, Header};
use libtest_mimic::{Failed, Trial};

use crate::support::{Outcome, tempdir, test};

/// What a scripted model says. Its last sign is no piece of the vocabulary: it comes as
/// four byte tokens, so that characters arrive split.
pub const REPLY: &str = "Hello from the tiny test model, no real weights here 🦀.";

const EMBEDDING: usize = 128;
const FEED_FORWARD: usize = 256;
const HEADS: usize = 2;
const HEAD_LENGTH: usize = 64;
/// Five layers look at the sliding window, the sixth at everything, as in the real ones.
const LAYERS: usize = 6;
const WINDOW: u32 = 64;
/// Tensor data begins, and each tensor begins, at a multiple of this.
const ALIGNMENT: usize = 32;

const PAD: usize = 0;
const EOS: usize = 1;
const BOS: usize = 2;
const UNKNOWN: usize = 3;
const START_OF_TURN: usize = 105;
const END_OF_TURN: usize = 106;
const NEWLINE: usize = 107;
const TWO_SPACES: usize = 138;
const CLOSING_S: usize = 212;
const FIRST_BYTE: usize = 238;
const FIRST_PIECE: usize = 494;

const TEMPLATE: &str = "{{ bos_token }}{% for m in messages %}{{ '<start_of_turn>' + \
     ('model' if m['role'] == 'assistant' else m['role']) + '\n' + (m['content'] | trim) + \
     '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}";

const WORDS: &str = "the of and to in is you that it he was for on are as with his they at be this have from or \
     one had by word but not what all were we when your can said there use an each which she do how their if \
     will up other about out many then them these so some her would make like him into time has look two more \
     write go see number no way could people my than first water been call who now find long down day did get \
     come made may part model tiny test hello code function return let user file line error help answer question";

/// What the model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Babbles at random.
    Random,
    /// Says the reply, then `<end_of_turn>`.
    Scripted,
    /// Says the reply over and over.
    Loop,
}

/// How a file is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// The last third is missing.
    Truncated,
    /// One token stands twice in the vocabulary: llama.cpp aborts.
    DuplicateToken,
    /// `gemma3.attention.layer_norm_rms_epsilon` is missing.
    NoEpsilon,
    /// The vocabulary has one token more than the embedding has rows.
    ExtraToken,
}

/// A model file to be made.
#[derive(Clone, Debug)]
pub struct Tiny {
    /// What it does.
    pub mode: Mode,
    /// What it says; no token of it may come twice.
    pub reply: String,
    /// The context length that its header states.
    pub context: u32,
    /// Has a chat template.
    pub template: bool,
    /// How it is broken, if at all.
    pub defect: Option<Defect>,
}

impl Tiny {
    /// A model that is as it should be.
    pub fn new(mode: Mode) -> Self {
        Self { mode, reply: REPLY.to_owned(), context: 2048, template: true, defect: None }
    }

    /// Writes it into `folder` and returns its path.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, Failed> {
        let path = folder.join("tiny-gemma3.gguf");
        fs::write(&path, self.bytes()?)?;
        Ok(path)
    }

    /// The file's bytes.
    pub fn bytes(&self) -> Result<Vec<u8>, Failed> {
        let vocabulary = Vocabulary::with_words_of(&self.reply);
        let mut tensors = Tensors::default();
        self.add_tensors(&vocabulary, &mut tensors)?;
        let metadata = self.metadata(&vocabulary);

        let mut file = b"GGUF".to_vec();
        file.extend(3_u32.to_le_bytes());
        file.extend((tensors.list.len() as u64).to_le_bytes());
        file.extend(metadata.count.to_le_bytes());
        file.extend(metadata.bytes);
        tensors.append_to(&mut file);
        if self.defect == Some(Defect::Truncated) {
            file.truncate(file.len() * 2 / 3);
        }
        Ok(file)
    }

    fn metadata(&self, vocabulary: &Vocabulary) -> Metadata {
        let mut tokens = vocabulary.tokens.clone();
        match self.defect {
            Some(Defect::ExtraToken) => {
                tokens.push(Token::new("<image_soft_token>", 0.0, TokenKind::Normal));
            }
            Some(Defect::DuplicateToken) => {
                let last = tokens.len() - 1;
                let twin = tokens[last - 1].text.clone();
                tokens[last].text = twin;
            }
            _ => {}
        }
        let mut all = Metadata::default();
        all.string("general.architecture", "gemma3");
        all.string("general.type", "model");
        all.string("general.name", "Tiny Gemma3 (test only)");
        all.string("general.license", "cc0-1.0");
        // 1 is "mostly F16" in the list of file types.
        all.u32("general.file_type", 1);
        all.u32("general.quantization_version", 2);
        all.u32("gemma3.context_length", self.context);
        all.u32("gemma3.embedding_length", EMBEDDING as u32);
        all.u32("gemma3.block_count", LAYERS as u32);
        all.u32("gemma3.feed_forward_length", FEED_FORWARD as u32);
        all.u32("gemma3.attention.head_count", HEADS as u32);
        all.u32("gemma3.attention.head_count_kv", 1);
        all.u32("gemma3.attention.key_length", HEAD_LENGTH as u32);
        all.u32("gemma3.attention.value_length", HEAD_LENGTH as u32);
        all.u32("gemma3.attention.sliding_window", WINDOW);
        if self.defect != Some(Defect::NoEpsilon) {
            all.f32("gemma3.attention.layer_norm_rms_epsilon", 1e-6);
        }
        all.f32("gemma3.rope.freq_base", 1_000_000.0);
        all.string("tokenizer.ggml.model", "llama");
        all.string("tokenizer.ggml.pre", "default");
        all.array("tokenizer.ggml.tokens", STRING, &tokens, |bytes, token| push_string(bytes, &token.text));
        all.array("tokenizer.ggml.scores", F32, &tokens, |bytes, token| {
            bytes.extend(token.score.to_le_bytes());
        });
        all.array("tokenizer.ggml.token_type", I32, &tokens, |bytes, token| {
            bytes.extend((token.kind as i32).to_le_bytes());
        });
        all.u32("tokenizer.ggml.bos_token_id", BOS as u32);
        // Real files name one or the other.
        let eos = if self.mode == Mode::Random { EOS } else { END_OF_TURN };
        all.u32("tokenizer.ggml.eos_token_id", eos as u32);
        all.u32("tokenizer.ggml.unknown_token_id", UNKNOWN as u32);
        all.u32("tokenizer.ggml.padding_token_id", PAD as u32);
        all.bool("tokenizer.ggml.add_bos_token", true);
        all.bool("tokenizer.ggml.add_eos_token", false);
        all.bool("tokenizer.ggml.add_space_prefix", false);
        if self.template {
            all.string("tokenizer.chat_template", TEMPLATE);
        }
        all
    }

    fn add_tensors(&self, vocabulary: &Vocabulary, tensors: &mut Tensors) -> Outcome {
        let mut noise = Noise(3);
        let scaled = |size: usize| 1.0 / (size as f32).sqrt();
        let rows = vocabulary.tokens.len();

        let mut embedding = noise.matrix(EMBEDDING, rows, 1.0);
        for row in embedding.chunks_mut(EMBEDDING) {
            let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
            for value in row {
                *value /= length;
            }
        }
        if self.mode != Mode::Random {
            let output = self.next_token_table(vocabulary, &embedding)?;
            tensors.halves("output.weight", [EMBEDDING, rows], &output);
        }
        tensors.halves("token_embd.weight", [EMBEDDING, rows], &embedding);
        tensors.floats("output_norm.weight", &[1.0; EMBEDDING]);

        // Attention and feed-forward do run, but where a reply is wanted the table decides.
        let damping = if self.mode == Mode::Random { 1.0 } else { 0.02 };
        let queries = HEADS * HEAD_LENGTH;
        for layer in 0..LAYERS {
            let name = |part: &str| format!("blk.{layer}.{part}.weight");
            let mut random = |part: &str, columns: usize, rows: usize| {
                let values = noise.matrix(columns, rows, scaled(columns));
                tensors.halves(&name(part), [columns, rows], &values);
            };
            random("attn_q", EMBEDDING, queries);
            random("attn_k", EMBEDDING, HEAD_LENGTH);
            random("attn_v", EMBEDDING, HEAD_LENGTH);
            random("attn_output", queries, EMBEDDING);
            random("ffn_gate", EMBEDDING, FEED_FORWARD);
            random("ffn_up", EMBEDDING, FEED_FORWARD);
            random("ffn_down", FEED_FORWARD, EMBEDDING);
            for part in ["attn_norm", "ffn_norm"] {
                tensors.floats(&name(part), &[1.0; EMBEDDING]);
            }
            for part in ["attn_q_norm", "attn_k_norm"] {
                tensors.floats(&name(part), &[1.0; HEAD_LENGTH]);
            }
            for part in ["post_attention_norm", "post_ffw_norm"] {
                tensors.floats(&name(part), &[damping; EMBEDDING]);
            }
        }
        Ok(())
    }

    /// The row of each token that may follow holds the embedding of the token before it.
    fn next_token_table(&self, vocabulary: &Vocabulary, embedding: &[f32]) -> Result<Vec<f32>, Failed> {
        let reply = vocabulary.tokens_of(&self.reply);
        if reply.is_empty() || reply.iter().collect::<HashSet<_>>().len() != reply.len() {
            return Err("a reply must not be empty nor use a token twice".into());
        }
        let last = if self.mode == Mode::Loop { reply[0] } else { END_OF_TURN };
        // A prompt in Gemma's format ends with a line break.
        let before = std::iter::once(NEWLINE).chain(reply.iter().copied());
        let after = reply.iter().copied().chain(std::iter::once(last));
        let mut table = vec![0.0; embedding.len()];
        for (before, after) in before.zip(after) {
            let from = &embedding[before * EMBEDDING..][..EMBEDDING];
            for (cell, value) in table[after * EMBEDDING..][..EMBEDDING].iter_mut().zip(from) {
                *cell += 3.0 * value;
            }
        }
        Ok(table)
    }
}

/// Numbers of the kinds of tokens in the format.
#[derive(Clone, Copy)]
enum TokenKind {
    Normal = 1,
    Control = 3,
    UserDefined = 4,
    Byte = 6,
}

#[derive(Clone)]
struct Token {
    text: String,
    score: f32,
    kind: TokenKind,
}

impl Token {
    fn new(text: impl Into<String>, score: f32, kind: TokenKind) -> Self {
        Self { text: text.into(), score, kind }
    }
}

/// The tokens below [`FIRST_PIECE`] have the ids of the real vocabulary.
struct Vocabulary {
    tokens: Vec<Token>,
    pieces: HashMap<String, usize>,
}

impl Vocabulary {
    fn with_words_of(reply: &str) -> Self {
        let mut unused =
            (0..).map(|number| Token::new(format!("<unused{number}>"), -1000.0, TokenKind::Control));
        let mut tokens: Vec<Token> =
            (0..FIRST_PIECE).filter_map(|id| special(id).or_else(|| unused.next())).collect();
        let mut pieces = HashMap::new();
        for (rank, piece) in pieces_of(reply).into_iter().enumerate() {
            pieces.insert(piece.clone(), tokens.len());
            // Earlier is better, as in the real one.
            tokens.push(Token::new(piece, -(rank as f32), TokenKind::Normal));
        }
        while !tokens.len().is_multiple_of(ALIGNMENT) {
            tokens.extend(unused.next());
        }
        Self { tokens, pieces }
    }

    /// The longest pieces there are, else bytes.
    fn tokens_of(&self, text: &str) -> Vec<usize> {
        let text = text.replace(' ', "▁");
        let mut rest = text.as_str();
        let mut ids = Vec::new();
        while let Some(first) = rest.chars().next() {
            let ends = rest.char_indices().map(|(at, sign)| at + sign.len_utf8());
            let longest = ends.filter_map(|end| Some((end, *self.pieces.get(&rest[..end])?))).next_back();
            let taken = if let Some((end, id)) = longest {
                ids.push(id);
                end
            } else {
                ids.extend(
                    rest.as_bytes()[..first.len_utf8()].iter().map(|byte| FIRST_BYTE + usize::from(*byte)),
                );
                first.len_utf8()
            };
            rest = &rest[taken..];
        }
        ids
    }
}

fn special(id: usize) -> Option<Token> {
    let (text, kind) = match id {
        PAD => ("<pad>".to_owned(), TokenKind::Control),
        EOS => ("<eos>".to_owned(), TokenKind::Control),
        BOS => ("<bos>".to_owned(), TokenKind::Control),
        UNKNOWN => ("<unk>".to_owned(), TokenKind::Control),
        START_OF_TURN => ("<start_of_turn>".to_owned(), TokenKind::Control),
        END_OF_TURN => ("<end_of_turn>".to_owned(), TokenKind::Control),
        NEWLINE..TWO_SPACES => ("\n".repeat(id - NEWLINE + 1), TokenKind::UserDefined),
        TWO_SPACES..168 => (" ".repeat(id - TWO_SPACES + 2), TokenKind::UserDefined),
        CLOSING_S => ("</s>".to_owned(), TokenKind::UserDefined),
        FIRST_BYTE..FIRST_PIECE => (format!("<0x{:02X}>", id - FIRST_BYTE), TokenKind::Byte),
        _ => return None,
    };
    let score = if matches!(kind, TokenKind::Byte) { 0.0 } else { -1000.0 };
    Some(Token { text, score, kind })
}

/// Every beginning of every word, so that the tokenizer's merges can reach it, then signs.
fn pieces_of(reply: &str) -> Vec<String> {
    let plain = |word: &str| word.trim_end_matches(['.', ',', '!', '?']).to_owned();
    let words = WORDS.split_whitespace().map(str::to_owned).chain(reply.split_whitespace().map(plain));
    let mut seen = HashSet::new();
    let mut pieces = Vec::new();
    for word in words.filter(|word| word.is_ascii()) {
        for form in [format!("▁{word}"), word] {
            let signs: Vec<char> = form.chars().collect();
            pieces.extend((2..=signs.len()).map(|length| signs[..length].iter().collect::<String>()));
        }
    }
    pieces.push("▁".to_owned());
    pieces.extend(('!'..='~').chain("éèüöäñçß£€".chars()).map(String::from));
    pieces.retain(|piece| seen.insert(piece.clone()));
    pieces
}

/// Numbers of the value types in the format.
const U32: u32 = 4;
const I32: u32 = 5;
const F32: u32 = 6;
const BOOL: u32 = 7;
const STRING: u32 = 8;
const ARRAY: u32 = 9;

#[derive(Default)]
struct Metadata {
    count: u64,
    bytes: Vec<u8>,
}

impl Metadata {
    fn key(&mut self, key: &str, kind: u32) {
        self.count += 1;
        push_string(&mut self.bytes, key);
        self.bytes.extend(kind.to_le_bytes());
    }
    fn string(&mut self, key: &str, value: &str) {
        self.key(key, STRING);
        push_string(&mut self.bytes, value);
    }
    fn u32(&mut self, key: &str, value: u32) {
        self.key(key, U32);
        self.bytes.extend(value.to_le_bytes());
    }
    fn f32(&mut self, key: &str, value: f32) {
        self.key(key, F32);
        self.bytes.extend(value.to_le_bytes());
    }
    fn bool(&mut self, key: &str, value: bool) {
        self.key(key, BOOL);
        self.bytes.push(u8::from(value));
    }
    fn array<T>(&mut self, key: &str, kind: u32, items: &[T], push: impl Fn(&mut Vec<u8>, &T)) {
        self.key(key, ARRAY);
        self.bytes.extend(kind.to_le_bytes());
        self.bytes.extend((items.len() as u64).to_le_bytes());
        for item in items {
            push(&mut self.bytes, item);
        }
    }
}

fn push_string(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}

/// Tensors: name, sizes (columns first), number of the element type, data.
#[derive(Default)]
struct Tensors {
    list: Vec<(String, Vec<usize>, u32, Vec<u8>)>,
}

impl Tensors {
    fn floats(&mut self, name: &str, values: &[f32]) {
        let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.list.push((name.to_owned(), vec![values.len()], 0, data));
    }

    fn halves(&mut self, name: &str, sizes: [usize; 2], values: &[f32]) {
        let data = values.iter().flat_map(|value| half(*value).to_le_bytes()).collect();
        self.list.push((name.to_owned(), sizes.to_vec(), 1, data));
    }

    fn append_to(&self, file: &mut Vec<u8>) {
        let mut offset = 0;
        for (name, sizes, kind, data) in &self.list {
            push_string(file, name);
            file.extend((sizes.len() as u32).to_le_bytes());
            for size in sizes {
                file.extend((*size as u64).to_le_bytes());
            }
            file.extend(kind.to_le_bytes());
            file.extend((offset as u64).to_le_bytes());
            offset += data.len().next_multiple_of(ALIGNMENT);
        }
        for (.., data) in &self.list {
            file.resize(file.len().next_multiple_of(ALIGNMENT), 0);
            file.extend(data);
        }
        file.resize(file.len().next_multiple_of(ALIGNMENT), 0);
    }
}

/// A float as a half, cut towards zero; what is too small for a normal half becomes zero.
fn half(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 16) as u16 & 0x8000;
    match (bits >> 23) & 0xff {
        ..113 => sign,
        143.. => sign | 0x7c00,
        exponent => sign | ((exponent - 112) << 10) as u16 | ((bits >> 13) & 0x3ff) as u16,
    }
}

/// `splitmix64`: the same noise everywhere.
struct Noise(u64);

impl Noise {
    /// Between 0 and 1, neither included.
    fn uniform(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 41) as f32 / (1_u32 << 23) as f32 + f32::EPSILON
    }

    /// Normal noise by Box and Muller.
    fn matrix(&mut self, columns: usize, rows: usize, deviation: f32) -> Vec<f32> {
        let mut one = || {
            let radius = (-2.0 * self.uniform().min(1.0).ln()).sqrt();
            deviation * radius * (std::f32::consts::TAU * self.uniform()).cos()
        };
        (0..columns * rows).map(|_| one()).collect()
    }
}

fn header_of(tiny: &Tiny) -> Result<Header, Failed> {
    let folder = tempdir()?;
    Ok(gguf::read(&tiny.write(folder.path())?)?)
}

pub fn tests() -> Vec<Trial> {
    vec![
        test("tiny gguf: the same bytes each time", || {
            let tiny = Tiny::new(Mode::Scripted);
            let bytes = tiny.bytes()?;
            assert_eq!(&bytes[..4], b"GGUF");
            assert!(bytes == tiny.bytes()?);
            assert!(bytes.len() < 4 << 20, "{} bytes", bytes.len());
            Ok(())
        }),
        test("tiny gguf: a reply that repeats a token is refused", || {
            let tiny = Tiny { reply: "the the".to_owned(), ..Tiny::new(Mode::Scripted) };
            // "the" at the start and " the" after it are two tokens; a third repeats one.
            assert!(tiny.bytes().is_ok());
            assert!(Tiny { reply: "the the the".to_owned(), ..tiny }.bytes().is_err());
            Ok(())
        }),
        test("tiny gguf: the program accepts the whole ones", || {
            for (mode, tensors) in [(Mode::Random, 80), (Mode::Scripted, 81), (Mode::Loop, 81)] {
                let header = header_of(&Tiny { context: 512, ..Tiny::new(mode) })?;
                assert_eq!(header.faults, Vec::<String>::new());
                assert_eq!((header.arch.as_str(), header.quantization.as_str()), ("gemma3", "F16"));
                assert_eq!((header.context_train, header.layers, header.tensors), (512, 6, tensors));
                assert!(header.has_template);
            }
            let bare = header_of(&Tiny { template: false, ..Tiny::new(Mode::Random) })?;
            assert!(!bare.has_template && bare.faults.is_empty());
            Ok(())
        }),
        test("tiny gguf: the program names what is broken", || {
            for (defect, word) in [
                (Defect::Truncated, "cut off"),
                (Defect::DuplicateToken, "twice"),
                (Defect::NoEpsilon, "layer_norm_rms_epsilon"),
                (Defect::ExtraToken, "tokens"),
            ] {
                let header = header_of(&Tiny { defect: Some(defect), ..Tiny::new(Mode::Scripted) })?;
                let [fault] = header.faults.as_slice() else {
                    return Err(format!("{defect:?}: not one fault: {:?}", header.faults).into());
                };
                assert!(fault.contains(word), "{defect:?}: {fault}");
            }
            Ok(())
        }),
    ]
}
