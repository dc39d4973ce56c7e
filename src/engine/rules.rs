//! What a model may type: no numeral of its own. A figure, or a name that holds digits,
//! enters as a unit: as it is spelled by a fact, whole or not at all. Pure; it speaks of
//! text, and the engine makes tokens of that.

/// Characters that may stand before a unit without a blank.
const OPENERS: [char; 8] = ['(', '[', '*', '"', '“', '\'', '`', '='];

/// Begins a reference to a fact.
const REFERENCE: &str = "{{";

/// What the next token may be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules<'a> {
    /// Numerals are masked, except where a unit goes on.
    pub masks_numerals: bool,
    /// The units at hand.
    pub units: &'a [String],
    /// The text of the answer, up to here.
    pub text: &'a str,
}

/// What may come behind a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// Anything without a numeral.
    pub is_free: bool,
    /// A unit has just ended: what comes must not touch it.
    pub is_closed: bool,
    /// What units go on with; each admits the first token of it.
    pub rests: Vec<String>,
}

impl Rules<'_> {
    /// Judges the text.
    pub fn admitted(&self) -> Admitted {
        if !self.masks_numerals {
            return Admitted { is_free: true, ..Admitted::default() };
        }
        let mut admitted = Admitted { is_free: true, ..Admitted::default() };
        let mut is_inside = false;
        let mut add = |rest: String| {
            if !admitted.rests.contains(&rest) {
                admitted.rests.push(rest);
            }
        };
        for unit in self.units {
            match longest_part(self.text, unit) {
                Some(part) if part == unit.len() => admitted.is_closed = true,
                Some(part) => {
                    is_inside |= is_fixed(&unit[..part]);
                    add(unit[part..].to_owned());
                }
                None => {}
            }
        }
        // A numeral that no whole unit ends with is the start of one: only its rest may follow.
        if is_inside && !admitted.is_closed {
            admitted.is_free = false;
            admitted.rests.retain(|rest| {
                self.units.iter().any(|unit| {
                    unit.strip_suffix(rest.as_str())
                        .is_some_and(|part| is_fixed(part) && ends_with_word(self.text, part))
                })
            });
            return admitted;
        }
        let last = self.text.chars().next_back();
        let is_apart = last.is_none_or(|last| last.is_whitespace() || OPENERS.contains(&last));
        for unit in self.units.iter().filter(|unit| is_fixed(unit)) {
            let rest = if is_apart { unit.clone() } else { format!(" {unit}") };
            if !admitted.rests.contains(&rest) {
                admitted.rests.push(rest);
            }
        }
        admitted
    }
}

/// Digits of any script, fractions, Roman and circled numerals.
pub fn has_numeral(text: &str) -> bool {
    text.chars().any(char::is_numeric)
}

/// Once a unit is begun so far, it must be brought to its end.
fn is_fixed(part: &str) -> bool {
    part.starts_with(REFERENCE) || has_numeral(part)
}

/// Length of the longest part of a unit, from its start, that the text ends with as a word
/// of its own.
fn longest_part(text: &str, unit: &str) -> Option<usize> {
    let ends = unit.char_indices().map(|(at, character)| at + character.len_utf8());
    let ends: Vec<usize> = ends.collect();
    ends.into_iter().rev().find(|&end| ends_with_word(text, &unit[..end]))
}

fn ends_with_word(text: &str, part: &str) -> bool {
    text.strip_suffix(part).is_some_and(|before| {
        before.chars().next_back().is_none_or(|last| {
            !(last.is_alphanumeric() || matches!(last, '_' | '.' | ',' | ':' | '/' | '-'))
                || (matches!(last, ':' | ',') && part.starts_with(' '))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(text: &str) -> Admitted {
        let units = ["102.8 tok/s", "12 runs", "gemma3:1b", "gemma3:270m"].map(str::to_owned);
        Rules { masks_numerals: true, units: &units, text }.admitted()
    }

    fn rests(text: &str) -> Vec<String> {
        admitted(text).rests
    }

    #[test]
    fn a_unit_may_begin_where_a_word_may() {
        assert_eq!(rests("It is "), ["102.8 tok/s", "12 runs", "gemma3:1b", "gemma3:270m"]);
        assert_eq!(rests("It is"), [" 102.8 tok/s", " 12 runs", " gemma3:1b", " gemma3:270m"]);
        assert_eq!(rests(""), ["102.8 tok/s", "12 runs", "gemma3:1b", "gemma3:270m"]);
        assert!(admitted("It is").is_free);
    }

    #[test]
    fn a_begun_figure_is_brought_to_its_end() {
        assert_eq!(
            admitted("It is 1"),
            Admitted { is_free: false, is_closed: false, rests: vec!["02.8 tok/s".into(), "2 runs".into()] }
        );
        assert_eq!(admitted("It is 10").rests, ["2.8 tok/s"]);
        assert!(!admitted("It is 102.").is_free);
        assert!(!admitted("It is 102.8 tok").is_free);
    }

    #[test]
    fn a_whole_unit_is_closed() {
        let whole = admitted("It is 102.8 tok/s");
        assert!(whole.is_free && whole.is_closed);
        assert!(whole.rests.iter().all(|rest| rest.starts_with(' ')), "{whole:?}");
    }

    #[test]
    fn a_name_may_be_left_before_its_first_digit() {
        let begun = admitted("The gemma");
        assert!(begun.is_free);
        assert!(begun.rests.contains(&"3:1b".to_owned()) && begun.rests.contains(&"3:270m".to_owned()));
        let inside = admitted("The gemma3");
        assert_eq!((inside.is_free, inside.rests), (false, vec![":1b".to_owned(), ":270m".to_owned()]));
        // In the middle of another word it is no name.
        assert_eq!(rests("The xgemma"), rests("The x"));
    }

    #[test]
    fn a_reference_is_one_of_those_at_hand() {
        let units = ["{{kbdqz}}", "{{kbwxz}}"].map(str::to_owned);
        let admitted = |text| Rules { masks_numerals: true, units: &units, text }.admitted();
        assert_eq!(admitted("It is ").rests, units);
        let begun = admitted("It is {{");
        assert_eq!((begun.is_free, begun.rests), (false, vec!["kbdqz}}".to_owned(), "kbwxz}}".to_owned()]));
        assert_eq!(admitted("It is {{kbd").rests, ["qz}}"]);
        assert!(admitted("It is {{kbdqz}}").is_free);
    }

    #[test]
    fn without_masking_anything_goes() {
        let rules = Rules { masks_numerals: false, units: &[], text: "7" };
        assert_eq!(rules.admitted(), Admitted { is_free: true, ..Admitted::default() });
    }
}
