//! An ordered map by names that copies share: the children of a node.
//!
//! A search tree balanced by weight (Adams, with the factors 3 and 2, which are proven to keep it so): a copy costs nothing, and a change
//! costs what is on the way to it. The way grows with the logarithm of the size, which bounds the recursion here and when one is dropped.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::steps;

/// How many times heavier than the other a side may be.
const MOST: usize = 3;
/// How many times heavier than the outer part of a side its inner part must be to be turned first.
const INNER: usize = 2;

/// Values by their names.
#[derive(Clone, Debug)]
pub(super) struct Names<V>(Option<Arc<Branch<V>>>);

#[derive(Clone, Debug)]
struct Branch<V> {
    name: Arc<str>,
    value: V,
    size: usize,
    before: Names<V>,
    behind: Names<V>,
}

impl<V> Default for Names<V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<V> Names<V> {
    /// How many names there are.
    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |branch| branch.size)
    }

    /// Whether there is no name.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The value under a name.
    pub(super) fn get(&self, name: &str) -> Option<&V> {
        let mut at = self;
        while let Some(branch) = &at.0 {
            steps::add(name.len().min(branch.name.len()) + 1);
            at = match name.cmp(&branch.name) {
                Ordering::Less => &branch.before,
                Ordering::Greater => &branch.behind,
                Ordering::Equal => return Some(&branch.value),
            };
        }
        None
    }

    /// Whether there is a value under a name.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Names and values in the order of the names.
    pub(super) fn iter(&self) -> Iter<'_, V> {
        Iter::new(self, Order::Forward)
    }

    /// Names and values in the reverse order of the names.
    pub(super) fn rev(&self) -> Iter<'_, V> {
        Iter::new(self, Order::Backward)
    }

    /// The names in their order.
    pub(super) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.iter().map(|(name, _)| name)
    }

    fn weight(&self) -> usize {
        self.len() + 1
    }
}

impl<V: Clone> Names<V> {
    /// The value under a name, to be changed.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut V> {
        let mut at = self;
        loop {
            let branch = Arc::make_mut(at.0.as_mut()?);
            steps::add(name.len().min(branch.name.len()) + 1);
            at = match name.cmp(&branch.name) {
                Ordering::Less => &mut branch.before,
                Ordering::Greater => &mut branch.behind,
                Ordering::Equal => return Some(&mut branch.value),
            };
        }
    }

    /// Puts a value under a name, in the place of another one if there is any.
    pub(super) fn insert(&mut self, name: Arc<str>, value: V) {
        let Some(branch) = self.0.as_mut().map(Arc::make_mut) else {
            self.0 = Some(Arc::new(Branch {
                name,
                value,
                size: 1,
                before: Self::default(),
                behind: Self::default(),
            }));
            return;
        };
        steps::add(name.len().min(branch.name.len()) + 1);
        match name.cmp(&branch.name) {
            Ordering::Less => branch.before.insert(name, value),
            Ordering::Greater => branch.behind.insert(name, value),
            Ordering::Equal => branch.value = value,
        }
        branch.balance();
    }

    /// Takes the value under a name out.
    pub(super) fn remove(&mut self, name: &str) -> Option<V> {
        let branch = self.0.as_mut().map(Arc::make_mut)?;
        steps::add(name.len().min(branch.name.len()) + 1);
        let gone = match name.cmp(&branch.name) {
            Ordering::Less => branch.before.remove(name)?,
            Ordering::Greater => branch.behind.remove(name)?,
            Ordering::Equal => match branch.behind.remove_first() {
                Some((name, value)) => {
                    branch.name = name;
                    std::mem::replace(&mut branch.value, value)
                }
                None => {
                    let gone = branch.value.clone();
                    let rest = std::mem::take(&mut branch.before);
                    *self = rest;
                    return Some(gone);
                }
            },
        };
        branch.balance();
        Some(gone)
    }

    fn remove_first(&mut self) -> Option<(Arc<str>, V)> {
        let branch = self.0.as_mut().map(Arc::make_mut)?;
        if let Some(first) = branch.before.remove_first() {
            branch.balance();
            return Some(first);
        }
        let first = (branch.name.clone(), branch.value.clone());
        let rest = std::mem::take(&mut branch.behind);
        *self = rest;
        Some(first)
    }

    fn branch_mut(&mut self) -> Option<&mut Branch<V>> {
        self.0.as_mut().map(Arc::make_mut)
    }
}

impl<V: Clone> Branch<V> {
    fn measure(&mut self) {
        self.size = self.before.len() + 1 + self.behind.len();
    }

    /// Makes up for one name more or less on one side.
    fn balance(&mut self) {
        self.measure();
        let (before, behind) = (self.before.weight(), self.behind.weight());
        if behind > MOST * before {
            if let Some(heavy) = self.behind.branch_mut()
                && heavy.before.weight() >= INNER * heavy.behind.weight()
            {
                heavy.turn_back();
            }
            self.turn_forth();
        } else if before > MOST * behind {
            if let Some(heavy) = self.before.branch_mut()
                && heavy.behind.weight() >= INNER * heavy.before.weight()
            {
                heavy.turn_forth();
            }
            self.turn_back();
        }
    }

    /// What is behind comes up, this goes before it.
    fn turn_forth(&mut self) {
        if let Some(up) = self.behind.0.take() {
            let mut down = std::mem::replace(self, Arc::unwrap_or_clone(up));
            down.behind = std::mem::take(&mut self.before);
            down.measure();
            self.before = Names(Some(Arc::new(down)));
            self.measure();
        }
    }

    /// What is before comes up, this goes behind it.
    fn turn_back(&mut self) {
        if let Some(up) = self.before.0.take() {
            let mut down = std::mem::replace(self, Arc::unwrap_or_clone(up));
            down.before = std::mem::take(&mut self.behind);
            down.measure();
            self.behind = Names(Some(Arc::new(down)));
            self.measure();
        }
    }
}

impl<V: PartialEq> PartialEq for Names<V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<V: Eq> Eq for Names<V> {}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Forward,
    Backward,
}

/// Names and values, one after the other.
pub(super) struct Iter<'n, V> {
    /// Branches of which one side is passed, the next last.
    waiting: Vec<&'n Branch<V>>,
    order: Order,
}

impl<'n, V> Iter<'n, V> {
    fn new(names: &'n Names<V>, order: Order) -> Self {
        let mut iter = Self {
            waiting: Vec::new(),
            order,
        };
        iter.descend(names);
        iter
    }

    fn descend(&mut self, mut names: &'n Names<V>) {
        while let Some(branch) = &names.0 {
            self.waiting.push(branch);
            names = match self.order {
                Order::Forward => &branch.before,
                Order::Backward => &branch.behind,
            };
        }
    }
}

impl<'n, V> Iterator for Iter<'n, V> {
    type Item = (&'n Arc<str>, &'n V);

    fn next(&mut self) -> Option<Self::Item> {
        let branch = self.waiting.pop()?;
        steps::add(1);
        self.descend(match self.order {
            Order::Forward => &branch.behind,
            Order::Backward => &branch.before,
        });
        Some((&branch.name, &branch.value))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Panics unless each side is in order, measured and balanced; gives the depth.
    fn check(names: &Names<u32>) -> usize {
        let Some(branch) = &names.0 else {
            return 0;
        };
        let (before, behind) = (check(&branch.before), check(&branch.behind));
        let (left, right) = (branch.before.weight(), branch.behind.weight());
        assert!(
            left <= MOST * right && right <= MOST * left,
            "{left} {right}"
        );
        assert_eq!(branch.size + 1, left + right);
        1 + before.max(behind)
    }

    /// Numbers that look random.
    fn numbers() -> impl Iterator<Item = u32> {
        std::iter::successors(Some(1u32), |number| {
            Some(number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
        })
        .map(|number| number >> 16)
    }

    #[test]
    fn it_is_a_map_whatever_the_order_and_stays_balanced() {
        let orders: [Box<dyn Iterator<Item = u32>>; 4] = [
            Box::new(0..2000),
            Box::new((0..2000).rev()),
            Box::new(numbers().map(|number| number % 500).take(4000)),
            Box::new((0..1000).flat_map(|number| [number, 2000 - number])),
        ];
        for order in orders {
            let (mut names, mut model) = (Names::default(), BTreeMap::new());
            for (at, number) in order.enumerate() {
                let name = format!("{number:04}");
                if at % 3 == 2 {
                    let other = format!("{:04}", number / 2);
                    assert_eq!(names.remove(&other), model.remove(&*other));
                }
                assert_eq!(names.contains(&name), model.contains_key(&*name));
                names.insert(Arc::from(&*name), number);
                model.insert(Arc::<str>::from(&*name), number);
                assert_eq!(names.get(&name), Some(&number));
                assert_eq!(names.len(), model.len());
                if at % 64 == 0 {
                    let most = 2.5 * ((names.len() + 1) as f64).log2();
                    assert!(check(&names) as f64 <= most);
                }
            }
            assert!(names.iter().eq(model.iter()));
            assert!(names.rev().eq(model.iter().rev()));
            for name in model.keys().step_by(2) {
                assert!(names.remove(name).is_some());
                assert_eq!(names.remove(name), None);
                assert_eq!(names.get_mut(name), None);
            }
            check(&names);
        }
    }

    #[test]
    fn a_copy_is_left_alone() {
        let mut names = Names::default();
        for number in 0..100 {
            names.insert(Arc::from(number.to_string()), number);
        }
        let copy = names.clone();
        for number in 0..100 {
            match number % 3 {
                0 => drop(names.remove(&number.to_string())),
                1 => names.insert(Arc::from(number.to_string()), number + 1),
                _ => *names.get_mut(&number.to_string()).unwrap() += 2,
            }
        }
        assert!(
            copy.iter()
                .all(|(name, number)| **name == *number.to_string())
        );
        assert_eq!(copy.len(), 100);
        assert_eq!(names.len(), 66);
        assert_ne!(names, copy);
        assert_eq!(names.clone(), names);
        assert!(Names::<u32>::default().is_empty());
    }
}
