//! Generated messages: the same for the same seed, each of them by its number, and made smaller where they show something.

use std::env;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use proptest::strategy::{BoxedStrategy, Strategy as _, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// How many steps are spent on making a failing message smaller.
const SHRINKING: usize = 3000;

/// Cases of a batch.
const BATCH: usize = 500;

/// Which messages are generated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cases {
    pub(crate) seed: u64,
    pub(crate) first: u64,
    pub(crate) count: u64,
}

impl Cases {
    /// `OMADM_CASES` of them, of the seed `OMADM_SEED`, from the number `OMADM_FIRST` on.
    pub(crate) fn of_environment() -> Self {
        let number = |name: &str, otherwise: u64| match env::var(name) {
            Ok(text) => text
                .parse()
                .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
            Err(_) => otherwise,
        };
        Self {
            seed: number("OMADM_SEED", 1),
            first: number("OMADM_FIRST", 0),
            count: number("OMADM_CASES", 2000),
        }
    }

    fn tree<T: Debug>(
        self,
        strategy: &BoxedStrategy<T>,
        number: u64,
    ) -> Box<dyn ValueTree<Value = T>> {
        let mut seed = [0; 32];
        let octets = [self.seed.to_le_bytes(), number.to_le_bytes()].concat();
        seed[..octets.len()].copy_from_slice(&octets);
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        strategy.new_tree(&mut runner).unwrap()
    }

    /// The case with this number.
    pub(crate) fn case<T: Debug>(self, strategy: &BoxedStrategy<T>, number: u64) -> T {
        self.tree(strategy, number).current()
    }

    /// Runs a test on every case, on two threads; each has a state of its own, which it gives back.
    pub(crate) fn run<T: Debug, S: Default + Send>(
        self,
        strategy: impl Fn() -> BoxedStrategy<T> + Sync,
        test: impl Fn(u64, &T, &mut S) -> Result<(), String> + Sync,
    ) -> [S; 2] {
        let half = |odd: u64| {
            let (strategy, mut state) = (strategy(), S::default());
            for number in (self.first..self.first + self.count).filter(|n| n % 2 == odd) {
                let mut tree = self.tree(&strategy, number);
                if let Err(problem) = test(number, &tree.current(), &mut state) {
                    let (mut least, mut problem) = (tree.current(), problem);
                    let mut steps = 0;
                    let mut goes_on = tree.simplify();
                    while goes_on && steps < SHRINKING {
                        steps += 1;
                        let message = tree.current();
                        goes_on = match test(number, &message, &mut S::default()) {
                            Err(smaller) => {
                                (least, problem) = (message, smaller);
                                tree.simplify()
                            }
                            Ok(()) => tree.complicate(),
                        };
                    }
                    panic!(
                        "case {number} of seed {}, at its smallest: {least:?}\n{problem}",
                        self.seed
                    );
                }
            }
            state
        };
        two(half)
    }

    /// Runs a test on batches of cases, on two threads.
    pub(crate) fn run_batches<T: Debug>(
        self,
        strategy: impl Fn() -> BoxedStrategy<T> + Sync,
        test: impl Fn(&[(u64, T)]) + Sync,
    ) {
        two(|odd| {
            let strategy = strategy();
            let numbers: Vec<u64> = (self.first..self.first + self.count)
                .filter(|number| number % 2 == odd)
                .collect();
            for batch in numbers.chunks(BATCH) {
                let case = |number: &u64| (*number, self.case(&strategy, *number));
                test(&batch.iter().map(case).collect::<Vec<_>>());
            }
        });
    }
}

/// Does something for the even cases and for the odd ones.
fn two<S: Send>(half: impl Fn(u64) -> S + Sync) -> [S; 2] {
    thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        let here = catch_unwind(AssertUnwindSafe(|| half(0)));
        match (here, other.join()) {
            (Ok(here), Ok(there)) => [here, there],
            (Err(panic), _) | (_, Err(panic)) => resume_unwind(panic),
        }
    })
}
