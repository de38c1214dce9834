//! Many globs, so that a path need not be tried with each of them.
//!
//! Job: say which globs may match a path. All that match are among them, and seldom others. Who asks tries those and takes the
//! first in their own order, so an index never decides anything.
//!
//! A glob is found by one piece of its text that every path has which it matches. Most have a beginning of their own:
//! `/api/v1/orders/` of `/api/v1/orders/*`. Where many share one, as `/tenants/*/orders` and `/tenants/*/users` do, each is found
//! by that piece behind its stars which the fewest of them have.

use crate::protocol::Sorted;

use super::glob::Glob;

/// So many globs may have one beginning before they are told apart by another piece.
const CROWD: usize = 4;

/// Globs, found by what they have of a path.
#[derive(Clone, Debug)]
pub struct Globs {
    /// What paths may begin with.
    heads: Pieces,
    /// What paths may have anywhere.
    inner: Pieces,
    /// Whether a piece of `inner` begins with this byte.
    begins: [bool; 256],
}

impl Globs {
    /// The index of these. Each has the number of its place.
    #[must_use]
    pub fn new(globs: &[&Glob]) -> Self {
        let (mut heads, mut inner) = (Vec::new(), Vec::new());
        for (at, glob) in (0..).zip(globs) {
            heads.push((glob.head().0, at));
            for piece in glob.inner() {
                inner.push((piece, at));
            }
        }
        let (by_head, by_inner) = (Sorted::new(heads), Sorted::new(inner));
        let (mut heads, mut inner) = (Vec::new(), Vec::new());
        let mut begins = [false; 256];
        for (at, glob) in (0..).zip(globs) {
            let head = glob.head().0;
            let mut best = (by_head.of(head).len(), head);
            let is_crowded = best.0 > CROWD;
            if is_crowded {
                for piece in glob.inner() {
                    let shared = by_inner.of(piece).len();
                    if shared < best.0 {
                        best = (shared, piece);
                    }
                }
            }
            match best.1.as_bytes().first() {
                Some(first) if is_crowded && best.1 != head => {
                    begins[usize::from(*first)] = true;
                    inner.push((best.1, at));
                }
                _ => heads.push((head, at)),
            }
        }
        Self {
            heads: Pieces::new(&Sorted::new(heads)),
            inner: Pieces::new(&Sorted::new(inner)),
            begins,
        }
    }

    /// The first of those that match `path`, if `is_it` says of each that may match whether it is one that is wanted.
    pub fn first(&self, path: &str, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        let mut first = usize::MAX;
        let mut each = |at: u32| {
            let at = at as usize;
            if at < first && is_it(at) {
                first = at;
            }
        };
        let path = path.as_bytes();
        self.heads.begin(path, &mut each);
        for (at, byte) in path.iter().enumerate() {
            if self.begins[usize::from(*byte)] {
                self.inner.begin(&path[at..], &mut each);
            }
        }
        (first != usize::MAX).then_some(first)
    }
}

/// Pieces of globs, sorted, each once.
#[derive(Clone, Debug)]
struct Pieces {
    pieces: Vec<Piece>,
    /// The globs of all pieces, in the order of these.
    globs: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Piece {
    text: Box<[u8]>,
    /// The longest piece that this one begins with.
    shorter: Option<u32>,
    /// Where its globs end.
    end: u32,
}

impl Pieces {
    fn new(sorted: &Sorted<'_>) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut globs = Vec::with_capacity(sorted.all().len());
        for (text, glob) in sorted.all() {
            let text = text.as_bytes();
            globs.push(*glob);
            let last = pieces.len().checked_sub(1);
            match last {
                Some(last) if *pieces[last].text == *text => pieces[last].end += 1,
                _ => {
                    // What comes before it in the order and begins it begins the last piece as well.
                    let mut shorter = last;
                    while let Some(at) = shorter
                        && !text.starts_with(&pieces[at].text)
                    {
                        shorter = pieces[at].shorter.map(|at| at as usize);
                    }
                    pieces.push(Piece {
                        text: text.into(),
                        shorter: shorter.and_then(|at| u32::try_from(at).ok()),
                        end: pieces.last().map_or(0, |piece| piece.end) + 1,
                    });
                }
            }
        }
        Self { pieces, globs }
    }

    /// Calls `each` with the globs of all pieces that `text` begins with.
    fn begin(&self, text: &[u8], each: &mut dyn FnMut(u32)) {
        let after = self.pieces.partition_point(|piece| *piece.text <= *text);
        let mut at = after.checked_sub(1);
        while let Some(here) = at {
            let piece = &self.pieces[here];
            if text.starts_with(&piece.text) {
                let begin = match here.checked_sub(1) {
                    Some(before) => self.pieces[before].end,
                    None => 0,
                };
                for glob in &self.globs[begin as usize..piece.end as usize] {
                    each(*glob);
                }
            }
            at = piece.shorter.map(|at| at as usize);
        }
    }
}
