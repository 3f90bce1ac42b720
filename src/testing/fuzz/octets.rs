//! The input as a sequence of choices.

/// Octets that are taken one after the other; behind the last there are zeroes.
pub(super) struct Octets<'a>(std::slice::Iter<'a, u8>);

impl<'a> Octets<'a> {
    pub(super) fn of(input: &'a [u8]) -> Self {
        Self(input.iter())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    pub(super) fn next(&mut self) -> usize {
        self.0.next().copied().unwrap_or_default().into()
    }

    /// One of these.
    pub(super) fn one<T: Copy + Default>(&mut self, all: &[T]) -> T {
        pick(all, self.next())
    }

    /// So many as they are, or all that are left.
    pub(super) fn take(&mut self, count: usize) -> &'a [u8] {
        let rest = self.0.as_slice();
        let (taken, rest) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        self.0 = rest.iter();
        taken
    }

    /// Changes octets here and there, as the input says.
    pub(super) fn hurt(&mut self, body: &mut Vec<u8>, times: usize) {
        for _ in 0..times {
            let (how, at) = (self.next(), self.next() << 8 | self.next());
            let at = at.checked_rem(body.len()).unwrap_or_default();
            let Some(octet) = body.get_mut(at) else {
                return;
            };
            match how % 8 {
                0..=2 => *octet ^= 1 << (how >> 3 & 7),
                3 => *octet = self.next() as u8,
                4 => drop(body.remove(at)),
                5 => body.insert(at, self.next() as u8),
                6 => body.truncate(at),
                _ => body.extend_from_within(at..),
            }
        }
    }
}

/// One of these, whatever the number.
pub(super) fn pick<T: Copy + Default>(all: &[T], number: usize) -> T {
    let at = number.checked_rem(all.len()).unwrap_or_default();
    all.get(at).copied().unwrap_or_default()
}
