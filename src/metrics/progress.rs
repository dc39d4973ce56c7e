//! How far a long computation has come, told while it goes on.

/// Tells what share of a computation is done, from 0 to 1. A part of it is told as a share of
/// the whole.
#[derive(Clone, Copy)]
pub struct Progress<'a> {
    tell: &'a dyn Fn(f32),
    from: f32,
    width: f32,
}

impl<'a> Progress<'a> {
    /// Whoever is told.
    pub fn told_to(tell: &'a dyn Fn(f32)) -> Self {
        Self { tell, from: 0.0, width: 1.0 }
    }

    /// Nobody is.
    pub fn untold() -> Progress<'static> {
        Progress::told_to(&|_| {})
    }

    /// That which lies between two shares of it.
    #[must_use]
    pub fn part(self, from: f32, to: f32) -> Self {
        Self { from: self.from + from * self.width, width: (to - from) * self.width, ..self }
    }

    /// This share of it is done.
    pub fn at(self, share: f32) {
        (self.tell)(self.from + share * self.width);
    }

    /// The items, each told when it is its turn.
    pub fn each<I>(self, items: I) -> impl Iterator<Item = I::Item> + use<'a, I>
    where
        I: ExactSizeIterator,
    {
        let all = items.len().max(1) as f32;
        items.enumerate().map(move |(index, item)| {
            self.at(index as f32 / all);
            item
        })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn a_part_is_told_as_a_share_of_the_whole() {
        let told = RefCell::new(Vec::new());
        let tell = |share| told.borrow_mut().push(share);
        let progress = Progress::told_to(&tell);
        let (first, second) = (progress.part(0.0, 0.5), progress.part(0.5, 1.0));
        assert_eq!(first.each(["a", "b"].iter()).count(), 2);
        second.part(0.5, 1.0).each([1].iter()).for_each(drop);
        second.at(1.0);
        assert_eq!(*told.borrow(), [0.0, 0.25, 0.75, 1.0]);
    }
}
