//! The faults that are still to come, and the sources that they spoil: entropy and the clock.

use omadm::{Code, Env};

use super::dice::Dice;
use super::fault::{Fault, Kind, Point};

pub(crate) struct Trouble {
    faults: Vec<Fault>,
    dice: Dice,
    now: u64,
    /// Which message of the device is under way.
    pub(crate) at: usize,
    /// How many have struck.
    pub(crate) struck: usize,
}

impl Trouble {
    pub(crate) fn new(faults: &[Fault], seed: u64) -> Self {
        Self {
            faults: faults.to_vec(),
            dice: Dice::of(seed),
            now: 1_790_000_000_000,
            at: 0,
            struck: 0,
        }
    }

    /// Takes the fault at this place that `matching` knows.
    pub(crate) fn take<T>(
        &mut self,
        at: usize,
        is_of_ticket: bool,
        matching: impl Fn(Kind) -> Option<T>,
    ) -> Option<T> {
        let found = |fault: &Fault| {
            let is_here = fault.at == at && fault.kind.is_of_ticket() == is_of_ticket;
            matching(fault.kind).filter(|_| is_here)
        };
        let place = self
            .faults
            .iter()
            .position(|fault| found(fault).is_some())?;
        let fault = self.faults.swap_remove(place);
        self.struck += 1;
        matching(fault.kind)
    }

    /// Whether this fault strikes at the message that is under way.
    pub(crate) fn strikes(&mut self, kind: Kind) -> bool {
        let same = |other: Kind| (other == kind).then_some(());
        self.take(self.at, false, same).is_some()
    }

    pub(crate) fn crashes(&mut self, point: Point) -> bool {
        self.strikes(Kind::Crash(point))
    }

    /// Whether this fault strikes at a ticket.
    pub(crate) fn strikes_ticket(&mut self, ticket: u32, kind: Kind) -> bool {
        let same = |other: Kind| (other == kind).then_some(());
        self.take(ticket as usize, true, same).is_some()
    }

    /// What is left does not strike any more.
    pub(crate) fn is_over(&mut self) {
        self.faults.clear();
    }

    pub(crate) fn jump(&mut self, by: i64) {
        self.now = self.now.saturating_add_signed(by);
    }

    /// The moment, and octets that are new.
    pub(crate) fn env(&mut self) -> (u64, [u8; Env::ENTROPY_LEN]) {
        self.now = self.now.saturating_add(1_000);
        (self.now, self.dice.octets())
    }

    /// A source that gives too little, which every call must refuse.
    pub(crate) fn fails_to_give(&mut self, kind: Kind) -> bool {
        if !self.strikes(kind) {
            return false;
        }
        let error = Env::new(self.now, &[0; Env::ENTROPY_LEN - 1]).err();
        assert_eq!(error.map(|error| error.code()), Some(Code::Entropy));
        true
    }
}
