//! Evaluated prompts on disk: what a model has read once is read back in milliseconds, by the
//! next process too.
//!
//! A file is llama.cpp's own, of one sequence. In the place of its tokens stand a head of ours,
//! the tokens, and what the model expects behind the last of them. Its name begins with what
//! it was evaluated by (model, settings, build, devices: another one never sees it) and ends with a
//! checksum of its bytes. Nothing here is an error: a file that cannot be read is evaluated anew, one
//! that cannot be written costs a line in the log.

use std::{
    ffi::OsStr,
    fmt::Write as _,
    fs::{self, DirBuilder, File},
    io::{self, Read as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use llama_cpp_2::{context::LlamaContext, token::LlamaToken};
use sha2::{Digest as _, Sha256};

use super::session::SEQUENCE;
use crate::engine::{Keeping, Saved};

/// Of every file. A part that its writer left unfinished has another.
const EXTENSION: &str = "prefix";
const PART: &str = "part";
/// A part that is older has no writer any more.
const ABANDONED: Duration = Duration::from_hours(1);
/// llama.cpp's magic, its version, and how many words follow in the place of tokens.
const FRONT: usize = 3;
/// Words of our head: what it is, tokens, seam, settled, expectations; then the key.
const HEAD: usize = 5 + KEY;
const KEY: usize = 8;
/// `CIP` and the version of the head.
const MAGIC: i32 = 0x4349_5001;
/// Hexadecimal digits of the key and of the checksum in a name.
const KEY_DIGITS: usize = 16;
/// More tokens than any context has: a longer file is not ours.
const MOST_WORDS: usize = 4 << 20;
/// Bytes read at once for a checksum.
const CHUNK: usize = 1 << 20;
/// A file of the same beginning gives way to a newer one when so much of that is in it: the
/// folder that both tell of has gone on.
const SUPERSEDED: f64 = 0.75;

/// A prompt that was evaluated.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prompt {
    pub(super) tokens: Vec<LlamaToken>,
    /// Where the part ends that calls share.
    pub(super) seam: usize,
    /// How many tokens from the start may be built on.
    pub(super) settled: usize,
    /// What the model expects behind the last.
    pub(super) expected: Vec<f32>,
}

/// The folder, for one session.
pub(super) struct Shelf {
    keeping: Keeping,
    key: [u8; 4 * KEY],
    /// Bytes that a token takes, about.
    token_bytes: u64,
}

impl Shelf {
    /// `settings` is all that the numbers of a prompt depend on beside the model's file and the
    /// build of the program. `None` where one of these cannot be looked at.
    pub(super) fn open(keeping: &Keeping, model: &Path, settings: &str, token_bytes: u64) -> Option<Self> {
        let mut hasher = Sha256::new();
        // The program stands for the llama.cpp in it. Each write to a file changes its times, and
        // the later of them nobody can set back: no other bytes go by this name.
        for path in [model, &std::env::current_exe().ok()?] {
            let of = fs::metadata(path).ok()?;
            let stamp =
                (of.dev(), of.ino(), of.size(), of.mtime(), of.mtime_nsec(), of.ctime(), of.ctime_nsec());
            hasher.update(format!("{stamp:?}"));
        }
        hasher.update(settings);
        let key = hasher.finalize().into();
        Some(Self { keeping: keeping.clone(), key, token_bytes })
    }

    /// The kept prompt for which `worth` is most, and how much that is.
    pub(super) fn best(&self, worth: impl Fn(&Prompt) -> usize) -> Option<(PathBuf, usize)> {
        let prompts = self.own().filter_map(|path| Some((worth(&self.look_at(&path)?), path)));
        prompts.max_by_key(|(worth, _)| *worth).map(|(worth, path)| (path, worth))
    }

    /// Takes a kept prompt into an empty context. One that is damaged is removed.
    pub(super) fn load(&self, path: &Path, context: &mut LlamaContext<'_>) -> Option<Prompt> {
        let is_whole = checksum(path).ok().is_some_and(|sum| name_of(path).ends_with(&sum));
        let prompt = is_whole
            .then(|| context.state_seq_load_file(path, SEQUENCE, MOST_WORDS).ok())
            .flatten()
            .and_then(|(words, _)| self.parse(&words.iter().map(|word| word.0).collect::<Vec<_>>()));
        if prompt.is_none() {
            tracing::warn!("the kept prompt {} is damaged and is removed", path.display());
            context.clear_kv_cache();
            let _ = fs::remove_file(path);
            return None;
        }
        // The least recently used go first.
        let used =
            File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
        if let Err(error) = used {
            tracing::warn!("cannot mark {} as used: {error}", path.display());
        }
        prompt
    }

    /// Keeps a prompt of which the context holds nothing else.
    pub(super) fn save(&self, prompt: &Prompt, context: &LlamaContext<'_>) -> Option<Saved> {
        if self.token_bytes.saturating_mul(prompt.tokens.len() as u64) > self.keeping.bytes {
            return None;
        }
        let saved = self.write(prompt, context);
        if let Err(error) = &saved {
            tracing::warn!("cannot keep a prompt in {}: {error}", self.keeping.folder.display());
        }
        self.make_room(saved.as_ref().ok().map(|saved| saved.file.as_path()), prompt);
        saved.ok()
    }

    fn write(&self, prompt: &Prompt, context: &LlamaContext<'_>) -> io::Result<Saved> {
        // What a prompt says is nobody else's business.
        DirBuilder::new().recursive(true).mode(0o700).create(&self.keeping.folder)?;
        let suffix = format!(".{PART}");
        let part =
            tempfile::Builder::new().prefix("new-").suffix(&suffix).tempfile_in(&self.keeping.folder)?;
        context
            .state_seq_save_file(part.path(), SEQUENCE, &self.words(prompt))
            .map_err(|error| io::Error::other(error.to_string()))?;
        let bytes = part.path().metadata()?.len();
        let name = format!("{}-{}", self.digits(), checksum(part.path())?);
        let file = self.keeping.folder.join(name).with_extension(EXTENSION);
        part.persist(&file)?;
        Ok(Saved { file, bytes })
    }

    /// Removes what the new file makes superfluous, then the least recently used until the
    /// rest is within the limit.
    fn make_room(&self, new: Option<&Path>, prompt: &Prompt) {
        if new.is_some() {
            let is_old = |path: &PathBuf| {
                Some(path.as_path()) != new
                    && self.look_at(path).is_some_and(|old| {
                        let same = old.tokens.iter().zip(&prompt.tokens).take_while(|(old, new)| old == new);
                        same.count() as f64 > SUPERSEDED * old.tokens.len() as f64
                    })
            };
            self.own().filter(is_old).for_each(|path| drop(fs::remove_file(path)));
        }
        let mut kept: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for path in files(&self.keeping.folder) {
            let Ok(of) = fs::symlink_metadata(&path) else { continue };
            let modified = of.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            if path.extension() == Some(OsStr::new(EXTENSION)) {
                kept.push((modified, of.len(), path));
            } else if path.extension() == Some(OsStr::new(PART))
                && modified.elapsed().is_ok_and(|age| age > ABANDONED)
            {
                let _ = fs::remove_file(path);
            }
        }
        kept.sort();
        let mut bytes: u64 = kept.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, size, path) in kept {
            if bytes <= self.keeping.bytes {
                break;
            }
            let _ = fs::remove_file(path);
            bytes -= size;
        }
    }

    /// The files of this session's key.
    fn own(&self) -> impl Iterator<Item = PathBuf> {
        let begin = format!("{}-", self.digits());
        let is_whole = |path: &PathBuf| path.extension() == Some(OsStr::new(EXTENSION));
        files(&self.keeping.folder).filter(is_whole).filter(move |path| name_of(path).starts_with(&begin))
    }

    fn digits(&self) -> String {
        hexadecimal(&self.key)
    }

    /// What a file holds, without the evaluated state. Nothing of it is believed yet.
    fn look_at(&self, path: &Path) -> Option<Prompt> {
        let mut file = File::open(path).ok()?;
        let words = |file: &mut File, count: usize| {
            let mut bytes = vec![0; 4 * count];
            file.read_exact(&mut bytes).ok()?;
            let words = bytes.chunks_exact(4).flat_map(<[u8; 4]>::try_from).map(i32::from_le_bytes);
            Some(words.collect::<Vec<i32>>())
        };
        let front = words(&mut file, FRONT)?;
        let count = usize::try_from(*front.get(2)?).ok()?;
        let limit = usize::try_from(file.metadata().ok()?.len() / 4).ok()?;
        (count <= limit.min(MOST_WORDS))
            .then(|| words(&mut file, count))
            .flatten()
            .and_then(|it| self.parse(&it))
    }

    fn words(&self, prompt: &Prompt) -> Vec<LlamaToken> {
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let mut words = vec![
            MAGIC,
            count(prompt.tokens.len()),
            count(prompt.seam),
            count(prompt.settled),
            count(prompt.expected.len()),
        ];
        words.extend(self.key.chunks_exact(4).flat_map(<[u8; 4]>::try_from).map(i32::from_le_bytes));
        words.extend(prompt.tokens.iter().map(|token| token.0));
        words.extend(prompt.expected.iter().map(|value| value.to_bits().cast_signed()));
        words.into_iter().map(LlamaToken).collect()
    }

    fn parse(&self, words: &[i32]) -> Option<Prompt> {
        let (head, rest) = words.split_at_checked(HEAD)?;
        let (counts, key) = head.split_at_checked(HEAD - KEY)?;
        let &[MAGIC, tokens, seam, settled, expected] = counts else { return None };
        let [tokens, seam, settled, expected] =
            [tokens, seam, settled, expected].map(|count| usize::try_from(count).ok());
        let (tokens, seam, settled) = (tokens?, seam?, settled?);
        let is_own = key.iter().flat_map(|word| word.to_le_bytes()).eq(self.key);
        if !is_own || seam > tokens || settled > tokens || rest.len() != tokens.checked_add(expected?)? {
            return None;
        }
        let (tokens, expected) = rest.split_at_checked(tokens)?;
        Some(Prompt {
            tokens: tokens.iter().copied().map(LlamaToken).collect(),
            seam,
            settled,
            expected: expected.iter().map(|bits| f32::from_bits(bits.cast_unsigned())).collect(),
        })
    }
}

fn files(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn name_of(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn checksum(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            read => hasher.update(&chunk[..read]),
        }
    }
    Ok(hexadecimal(&hasher.finalize()))
}

/// The first digits of a hash.
fn hexadecimal(hash: &[u8]) -> String {
    let mut digits = String::new();
    for byte in hash.iter().take(KEY_DIGITS / 2) {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn shelf(folder: &Path, settings: &str) -> Shelf {
        let keeping = Keeping { folder: folder.to_owned(), bytes: 1000 };
        let model = folder.join("model.gguf");
        fs::write(&model, "weights").unwrap();
        Shelf::open(&keeping, &model, settings, 1).unwrap()
    }

    fn prompt(tokens: &[i32]) -> Prompt {
        Prompt {
            tokens: tokens.iter().copied().map(LlamaToken).collect(),
            seam: 2,
            settled: 2,
            expected: vec![0.5, -1.0, f32::NEG_INFINITY],
        }
    }

    /// A file as llama.cpp begins one, so many bytes long.
    fn put(shelf: &Shelf, prompt: &Prompt, name: &str, length: usize) -> PathBuf {
        let words = shelf.words(prompt);
        let front = [1, 2, i32::try_from(words.len()).unwrap()];
        let mut bytes: Vec<u8> =
            front.into_iter().chain(words.iter().map(|word| word.0)).flat_map(i32::to_le_bytes).collect();
        bytes.resize(length, 0);
        let path = shelf.keeping.folder.join(format!("{}-{name}.{EXTENSION}", shelf.digits()));
        fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn a_prompt_is_found_by_what_it_is_worth_and_only_under_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let one = shelf(folder.path(), "num_ctx 512");
        let (short, long) = (prompt(&[1, 2, 3]), prompt(&[1, 2, 3, 4]));
        put(&one, &short, "a", 300);
        let path = put(&one, &long, "b", 300);
        assert_eq!(one.look_at(&path), Some(long));
        assert_eq!(one.best(|prompt| prompt.tokens.len()), Some((path.clone(), 4)));
        // Another setting has another key, also where a file was given its name by hand.
        let other = shelf(folder.path(), "num_ctx 1024");
        assert_eq!(other.best(|prompt| prompt.tokens.len()), None);
        fs::copy(&path, folder.path().join(format!("{}-b.{EXTENSION}", other.digits()))).unwrap();
        assert_eq!(other.best(|prompt| prompt.tokens.len()), None);
    }

    #[test]
    fn other_bytes_of_the_model_have_another_key() {
        let folder = tempfile::tempdir().unwrap();
        let one = shelf(folder.path(), "");
        // Of the same length, and put in its place by a rename.
        fs::write(folder.path().join("other"), "weighty").unwrap();
        fs::rename(folder.path().join("other"), folder.path().join("model.gguf")).unwrap();
        let keeping = one.keeping.clone();
        let other = Shelf::open(&keeping, &folder.path().join("model.gguf"), "", 1).unwrap();
        assert_ne!(one.key, other.key);
    }

    #[test]
    fn what_is_cut_off_or_claims_too_much_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let one = shelf(folder.path(), "");
        let whole = put(&one, &prompt(&[1, 2, 3]), "a", 300);
        for length in [0, 3, 11, 12, 40, 76] {
            let bytes = fs::read(&whole).unwrap();
            let cut = folder.path().join("cut");
            fs::write(&cut, &bytes[..length]).unwrap();
            assert_eq!(one.look_at(&cut), None, "{length}");
        }
        let mut bytes = fs::read(&whole).unwrap();
        bytes[8..12].copy_from_slice(&i32::MAX.to_le_bytes());
        fs::write(&whole, bytes).unwrap();
        assert_eq!(one.look_at(&whole), None);
    }

    #[test]
    fn the_least_recently_used_goes_and_what_is_superseded() {
        let folder = tempfile::tempdir().unwrap();
        let one = shelf(folder.path(), "");
        let names = || {
            let mut names: Vec<String> = one.own().map(|path| name_of(&path)[17..].to_owned()).collect();
            names.sort();
            names
        };
        let age = |path: &Path, seconds| {
            let time = SystemTime::now() - Duration::from_secs(seconds);
            File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
        };
        age(&put(&one, &prompt(&[5; 8]), "a", 400), 10);
        age(&put(&one, &prompt(&[6; 8]), "b", 400), 30);
        let other = folder.path().join("0123456789abcdef-x.prefix");
        fs::write(&other, [0; 100]).unwrap();
        age(&other, 20);
        let part = folder.path().join("new-1.part");
        fs::write(&part, "").unwrap();
        age(&part, 2 * 3600);
        let new = prompt(&[7; 8]);
        let path = put(&one, &new, "c", 400);
        one.make_room(Some(&path), &new);
        assert_eq!((names(), other.exists(), part.exists()), (vec!["a".into(), "c".into()], true, false));
        // Seven of eight tokens are the same.
        let newer = prompt(&[7, 7, 7, 7, 7, 7, 7, 8]);
        let path = put(&one, &newer, "d", 400);
        one.make_room(Some(&path), &newer);
        assert_eq!(names(), ["a", "d"]);
    }
}
